package dev.highwater.launcher.rehearse;

import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.scenario.TimeSpan;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One line of progress on a terminal, with speed and remaining time; silent elsewhere. Thread-safe.
 */
final class Progress implements RunObserver {
  private static final long SHOW_NANOS = 200_000_000;

  private final int runs;
  private final PrintWriter err;

  /** Set by the script, because Java cannot tell whether standard error is a terminal. */
  private final boolean terminal = Boolean.getBoolean("highwater.terminal");

  private final long begunNanos = System.nanoTime();
  private final SortedMap<String, Long> done = new TreeMap<>();
  private long shownNanos = begunNanos;
  private boolean shown;
  private volatile boolean stopped;

  Progress(int runs, PrintWriter err) {
    this.runs = runs;
    this.err = err;
  }

  /** Ends every run at its next virtual minute. */
  void stop() {
    stopped = true;
  }

  boolean stopped() {
    return stopped;
  }

  @Override
  public boolean goesOn(String policy, long doneMs, long durationMs) {
    if (terminal) {
      show(policy, doneMs, durationMs);
    }
    return !stopped;
  }

  private synchronized void show(String policy, long doneMs, long durationMs) {
    done.put(policy, doneMs);
    long now = System.nanoTime();
    if (now - shownNanos < SHOW_NANOS) {
      return;
    }
    shownNanos = now;
    shown = true;
    double all = 0;
    for (long ms : done.values()) {
      all += ms;
    }
    double share = all / durationMs / runs;
    double seconds = (now - begunNanos) / 1e9;
    double left = share > 0 ? seconds / share - seconds : 0;
    err.print(
        String.format(
            Locale.ROOT,
            "\r\033[Krehearsing %d x %s: %3.0f %%, %,.0f times real time, %.0f s left",
            runs,
            TimeSpan.write(durationMs),
            100 * share,
            all / 1_000 / seconds,
            left));
    err.flush();
  }

  /** Takes the line away. */
  synchronized void clear() {
    if (shown) {
      err.print("\r\033[K");
      err.flush();
    }
  }
}
