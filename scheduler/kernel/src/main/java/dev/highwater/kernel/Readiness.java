package dev.highwater.kernel;

import dev.highwater.kernel.account.Prices;
import dev.highwater.kernel.placement.Filters;
import dev.highwater.kernel.sharing.Booking;
import dev.highwater.kernel.sharing.Shares;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.Amounts;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.kernel.state.TenantState;
import dev.highwater.model.BootTime;
import dev.highwater.model.Cell;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.EventReadiness.Reclaimed;
import dev.highwater.model.view.EventReadiness.ServiceReadiness;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a declared event can be met: go or no-go, service by service.
 *
 * <p>It exists so that an operator learns of a shortage while it can still be helped. The
 * arithmetic is that of the stages (sizing by the service's own tables, quota by the tenant's
 * limits, room node by node, then on nodes that pools may still order, then what others borrowed),
 * without spread and anti-affinity, and as if nobody else grew meanwhile.
 *
 * <p><b>Residual risk.</b> {@code uncoveredRatio} is 1 - safe rate of the replicas ready at the
 * start / declared peak: what this arithmetic knows to be missing. {@code lateProbability} is what
 * boot times leave to chance for a replica that is ordered in time: P(node boot &gt; n) + P(replica
 * boot &gt; r) with n and r the parts of the time that their 99 % quantiles have in it; a sum, so
 * it is never too small.
 *
 * <p>One for each question; changes nothing of the state.
 */
public final class Readiness {
  /** A report before a new replica is known to be ready. */
  private static final long REPORT_MS = 1_000;

  private final CellState state;
  private final PeakEvent event;
  private final Room room;
  private final Shares shares;
  private final long[][] surplus;

  private Readiness(CellState state, PeakEvent event) {
    this.state = state;
    this.event = event;
    room = new Room(state);
    shares = new Shares(state);
    surplus = new long[state.sharers().size()][];
    for (TenantState tenant : state.sharers()) {
      int number = shares.tenant(tenant.name());
      Resources borrowed = shares.borrowed(number);
      surplus[number] = new long[] {borrowed.cpuMilli(), borrowed.memoryMib(), borrowed.gpuMilli()};
    }
  }

  /**
   * Looks ahead at a declared event.
   *
   * @return null when the cell knows no such event
   */
  public static @Nullable EventReadiness of(CellState state, String name) {
    PeakEvent event = state.events().get(name);
    return event == null ? null : new Readiness(state, event).answer();
  }

  private EventReadiness answer() {
    double ahead = capacityAhead();
    List<ServiceReadiness> parts = new ArrayList<>();
    for (PeakEvent.EventLoad load : event.loads()) {
      parts.add(part(load, ahead));
    }
    long lastMomentMs = event.startMs();
    double declared = 0;
    double uncovered = 0;
    double late = 0;
    double costPerHour = 0;
    boolean go = true;
    for (ServiceReadiness part : parts) {
      lastMomentMs = Math.min(lastMomentMs, part.lastMomentMs());
      declared += part.peakPerSecond();
      uncovered += part.peakPerSecond() * part.uncoveredRatio();
      late = Math.max(late, part.lateProbability());
      costPerHour += part.costPerHour();
      go &= part.shortOf().isEmpty();
    }
    return new EventReadiness(
        event.name(),
        state.name(),
        go,
        state.nowMs(),
        event.startMs(),
        lastMomentMs,
        ahead,
        declared > 0 ? uncovered / declared : 0,
        late,
        costPerHour,
        parts);
  }

  /** Part of what pools may have at most that every service together needs at the peak. */
  private double capacityAhead() {
    Resources capacity = Resources.NONE;
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null) {
        capacity = capacity.plus(spec.shape().times(spec.nodesMax()));
      }
    }
    Resources wanted = Resources.NONE;
    for (ServiceState service : state.services()) {
      int target = service.target();
      for (PeakEvent.EventLoad load : event.loads()) {
        Sizer sizer = service.sizer();
        if (load.service().equals(service.id()) && sizer != null) {
          target = Math.max(target, sizer.replicasFor(sizedFor(service, load)));
        }
      }
      wanted = wanted.plus(service.spec().resources().times(target));
    }
    return Math.max(
        wanted.cpuMilli() / (double) Math.max(1, capacity.cpuMilli()),
        wanted.memoryMib() / (double) Math.max(1, capacity.memoryMib()));
  }

  /** What comes here at the peak, by the part of the users that comes here now. */
  private static double peak(ServiceState service, PeakEvent.EventLoad load) {
    return load.peakPerSecond() * service.share();
  }

  /** Admission lets no more through than the slowest serial step bears. */
  private static double sizedFor(ServiceState service, PeakEvent.EventLoad load) {
    double serial = service.spec().capacity().serialRatePerSecondMax();
    double peak = peak(service, load);
    return serial > 0 ? Math.min(peak, serial) : peak;
  }

  private ServiceReadiness part(PeakEvent.EventLoad load, double ahead) {
    ServiceState service = state.service(load.service());
    Sizer sizer = service == null ? null : service.sizer();
    Cell cell = state.spec();
    if (service == null || sizer == null || cell == null || service.removed()) {
      return nothing(load, "no such service in this cell");
    }
    if (!service.spec().mayRunIn(cell)) {
      return nothing(load, "residency forbids this cell");
    }
    int needed = sizer.replicasFor(sizedFor(service, load));
    int allowed = quotaAllows(service, needed);
    int most = Math.min(needed, Math.min(service.spec().scaling().replicasMax(), allowed));
    int missing = Math.max(0, most - service.active());
    int onNodes = room.onNodes(service, missing);
    int onNewNodes = room.onNewNodes(service, missing - onNodes);
    List<Reclaimed> from = new ArrayList<>();
    int reclaimed = reclaim(service, missing - onNodes - onNewNodes, from);

    BootTime boot = service.spec().capacity().boot();
    long nodeBootMs = state.nodeBootMs();
    long aheadMs =
        missing == 0
            ? 0
            : REPORT_MS
                + boot.p99Ms()
                + Math.max(onNewNodes > 0 ? nodeBootMs : 0, reclaimed > 0 ? Booking.RECLAIM_MS : 0);
    long leftMs = event.startMs() - state.nowMs();
    long bootsMs = leftMs - REPORT_MS - boot.p99Ms();
    int ready =
        service.active()
            + (bootsMs >= 0 ? onNodes : 0)
            + (bootsMs >= nodeBootMs ? onNewNodes : 0)
            + (bootsMs >= Booking.RECLAIM_MS ? reclaimed : 0);
    double cheapest = room.cheapest(service);
    double serial = service.spec().capacity().serialRatePerSecondMax();
    double bears = serial > 0 ? Math.min(serial, sizer.safeRate(ready)) : sizer.safeRate(ready);
    double peak = peak(service, load);
    return new ServiceReadiness(
        load.service(),
        peak,
        needed,
        service.active(),
        allowed,
        onNodes,
        onNewNodes,
        reclaimed,
        from,
        ready,
        event.startMs() - aheadMs,
        peak > 0 ? Math.max(0, 1 - bears / peak) : 0,
        missing == 0 || ready == service.active()
            ? 0
            : late(boot, onNewNodes > 0 && bootsMs >= nodeBootMs, Math.min(leftMs, aheadMs)),
        Math.max(0, cheapest) * needed,
        shortOf(service, needed, allowed, ready, cheapest, ahead, leftMs < aheadMs));
  }

  private static ServiceReadiness nothing(PeakEvent.EventLoad load, String shortOf) {
    double uncovered = load.peakPerSecond() > 0 ? 1 : 0;
    return new ServiceReadiness(
        load.service(),
        load.peakPerSecond(),
        0,
        0,
        0,
        0,
        0,
        0,
        List.of(),
        0,
        0,
        uncovered,
        0,
        0,
        shortOf);
  }

  private String shortOf(
      ServiceState service,
      int needed,
      int allowed,
      int ready,
      double cheapest,
      double ahead,
      boolean tooLate) {
    int replicasMax = service.spec().scaling().replicasMax();
    if (ready >= needed) {
      return "";
    } else if (replicasMax < needed) {
      return "replicasMax is " + replicasMax;
    } else if (allowed < needed) {
      return "quota allows " + allowed;
    } else if (cheapest < 0) {
      return "no pool has a node large enough";
    } else if (tooLate) {
      return "time: the last moment to order has passed";
    }
    return ahead > 1
        ? "pools at their maximum hold less than all services need"
        : "room: pools at their maximum and what can be taken back hold " + ready;
  }

  /**
   * At most the probability that a replica is late.
   *
   * @param leftMs from the order to the start
   */
  private double late(BootTime boot, boolean withNode, long leftMs) {
    double forBoots = Math.max(0, leftMs - REPORT_MS);
    BootTime node = withNode ? slowestNode() : null;
    if (node == null) {
      return BootTail.after(boot, forBoots);
    }
    double share = node.p99Ms() / (double) Math.max(1, node.p99Ms() + boot.p99Ms());
    return Math.min(
        1, BootTail.after(node, forBoots * share) + BootTail.after(boot, forBoots * (1 - share)));
  }

  private @Nullable BootTime slowestNode() {
    BootTime slowest = null;
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null && spec.nodesMax() > 0) {
        slowest = slowest == null || spec.boot().p99Ms() > slowest.p99Ms() ? spec.boot() : slowest;
      }
    }
    return slowest;
  }

  // Quota.

  private int quotaAllows(ServiceState service, int needed) {
    TenantState tenant = state.tenants().get(service.id().tenant());
    Quota quota = tenant == null ? null : tenant.quota();
    Resources borrowing = quota == null ? null : quota.borrowingLimit();
    if (quota == null || borrowing == null) {
      return needed;
    }
    return fitting(
        quota.nominal().plus(borrowing).minus(heldByOthers(service)),
        service.spec().resources(),
        needed);
  }

  /** What the tenant's other services hold. */
  private Resources heldByOthers(ServiceState service) {
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

  // What was lent.

  /**
   * Names who would give room back, in the order in which reclaiming takes it: lowest priority
   * first, then the largest weighted share of borrowed capacity, least critical services first.
   *
   * @return replicas of the claimant that fit what they give
   */
  private int reclaim(ServiceState claimant, int wanted, List<Reclaimed> from) {
    Resources each = claimant.spec().resources();
    int tenant = shares.tenant(claimant.id().tenant());
    int owed = wanted <= 0 ? 0 : shares.nominalRoom(tenant, each, wanted);
    if (owed == 0) {
      return 0;
    }
    List<ServiceState> givers = new ArrayList<>();
    for (ServiceState other : state.services()) {
      if (!other.id().tenant().equals(claimant.id().tenant()) && other.active() > 0) {
        givers.add(other);
      }
    }
    givers.sort(
        Comparator.comparingInt((ServiceState s) -> tenantOf(s).spec().priority())
            .thenComparing(s -> s.spec().criticality(), Comparator.reverseOrder())
            .thenComparingDouble(s -> -shares.borrowedShare(shares.tenant(s.id().tenant())))
            .thenComparing(ServiceState::id));
    long[] need = {each.cpuMilli() * owed, each.memoryMib() * owed, each.gpuMilli() * owed};
    long[] got = new long[3];
    for (ServiceState giver : givers) {
      long[] left = surplus[shares.tenant(giver.id().tenant())];
      Resources own = giver.spec().resources();
      int taken = 0;
      while (taken < giver.active() && helps(own, need, got) && lends(left, own)) {
        add(got, own, 1);
        add(left, own, -1);
        taken++;
      }
      if (taken > 0) {
        from.add(new Reclaimed(giver.id(), taken));
      }
    }
    return fitting(new Resources(got[0], got[1], got[2]), each, owed);
  }

  private TenantState tenantOf(ServiceState service) {
    return shares.state(shares.tenant(service.id().tenant()));
  }

  private static boolean helps(Resources own, long[] need, long[] got) {
    return (own.cpuMilli() > 0 && got[0] < need[0])
        || (own.memoryMib() > 0 && got[1] < need[1])
        || (own.gpuMilli() > 0 && got[2] < need[2]);
  }

  /** Whether a tenant still keeps its nominal quota of some resource without one replica. */
  private static boolean lends(long[] borrowed, Resources own) {
    return (own.cpuMilli() > 0 && borrowed[0] >= own.cpuMilli())
        || (own.memoryMib() > 0 && borrowed[1] >= own.memoryMib())
        || (own.gpuMilli() > 0 && borrowed[2] >= own.gpuMilli());
  }

  private static void add(long[] sum, Resources each, long n) {
    sum[0] += each.cpuMilli() * n;
    sum[1] += each.memoryMib() * n;
    sum[2] += each.gpuMilli() * n;
  }

  /** What is free now and what pools may still order; less with each service that was counted. */
  private static final class Room {
    private final CellState state;
    private final NodeTable table;
    private final int[] cpu;
    private final int[] memory;
    private final List<NodePool> pools = new ArrayList<>();
    private final List<long[]> orderable = new ArrayList<>();

    Room(CellState state) {
      this.state = state;
      table = state.table();
      cpu = new int[table.slots()];
      memory = new int[table.slots()];
      for (int slot = 0; slot < table.slots(); slot++) {
        cpu[slot] = table.open(slot) ? table.cpuFree(slot) : 0;
        memory[slot] = table.open(slot) ? table.memoryFree(slot) : 0;
      }
      for (PoolState pool : state.pools().values()) {
        NodePool spec = pool.spec();
        if (spec != null) {
          long[] sum = new long[3];
          add(sum, spec.shape(), Math.max(0, spec.nodesMax() - pool.nodes()));
          pools.add(spec);
          orderable.add(sum);
        }
      }
    }

    private static boolean carries(NodePool pool, ServiceState service) {
      return Amounts.fits(service.spec().resources(), pool.shape())
          && Filters.matches(service.spec().placement(), pool.labels())
          && Filters.tolerates(service.spec().placement(), pool.taints());
    }

    /** Money per hour of one replica at the cheapest pool; negative when none carries it. */
    double cheapest(ServiceState service) {
      double cheapest = -1;
      for (NodePool pool : pools) {
        if (pool.nodesMax() > 0 && carries(pool, service)) {
          double price = Prices.perHour(pool, service.spec().resources());
          cheapest = cheapest < 0 ? price : Math.min(cheapest, price);
        }
      }
      return cheapest;
    }

    int onNodes(ServiceState service, int wanted) {
      Resources each = service.spec().resources();
      int done = 0;
      for (int[] zone : Filters.usable(state, service)) {
        for (int partition : zone) {
          for (int i = 0; i < table.nodesIn(partition) && done < wanted; i++) {
            int slot = table.nodeAt(partition, i);
            Resources free = new Resources(Math.max(0, cpu[slot]), Math.max(0, memory[slot]), 0);
            int n = fitting(free, Resources.of(each.cpuMilli(), each.memoryMib()), wanted - done);
            n = each.gpuMilli() == 0 ? n : Math.min(n, devices(slot, each.gpuMilli()));
            cpu[slot] -= (int) (n * each.cpuMilli());
            memory[slot] -= (int) (n * each.memoryMib());
            done += n;
          }
        }
      }
      return done;
    }

    /** Replicas with a part of a device, or with whole devices, that a node's devices carry. */
    private int devices(int slot, long gpuMilli) {
      NodeState node = state.nodeAt(slot);
      if (node == null || !table.open(slot)) {
        return 0;
      }
      long parts = 0;
      int whole = 0;
      for (int d = 0; d < table.devices(slot); d++) {
        parts += table.deviceFree(slot, d) / gpuMilli;
        whole += table.deviceFree(slot, d) == 1_000 ? 1 : 0;
      }
      return (int) (gpuMilli < 1_000 ? parts : whole / (gpuMilli / 1_000));
    }

    int onNewNodes(ServiceState service, int wanted) {
      Resources each = service.spec().resources();
      int done = 0;
      for (int i = 0; i < pools.size() && done < wanted; i++) {
        if (carries(pools.get(i), service)) {
          long[] left = orderable.get(i);
          int n = fitting(new Resources(left[0], left[1], left[2]), each, wanted - done);
          add(left, each, -n);
          done += n;
        }
      }
      return done;
    }
  }
}
