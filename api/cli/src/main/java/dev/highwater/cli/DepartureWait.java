package dev.highwater.cli;

import dev.highwater.client.StreamReader;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;

/** Reads the stream until a node is gone, or for so long. Confined to its thread. */
final class DepartureWait implements StreamReader {
  private final CordonedNode node;
  private final String span;
  private final long endNanos;
  private int replicas;
  private boolean gone;

  DepartureWait(CordonedNode node, String span, long ms) {
    this.node = node;
    this.span = span;
    endNanos = System.nanoTime() + ms * 1_000_000;
  }

  @Override
  public void onSnapshot(CellSnapshot snapshot) {
    if (!snapshot.cell().equals(node.cell())) {
      return;
    }
    gone = true;
    for (NodeStatus each : snapshot.nodes()) {
      if (each.node().equals(node.name())) {
        gone = false;
        replicas = each.replicas();
      }
    }
  }

  @Override
  public void onDecision(Decision decision) {}

  @Override
  public void onCellGone(String cell) {
    gone |= cell.equals(node.cell());
  }

  @Override
  public void onGap() {}

  @Override
  public boolean wantsMore() {
    return !gone && System.nanoTime() < endNanos;
  }

  /** Refuses, once the stream was read, when the node is still there. */
  void requireGone() {
    if (!gone) {
      throw new RefusedException(
          ErrorCode.UNAVAILABLE,
          "node",
          node.cell() + "/" + node.name(),
          "is still there after "
              + span
              + " with "
              + replicas
              + " replicas; `highwater explain` of their services tells what they wait for");
    }
  }
}
