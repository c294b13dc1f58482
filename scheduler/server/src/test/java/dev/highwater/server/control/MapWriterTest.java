package dev.highwater.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Goal: a shared map that cannot be written is heard of once, counted, and repaired. */
class MapWriterTest {
  private static final byte[] OLD = {1};
  private static final byte[] NEW = {2};

  private final Map<String, byte[]> held = new HashMap<>();
  private final List<CompletableFuture<Void>> answers = new ArrayList<>();
  private final List<Map<String, byte[]>> written = new ArrayList<>();
  private final List<LogRecord> logged = new ArrayList<>();
  private final Logger logger = Logger.getLogger(MapWriter.class.getName());
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          logged.add(line);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private boolean throwing;
  private int failures;
  private final MapWriter writer = new MapWriter("test", this::write, () -> failures++);

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
  }

  @AfterEach
  void ignore() {
    logger.removeHandler(handler);
  }

  /** A map that answers when the test says so. */
  private CompletionStage<Void> write(Map<String, byte[]> values) {
    if (throwing) {
      throw new IllegalStateException("not running");
    }
    written.add(Map.copyOf(values));
    CompletableFuture<Void> answer = new CompletableFuture<>();
    answers.add(answer);
    return answer.thenRun(() -> held.putAll(values));
  }

  private void fail() {
    answers.get(answers.size() - 1).completeExceptionally(new IllegalStateException("cut off"));
  }

  private void succeed() {
    answers.get(answers.size() - 1).complete(null);
  }

  @Test
  void whatFailedIsWrittenWithTheNextTickUnlessItIsNewerByThen() {
    writer.put(Map.of("a", OLD, "b", OLD));
    fail();
    writer.put(Map.of("a", NEW));
    succeed();

    assertThat(held).containsEntry("a", NEW).containsEntry("b", OLD);
    assertThat(failures).isEqualTo(1);
  }

  @Test
  void failureIsLoggedWhenItBeginsAndWhenItEnds() {
    for (int tick = 0; tick < 5; tick++) {
      writer.put(Map.of("a", OLD));
      fail();
    }
    throwing = true;
    writer.put(Map.of("a", OLD));
    throwing = false;
    writer.put(Map.of("a", NEW));
    succeed();
    writer.put(Map.of("a", NEW));
    succeed();

    assertThat(failures).isEqualTo(6);
    assertThat(logged).extracting(LogRecord::getLevel).containsExactly(Level.WARNING, Level.INFO);
    assertThat(logged.get(0).getMessage()).contains("test").contains("cut off");
  }

  /** Goal: a map that hangs costs one batch and the newest values, however many ticks it hangs. */
  @Test
  void oneWriteIsUnderWayAndOnlyTheNewestWaits() {
    writer.put(Map.of("a", OLD));
    for (int tick = 0; tick < 100; tick++) {
      writer.put(Map.of("a", OLD));
    }
    writer.put(Map.of("a", NEW));
    assertThat(written).hasSize(1);
    succeed();
    assertThat(written).hasSize(2);
    assertThat(written.get(1)).containsExactly(Map.entry("a", NEW));
  }

  /** Goal: the caller, which decides, never waits; a write without an answer counts as failed. */
  @Test
  void writeWithoutAnAnswerIsGivenUpAndRepeated() throws Exception {
    writer.put(Map.of("a", OLD));
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (failures() == 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(failures()).isEqualTo(1);
    writer.put(Map.of("b", NEW));
    assertThat(written.get(1)).containsOnlyKeys("a", "b");
  }

  private int failures() {
    synchronized (writer) {
      return failures;
    }
  }

  @Test
  void deletedCellIsNotWrittenAgain() {
    writer.put(Map.of("gone", OLD, "stays", OLD));
    fail();
    writer.forget("gone"::equals);
    writer.put(Map.of());
    assertThat(written.get(1)).containsOnlyKeys("stays");
  }
}
