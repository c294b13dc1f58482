package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.placement.Filters;
import dev.highwater.kernel.state.Amounts;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.ServiceState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the nodes where stopping replicas make room for those who come first, so that nobody who
 * borrows moves in meanwhile.
 *
 * <p>Made for one decision; confined to its thread.
 */
public final class Reservation {
  /**
   * Services that borrow and for which nodes are looked for in one decision; a look goes over every
   * node. Chosen by us.
   */
  private static final int BORROWERS_MAX = 64;

  private final Draft draft;
  private final CellState state;
  private final NodeTable table;
  private final boolean[] reserved;
  private final List<Integer> closed = new ArrayList<>();
  private int borrowers;
  private @Nullable Boolean anythingStops;

  /** Begins with nothing reserved. */
  public Reservation(Draft draft) {
    this.draft = draft;
    this.state = draft.state();
    this.table = draft.table();
    reserved = new boolean[table.slots()];
  }

  /** Slots whose coming room is spoken for; not to be changed. */
  boolean[] reserved() {
    return reserved;
  }

  /** Closes nodes for those who were granted replicas that found no room. */
  void reserveFor(List<ServiceDraft> growing) {
    for (ServiceDraft service : growing) {
      int waiting = service.granted() - service.placed();
      if (waiting > 0) {
        reserveFor(service, waiting);
      }
    }
  }

  /**
   * Closes nodes for one who borrows, has its turn and found no room: what stops may have been told
   * to for its sake, and whoever comes after it would move in.
   */
  void reserveForBorrower(ServiceDraft service) {
    Boolean stops = anythingStops;
    if (stops == null) {
      stops =
          draft.services().stream().anyMatch(each -> each.service().stopping() > 0 || each.stops());
      anythingStops = stops;
    }
    if (stops && borrowers < BORROWERS_MAX) {
      borrowers++;
      reserveFor(List.of(service));
    }
  }

  private void reserveFor(ServiceDraft service, int waiting) {
    int cpu = Amounts.cpu(service.service().spec());
    int memory = Amounts.memory(service.service().spec());
    for (int[] zone : Filters.usable(state, service.service())) {
      for (int partition : zone) {
        for (int i = 0; i < table.nodesIn(partition) && service.onTheWay() < waiting; i++) {
          int slot = table.nodeAt(partition, i);
          NodeState node = state.nodeAt(slot);
          if (node != null && table.open(slot) && node.size() > 0) {
            long[] coming = coming(node);
            if (coming[2] > 0
                && table.cpuFree(slot) + coming[0] >= cpu
                && table.memoryFree(slot) + coming[1] >= memory) {
              table.setOpen(slot, false);
              reserved[slot] = true;
              closed.add(slot);
              service.oneMoreOnTheWay();
            }
          }
        }
      }
    }
  }

  /** CPU, memory and number of a node's replicas that are stopping. */
  private long[] coming(NodeState node) {
    long[] sum = new long[3];
    for (int j = 0; j < node.size(); j++) {
      ServiceDraft draftOf = draft.service(node.service(j));
      ServiceState service = draftOf.service();
      if (service.stopping() > 0 || draftOf.stops()) {
        int i = service.find(node.ordinal(j));
        if (!draftOf.counts(i) && !draftOf.gone(i)) {
          sum[0] += service.spec().resources().cpuMilli();
          sum[1] += service.spec().resources().memoryMib();
          sum[2]++;
        }
      }
    }
    return sum;
  }

  /** Opens the nodes again; what is spoken for stays known. */
  public void reopen() {
    for (int slot : closed) {
      table.setOpen(slot, true);
    }
    closed.clear();
  }
}
