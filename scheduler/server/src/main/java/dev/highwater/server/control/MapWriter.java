package dev.highwater.server.control;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes values to one of the shared maps without waiting, and hears when that fails.
 *
 * <p>Why: what any member shows comes from these maps, so a write that is lost unheard shows the
 * past until the value happens to change. What could not be written is kept, newest value first,
 * and goes out with the next write; one is under way at a time, so a map that hangs holds one batch
 * and what came since, by key, and never a queue. A failure is logged when it begins and when it
 * ends, and each is counted.
 *
 * <p>Thread-safe; never blocks its caller.
 */
final class MapWriter {
  /** A write without an answer for so long counts as failed. Chosen by us: five ticks. */
  private static final long ANSWER_MS = 5_000;

  private static final Logger LOG = LoggerFactory.getLogger(MapWriter.class);

  private final String name;
  private final Function<Map<String, byte[]>, CompletionStage<Void>> target;
  private final Runnable failed;
  private Map<String, byte[]> waiting = new HashMap<>();
  private boolean writing;
  private boolean failing;

  /**
   * @param name for the log
   * @param target sets values by key; returns at once, and may throw
   * @param failed told of each failure; must not block
   */
  MapWriter(
      String name, Function<Map<String, byte[]>, CompletionStage<Void>> target, Runnable failed) {
    this.name = name;
    this.target = target;
    this.failed = failed;
  }

  /** Sets values, and again those whose last write failed. */
  synchronized void put(Map<String, byte[]> values) {
    waiting.putAll(values);
    write();
  }

  /** Leaves out what waits to be written under such keys. */
  synchronized void forget(Predicate<String> keys) {
    waiting.keySet().removeIf(keys);
  }

  private void write() {
    if (writing || waiting.isEmpty()) {
      return;
    }
    writing = true;
    Map<String, byte[]> batch = waiting;
    waiting = new HashMap<>();
    CompletionStage<Void> answer;
    try {
      answer = target.apply(batch);
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    CompletionStage<Void> heard =
        answer.toCompletableFuture().copy().orTimeout(ANSWER_MS, TimeUnit.MILLISECONDS);
    heard.whenComplete((done, failure) -> written(batch, failure));
  }

  private synchronized void written(Map<String, byte[]> batch, @Nullable Throwable failure) {
    writing = false;
    heard(failure);
    if (failure == null) {
      write();
    } else {
      batch.forEach(waiting::putIfAbsent); // until the next tick's write
    }
  }

  private void heard(@Nullable Throwable failure) {
    if (failure != null) {
      failed.run();
    }
    if (failing != (failure != null)) {
      failing = failure != null;
      if (failing) {
        LOG.warn(
            "read model not written, others show the past until it is map={} cause={}",
            name,
            failure.toString());
      } else {
        LOG.info("read model written again map={}", name);
      }
    }
  }
}
