package dev.highwater.server.loop;

import dev.highwater.model.Fact;
import dev.highwater.model.json.ModelJson;
import dev.highwater.server.store.Snapshot;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreUnavailableException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the journal of one cell from growing without end: writes what it adds up to, then drops the
 * records that are part of that sum and older than what people may still ask about.
 *
 * <p>Hard rules: nothing is dropped that the sum <em>in the store</em> does not include; the sum
 * and each batch of drops are transactions under the epoch, so an owner that was replaced changes
 * nothing. A batch is small, because the owner's appends wait for it.
 *
 * <p>Works on a thread of its own, because the sum of a large cell is megabytes; called by the
 * cell's thread.
 */
final class JournalKeeper implements AutoCloseable {
  /** Kind of the snapshot that holds the sum, a fact that begins a state. */
  static final String KIND = "state";

  /** So long a take-over's reading may be at most, in journaled time. Chosen by us. */
  static final long EVERY_MS = 600_000;

  /** Records dropped at once: a few milliseconds. */
  private static final int BATCH = 200;

  /** Between two batches others append: at this pace a week of ticks is gone in five minutes. */
  private static final long PAUSE_MS = 100;

  private static final int FORMAT = 1;
  private static final long CLOSE_WAIT_MS = 1_000;
  private static final Logger LOG = LoggerFactory.getLogger(JournalKeeper.class);

  private final Store store;
  private final String cell;
  private final long keptMs;
  private @Nullable Thread worker;
  private volatile boolean closed;

  /**
   * @param kept records stay at least so long
   */
  JournalKeeper(Store store, String cell, Duration kept) {
    this.store = store;
    this.cell = cell;
    keptMs = kept.toMillis();
  }

  /** Where a sum was taken: position, epoch, time and spec revision of the state. */
  record Moment(long position, long epoch, long nowMs, long specRevision) {}

  /** The fact that a sum begins a state with. */
  static Fact read(Snapshot snapshot) {
    if (snapshot.formatVersion() != FORMAT) {
      throw new IllegalStateException(
          "the kept state has format "
              + snapshot.formatVersion()
              + ", which is newer than this program");
    }
    return ModelJson.read(snapshot.body(), Fact.class);
  }

  /** Begins to keep a sum; returns at once. Nothing is begun while the one before is under way. */
  void keep(Moment moment, Fact sum) {
    Thread before = worker;
    if (closed || (before != null && before.isAlive())) {
      return;
    }
    Thread started = new Thread(() -> keepSafely(moment, sum), "highwater-journal-" + cell);
    started.setDaemon(true);
    worker = started;
    started.start();
  }

  private void keepSafely(Moment moment, Fact sum) {
    try {
      keepNow(moment, sum);
    } catch (StoreUnavailableException e) {
      LOG.warn("journal not shortened, it is tried again cell={}: {}", cell, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("journal not shortened after a defect cell={}", cell, e);
    }
  }

  private void keepNow(Moment moment, Fact sum)
      throws StoreUnavailableException, InterruptedException {
    Snapshot snapshot =
        new Snapshot(
            KIND,
            moment.position(),
            moment.epoch(),
            FORMAT,
            moment.nowMs(),
            moment.specRevision(),
            ModelJson.write(sum));
    if (!store.snapshots().write(cell, snapshot)) {
      return; // another member owns the cell; the loop finds that out by itself
    }
    long dropped = 0;
    int batch = BATCH;
    while (batch == BATCH && !closed) {
      batch = store.journal().dropKept(cell, moment.epoch(), KIND, moment.nowMs() - keptMs, BATCH);
      dropped += batch;
      TimeUnit.MILLISECONDS.sleep(batch == BATCH ? PAUSE_MS : 0);
    }
    LOG.debug(
        "journal kept cell={} position={} characters={} dropped={}",
        cell,
        moment.position(),
        snapshot.body().length(),
        dropped);
  }

  /** Ends after the batch that is under way, and waits for that, a second at most. */
  @Override
  public void close() {
    closed = true;
    Thread last = worker;
    if (last != null) {
      try {
        last.join(CLOSE_WAIT_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
