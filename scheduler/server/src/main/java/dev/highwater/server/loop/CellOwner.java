package dev.highwater.server.loop;

import dev.highwater.kernel.SoftHistory;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Observation;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecChange;
import dev.highwater.model.json.ModelJson;
import dev.highwater.server.session.CellInbox;
import dev.highwater.server.store.CellEpoch;
import dev.highwater.server.store.Journal;
import dev.highwater.server.store.JournalRecord;
import dev.highwater.server.store.Retention;
import dev.highwater.server.store.Snapshot;
import dev.highwater.server.store.SpecRow;
import dev.highwater.server.store.SpecRows;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreUnavailableException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides for one cell under one epoch, on a thread of its own.
 *
 * <p>Goals: a decision within {@link #COALESCE_MS} of a front door's report, a node that comes or
 * goes, or a changed spec, and at least once a second; nothing said to an agent before it is on
 * disk.
 *
 * <p>Hard rules: facts are appended before they are applied or acted upon; an append that is
 * refused ends the loop; an append without an answer is repeated unchanged until it has one, and
 * nothing is decided meanwhile. Time never goes back, also across owners, because the journal's
 * last time is the first lower bound.
 *
 * <p>The store being down ends nothing: agents keep what they have, what they say is kept bounded,
 * and the loop goes on with the first answer.
 */
public final class CellOwner implements CellLoop {
  /** Reports that arrive within so long of the first are decided together. */
  static final long COALESCE_MS = 30;

  /** Longest time between two ticks. */
  static final long INTERVAL_MS = 1_000;

  /** What forecasters learned is kept so often. Design section 3. */
  static final long SOFT_EVERY_MS = 60_000;

  /** Kind of the snapshot that holds the soft history, and its format. */
  static final String SOFT_KIND = "soft";

  private static final int SOFT_FORMAT = 1;

  private static final long RETRY_MS = 250;
  private static final int READ_BATCH = 500;
  private static final int JOURNAL_FORMAT = 1;

  /**
   * The last minutes and the journal's keeper take a second each, the release what the store does.
   */
  private static final long CLOSE_WAIT_MS = 8_000;

  private static final Logger LOG = LoggerFactory.getLogger(CellOwner.class);

  private final CellEpoch taken;
  private final Store store;
  private final CellDecider decider;
  private final LoopOutputs outputs;
  private final Clock clock;
  private final CellInbox inbox = new CellInbox();
  private final Thread thread;
  private final JournalKeeper keeper;
  private final MinuteKeeper minutes;

  private final SoftHistory history = new SoftHistory();

  /** Who waits for a copy of the state. */
  private final Queue<CompletableFuture<CellDecider.WhatIf>> askers = new ConcurrentLinkedQueue<>();

  private long softKeptMs;
  private long stateKeptMs;
  private long position;
  private long floorMs;
  private long specRevision;
  private long sequence;
  private boolean storeAnswers = true;
  private long auditViolationsTotal;
  private volatile boolean deciding = true;

  private CellOwner(
      CellEpoch taken,
      Store store,
      CellDecider decider,
      LoopOutputs outputs,
      Clock clock,
      Retention kept) {
    this.taken = taken;
    this.store = store;
    this.decider = decider;
    this.outputs = outputs;
    this.clock = clock;
    keeper = new JournalKeeper(store, taken.cell(), kept.decisions());
    minutes = new MinuteKeeper(store, taken.cell(), kept.minutes());
    thread = new Thread(this::run, "highwater-cell-" + taken.cell());
    thread.setDaemon(true);
  }

  /**
   * Begins to decide; returns at once.
   *
   * @param taken the row after the take-over
   * @param decider in the state that an empty journal leaves
   * @param kept how long the past is
   */
  public static CellOwner start(
      CellEpoch taken,
      Store store,
      CellDecider decider,
      LoopOutputs outputs,
      Clock clock,
      Retention kept) {
    CellOwner owner = new CellOwner(taken, store, decider, outputs, clock, kept);
    owner.thread.start();
    return owner;
  }

  @Override
  public String cell() {
    return taken.cell();
  }

  @Override
  public long epoch() {
    return taken.epoch();
  }

  @Override
  public CellInbox inbox() {
    return inbox;
  }

  @Override
  public boolean deciding() {
    return deciding;
  }

  @Override
  public CompletionStage<CellDecider.WhatIf> whatIf() {
    CompletableFuture<CellDecider.WhatIf> asker = new CompletableFuture<>();
    askers.add(asker);
    if (!deciding) {
      refuseAskers();
    }
    return asker;
  }

  /** However many ask, a tick makes one copy. */
  private void answerAskers() {
    CompletableFuture<CellDecider.WhatIf> asker = askers.poll();
    CellDecider.WhatIf copy = asker == null ? null : decider.whatIf();
    while (asker != null) {
      asker.complete(copy);
      asker = askers.poll();
    }
  }

  private void refuseAskers() {
    CompletableFuture<CellDecider.WhatIf> asker = askers.poll();
    while (asker != null) {
      asker.completeExceptionally(new IllegalStateException("nobody decides here any more"));
      asker = askers.poll();
    }
  }

  @Override
  public void close() {
    inbox.close();
    try {
      thread.join(CLOSE_WAIT_MS);
      if (thread.isAlive()) {
        LOG.warn("cell still busy at close cell={} epoch={}", cell(), epoch());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      recover();
      while (!inbox.closed()) {
        tick();
      }
      minutes.keep(decider.livedLast());
      minutes.close(); // before the release, because the next epoch refuses them
      release();
    } catch (ResignedException e) {
      LOG.info("cell resigned cell={} epoch={} reason={}", cell(), epoch(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | AssertionError e) {
      LOG.error("cell resigned after a defect cell={} epoch={}", cell(), epoch(), e);
    } finally {
      deciding = false;
      inbox.close();
      refuseAskers();
      outputs.resigned(cell(), epoch());
      minutes.close();
      keeper.close(); // last, because it may wait for the store
    }
  }

  /** Tells the others at once; if that fails they find out by the beat. */
  private void release() throws ResignedException {
    try {
      if (!store.epochs().release(cell(), epoch())) {
        throw new ResignedException("another member took the cell over");
      }
    } catch (StoreUnavailableException e) {
      LOG.warn("cell not released cell={} epoch={}: {}", cell(), epoch(), e.getMessage());
    }
  }

  /** The epoch is over, or the process is ending. */
  private static final class ResignedException extends Exception {
    private static final long serialVersionUID = 1L;

    ResignedException(String reason) {
      super(reason);
    }
  }

  /** One question to the store. */
  private interface Question<T> {
    T ask() throws StoreUnavailableException;
  }

  /** Asks until the store answers; ends the loop if the process does. */
  private <T> T untilAnswered(Question<T> question) throws ResignedException, InterruptedException {
    while (true) {
      try {
        T answer = question.ask();
        if (!storeAnswers) {
          storeAnswers = true;
          LOG.info("store answers again, deciding goes on cell={}", cell());
        }
        return answer;
      } catch (StoreUnavailableException e) {
        outputs.unanswered(cell());
        if (storeAnswers) {
          storeAnswers = false;
          LOG.warn(
              "store does not answer, targets stay as they are cell={} cause={}",
              cell(),
              e.getMessage());
        }
        if (inbox.closed()) {
          throw new ResignedException("closed while the store did not answer");
        }
        TimeUnit.MILLISECONDS.sleep(RETRY_MS);
      }
    }
  }

  private void recover() throws ResignedException, InterruptedException {
    long startedNanos = System.nanoTime();
    List<Fact> facts = new ArrayList<>();
    stateKeptMs = clock.millis();
    Snapshot kept =
        untilAnswered(() -> store.snapshots().find(cell(), JournalKeeper.KIND)).orElse(null);
    if (kept != null) {
      facts.add(JournalKeeper.read(kept));
      position = kept.position();
      floorMs = kept.nowMs();
      specRevision = kept.specRevision();
      stateKeptMs = kept.nowMs();
    }
    boolean more = true;
    while (more) {
      List<JournalRecord> records =
          untilAnswered(() -> store.journal().readAfter(cell(), position, READ_BATCH));
      for (JournalRecord record : records) {
        facts.addAll(read(record).facts());
        position = record.position();
        floorMs = Math.max(floorMs, record.nowMs());
        specRevision = Math.max(specRevision, record.specRevision());
      }
      more = records.size() == READ_BATCH;
    }
    if (position != taken.position()) {
      throw new ResignedException(
          "the journal ends at " + position + ", not at " + taken.position());
    }
    decider.restore(facts);
    List<Input> observed = relearn();
    Fact begun = new Fact.EpochBegun(epoch(), taken.owner());
    Decision first =
        new Decision(cell(), epoch(), 0, nowMs(), List.of(begun), List.of(), List.of());
    softKeptMs = first.nowMs();
    append(first, specRevision);
    decider.restore(List.of(begun));
    facts.add(begun);
    outputs.recordBegin(cell(), facts, observed);
    LOG.info(
        "cell recovered cell={} epoch={} position={} facts={} ms={}",
        cell(),
        epoch(),
        position,
        facts.size(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos));
  }

  /**
   * The clock's time, or the latest one decided at, here or by earlier owners, if that is later.
   */
  private long nowMs() {
    floorMs = Math.max(floorMs, clock.millis());
    return floorMs;
  }

  /** Learns again what was seen of the load before, and gives it. */
  private List<Input> relearn() throws ResignedException, InterruptedException {
    Snapshot soft = untilAnswered(() -> store.snapshots().find(cell(), SOFT_KIND)).orElse(null);
    if (soft == null || soft.formatVersion() != SOFT_FORMAT) {
      return List.of();
    }
    List<Input> observed = List.of(ModelJson.read(soft.body(), Input[].class));
    decider.relearn(observed);
    observed.forEach(history::add);
    floorMs = Math.max(floorMs, soft.nowMs());
    LOG.info("cell relearned cell={} inputs={}", cell(), observed.size());
    return observed;
  }

  private void keepSoft(Input input) throws ResignedException, InterruptedException {
    history.add(input);
    if (input.nowMs() - softKeptMs < SOFT_EVERY_MS) {
      return;
    }
    softKeptMs = input.nowMs();
    Snapshot soft =
        new Snapshot(
            SOFT_KIND,
            position,
            epoch(),
            SOFT_FORMAT,
            input.nowMs(),
            specRevision,
            ModelJson.write(history.inputs()));
    if (!untilAnswered(() -> store.snapshots().write(cell(), soft))) {
      throw new ResignedException("another member took the cell over");
    }
  }

  private void keepState(long nowMs) {
    if (nowMs - stateKeptMs >= JournalKeeper.EVERY_MS) {
      stateKeptMs = nowMs;
      keeper.keep(new JournalKeeper.Moment(position, epoch(), nowMs, specRevision), decider.kept());
    }
  }

  private static Decision read(JournalRecord record) {
    if (record.formatVersion() != JOURNAL_FORMAT) {
      throw new IllegalStateException(
          "journal format " + record.formatVersion() + " is newer than this program");
    }
    return ModelJson.read(record.facts(), Decision.class);
  }

  private void tick() throws ResignedException, InterruptedException {
    long waitedFromNanos = System.nanoTime();
    inbox.await(INTERVAL_MS);
    if (inbox.closed()) {
      return;
    }
    // Others report at the same moment; what comes a little later is decided together.
    TimeUnit.MILLISECONDS.sleep(COALESCE_MS);
    long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - waitedFromNanos);
    long lateMs = Math.max(0, tookMs - INTERVAL_MS - COALESCE_MS);
    List<SpecRow> rows = untilAnswered(() -> store.specs().changesAfter(specRevision, READ_BATCH));
    List<SpecChange> changes = changes(rows);
    long revision = rows.isEmpty() ? specRevision : rows.get(rows.size() - 1).revision();
    CellInbox.Batch batch = inbox.drain();
    sequence++;
    Input input = new Input(cell(), epoch(), sequence, nowMs(), changes, batch.observations());
    long decideFromNanos = System.nanoTime();
    Decision decision = decider.step(input);
    List<String> broken = decider.audit(decision);
    long decideNanos = System.nanoTime() - decideFromNanos;
    for (String rule : broken) {
      LOG.error("audit cell={} sequence={} broken={}", cell(), sequence, rule);
    }
    long storeFromNanos = System.nanoTime();
    if (!decision.facts().isEmpty()) {
      append(decision, revision);
    } else if (!untilAnswered(() -> store.epochs().beat(cell(), epoch()))) {
      throw new ResignedException("another member took the cell over");
    }
    long storeNanos = System.nanoTime() - storeFromNanos;
    specRevision = revision;
    decider.commit(decision);
    decision.commands().forEach(command -> outputs.send(cell(), command));
    minutes.keep(decider.lived(input, decision, broken.size()));
    auditViolationsTotal += broken.size();
    outputs.ticked(
        new LoopOutputs.TickTimes(
            cell(),
            decideNanos,
            storeNanos,
            lateMs,
            System.nanoTime() - batch.sinceNanos(),
            decision.commands().size()));
    outputs.recordStep(input, decision);
    keepSoft(input);
    keepState(input.nowMs());
    Observation.CellReport report = decider.report();
    if (report != null) {
      outputs.report(report);
    }
    outputs.publish(
        decider.snapshot(
            new CellDecider.SnapshotFrame(taken.owner(), position, sequence, auditViolationsTotal)),
        decision);
    answerAskers();
    if (rows.size() == READ_BATCH || actsNext(decision)) {
      inbox.wake();
    }
  }

  /** Whether the next decision can do at once what this one made possible: new specs, new nodes. */
  private static boolean actsNext(Decision decision) {
    return decision.facts().stream()
        .anyMatch(fact -> fact instanceof Fact.SpecApplied || fact instanceof Fact.NodeJoined);
  }

  private void append(Decision decision, long revision)
      throws ResignedException, InterruptedException {
    JournalRecord record =
        new JournalRecord(
            position + 1,
            epoch(),
            JOURNAL_FORMAT,
            decision.nowMs(),
            revision,
            ModelJson.write(part(decision, decision.facts(), List.of())),
            ModelJson.write(part(decision, List.of(), reasons(decision))));
    if (untilAnswered(() -> store.journal().append(cell(), record)) == Journal.Append.FENCED) {
      outputs.fenced(cell());
      throw new ResignedException("its append was refused, another member took the cell over");
    }
    position++;
  }

  /**
   * A part of a decision. Commands are not kept: they follow from the facts and would be most of
   * the volume.
   */
  private static Decision part(
      Decision decision, List<Fact> facts, List<Explanation> explanations) {
    return new Decision(
        decision.cell(),
        decision.epoch(),
        decision.sequence(),
        decision.nowMs(),
        facts,
        List.of(),
        explanations);
  }

  /** The explanations worth keeping: those of what the facts changed. */
  private static List<Explanation> reasons(Decision decision) {
    Set<ServiceId> changed = new TreeSet<>();
    Set<String> pools = new TreeSet<>();
    for (Fact fact : decision.facts()) {
      if (fact instanceof Fact.TargetSet f) {
        changed.add(f.service());
      } else if (fact instanceof Fact.ReplicasPlaced f) {
        changed.add(f.service());
      } else if (fact instanceof Fact.ReplicasStopped f) {
        changed.add(f.service());
      } else if (fact instanceof Fact.UsersRouted f) {
        changed.add(f.service());
      } else if (fact instanceof Fact.PoolTargetSet f) {
        pools.add(f.pool());
      } else if (fact instanceof Fact.MovesProposed f) {
        pools.add(f.pool());
      }
    }
    List<Explanation> kept = new ArrayList<>();
    for (Explanation explanation : decision.explanations()) {
      boolean worth =
          (explanation instanceof Explanation.ServiceExplained e && changed.contains(e.service()))
              || (explanation instanceof Explanation.ServiceRouted r
                  && changed.contains(r.service()))
              || (explanation instanceof Explanation.PoolExplained p && pools.contains(p.pool()));
      if (worth) {
        kept.add(explanation);
      }
    }
    return kept;
  }

  private static List<SpecChange> changes(List<SpecRow> rows) {
    List<SpecChange> changes = new ArrayList<>(rows.size());
    for (SpecRow row : rows) {
      try {
        changes.add(SpecRows.change(row));
      } catch (InvalidInputException e) {
        // Written by a newer member: the cell keeps what it knew.
        LOG.error("spec not understood {} code={}: {}", row.key(), ErrorCode.INVALID_VALUE, e);
      }
    }
    return changes;
  }
}
