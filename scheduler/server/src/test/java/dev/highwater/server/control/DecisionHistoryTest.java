package dev.highwater.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Decision;
import dev.highwater.model.Explanation.LoadView;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Explanation.Wish;
import dev.highwater.model.Fact;
import dev.highwater.model.ServiceId;
import dev.highwater.model.WishSource;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.DatedExplanation;
import dev.highwater.server.store.Journal;
import dev.highwater.server.store.JournalRecord;
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
            new LoadView(1, 1, 1, 1, 0, 1),
            List.of(new Wish(WishSource.REACTIVE, target, 0, "load")),
            WishSource.REACTIVE,
            List.of(),
            0,
            target,
            0,
            null,
            null,
            null,
            1);
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
