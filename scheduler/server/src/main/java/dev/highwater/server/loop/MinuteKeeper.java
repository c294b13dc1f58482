package dev.highwater.server.loop;

import dev.highwater.model.CellMinute;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what a cell lives through to the store, on a thread of its own, because a minute of a
 * large cell is megabytes and the store may be down. Called by the cell's thread.
 *
 * <p>While the store does not answer, the last minutes wait; of more than {@link #WAITING_MAX} the
 * newest are lost, and a report names the gap.
 */
final class MinuteKeeper implements AutoCloseable {
  /** Minutes that wait. Chosen by us: as long as a state is kept in the journal's way. */
  static final int WAITING_MAX = 10;

  private static final long RETRY_MS = 1_000;

  /** The next owner waits for that. Chosen by us: many times what writing a minute takes. */
  private static final long CLOSE_WAIT_MS = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(MinuteKeeper.class);

  private final Store store;
  private final String cell;
  private final long keptMs;
  private final ThreadPoolExecutor writer;
  private volatile boolean closed;

  /**
   * @param kept minutes stay at least so long
   */
  MinuteKeeper(Store store, String cell, Duration kept) {
    this.store = store;
    this.cell = cell;
    keptMs = kept.toMillis();
    writer =
        new ThreadPoolExecutor(
            0,
            1,
            1,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_MAX),
            work -> {
              Thread thread = new Thread(work, "highwater-minutes-" + cell);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Begins to write them; returns at once. */
  void keep(List<Supplier<CellMinute>> minutes) {
    for (Supplier<CellMinute> minute : minutes) {
      try {
        writer.execute(() -> write(minute));
      } catch (RejectedExecutionException e) {
        LOG.warn("minute not kept, the store is behind cell={}", cell);
      }
    }
  }

  private void write(Supplier<CellMinute> ended) {
    try {
      CellMinute minute = ended.get();
      while (!written(minute)) {
        TimeUnit.MILLISECONDS.sleep(RETRY_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("minute not kept after a defect cell={}", cell, e);
    }
  }

  /** Returns false when it is to be tried again. */
  private boolean written(CellMinute minute) {
    try {
      if (!store.minutes().append(minute, minute.startMs() - keptMs)) {
        LOG.debug("minute not kept, another member owns the cell cell={}", cell);
      }
      return true;
    } catch (StoreUnavailableException e) {
      if (closed) {
        LOG.warn("minute not kept cell={}: {}", cell, e.getMessage());
      }
      return closed;
    }
  }

  /** Ends after what waits was tried once, and waits for that, a second at most. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    writer.shutdown();
    try {
      if (!writer.awaitTermination(CLOSE_WAIT_MS, TimeUnit.MILLISECONDS)) {
        writer.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
