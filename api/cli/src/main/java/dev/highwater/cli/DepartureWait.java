package dev.highwater.cli;

import dev.highwater.client.StreamReader;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Fact;
import dev.highwater.model.Fact.NodeLossReason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Reads the stream until a node has left, or for so long. Hears on the stream's thread what the
 * waiting one tells.
 */
final class DepartureWait implements StreamReader {
  private final CordonedNode node;
  private final String span;
  private final long ms;
  private volatile int replicas;

  /** Ticks that showed the cell without the node. */
  private final AtomicInteger absent = new AtomicInteger();

  private volatile boolean ended;
  private volatile @Nullable NodeLossReason reason;

  DepartureWait(CordonedNode node, String span, long ms) {
    this.node = node;
    this.span = span;
    this.ms = ms;
  }

  /**
   * Waits, by a clock of its own since a stream may be silent for long.
   *
   * @return how the node left, in words
   * @throws RefusedException when it is still there, or was lost
   */
  String await() {
    CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> node.client().stream(this));
    try {
      reading.get(ms, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      ended = true; // its thread is a daemon's, which ends with the next line at the latest
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (reason == NodeLossReason.RELEASED) {
      return "given back";
    }
    if (reason != null) {
      throw refused("was lost before it was given back; what it ran starts elsewhere");
    }
    if (absent.get() > 0) {
      return "is gone";
    }
    throw refused(
        "is still there after "
            + span
            + " with "
            + replicas
            + " replicas; `highwater explain` of their services tells what they wait for");
  }

  private RefusedException refused(String remedy) {
    return new RefusedException(
        ErrorCode.UNAVAILABLE, "node", node.cell() + "/" + node.name(), remedy);
  }

  @Override
  public void onSnapshot(CellSnapshot snapshot) {
    if (!snapshot.cell().equals(node.cell())) {
      return;
    }
    for (NodeStatus each : snapshot.nodes()) {
      if (each.node().equals(node.name())) {
        replicas = each.replicas();
        absent.set(0);
        return;
      }
    }
    absent.incrementAndGet();
  }

  @Override
  public void onDecision(Decision decision) {
    if (!decision.cell().equals(node.cell())) {
      return;
    }
    for (Fact fact : decision.facts()) {
      if (fact instanceof Fact.NodeLost lost && lost.node().equals(node.name())) {
        reason = lost.reason();
      }
    }
  }

  @Override
  public void onCellGone(String cell) {
    if (cell.equals(node.cell())) {
      absent.incrementAndGet();
      ended = true;
    }
  }

  @Override
  public void onGap() {}

  /** The decision that tells why a node left comes after the first snapshot without it. */
  @Override
  public boolean wantsMore() {
    return reason == null && absent.get() < 2 && !ended;
  }
}
