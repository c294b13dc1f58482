package dev.highwater.kernel;

import dev.highwater.kernel.account.Prices;
import dev.highwater.kernel.sharing.Payments;
import dev.highwater.kernel.sharing.Portions;
import dev.highwater.kernel.sharing.Shares;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.kernel.state.TenantState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the services of a declared event can get, one after the other: what one was given, the next
 * cannot have.
 *
 * <p>Quota, budget and lending are those of the stages ({@link Shares}, {@link Payments}); room is
 * that on nodes, then on nodes that pools may still order, then what others borrowed of the
 * tenant's nominal quota, then what those of lower priority borrowed. Replicas that are stopping
 * hold nothing any more when the event starts.
 *
 * <p>One for each question; changes nothing of the state.
 */
final class EventClaims {
  private final CellState state;
  private final EventRoom room;
  private final Shares shares;
  private final Payments payments;
  private final EventReclaim reclaim;

  EventClaims(CellState state) {
    this.state = state;
    room = new EventRoom(state);
    shares = withoutStopping(state);
    payments = new Payments(state, new Prices(state), shares);
    reclaim = new EventReclaim(state, room, shares);
  }

  private static Shares withoutStopping(CellState state) {
    Shares shares = new Shares(state);
    for (ServiceState service : state.services()) {
      int tenant = shares.tenant(service.id().tenant());
      shares.take(tenant, service.spec().resources(), -service.stopping());
    }
    return shares;
  }

  /**
   * How quota is shared between services of one tenant, as the stages do it.
   *
   * @param wants replicas that each wants more, the services in turn
   * @return replicas that each is granted more, of those that cannot have all
   */
  Map<ServiceState, Integer> portions(Map<ServiceState, Integer> wants) {
    Shares trial = withoutStopping(state);
    Map<ServiceState, Integer> granted = new LinkedHashMap<>();
    List<ServiceState> open = new ArrayList<>(wants.keySet());
    open.sort(turns());
    open.forEach(service -> granted.put(service, 0));
    while (!open.isEmpty()) {
      ServiceState next = open.get(0);
      for (ServiceState other : open) {
        boolean alike =
            tenant(other) == tenant(next)
                && other.spec().criticality() == next.spec().criticality();
        next = alike && met(other, wants, granted) < met(next, wants, granted) ? other : next;
      }
      int wanted = wants.getOrDefault(next, 0);
      int had = granted.getOrDefault(next, 0);
      int ask = Math.min(Portions.of(wanted), wanted - had);
      int done = trial.claimable(tenant(next), next.spec().resources(), ask);
      trial.take(tenant(next), next.spec().resources(), done);
      granted.put(next, had + done);
      if (done < ask || had + done >= wanted) {
        open.remove(next);
      }
    }
    granted.entrySet().removeIf(each -> each.getValue() >= wants.getOrDefault(each.getKey(), 0));
    return granted;
  }

  private static double met(
      ServiceState service, Map<ServiceState, Integer> wants, Map<ServiceState, Integer> granted) {
    int wanted = wants.getOrDefault(service, 0);
    return Portions.met(service.active() + wanted, wanted - granted.getOrDefault(service, 0));
  }

  private int tenant(ServiceState service) {
    return shares.tenant(service.id().tenant());
  }

  /** Whose claim comes first, as the stages have it before anybody borrows. */
  Comparator<ServiceState> turns() {
    return Comparator.comparingInt((ServiceState s) -> -tenantOf(s).spec().priority())
        .thenComparing(s -> s.spec().criticality())
        .thenComparingInt(ServiceState::index);
  }

  /** How many of {@code more} replicas the tenant's limits and what others lend allow. */
  int allowed(ServiceState service, int more) {
    return shares.claimable(tenant(service), service.spec().resources(), more);
  }

  /** How many of {@code more} replicas need no money of the budget, or are paid by it. */
  int paid(ServiceState service, int more) {
    return payments.affordable(tenant(service), service.spec().resources(), more);
  }

  /** Money per hour of one replica at the cheapest pool; negative when none carries it. */
  double cheapest(ServiceState service) {
    return room.cheapest(service);
  }

  /** Finds room for up to {@code more} replicas, which others cannot have from here on. */
  Found find(ServiceState service, int more) {
    Found free = findFree(service, more);
    Map<ServiceState, Integer> from = new LinkedHashMap<>();
    int left = more - free.onNodes - free.onNewNodes;
    int owed = reclaim.nominal(service, left, from);
    take(service, owed);
    int borrowed = reclaim.borrowed(service, left - owed, from);
    take(service, borrowed);
    return new Found(free.onNodes, free.onNewNodes, owed + borrowed, from);
  }

  /** The same of room that nobody has to give back. */
  Found findFree(ServiceState service, int more) {
    int unlent = shares.allowed(tenant(service), service.spec().resources(), more);
    int onNodes = room.onNodes(service, unlent);
    int onNewNodes = room.onNewNodes(service, unlent - onNodes);
    take(service, onNodes + onNewNodes);
    return new Found(onNodes, onNewNodes, 0, new LinkedHashMap<>());
  }

  /** Replicas that a service has now and keeps, whatever others were found room for. */
  int kept(ServiceState service) {
    return service.active() - reclaim.lost(service);
  }

  private void take(ServiceState service, int count) {
    payments.take(tenant(service), service.spec().resources(), count);
  }

  /**
   * Room that was found.
   *
   * @param onNodes replicas for which nodes have room now
   * @param onNewNodes replicas for which nodes must be ordered
   * @param reclaimed replicas whose room is lent to others now
   * @param from who would give that room back, and how many replicas
   */
  record Found(int onNodes, int onNewNodes, int reclaimed, Map<ServiceState, Integer> from) {
    int replicas() {
      return onNodes + onNewNodes + reclaimed;
    }

    Found plus(Found more) {
      Map<ServiceState, Integer> all = new LinkedHashMap<>(from);
      more.from.forEach((service, count) -> all.merge(service, count, Integer::sum));
      return new Found(
          onNodes + more.onNodes, onNewNodes + more.onNewNodes, reclaimed + more.reclaimed, all);
    }
  }

  private TenantState tenantOf(ServiceState service) {
    return shares.state(shares.tenant(service.id().tenant()));
  }
}
