package dev.highwater.kernel.draft;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Command;
import dev.highwater.model.Service;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tells nodes what to run: those whose replicas change in this decision, and those that have not
 * obeyed their last order.
 *
 * <p>Orders are absolute: each names all replicas of its node. Made for one decision; confined to
 * its thread.
 */
public final class NodeOrders {
  /**
   * A node or host that has not obeyed its last order after so long is told again. Chosen by us:
   * one report interval and a half.
   */
  public static final long RESEND_MS = 1_500;

  private final Draft draft;
  private final CellState state;

  // Per node slot.
  private final long[] generation;
  private final int[] addedHead;
  private int[] touched = new int[64];
  private int touchedCount;

  // Replicas placed by this decision, linked per slot.
  private int[] addedNext = new int[256];
  private int[] addedService = new int[256];
  private long[] addedOrdinal = new long[256];
  private int added;

  NodeOrders(Draft draft) {
    this.draft = draft;
    this.state = draft.state();
    int slots = state.table().slots();
    generation = new long[slots];
    addedHead = new int[slots];
    Arrays.fill(addedHead, -1);
  }

  /** The fact that was said last changes what the node in a slot runs. */
  public void touch(int slot) {
    if (generation[slot] == 0) {
      if (touchedCount == touched.length) {
        touched = Arrays.copyOf(touched, touchedCount * 2);
      }
      touched[touchedCount++] = slot;
    }
    generation[slot] = draft.generation();
  }

  /** A replica is placed on the node in a slot. */
  public void add(int slot, int serviceIndex, long ordinal) {
    if (added == addedNext.length) {
      addedNext = Arrays.copyOf(addedNext, added * 2);
      addedService = Arrays.copyOf(addedService, added * 2);
      addedOrdinal = Arrays.copyOf(addedOrdinal, added * 2);
    }
    addedNext[added] = addedHead[slot];
    addedService[added] = serviceIndex;
    addedOrdinal[added] = ordinal;
    addedHead[slot] = added++;
  }

  /** Adds the commands to the draft. */
  public void give() {
    for (NodeState node : state.reportedNodes()) {
      int slot = node.slot();
      boolean behind =
          node.reportedEpoch() < state.epoch()
              || node.reportedGeneration() < node.generation()
              || node.missing()
              || node.strangers() > 0;
      if (behind && generation[slot] == 0 && draft.nowMs() - node.orderedAtMs() >= RESEND_MS) {
        touch(slot);
        generation[slot] = node.generation();
      }
    }
    Arrays.sort(touched, 0, touchedCount);
    for (int i = 0; i < touchedCount; i++) {
      NodeState node = state.nodeAt(touched[i]);
      if (node != null && !draft.lost(touched[i])) {
        draft.command(run(node, generation[touched[i]]));
      }
    }
  }

  private Command run(NodeState node, long orderGeneration) {
    List<Command.ReplicaOrder> orders = new ArrayList<>();
    List<Service> specs = new ArrayList<>();
    boolean[] named = new boolean[0];
    for (int i = 0; i < node.size(); i++) {
      ServiceDraft service = draft.service(node.service(i));
      int at = service.service().find(node.ordinal(i));
      if (at >= 0 && service.counts(at)) {
        orders.add(new Command.ReplicaOrder(service.service().id(), node.ordinal(i)));
        named = name(named, service.service(), specs);
      }
    }
    int from = orders.size();
    for (int i = addedHead[node.slot()]; i >= 0; i = addedNext[i]) {
      ServiceState service = state.service(addedService[i]);
      orders.add(from, new Command.ReplicaOrder(service.id(), addedOrdinal[i]));
      named = name(named, service, specs);
    }
    return new Command.RunReplicas(state.epoch(), orderGeneration, node.name(), orders, specs);
  }

  private boolean[] name(boolean[] named, ServiceState service, List<Service> specs) {
    boolean[] wide = named.length > 0 ? named : new boolean[state.serviceCount()];
    if (!wide[service.index()]) {
      wide[service.index()] = true;
      specs.add(service.spec());
    }
    return wide;
  }
}
