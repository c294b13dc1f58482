package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.placement.Filters;
import dev.highwater.kernel.state.Amounts;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeTable;
import java.util.ArrayList;
import java.util.Arrays;
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
   * node that replicas leave. Chosen by us.
   */
  private static final int BORROWERS_MAX = 64;

  private final Draft draft;
  private final CellState state;
  private final NodeTable table;
  private final boolean[] reserved;
  private final List<Integer> closed = new ArrayList<>();
  private int borrowers;
  private @Nullable Boolean anythingStops;
  private @Nullable Occupancy occupancy;
  private int[] @Nullable [] leavingIn = new int[0][];

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
      int waiting = service.waitingForRoom();
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
        for (int slot : leavingIn(partition)) {
          if (service.onTheWay() < waiting
              && table.open(slot)
              && table.cpuFree(slot) + occupancy().cpuLeaving(slot) >= cpu
              && table.memoryFree(slot) + occupancy().memoryLeaving(slot) >= memory) {
            table.setOpen(slot, false);
            reserved[slot] = true;
            closed.add(slot);
            service.oneMoreOnTheWay();
          }
        }
      }
    }
  }

  /** Nodes of a partition that replicas leave, in the order in which they are filled. */
  private int[] leavingIn(int partition) {
    if (leavingIn.length <= partition) {
      leavingIn = Arrays.copyOf(leavingIn, state.partitions().size());
    }
    int[] known = leavingIn[partition];
    if (known == null) {
      known = new int[table.nodesIn(partition)];
      int n = 0;
      for (int i = 0; i < known.length; i++) {
        int slot = table.nodeAt(partition, i);
        if (occupancy().leaving(slot) > 0) {
          known[n++] = slot;
        }
      }
      known = Arrays.copyOf(known, n);
      leavingIn[partition] = known;
    }
    return known;
  }

  /** Who stays on each node and who leaves; counted when somebody first asks. */
  Occupancy occupancy() {
    Occupancy counted = occupancy;
    if (counted == null) {
      counted = new Occupancy(draft);
      occupancy = counted;
    }
    return counted;
  }

  /** Opens the nodes again; what is spoken for stays known. */
  public void reopen() {
    for (int slot : closed) {
      table.setOpen(slot, true);
    }
    closed.clear();
  }
}
