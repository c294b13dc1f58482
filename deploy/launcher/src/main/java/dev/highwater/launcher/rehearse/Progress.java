package dev.highwater.launcher.rehearse;

import dev.highwater.rehearsal.RunObserver;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * How far the runs of a command are, all together, with speed and remaining time: a bar that is
 * drawn again and again on a terminal, a plain line now and then elsewhere. Also the switch that
 * ends them all. Thread-safe.
 */
final class Progress {
  private static final long BAR_NANOS = 200_000_000;
  private static final long LINE_NANOS = 10_000_000_000L;
  private static final int BAR_WIDTH = 30;

  private final PrintWriter err;
  private final boolean terminal;
  private final LongSupplier nanos;
  private final long begunNanos;
  private long shownNanos;
  private boolean shown;
  private int runs;
  private int ended;
  private long allMs;
  private long doneMs;
  private volatile boolean stopped;

  /** Whether standard error is a terminal is told by the script: Java cannot tell. */
  Progress(PrintWriter err) {
    this(err, Boolean.getBoolean("highwater.terminal"), System::nanoTime);
  }

  Progress(PrintWriter err, boolean terminal, LongSupplier nanos) {
    this.err = err;
    this.terminal = terminal;
    this.nanos = nanos;
    begunNanos = nanos.getAsLong();
    shownNanos = begunNanos;
  }

  /** Ends every run at its next virtual second, and begins no other. */
  void stop() {
    stopped = true;
  }

  boolean stopped() {
    return stopped;
  }

  /** Counts in a run that is to come, and returns what watches it. */
  synchronized RunObserver watch(long durationMs) {
    runs++;
    allMs += durationMs;
    return new RunObserver() {
      private long before;

      @Override
      public boolean goesOn(long nowMs) {
        advance(nowMs - before, nowMs >= durationMs);
        before = nowMs;
        return !stopped;
      }
    };
  }

  private synchronized void advance(long moreMs, boolean end) {
    doneMs += moreMs;
    ended += end ? 1 : 0;
    long now = nanos.getAsLong();
    if (now - shownNanos < (terminal ? BAR_NANOS : LINE_NANOS)) {
      return;
    }
    shownNanos = now;
    shown = terminal;
    double share = (double) doneMs / allMs;
    double seconds = (now - begunNanos) / 1e9;
    String line =
        String.format(
            Locale.ROOT,
            "%3.0f %%, %d of %d runs done, %,.0f times real time, %,.0f s left",
            100 * share,
            ended,
            runs,
            doneMs / 1_000.0 / seconds,
            seconds / share - seconds);
    if (terminal) {
      int full = (int) (share * BAR_WIDTH);
      String bar = "#".repeat(full) + "-".repeat(BAR_WIDTH - full);
      err.print("\r\033[Krehearsing [" + bar + "] " + line);
    } else {
      err.println("rehearsing: " + line.strip());
    }
    err.flush();
  }

  /** Takes the bar away. */
  synchronized void clear() {
    if (shown) {
      err.print("\r\033[K");
      err.flush();
    }
  }
}
