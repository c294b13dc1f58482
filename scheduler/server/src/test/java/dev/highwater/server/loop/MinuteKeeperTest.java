package dev.highwater.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.CellMinute;
import dev.highwater.server.store.ImpatientStore;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreUnavailableException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: minutes outlive a store that is down for a while, within a bound, and never block a cell.
 */
class MinuteKeeperTest {
  private static final String CELL = "east";
  private static final long MINUTE_MS = 60_000;

  private Path directory;
  private Store store;
  private MinuteKeeper keeper;

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    directory = folder;
    store = ImpatientStore.open(folder);
    store.epochs().takeOver(CELL, 0, "a", "");
    keeper = new MinuteKeeper(store, CELL, Duration.ofHours(1));
  }

  @AfterEach
  void close() {
    keeper.close();
    store.close();
  }

  private void keep(int first, int count) {
    for (int i = first; i < first + count; i++) {
      CellMinute minute =
          new CellMinute(
              CELL,
              1,
              i * MINUTE_MS,
              60,
              1,
              List.of(),
              List.of(),
              new TreeMap<>(),
              0,
              0,
              List.of());
      keeper.keep(List.of(() -> minute));
    }
  }

  private List<Long> kept() throws StoreUnavailableException {
    return store.minutes().read(CELL, 0, Long.MAX_VALUE, 60).items().stream()
        .map(minute -> minute.startMs() / MINUTE_MS)
        .toList();
  }

  @Test
  void minutesWaitForAStoreThatIsDownButNotWithoutEnd() throws Exception {
    AutoCloseable outage = ImpatientStore.outage(directory);
    keep(0, 30);
    assertThat(kept()).isEmpty();
    outage.close();

    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (kept().size() < MinuteKeeper.WAITING_MAX && System.nanoTime() < deadlineNanos) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
    keep(40, 1);
    keeper.close();

    List<Long> kept = kept();
    assertThat(kept).as("the oldest, one of them in work").startsWith(0L, 1L, 2L).endsWith(40L);
    assertThat(kept.size()).isBetween(11, 12);
  }

  @Test
  void aMemberThatEndsWaitsASecondForAStoreThatIsDown() throws Exception {
    try (AutoCloseable outage = ImpatientStore.outage(directory)) {
      keep(0, MinuteKeeper.WAITING_MAX);
      long beganNanos = System.nanoTime();
      keeper.close();
      long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);

      assertThat(tookMs)
          .as("less than to try each once")
          .isLessThan(250 * MinuteKeeper.WAITING_MAX);
      assertThat(outage).isNotNull();
    }
    assertThat(kept()).isEmpty();
  }

  @Test
  void nothingIsWrittenOnceAnotherMemberOwnsTheCell() throws Exception {
    keep(0, 1);
    keeper.close();
    store.epochs().takeOver(CELL, 1, "b", "");
    keeper = new MinuteKeeper(store, CELL, Duration.ofHours(1));
    keep(1, 1);
    keeper.close();

    assertThat(kept()).containsExactly(0L);
  }

  @Test
  void whatIsOlderThanAskedForIsDropped() throws Exception {
    keep(0, 3);
    keep(62, 1);
    keeper.close();

    assertThat(kept()).containsExactly(2L, 62L);
  }
}
