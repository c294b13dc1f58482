package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Resources;

/**
 * The replicas that hold room on each node, those that stay apart from those that leave.
 *
 * <p>It is counted in two passes over all replicas and not node by node, because a full cell's
 * decision asks for most nodes, and to find a node's replicas in their services costs a search
 * each. Entries of a node stand together: {@code from} to {@code stayTo} stay, {@code stayTo} to
 * {@code to} leave. What is gone by this decision is neither: its room is free already.
 *
 * <p>Made for one decision, once scale-in has said what stops; read only, for one thread.
 */
final class Occupancy {
  private final ServiceState[] services;
  private final int[] from;
  private final int[] stayTo;
  private final int[] service;
  private final int[] position;

  Occupancy(Draft draft) {
    CellState state = draft.state();
    int slots = draft.table().slots();
    services = new ServiceState[state.serviceCount()];
    from = new int[slots + 1];
    for (ServiceDraft held : draft.services()) {
      services[held.service().index()] = held.service();
      for (int i = 0; i < held.service().size(); i++) {
        if (holdsRoom(state, held, i)) {
          from[held.service().slot(i) + 1]++;
        }
      }
    }
    for (int slot = 0; slot < slots; slot++) {
      from[slot + 1] += from[slot];
    }
    service = new int[from[slots]];
    position = new int[from[slots]];
    stayTo = new int[slots];
    int[] leaveFrom = new int[slots];
    for (int slot = 0; slot < slots; slot++) {
      stayTo[slot] = from[slot];
      leaveFrom[slot] = from[slot + 1];
    }
    for (ServiceDraft held : draft.services()) {
      for (int i = 0; i < held.service().size(); i++) {
        if (holdsRoom(state, held, i)) {
          int slot = held.service().slot(i);
          int at = held.counts(i) ? stayTo[slot]++ : --leaveFrom[slot];
          service[at] = held.service().index();
          position[at] = i;
        }
      }
    }
  }

  private static boolean holdsRoom(CellState state, ServiceDraft held, int i) {
    return !held.gone(i) && state.nodeAt(held.service().slot(i)) != null;
  }

  /** Where a node's entries begin. */
  int from(int slot) {
    return from[slot];
  }

  /** Where those of a node that leave begin. */
  int stayTo(int slot) {
    return stayTo[slot];
  }

  /** Where a node's entries end. */
  int to(int slot) {
    return from[slot + 1];
  }

  /** Service of an entry. */
  ServiceState service(int entry) {
    return services[service[entry]];
  }

  /** Position of an entry's replica in its service. */
  int position(int entry) {
    return position[entry];
  }

  /** Resources of the replica. */
  Resources resources(int entry) {
    return service(entry).spec().resources();
  }

  /** How many leave a node. */
  int leaving(int slot) {
    return to(slot) - stayTo(slot);
  }

  /** CPU that leaves a node. */
  long cpuLeaving(int slot) {
    long sum = 0;
    for (int entry = stayTo(slot); entry < to(slot); entry++) {
      sum += resources(entry).cpuMilli();
    }
    return sum;
  }

  /** Memory that leaves a node. */
  long memoryLeaving(int slot) {
    long sum = 0;
    for (int entry = stayTo(slot); entry < to(slot); entry++) {
      sum += resources(entry).memoryMib();
    }
    return sum;
  }
}
