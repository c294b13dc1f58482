package dev.highwater.server.control;

import dev.highwater.http.UnavailableException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one of the shared maps in bounded time, the other half of {@link MapWriter}.
 *
 * <p>Why: a part of each map lives on each member, and a member that hangs answers nobody until it
 * is put out, which takes seconds in which every page and command would stand still. What this
 * member read last is given meanwhile; it carries its own time, so that who looks sees its age. One
 * read is under way at a time and holds one thread; who asks while it is waits for the same one.
 *
 * <p>Thread-safe; blocks its caller for at most the limit.
 *
 * @param <T> what a read gives
 */
final class MapReader<T> {
  /** Chosen by us: a tick. A read that is answered at all takes milliseconds. */
  static final long ANSWER_MS = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(MapReader.class);

  private final String name;
  private final Callable<T> source;
  private final Executor reading;
  private final long answerMs;
  private @Nullable CompletableFuture<T> underWay;
  private @Nullable T last;
  private boolean late;

  /**
   * @param name for the log
   * @param source reads the map; may block and may fail
   * @param reading where it is read
   * @param answerMs how long a caller waits
   */
  MapReader(String name, Callable<T> source, Executor reading, long answerMs) {
    this.name = name;
    this.source = source;
    this.reading = reading;
    this.answerMs = answerMs;
  }

  /**
   * What the map holds now, or held when it was last read.
   *
   * @throws UnavailableException it does not answer and was never read
   */
  T read() {
    CompletableFuture<T> answer = ask();
    if (answer != null) {
      try {
        T read = answer.get(answerMs, TimeUnit.MILLISECONDS);
        answered(read);
        return read;
      } catch (TimeoutException e) {
        missed("no answer within " + answerMs + " ms");
      } catch (ExecutionException e) {
        missed(String.valueOf(e.getCause()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return lastRead();
  }

  /** The read to wait for; null while one is known to be late. */
  private synchronized @Nullable CompletableFuture<T> ask() {
    if (underWay != null && !underWay.isDone()) {
      return late ? null : underWay;
    }
    CompletableFuture<T> asked = new CompletableFuture<>();
    underWay = asked;
    reading.execute(
        () -> {
          try {
            asked.complete(source.call());
          } catch (Exception e) {
            asked.completeExceptionally(e);
          }
        });
    return asked;
  }

  private synchronized void answered(T read) {
    last = read;
    if (late) {
      late = false;
      LOG.info("read model read again map={}", name);
    }
  }

  private synchronized void missed(String cause) {
    if (!late) {
      late = true;
      LOG.warn("read model not read, the past is shown until it is map={} cause={}", name, cause);
    }
  }

  private synchronized T lastRead() {
    if (last == null) {
      throw new UnavailableException(
          "the shared map " + name + " does not answer",
          "try again in some seconds; a member that hangs is put out by then");
    }
    return last;
  }
}
