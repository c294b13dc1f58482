package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.model.Fact;
import dev.highwater.model.NodeDescriptor;

/**
 * Takes in the nodes that came, drains those that their provider takes back, and writes off those
 * whose lease ran out.
 *
 * <p>Stateless.
 */
public final class Liveness {
  private Liveness() {}

  /** The stage. */
  public static void check(Draft draft) {
    CellState state = draft.state();
    for (NodeDescriptor candidate : state.candidates()) {
      draft.say(new Fact.NodeJoined(candidate));
      NodeState before = state.node(candidate.name());
      if (before != null) {
        draft.lose(before);
      }
    }
    for (NodeState node : state.reportedNodes()) {
      if (node.leavesAtMs() > 0
          && node.drainReason() != Fact.DrainReason.WITHDRAWN
          && !draft.lost(node.slot())) {
        draft.say(new Fact.NodeDrainStarted(node.name(), Fact.DrainReason.WITHDRAWN));
      }
    }
    if (!state.scanned()) {
      return;
    }
    for (int slot = 0; slot < draft.table().slots(); slot++) {
      NodeState node = state.nodeAt(slot);
      if (node != null
          && !draft.lost(slot)
          && draft.nowMs() - node.lastReportMs() >= CellState.LEASE_MS) {
        draft.say(new Fact.NodeLost(node.name(), Fact.NodeLossReason.LEASE_EXPIRED));
        draft.lose(node);
      }
    }
  }
}
