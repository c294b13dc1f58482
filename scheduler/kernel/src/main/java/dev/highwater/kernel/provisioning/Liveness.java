package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.model.Fact;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

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
        draft.say(
            new Fact.NodeLost(node.name(), Fact.NodeLossReason.LEASE_EXPIRED, held(state, node)));
        draft.lose(node);
      }
    }
  }

  private static List<Fact.ServiceShare> held(CellState state, NodeState node) {
    SortedMap<ServiceId, Integer> counts = new TreeMap<>();
    for (int i = 0; i < node.size(); i++) {
      counts.merge(state.service(node.service(i)).id(), 1, Integer::sum);
    }
    List<Fact.ServiceShare> held = new ArrayList<>();
    counts.forEach((service, count) -> held.add(new Fact.ServiceShare(service, count)));
    return held;
  }
}
