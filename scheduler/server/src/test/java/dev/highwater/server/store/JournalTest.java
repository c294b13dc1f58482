package dev.highwater.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.CellMinute;
import dev.highwater.model.view.MinutePage;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final String CELL = "east";

  private StoreLocation location;
  private Store store;
  private Store other;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    location = location(directory);
    store = Store.open(location);
    other = Store.open(location);
  }

  /** Where the stores of one test are; another kind of store runs the same tests. */
  StoreLocation location(Path directory) throws Exception {
    return StoreLocation.directory(directory);
  }

  @AfterEach
  void close() {
    other.close();
    store.close();
  }

  @Test
  void onlyOneOfTwoTakesOverFromTheSameEpoch() throws Exception {
    Optional<CellEpoch> first = store.epochs().takeOver(CELL, 0, "a", "127.0.0.1:1");
    Optional<CellEpoch> second = other.epochs().takeOver(CELL, 0, "b", "127.0.0.1:2");

    assertThat(first).hasValue(new CellEpoch(CELL, 1, "a", "127.0.0.1:1", 0, 1));
    assertThat(second).isEmpty();
  }

  @Test
  void appendAfterATakeOverIsFenced() throws Exception {
    store.epochs().takeOver(CELL, 0, "a", "");
    assertThat(store.journal().append(CELL, record(1, 1, "one")))
        .isEqualTo(Journal.Append.ACKNOWLEDGED);
    long position = other.epochs().takeOver(CELL, 1, "b", "").orElseThrow().position();
    assertThat(position).isEqualTo(1);

    assertThat(store.journal().append(CELL, record(2, 1, "late"))).isEqualTo(Journal.Append.FENCED);
    assertThat(store.epochs().beat(CELL, 1)).isFalse();
    assertThat(store.snapshots().write(CELL, new Snapshot("soft", 1, 1, 1, 0, 0, "{}"))).isFalse();
    assertThat(other.journal().append(CELL, record(2, 2, "two")))
        .isEqualTo(Journal.Append.ACKNOWLEDGED);
    assertThat(bodies()).containsExactly("one", "two");
  }

  @Test
  void repeatedAppendIsAcknowledgedOnce() throws Exception {
    store.epochs().takeOver(CELL, 0, "a", "");
    store.journal().append(CELL, record(1, 1, "one"));
    assertThat(store.journal().append(CELL, record(1, 1, "one")))
        .isEqualTo(Journal.Append.ACKNOWLEDGED);
    assertThat(store.journal().append(CELL, record(1, 1, "other")))
        .isEqualTo(Journal.Append.FENCED);
    assertThat(bodies()).containsExactly("one");
  }

  /**
   * Goal: only what a snapshot in the store includes and is old enough is dropped, by the owner
   * alone, and appends go on where they were.
   */
  @Test
  void recordsThatASnapshotIncludesAreDroppedOldestFirst() throws Exception {
    store.epochs().takeOver(CELL, 0, "a", "");
    for (int position = 1; position <= 10; position++) {
      JournalRecord record =
          new JournalRecord(position, 1, 1, 1_000L * position, 0, "fact " + position, "");
      assertThat(store.journal().append(CELL, record)).isEqualTo(Journal.Append.ACKNOWLEDGED);
    }
    assertThat(store.journal().dropKept(CELL, 1, "state", 99_000, 100))
        .as("there is no snapshot")
        .isZero();
    store.snapshots().write(CELL, new Snapshot("soft", 10, 1, 1, 10_000, 0, "{}"));
    store.snapshots().write(CELL, new Snapshot("state", 8, 1, 1, 8_000, 0, "{}"));

    assertThat(store.journal().dropKept(CELL, 1, "state", 1_000, 100)).as("too young").isZero();
    assertThat(store.journal().dropKept(CELL, 1, "state", 6_000, 2)).isEqualTo(2);
    assertThat(store.journal().dropKept(CELL, 1, "state", 6_000, 100)).isEqualTo(3);
    assertThat(store.journal().dropKept(CELL, 1, "state", 6_000, 100)).isZero();
    assertThat(bodies()).startsWith("fact 6").endsWith("fact 10").hasSize(5);

    other.epochs().takeOver(CELL, 1, "b", "");
    assertThat(store.journal().dropKept(CELL, 1, "state", 99_000, 100))
        .as("the epoch is over")
        .isZero();
    assertThat(other.journal().dropKept(CELL, 2, "state", 99_000, 100)).isEqualTo(3);
    assertThat(bodies()).containsExactly("fact 9", "fact 10");
    assertThat(other.journal().append(CELL, new JournalRecord(11, 2, 1, 0, 0, "fact 11", "")))
        .isEqualTo(Journal.Append.ACKNOWLEDGED);
  }

  @Test
  void gapsAreRefused() throws Exception {
    store.epochs().takeOver(CELL, 0, "a", "");
    assertThat(store.journal().append(CELL, record(2, 1, "two"))).isEqualTo(Journal.Append.FENCED);
    assertThat(bodies()).isEmpty();
  }

  @Test
  void snapshotOfEachKindIsReplaced() throws Exception {
    store.epochs().takeOver(CELL, 0, "a", "");
    Snapshot newer = new Snapshot("soft", 7, 1, 1, 2_000, 3, "new");
    assertThat(store.snapshots().write(CELL, new Snapshot("soft", 5, 1, 1, 1_000, 3, "old")))
        .isTrue();
    assertThat(store.snapshots().write(CELL, newer)).isTrue();
    assertThat(other.snapshots().find(CELL, "soft")).hasValue(newer);
    assertThat(other.snapshots().find(CELL, "journaled")).isEmpty();
  }

  /**
   * Goal: whatever two owners who keep taking the cell from each other believe, no position is
   * acknowledged twice. Method: two members on one store append as fast as they can, take over as
   * soon as they are fenced, and after each few appends let the other one try.
   */
  @Test
  void contendersNeverGetOnePositionAcknowledgedTwice() throws Exception {
    int appends = 100;
    AtomicInteger done = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<List<JournalRecord>> first = threads.submit(contender(store, "a", appends, done));
      Future<List<JournalRecord>> second = threads.submit(contender(other, "b", appends, done));
      List<JournalRecord> acknowledged = new ArrayList<>(first.get());
      acknowledged.addAll(second.get());

      List<JournalRecord> stored = store.journal().readAfter(CELL, 0, 10_000);
      assertThat(acknowledged).hasSize(2 * appends).doesNotHaveDuplicates();
      assertThat(stored).containsExactlyInAnyOrderElementsOf(acknowledged);
      long epoch = 0;
      for (int i = 0; i < stored.size(); i++) {
        assertThat(stored.get(i).position()).isEqualTo(i + 1);
        assertThat(stored.get(i).epoch()).isGreaterThanOrEqualTo(epoch);
        epoch = stored.get(i).epoch();
      }
      assertThat(epoch).as("take-overs, so that there was a contest").isGreaterThan(20);
    } finally {
      threads.shutdownNow();
    }
  }

  private static Callable<List<JournalRecord>> contender(
      Store store, String name, int appends, AtomicInteger done) {
    return () -> {
      List<JournalRecord> acknowledged = new ArrayList<>();
      long epoch = 0;
      long position = 0;
      while (acknowledged.size() < appends) {
        JournalRecord next = record(position + 1, epoch, name + acknowledged.size());
        if (epoch > 0 && store.journal().append(CELL, next) == Journal.Append.ACKNOWLEDGED) {
          acknowledged.add(next);
          position++;
          while (position % 5 == 0
              && done.get() == 0
              && store.epochs().current(CELL).orElse(0) == epoch) {
            Thread.onSpinWait();
          }
        } else {
          Optional<CellEpoch> taken =
              store.epochs().takeOver(CELL, store.epochs().current(CELL).orElse(0), name, "");
          epoch = taken.map(CellEpoch::epoch).orElse(0L);
          position = taken.map(CellEpoch::position).orElse(0L);
        }
      }
      done.incrementAndGet();
      return acknowledged;
    };
  }

  private List<String> bodies() throws StoreUnavailableException {
    return store.journal().readAfter(CELL, 0, 100).stream().map(JournalRecord::facts).toList();
  }

  private static JournalRecord record(long position, long epoch, String body) {
    return new JournalRecord(position, epoch, 1, 1_000, 0, body, "");
  }

  @Test
  void minutesAreReadBackInOrderAndByTime() throws Exception {
    store.epochs().takeOver(CELL, 0, "a", "");
    for (long startMs : new long[] {120_000, 60_000, 180_000}) {
      assertThat(store.minutes().append(minute(1, startMs, "page"), 0)).isTrue();
    }

    assertThat(other.minutes().read(CELL, 0, 180_000, 10).items())
        .containsExactly(minute(1, 60_000, "page"), minute(1, 120_000, "page"));
    assertThat(other.minutes().read(CELL, 60_001, Long.MAX_VALUE, 1).items())
        .containsExactly(minute(1, 120_000, "page"));
    assertThat(other.minutes().read("west", 0, Long.MAX_VALUE, 10).items()).isEmpty();
  }

  @Test
  void whatAnotherVersionWroteIsLeftOutAndWhatFollowsIsNot() throws Exception {
    store.epochs().takeOver(CELL, 0, "a", "");
    store.minutes().append(minute(1, 0, "page"), 0);
    store.minutes().append(minute(1, 60_000, "page"), 0);
    damageMinutes();
    store.minutes().append(minute(1, 120_000, "page"), 0);

    MinutePage first = store.minutes().read(CELL, 0, Long.MAX_VALUE, 2);
    assertThat(first).isEqualTo(new MinutePage(List.of(), 60_001L));
    assertThat(store.minutes().read(CELL, 60_001, Long.MAX_VALUE, 2).items())
        .containsExactly(minute(1, 120_000, "page"));
  }

  @Test
  void minuteOfAnEpochThatIsOverIsRefusedAndARepeatedOneIsOne() throws Exception {
    store.epochs().takeOver(CELL, 0, "a", "");
    assertThat(store.minutes().append(minute(1, 0, "first"), 0)).isTrue();
    assertThat(store.minutes().append(minute(1, 0, "again"), 0)).isTrue();
    other.epochs().takeOver(CELL, 1, "b", "");

    assertThat(store.minutes().append(minute(1, 60_000, "late"), 0)).isFalse();
    assertThat(other.minutes().append(minute(2, 60_000, "next"), 0)).isTrue();
    assertThat(store.minutes().read(CELL, 0, Long.MAX_VALUE, 10).items())
        .containsExactly(minute(1, 0, "first"), minute(2, 60_000, "next"));
  }

  @Test
  void oldMinutesOfAllCellsAreDroppedAFewAtATime() throws Exception {
    store.epochs().takeOver(CELL, 0, "a", "");
    store.epochs().takeOver("gone", 0, "a", "");
    int old = Minutes.DROPPED_MAX + 2;
    for (int i = 0; i < old; i++) {
      store.minutes().append(minute("gone", 1, i * 60_000L, "kept"), 0);
    }

    store.minutes().append(minute(1, old * 60_000L, "kept"), (old - 1) * 60_000L);
    assertThat(store.minutes().read("gone", 0, Long.MAX_VALUE, old).items()).hasSize(2);
    store.minutes().append(minute(1, (old + 1) * 60_000L, "kept"), (old - 1) * 60_000L);
    assertThat(store.minutes().read("gone", 0, Long.MAX_VALUE, old).items())
        .as("what is not older than asked for stays")
        .containsExactly(minute("gone", 1, (old - 1) * 60_000L, "kept"));
    assertThat(store.minutes().read(CELL, 0, Long.MAX_VALUE, old).items()).hasSize(2);
  }

  @Test
  void anAnswerEndsBeforeItIsTooLarge() throws Exception {
    store.epochs().takeOver(CELL, 0, "a", "");
    for (int i = 0; i < 3; i++) {
      store.minutes().append(minute(1, i * 60_000L, noise(i, Minutes.PAGE_BYTES_MAX)), 0);
    }

    assertThat(store.minutes().read(CELL, 0, Long.MAX_VALUE, 60).items()).hasSize(1);
    assertThat(store.minutes().read(CELL, 60_000, Long.MAX_VALUE, 60).items()).hasSize(1);
  }

  /** What is kept becomes what another version might have written. */
  private void damageMinutes() throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(location.jdbcUrl(), location.user(), location.password());
        PreparedStatement change =
            connection.prepareStatement(
                "UPDATE cell_minute SET format_version = ?, body = ? WHERE start_ms = ?")) {
      change.setInt(1, 99);
      change.setBytes(2, new byte[] {1, 2});
      change.setLong(3, 0);
      change.executeUpdate();
      change.setInt(1, 1);
      change.setLong(3, 60_000);
      change.executeUpdate();
    }
  }

  /** Letters that hardly shrink. */
  private static String noise(int seed, int length) {
    return new SplittableRandom(seed)
        .ints(2L * length, 'a', 'z')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static CellMinute minute(long epoch, long startMs, String pool) {
    return minute(CELL, epoch, startMs, pool);
  }

  private static CellMinute minute(String cell, long epoch, long startMs, String pool) {
    return new CellMinute(
        cell,
        epoch,
        startMs,
        60,
        1,
        List.of(),
        List.of(
            new CellMinute.PoolMinute(pool, List.of(1L), List.of(), List.of(), new TreeMap<>())),
        new TreeMap<>(),
        0,
        0,
        List.of());
  }
}
