package dev.highwater.kernel;

import dev.highwater.kernel.account.Prices;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a declared event can be met: go or no-go, service by service.
 *
 * <p>It exists so that an operator learns of a shortage while it can still be helped. It reads the
 * state and changes nothing; the arithmetic is that of the stages (sizing by the service's own
 * tables, room by pools' maxima, quota by the tenant's limits), without the detail of placement.
 *
 * <p>Stateless.
 */
public final class Readiness {
  private Readiness() {}

  /**
   * One service's part.
   *
   * @param needed replicas at the declared peak
   * @param active replicas that it has now
   * @param quotaAllows replicas that the tenant's limits in this cell allow
   * @param reclaimed replicas of the need that lie within nominal quota and are lent to others now
   * @param lastMomentMs epoch milliseconds by which new replicas must be ordered
   * @param costPerHour of the needed replicas, at the cheapest pool that can carry them
   * @param shortOf what is missing, empty when nothing is
   */
  public record ServiceReadiness(
      ServiceId service,
      int needed,
      int active,
      int quotaAllows,
      int reclaimed,
      long lastMomentMs,
      double costPerHour,
      String shortOf) {}

  /**
   * The whole event in one cell.
   *
   * @param go whether every service can have what it needs in time
   * @param capacityAhead part of the cell's largest capacity (CPU or memory) that all services need
   *     then, 0 and up
   * @param services by order of the declaration
   */
  public record EventReadiness(
      String event,
      String cell,
      boolean go,
      double capacityAhead,
      List<ServiceReadiness> services) {
    public EventReadiness {
      services = List.copyOf(services);
    }
  }

  /**
   * Looks ahead at a declared event.
   *
   * @return null when the cell knows no such event
   */
  public static @Nullable EventReadiness of(CellState state, String name) {
    PeakEvent event = state.events().get(name);
    if (event == null) {
      return null;
    }
    Resources capacity = Resources.NONE;
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null) {
        capacity = capacity.plus(spec.shape().times(spec.nodesMax()));
      }
    }
    Resources wanted = Resources.NONE;
    List<ServiceReadiness> parts = new ArrayList<>();
    for (ServiceState service : state.services()) {
      int target = service.target();
      for (PeakEvent.EventLoad load : event.loads()) {
        Sizer sizer = service.sizer();
        if (load.service().equals(service.id()) && sizer != null) {
          target = Math.max(target, sizer.replicasFor(load.peakPerSecond()));
        }
      }
      wanted = wanted.plus(service.spec().resources().times(target));
    }
    double ahead =
        Math.max(
            wanted.cpuMilli() / (double) Math.max(1, capacity.cpuMilli()),
            wanted.memoryMib() / (double) Math.max(1, capacity.memoryMib()));
    boolean go = true;
    for (PeakEvent.EventLoad load : event.loads()) {
      ServiceReadiness part = part(state, event, load, ahead);
      go &= part.shortOf().isEmpty();
      parts.add(part);
    }
    return new EventReadiness(name, state.name(), go, ahead, parts);
  }

  private static ServiceReadiness part(
      CellState state, PeakEvent event, PeakEvent.EventLoad load, double ahead) {
    ServiceState service = state.service(load.service());
    Sizer sizer = service == null ? null : service.sizer();
    Cell cell = state.spec();
    if (service == null || sizer == null || cell == null) {
      return new ServiceReadiness(load.service(), 0, 0, 0, 0, 0, 0, "no such service in this cell");
    }
    Resources each = service.spec().resources();
    int needed = sizer.replicasFor(load.peakPerSecond());
    long bootMs = service.spec().capacity().boot().p99Ms() + state.nodeBootMs();
    long lastMomentMs = event.startMs() - bootMs;
    int allowed = quotaAllows(state, service, needed);
    double cheapest = cheapest(state, each);
    String shortOf = "";
    int most = Math.min(service.spec().scaling().replicasMax(), allowed);
    if (!service.spec().mayRunIn(cell)) {
      shortOf = "residency forbids this cell";
    } else if (service.spec().scaling().replicasMax() < needed) {
      shortOf = "replicasMax is " + service.spec().scaling().replicasMax();
    } else if (most < needed) {
      shortOf = "quota allows " + allowed;
    } else if (cheapest < 0) {
      shortOf = "no pool has a node large enough";
    } else if (ahead > 1) {
      shortOf = "pools at their maximum hold less than all services need";
    } else if (state.nowMs() > lastMomentMs && service.active() < needed) {
      shortOf = "time: the last moment to order has passed";
    }
    return new ServiceReadiness(
        load.service(),
        needed,
        service.active(),
        allowed,
        lent(state, service, needed),
        lastMomentMs,
        Math.max(0, cheapest) * needed,
        shortOf);
  }

  private static double cheapest(CellState state, Resources each) {
    double cheapest = -1;
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null && spec.nodesMax() > 0 && Amounts.fits(each, spec.shape())) {
        double price = Prices.perHour(spec, each);
        cheapest = cheapest < 0 ? price : Math.min(cheapest, price);
      }
    }
    return cheapest;
  }

  private static @Nullable Quota quota(CellState state, ServiceState service) {
    var tenant = state.tenants().get(service.id().tenant());
    return tenant == null ? null : tenant.quota();
  }

  private static int quotaAllows(CellState state, ServiceState service, int needed) {
    Quota quota = quota(state, service);
    Resources borrowing = quota == null ? null : quota.borrowingLimit();
    if (quota == null || borrowing == null) {
      return needed;
    }
    Resources others = held(state, service);
    return fitting(
        quota.nominal().plus(borrowing).minus(others), service.spec().resources(), needed);
  }

  /** What the tenant's other services hold. */
  private static Resources held(CellState state, ServiceState service) {
    Resources held = Resources.NONE;
    for (ServiceState other : state.services()) {
      if (other.id().tenant().equals(service.id().tenant()) && !other.id().equals(service.id())) {
        held = held.plus(other.spec().resources().times(other.size()));
      }
    }
    return held;
  }

  private static int fitting(Resources room, Resources each, int most) {
    long n = most;
    n = each.cpuMilli() == 0 ? n : Math.min(n, room.cpuMilli() / each.cpuMilli());
    n = each.memoryMib() == 0 ? n : Math.min(n, room.memoryMib() / each.memoryMib());
    return (int) (each.gpuMilli() == 0 ? n : Math.min(n, room.gpuMilli() / each.gpuMilli()));
  }

  /**
   * Replicas of the need that are nominally the tenant's and would have to be taken back, if the
   * cell were as full then as now.
   */
  private static int lent(CellState state, ServiceState service, int needed) {
    Quota quota = quota(state, service);
    if (quota == null) {
      return 0;
    }
    Resources each = service.spec().resources();
    int nominal = fitting(quota.nominal().minus(held(state, service)), each, needed);
    Resources free = Resources.NONE;
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null) {
        free = free.plus(spec.shape().times(Math.max(0, spec.nodesMax() - pool.nodes())));
      }
    }
    for (int slot = 0; slot < state.table().slots(); slot++) {
      if (state.table().open(slot)) {
        free =
            free.plus(
                Resources.of(
                    Math.max(0, state.table().cpuFree(slot)),
                    Math.max(0, state.table().memoryFree(slot))));
      }
    }
    int missing = Math.max(0, nominal - service.active());
    return Math.max(
        0, missing - fitting(free, new Resources(each.cpuMilli(), each.memoryMib(), 0), missing));
  }
}
