package dev.highwater.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.Digest;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.Tenant;
import dev.highwater.model.json.ModelJson;
import dev.highwater.server.store.AuditEntry;
import dev.highwater.server.store.CellEpoch;
import dev.highwater.server.store.ImpatientStore;
import dev.highwater.server.store.JournalRecord;
import dev.highwater.server.store.Retention;
import dev.highwater.server.store.Snapshot;
import dev.highwater.server.store.SpecEdit;
import dev.highwater.server.store.SpecRows;
import dev.highwater.server.store.Store;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CellOwnerTest {
  private static final String CELL = "east";
  private static final long WAIT_S = 10;

  private Path directory;
  private Store store;
  private final List<CellOwner> owners = new ArrayList<>();

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    directory = folder;
    store = ImpatientStore.open(folder);
  }

  @AfterEach
  void close() {
    owners.forEach(CellOwner::close);
    store.close();
  }

  /**
   * Goal: two members on one store both own a cell, as each believes; no position is acknowledged
   * twice, the older resigns by itself, and the newer goes on from the journal.
   */
  @Test
  void olderOwnerResignsAndTheNewerContinuesItsJournal() throws Exception {
    KeptOutputs old = new KeptOutputs();
    CellOwner older = own(0, "a", old, Clock.systemUTC());
    old.tick(older);
    old.tick(older);
    try (Store otherMember = ImpatientStore.open(directory)) {
      CellEpoch taken = otherMember.epochs().takeOver(CELL, 1, "b", "").orElseThrow();
      KeptOutputs fresh = new KeptOutputs();
      CellOwner newer =
          CellOwner.start(
              taken, otherMember, new FakeDecider(), fresh, Clock.systemUTC(), Retention.DEFAULT);
      owners.add(newer);
      older.inbox().wake();

      assertThat(old.resigned.await(WAIT_S, TimeUnit.SECONDS)).isTrue();
      assertThat(older.deciding()).isFalse();
      fresh.tick(newer);
      newer.close();

      List<JournalRecord> journal = store.journal().readAfter(CELL, 0, 1_000);
      List<Integer> targets = new ArrayList<>();
      for (JournalRecord record : journal) {
        for (Fact fact : ModelJson.read(record.facts(), Decision.class).facts()) {
          if (fact instanceof Fact.TargetSet f) {
            targets.add(f.replicas());
          }
        }
      }
      assertThat(journal)
          .extracting(JournalRecord::position)
          .doesNotHaveDuplicates()
          .isSorted()
          .endsWith((long) journal.size());
      assertThat(targets)
          .as("the newer counts on from the older")
          .isSorted()
          .doesNotHaveDuplicates();
      assertThat(targets)
          .as("every acknowledged decision is there once")
          .hasSize(old.decided.size() + fresh.decided.size());
      assertThat(fresh.restored).contains(new Fact.EpochBegun(1, "a"), new Fact.EpochBegun(2, "b"));
    }
  }

  @Test
  void ownerWithNothingToDecideFindsOutToo() throws Exception {
    KeptOutputs outputs = new KeptOutputs();
    CellEpoch taken = store.epochs().takeOver(CELL, 0, "a", "").orElseThrow();
    CellOwner idle =
        CellOwner.start(
            taken, store, new KernelDecider(CELL), outputs, Clock.systemUTC(), Retention.DEFAULT);
    owners.add(idle);
    outputs.tick(idle);
    store.epochs().takeOver(CELL, 1, "b", "");

    assertThat(outputs.resigned.await(WAIT_S, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whoAsksGetsTheStateAfterATickAndHurriesNone() throws Exception {
    KeptOutputs outputs = new KeptOutputs();
    CellOwner owner = own(0, "a", outputs, Clock.systemUTC());
    outputs.tick(owner);
    CompletableFuture<CellDecider.WhatIf> asked = owner.whatIf().toCompletableFuture();
    CompletableFuture<CellDecider.WhatIf> askedToo = owner.whatIf().toCompletableFuture();

    CellDecider.WhatIf copy = asked.get(WAIT_S, TimeUnit.SECONDS);

    assertThat(askedToo.get(WAIT_S, TimeUnit.SECONDS)).as("one copy for all").isSameAs(copy);
    double targets = copy.plan(List.of(), 0).nodesPerHour();
    outputs.tick(owner);
    assertThat(copy.plan(List.of(), 0).nodesPerHour()).as("it stands still").isEqualTo(targets);

    owner.close();
    assertThat(owner.whatIf().toCompletableFuture())
        .as("nobody waits for an owner that has resigned")
        .isCompletedExceptionally();
  }

  @Test
  void storeOutageDelaysDecisionsAndEndsNothing() throws Exception {
    KeptOutputs outputs = new KeptOutputs();
    CellOwner owner = own(0, "a", outputs, Clock.systemUTC());
    outputs.tick(owner);
    try (AutoCloseable outage = ImpatientStore.outage(directory)) {
      outputs.decided.clear();
      outputs.commands.clear();
      owner.inbox().wake();
      assertThat(outputs.decided.poll(1, TimeUnit.SECONDS)).as("nothing is acknowledged").isNull();
      assertThat(outputs.commands).as("nothing is said before it is on disk").isEmpty();
      assertThat(owner.deciding()).isTrue();
      assertThat(outage).isNotNull();
    }
    assertThat(outputs.decided.poll(WAIT_S, TimeUnit.SECONDS)).isNotNull();
    assertThat(outputs.resigned.getCount()).isEqualTo(1);
    List<JournalRecord> journal = store.journal().readAfter(CELL, 0, 1_000);
    assertThat(journal).extracting(JournalRecord::facts).doesNotHaveDuplicates();
  }

  @Test
  void timeNeverGoesBackWhenTheClockDoes() throws Exception {
    KeptOutputs first = new KeptOutputs();
    long future = 4_000_000_000_000L;
    CellOwner owner = own(0, "a", first, Clock.fixed(Instant.ofEpochMilli(future), ZoneOffset.UTC));
    first.tick(owner);
    owner.close();

    KeptOutputs second = new KeptOutputs();
    CellEpoch taken = store.epochs().takeOver(CELL, 1, "b", "").orElseThrow();
    CellOwner successor =
        CellOwner.start(
            taken, store, new KernelDecider(CELL), second, Clock.systemUTC(), Retention.DEFAULT);
    owners.add(successor);
    second.tick(successor);
    assertThat(second.inputs.take().nowMs()).isGreaterThanOrEqualTo(future);
  }

  @Test
  void committedSpecIsInTheNextInputOnce() throws Exception {
    KeptOutputs outputs = new KeptOutputs();
    CellOwner owner = own(0, "a", outputs, Clock.systemUTC());
    outputs.tick(owner);
    Tenant shop = Tenant.named("shop");
    store
        .specs()
        .write(
            List.of(SpecRows.put(shop, SpecEdit.ABSENT)),
            new AuditEntry(0, "root", "put", "tenant shop", ""));
    outputs.inputs.clear();
    outputs.tick(owner);
    outputs.tick(owner);

    List<SpecChange> changes = new ArrayList<>();
    for (Input input : outputs.inputs) {
      changes.addAll(input.changes());
    }
    assertThat(changes).singleElement().satisfies(c -> assertThat(c.spec()).isEqualTo(shop));
    assertThat(store.journal().readBefore(CELL, "", Long.MAX_VALUE, Long.MAX_VALUE, 1).get(0))
        .satisfies(record -> assertThat(record.specRevision()).isEqualTo(1));
  }

  @Test
  void reportOfAFrontDoorIsDecidedOnAtOnce() throws Exception {
    KeptOutputs outputs = new KeptOutputs();
    CellOwner owner = own(0, "a", outputs, Clock.systemUTC());
    outputs.tick(owner);
    outputs.decided.clear();
    long startedNanos = System.nanoTime();
    owner.inbox().add(new Observation.FrontDoorReport(1, 1, List.of()));
    assertThat(outputs.decided.poll(WAIT_S, TimeUnit.SECONDS)).isNotNull();
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos))
        .as("far sooner than the next regular tick")
        .isLessThan(CellOwner.INTERVAL_MS - 200);
  }

  /** A clock that the test sets. */
  private static final class SetClock extends Clock {
    private final AtomicLong nowMs = new AtomicLong(1_000_000);

    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(nowMs.get());
    }
  }

  @Test
  void successorLearnsAgainFromWhatFrontDoorsReported() throws Exception {
    SetClock clock = new SetClock();
    KeptOutputs outputs = new KeptOutputs();
    CellOwner owner = own(0, "a", outputs, clock);
    outputs.tick(owner);
    for (int second = 1; second <= 3; second++) {
      clock.nowMs.addAndGet(1_000);
      owner.inbox().add(new Observation.FrontDoorReport(clock.nowMs.get(), 1, List.of()));
      outputs.tick(owner);
    }
    clock.nowMs.addAndGet(CellOwner.SOFT_EVERY_MS);
    outputs.tick(owner);
    outputs.tick(owner);
    owner.close();

    FakeDecider decider = new FakeDecider();
    succeed(1, decider, new KeptOutputs(), clock);
    assertThat(decider.relearned)
        .extracting(Input::nowMs)
        .containsExactly(1_001_000L, 1_002_000L, 1_003_000L);

    KeptOutputs recording = new KeptOutputs();
    succeed(2, new FakeDecider(), recording, clock);
    assertThat(recording.observed)
        .as("what a recording begins with is all that a replay needs")
        .isEqualTo(decider.relearned);
  }

  /**
   * Goal: an owner writes what its journal adds up to and drops what is old; its successor begins
   * with that and stands where one stands who read every record.
   */
  @Test
  void successorBeginsWithTheKeptStateAndIsTheSameAsFromTheWholeJournal() throws Exception {
    SetClock clock = new SetClock();
    KeptOutputs outputs = new KeptOutputs();
    CellEpoch taken = store.epochs().takeOver(CELL, 0, "a", "").orElseThrow();
    CellOwner owner =
        CellOwner.start(
            taken,
            store,
            new KernelDecider(CELL),
            outputs,
            clock,
            new Retention(Duration.ofMinutes(5), Duration.ofDays(31)));
    owners.add(owner);
    List<JournalRecord> whole = new ArrayList<>();
    for (int minute = 0; minute < 25; minute++) {
      put(minute == 0 ? Cell.named(CELL) : Tenant.named("t" + minute));
      clock.nowMs.addAndGet(60_000);
      outputs.tick(owner);
      outputs.tick(owner);
      long read = whole.isEmpty() ? 0 : whole.get(whole.size() - 1).position();
      whole.addAll(store.journal().readAfter(CELL, read, 100));
    }
    owner.close(); // waits for what is being kept
    Snapshot kept = store.snapshots().find(CELL, JournalKeeper.KIND).orElseThrow();
    List<JournalRecord> rest = store.journal().readAfter(CELL, 0, 1_000);
    assertThat(rest.get(0).position()).as("the beginning is dropped").isGreaterThan(1);
    assertThat(kept.position() + 1).as("no gap").isGreaterThanOrEqualTo(rest.get(0).position());
    assertThat(kept.nowMs() - rest.get(0).nowMs())
        .as("five minutes stay, though they are part of the sum")
        .isLessThanOrEqualTo(300_000);
    assertThat(rest).endsWith(whole.get(whole.size() - 1));

    CellState fromAll = new CellState(CELL);
    for (JournalRecord record : whole) {
      ModelJson.read(record.facts(), Decision.class).facts().forEach(fromAll::evolve);
    }
    KeptOutputs again = new KeptOutputs();
    CellEpoch next = store.epochs().takeOver(CELL, 1, "b", "").orElseThrow();
    KernelDecider decider = new KernelDecider(CELL);
    CellOwner successor =
        CellOwner.start(
            next,
            store,
            decider,
            again,
            clock,
            new Retention(Duration.ofMinutes(5), Duration.ofDays(31)));
    owners.add(successor);
    again.tick(successor);
    successor.close();
    again.decided.forEach(decision -> decision.facts().forEach(fromAll::evolve));
    assertThat(again.restored.get(0)).isInstanceOf(Fact.CellKept.class);
    fromAll.evolve(new Fact.EpochBegun(2, "b"));
    assertThat(hash(decider.kept())).isEqualTo(hash(new Fact.CellKept(fromAll.image())));
    assertThat(whole).as("each position once").extracting(JournalRecord::position).isSorted();
  }

  private static String hash(Fact state) {
    return new Digest().add(ModelJson.write(state)).hex();
  }

  private void put(Spec spec) throws Exception {
    store
        .specs()
        .write(
            List.of(SpecRows.put(spec, SpecEdit.ABSENT)), new AuditEntry(0, "root", "put", "", ""));
  }

  private void succeed(long seen, FakeDecider decider, KeptOutputs outputs, Clock clock)
      throws Exception {
    CellEpoch taken = store.epochs().takeOver(CELL, seen, "b", "").orElseThrow();
    CellOwner successor = CellOwner.start(taken, store, decider, outputs, clock, Retention.DEFAULT);
    owners.add(successor);
    outputs.tick(successor);
    successor.close();
  }

  @Test
  void ownerThatIsClosedReleasesItsCell() throws Exception {
    KeptOutputs outputs = new KeptOutputs();
    CellOwner owner = own(0, "a", outputs, Clock.systemUTC());
    outputs.tick(owner);
    owner.close();
    CellEpoch row = store.epochs().list().get(0);
    assertThat(row.owner()).isEmpty();
    assertThat(row.epoch()).as("nobody else may use it").isEqualTo(1);
  }

  @Test
  void ownerThatIsClosedKeepsThePartOfAMinuteThatItLived() throws Exception {
    SetClock clock = new SetClock();
    KeptOutputs outputs = new KeptOutputs();
    CellEpoch taken = store.epochs().takeOver(CELL, 0, "a", "").orElseThrow();
    CellOwner owner =
        CellOwner.start(taken, store, new KernelDecider(CELL), outputs, clock, Retention.DEFAULT);
    owners.add(owner);
    outputs.tick(owner);
    clock.nowMs.addAndGet(5_000);
    outputs.tick(owner);
    owner.close();

    assertThat(store.minutes().read(CELL, 0, Long.MAX_VALUE, 10).items())
        .singleElement()
        .satisfies(minute -> assertThat(minute.seconds()).isBetween(4, 5));
  }

  @Test
  void snapshotSaysWhoDecidedAndUpToWhere() throws Exception {
    KeptOutputs outputs = new KeptOutputs();
    CellOwner owner = own(0, "a", outputs, Clock.systemUTC());
    outputs.tick(owner);
    CellSnapshot snapshot = outputs.snapshots.poll(WAIT_S, TimeUnit.SECONDS);
    assertThat(snapshot).isNotNull();
    assertThat(snapshot.owner()).isEqualTo("a");
    assertThat(snapshot.position()).isEqualTo(2);
  }

  private CellOwner own(long seen, String member, KeptOutputs outputs, Clock clock)
      throws Exception {
    CellEpoch taken = store.epochs().takeOver(CELL, seen, member, "").orElseThrow();
    CellOwner owner =
        CellOwner.start(taken, store, new FakeDecider(), outputs, clock, Retention.DEFAULT);
    owners.add(owner);
    return owner;
  }
}
