package dev.highwater.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Keeps what a loop said. */
final class KeptOutputs implements LoopOutputs {
  final BlockingQueue<Decision> decided = new LinkedBlockingQueue<>();
  final BlockingQueue<CellSnapshot> snapshots = new LinkedBlockingQueue<>();
  final BlockingQueue<Command> commands = new LinkedBlockingQueue<>();
  final BlockingQueue<Input> inputs = new LinkedBlockingQueue<>();
  private final Semaphore ticks = new Semaphore(0);
  final List<Fact> restored = new ArrayList<>();
  final List<Input> observed = new ArrayList<>();
  final CountDownLatch begun = new CountDownLatch(1);
  final CountDownLatch resigned = new CountDownLatch(1);

  @Override
  public void send(String cell, Command command) {
    commands.add(command);
  }

  @Override
  public void report(Observation.CellReport report) {}

  @Override
  public void publish(@Nullable CellSnapshot snapshot, Decision decision) {
    if (snapshot != null) {
      snapshots.add(snapshot);
    }
    decided.add(decision);
    ticks.release();
  }

  /** Wakes the owner and waits for the tick that follows. */
  void tick(CellLoop owner) throws InterruptedException {
    ticks.drainPermits();
    owner.inbox().wake();
    assertThat(ticks.tryAcquire(10, TimeUnit.SECONDS)).as("a tick within 10 s").isTrue();
  }

  @Override
  public void recordBegin(String cell, List<Fact> facts, List<Input> observed) {
    restored.addAll(facts);
    this.observed.addAll(observed);
    begun.countDown();
  }

  @Override
  public void recordStep(Input input, Decision decision) {
    inputs.add(input);
  }

  @Override
  public void ticked(TickTimes times) {}

  @Override
  public void fenced(String cell) {}

  @Override
  public void unanswered(String cell) {}

  @Override
  public void resigned(String cell, long epoch) {
    resigned.countDown();
  }
}
