package dev.highwater.launcher.dev;

import java.io.PrintWriter;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Prints lines on a thread of its own, so that a terminal that is held, or a full pipe, holds no
 * event loop. What comes while too much waits is left out, and counted.
 *
 * <p>Thread-safe.
 */
final class LinePrinter {
  /** Lines that may wait; a busy night says a few per second. */
  static final int BEHIND_MAX = 10_000;

  /** Longest wait for those at the end. */
  private static final int END_SECONDS = 5;

  private final PrintWriter out;
  private final AtomicLong leftOut = new AtomicLong();
  private final ThreadPoolExecutor printer;

  LinePrinter(PrintWriter out) {
    this.out = out;
    printer =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(BEHIND_MAX),
            task -> {
              Thread thread = new Thread(task, "lines");
              thread.setDaemon(true);
              return thread;
            },
            (line, pool) -> leftOut.incrementAndGet());
  }

  /** Prints a line soon. */
  void print(String line) {
    printer.execute(
        () -> {
          out.println(line);
          out.flush();
        });
  }

  /** Waits until everything is printed; what comes later is left out. */
  void end() throws InterruptedException {
    printer.shutdown();
    boolean printed = printer.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
    long missing = leftOut.get() + (printed ? 0 : printer.getQueue().size());
    if (missing > 0) {
      out.println("... " + missing + " lines left out, because nobody read them in time");
    }
  }
}
