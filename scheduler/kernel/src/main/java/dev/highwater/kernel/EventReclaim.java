package dev.highwater.kernel;

import dev.highwater.kernel.placement.Filters;
import dev.highwater.kernel.sharing.Shares;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.kernel.state.TenantState;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Names who would give room back for a declared event, of what was borrowed when the question was
 * asked: anybody for what is nominally the claimant's, who is of lower priority for what it borrows
 * itself. What equals take of one another until their shares are even is not counted on.
 *
 * <p>Room is counted on the nodes that the claimant may use, device by device, and only where those
 * who leave a node make room for a whole replica on it together. First leave those who thereby
 * leave more of their quota to the claimant, which are its own cohort's before those of another
 * that holds no more than its own; among them, as reclaiming does, lowest priority first, then the
 * least critical services, then the largest weighted share of borrowed capacity. {@link
 * dev.highwater.kernel.sharing.Reclaim} goes node by node instead, and decides when the room is
 * wanted: for as many replicas it may then stop others than those named here.
 *
 * <p>One for each question; changes nothing of the state.
 */
final class EventReclaim {
  private final CellState state;
  private final NodeTable table;
  private final EventRoom room;
  private final Shares shares;
  private final long[][] surplus;
  private final boolean[] @Nullable [] leaving;

  EventReclaim(CellState state, EventRoom room, Shares shares) {
    this.state = state;
    this.table = state.table();
    this.room = room;
    this.shares = shares;
    surplus = new long[state.sharers().size()][];
    for (TenantState tenant : state.sharers()) {
      int number = shares.tenant(tenant.name());
      Resources borrowed = shares.borrowed(number);
      surplus[number] = new long[] {borrowed.cpuMilli(), borrowed.memoryMib(), borrowed.gpuMilli()};
    }
    leaving = new boolean[state.serviceCount()][];
  }

  private record Leaver(ServiceState service, int position) {
    Resources each() {
      return service.spec().resources();
    }
  }

  /** A node on which replicas leave, and its room before the first of them. */
  private record Opening(NodeRoom before, List<Leaver> leavers) {}

  /**
   * Finds room that is nominally the claimant's.
   *
   * @param from receives who gives it back
   * @return for how many replicas, 0 to {@code wanted}
   */
  int nominal(ServiceState claimant, int wanted, Map<ServiceState, Integer> from) {
    int owed = shares.nominalRoom(tenant(claimant), claimant.spec().resources(), wanted);
    return find(claimant, owed, Integer.MAX_VALUE, from);
  }

  /**
   * Finds room that the claimant would borrow, which those of lower priority alone give back; only
   * as much as quota then allows.
   *
   * @param from receives who gives it back
   * @return for how many replicas, 0 to {@code wanted}
   */
  int borrowed(ServiceState claimant, int wanted, Map<ServiceState, Integer> from) {
    return find(claimant, wanted, priority(claimant), from);
  }

  /** Replicas that a service loses to those who were asked before. */
  int lost(ServiceState service) {
    int lost = 0;
    for (boolean leaves : marks(service)) {
      lost += leaves ? 1 : 0;
    }
    return lost;
  }

  /** Finds room that services of a priority below {@code below} give back. */
  private int find(ServiceState claimant, int wanted, int below, Map<ServiceState, Integer> from) {
    if (wanted <= 0) {
      return 0;
    }
    Resources each = claimant.spec().resources();
    int tenant = tenant(claimant);
    boolean[] usable = usable(claimant);
    Map<Integer, Opening> openings = new TreeMap<>();
    int found = 0;
    for (Leaver leaver : leavers(tenant, below)) {
      int slot = leaver.service.slot(leaver.position);
      if (found == wanted) {
        break;
      }
      if (!table.open(slot)
          || !usable[table.partitionOf(slot)]
          || !room.node(slot).lacks(each, leaver.each())
          || !lends(leaver)) {
        continue;
      }
      NodeRoom node = room.node(slot);
      Opening opening =
          openings.computeIfAbsent(slot, key -> new Opening(node.copy(), new ArrayList<>()));
      opening.leavers.add(leaver);
      leave(leaver, 1);
      node.giveBack(leaver.each(), leaver.service.devices(leaver.position));
      int more = node.take(each, Math.max(0, shares.allowed(tenant, each, wanted) - found));
      if (more > 0) {
        found += more;
        opening.leavers.forEach(gone -> from.merge(gone.service, 1, Integer::sum));
        openings.remove(slot);
      }
    }
    openings.forEach(this::close);
    return found;
  }

  /** Puts a node back on which too few leave. */
  private void close(int slot, Opening opening) {
    room.restore(slot, opening.before);
    opening.leavers.forEach(leaver -> leave(leaver, -1));
  }

  private boolean[] usable(ServiceState claimant) {
    boolean[] usable = new boolean[state.partitions().size()];
    for (int[] zone : Filters.usable(state, claimant)) {
      for (int partition : zone) {
        usable[partition] = true;
      }
    }
    return usable;
  }

  /**
   * All that run and stay, of a priority below {@code below}, in the order in which they give way
   * to a tenant.
   */
  private List<Leaver> leavers(int tenant, int below) {
    List<ServiceState> givers = new ArrayList<>();
    for (ServiceState service : state.services()) {
      if (tenant(service) != tenant
          && priority(service) < below
          && service.active() > 0
          && borrows(tenant(service))) {
        givers.add(service);
      }
    }
    givers.sort(
        Comparator.comparing(
                (ServiceState s) -> !shares.leavesMore(tenant, tenant(s), s.spec().resources()))
            .thenComparingInt(this::priority)
            .thenComparing(s -> s.spec().criticality(), Comparator.reverseOrder())
            .thenComparingDouble(s -> -shares.borrowedShare(tenant(s)))
            .thenComparing(ServiceState::id));
    List<Leaver> leavers = new ArrayList<>();
    for (ServiceState giver : givers) {
      for (int i = giver.size() - 1; i >= 0; i--) {
        boolean stays = !giver.stopped(i) && giver.seen(i) != ReplicaState.STOPPED;
        if (stays && !marks(giver)[i]) {
          leavers.add(new Leaver(giver, i));
        }
      }
    }
    return leavers;
  }

  private boolean borrows(int tenant) {
    long[] left = surplus[tenant];
    return left[0] > 0 || left[1] > 0 || left[2] > 0;
  }

  /** Whether a tenant still keeps its nominal quota of some resource without one replica. */
  private boolean lends(Leaver leaver) {
    long[] left = surplus[tenant(leaver.service)];
    Resources own = leaver.each();
    return (own.cpuMilli() > 0 && left[0] >= own.cpuMilli())
        || (own.memoryMib() > 0 && left[1] >= own.memoryMib())
        || (own.gpuMilli() > 0 && left[2] >= own.gpuMilli());
  }

  /** Counts a replica as leaving ({@code n = 1}) or staying after all ({@code n = -1}). */
  private void leave(Leaver leaver, int n) {
    int tenant = tenant(leaver.service);
    Resources own = leaver.each();
    marks(leaver.service)[leaver.position] = n > 0;
    shares.take(tenant, own, -n);
    surplus[tenant][0] -= n * own.cpuMilli();
    surplus[tenant][1] -= n * own.memoryMib();
    surplus[tenant][2] -= n * own.gpuMilli();
  }

  private boolean[] marks(ServiceState service) {
    boolean[] marks = leaving[service.index()];
    if (marks == null) {
      marks = new boolean[service.size()];
      leaving[service.index()] = marks;
    }
    return marks;
  }

  private int priority(ServiceState service) {
    return shares.state(tenant(service)).spec().priority();
  }

  private int tenant(ServiceState service) {
    return shares.tenant(service.id().tenant());
  }
}
