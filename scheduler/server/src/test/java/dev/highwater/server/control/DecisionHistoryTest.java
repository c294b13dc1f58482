package dev.highwater.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.http.DecisionQuery;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation.LoadView;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Explanation.Wish;
import dev.highwater.model.Fact;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.ServiceId;
import dev.highwater.model.WishSource;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.DatedExplanation;
import dev.highwater.server.store.Journal;
import dev.highwater.server.store.JournalRecord;
import dev.highwater.server.store.Snapshot;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreLocation;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: why a service had its target at a time is told by the store alone, however long ago. */
class DecisionHistoryTest {
  private static final String CELL = "east";
  private static final ServiceId WEB = new ServiceId("shop", "web");

  /** Its name begins like the other's, and LIKE takes its underscore for any character. */
  private static final ServiceId OTHER = new ServiceId("shop", "w_b");

  @Test
  void decisionInForceAtATimeIsReadAfterARestart(@TempDir Path directory) throws Exception {
    StoreLocation location = StoreLocation.directory(directory);
    try (Store store = Store.open(location)) {
      assertThat(store.epochs().takeOver(CELL, 0, "a", "")).isPresent();
      long position = 0;
      append(store, ++position, 1_000, WEB, 3);
      for (int i = 0; i < 450; i++) {
        append(store, ++position, 2_000 + i, OTHER, i);
      }
      append(store, ++position, 9_000, WEB, 7);
    }
    try (Store store = Store.open(location)) {
      DecisionHistory history = new DecisionHistory(store);

      assertThat(target(history, WEB, 999L)).isNull();
      assertThat(target(history, WEB, 1_000L)).isEqualTo(3);
      assertThat(target(history, WEB, 8_999L)).as("hundreds of others later").isEqualTo(3);
      assertThat(target(history, WEB, 9_000L)).isEqualTo(7);
      assertThat(target(history, WEB, null)).isEqualTo(7);
      assertThat(target(history, OTHER, 2_100L)).isEqualTo(100);
    }
  }

  /** Goal: "nothing was decided then" and "that is not kept any more" are told apart. */
  @Test
  void timeBeforeTheJournalBeginsIsRefusedWithItsBeginning(@TempDir Path directory)
      throws Exception {
    try (Store store = Store.open(StoreLocation.directory(directory))) {
      assertThat(store.epochs().takeOver(CELL, 0, "a", "")).isPresent();
      for (long position = 1; position <= 5; position++) {
        append(store, position, 1_000 * position, WEB, (int) position);
      }
      DecisionHistory history = new DecisionHistory(store);
      assertThatCode(() -> history.requireKept(List.of(CELL), 500))
          .as("the cell did not exist then")
          .doesNotThrowAnyException();
      store.snapshots().write(CELL, new Snapshot("state", 5, 1, 1, 5_000, 0, "{}"));
      assertThat(store.journal().dropKept(CELL, 1, "state", 3_000, 100)).isEqualTo(2);

      assertThatThrownBy(() -> history.requireKept(List.of(CELL), 2_999))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("1970-01-01T00:00:03Z or later");
      assertThatThrownBy(
              () -> history.decisions(List.of(CELL), new DecisionQuery(null, null, 2_999L, 100)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(target(history, WEB, 3_000L)).isEqualTo(3);
      assertThatCode(() -> history.requireKept(List.of(CELL, "west"), 3_000))
          .doesNotThrowAnyException();
    }
  }

  private static @Nullable Integer target(
      DecisionHistory history, ServiceId service, @Nullable Long atMs) throws Exception {
    DatedExplanation found = history.explain(CELL, service, atMs);
    return found == null ? null : found.explanation().target();
  }

  private static void append(Store store, long position, long nowMs, ServiceId service, int target)
      throws Exception {
    ServiceExplained why =
        new ServiceExplained(
            service,
            "slo",
            new LoadView(1, 1, 1, 1, 1, 1, 0, 1, 1),
            List.of(new Wish(WishSource.REACTIVE, target, 0, "load")),
            WishSource.REACTIVE,
            List.of(),
            0,
            target,
            0,
            null,
            null,
            null,
            1,
            null);
    Decision facts =
        new Decision(
            CELL,
            1,
            position,
            nowMs,
            List.of(new Fact.TargetSet(service, target, WishSource.REACTIVE)),
            List.of(),
            List.of());
    Decision reasons = new Decision(CELL, 1, position, nowMs, List.of(), List.of(), List.of(why));
    JournalRecord record =
        new JournalRecord(
            position, 1, 1, nowMs, 0, ModelJson.write(facts), ModelJson.write(reasons));
    assertThat(store.journal().append(CELL, record)).isEqualTo(Journal.Append.ACKNOWLEDGED);
  }
}
