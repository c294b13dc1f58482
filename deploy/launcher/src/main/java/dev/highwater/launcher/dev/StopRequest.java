package dev.highwater.launcher.dev;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C or SIGTERM: somebody wants this process to end. The process waits, within bounds, until
 * whoever runs has told its summary and closed everything. Thread-safe.
 */
final class StopRequest implements AutoCloseable {
  /** A shutdown that takes longer is cut off. */
  private static final int CLOSE_SECONDS = 20;

  private final PrintWriter out;
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "stop");

  private StopRequest(PrintWriter out) {
    this.out = out;
  }

  /** Hears of requests from now on, until it is closed. */
  static StopRequest listen(PrintWriter out) {
    StopRequest request = new StopRequest(out);
    Runtime.getRuntime().addShutdownHook(request.hook);
    return request;
  }

  /**
   * Takes the end of standard input for a request too: whoever started this process holds the other
   * end, so it is heard even if that one was killed.
   */
  void alsoAtTheEndOfInput() {
    Thread reader =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Nothing is said there.
                }
              } catch (IOException e) {
                // As good as an end.
              }
              asked.countDown();
            },
            "input");
    reader.setDaemon(true);
    reader.start();
  }

  private void stop() {
    asked.countDown();
    try {
      if (!ended.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        out.println("highwater: some part did not close in time");
      }
      out.flush();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks by itself. */
  void ask() {
    asked.countDown();
  }

  /** Waits for a request. */
  void await() throws InterruptedException {
    asked.await();
  }

  /** Waits for a request, for so long at most; whether there was one. */
  boolean await(long ms) throws InterruptedException {
    return asked.await(Math.max(0, ms), TimeUnit.MILLISECONDS);
  }

  /** Everything is told and closed: the process may end. */
  @Override
  public void close() {
    boolean before = asked.getCount() == 0;
    ended.countDown();
    if (!before) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The process is ending already.
      }
    }
  }
}
