package dev.highwater.rehearsal;

import dev.highwater.kernel.route.Split;
import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.Cell;
import dev.highwater.model.NodePool;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand.FaultKind;
import dev.highwater.model.Tenant;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.TimedFault;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where the users of a night are meant to go when the night is known: the bounds' side of the route
 * stage.
 *
 * <p><b>Rule.</b> At each second services that may run in the fewest cells choose first, of equals
 * those whose tenant has the higher priority. Each fills its cells by the route stage's own {@link
 * Split}, as if every cell had grown as far as it can: private before public, near before far,
 * equally near ones in proportion, to 90 % before the next is used. How far a cell can grow for a
 * service is what its pools hold at most less what the others hold at least and what those who
 * chose before took, within its tenant's quota and the service's own largest number. A lost cell
 * has no users from the second of its loss until its nodes and replicas could have booted again.
 *
 * <p>Confined to one thread.
 */
final class BoundSplit {
  private static final int KINDS = 3;
  private static final long NO_LIMIT = Long.MAX_VALUE / 4;

  /** Agents connect, the owner decides, and the replica is told, each a second. */
  private static final long SETTLE_MS = 5_000;

  private final List<Cell> cells;
  private final List<Own> order = new ArrayList<>();
  private final long[][] room;

  /** What a tenant may hold in each cell; only of tenants that are limited and have services. */
  private final SortedMap<String, long[][]> quotas = new TreeMap<>();

  private final List<SortedMap<Long, Long>> losses = new ArrayList<>();
  private int second;
  private SortedMap<ServiceId, Part> now = new TreeMap<>();

  /** A service and what is needed of it again and again. */
  private static final class Own {
    final Service service;
    final Sizer sizer;
    final double[] rates;
    final boolean[] allowed;
    final int homes;
    final int priority;

    Own(Service service, double[] rates, boolean[] allowed, int priority) {
      this.service = service;
      this.sizer = new Sizer(ReplicaModel.of(service));
      this.rates = rates;
      this.allowed = allowed;
      this.priority = priority;
      int count = 0;
      for (boolean here : allowed) {
        count += here ? 1 : 0;
      }
      this.homes = count;
    }
  }

  /** A service's part of a second, by cell. */
  static final class Part {
    private final boolean[] allowed;
    private final double[] perSecond;
    private final double[] mostPerSecond;

    Part(boolean[] allowed, double[] perSecond, double[] mostPerSecond) {
      this.allowed = allowed;
      this.perSecond = perSecond;
      this.mostPerSecond = mostPerSecond;
    }

    /** Whether the service may run in each cell. */
    boolean[] allowed() {
      return allowed;
    }

    /** How many of its first attempts are meant to come to each. */
    double[] perSecond() {
      return perSecond;
    }

    /** What each bears when it has grown as far as it can. */
    double[] mostPerSecond() {
      return mostPerSecond;
    }
  }

  /**
   * @param rates first attempts per second in each second of the night, over all cells
   */
  BoundSplit(Scenario scenario, List<Service> services, SortedMap<ServiceId, double[]> rates) {
    cells = Split.inOrder(scenario.cells());
    room = new long[cells.size()][KINDS];
    SortedSet<String> served = new TreeSet<>();
    services.forEach(service -> served.add(service.id().tenant()));
    SortedMap<String, Integer> priorities = new TreeMap<>();
    for (Tenant tenant : scenario.tenants()) {
      // Of hundreds of thousands who are registered few may have services, and each second copies.
      if (served.contains(tenant.name())) {
        priorities.put(tenant.name(), tenant.priority());
        if (tenant.quotas().stream().anyMatch(quota -> quota.borrowingLimit() != null)) {
          quotas.put(tenant.name(), limits(tenant));
        }
      }
    }
    for (NodePool pool : scenario.pools()) {
      for (int i = 0; i < cells.size(); i++) {
        if (pool.cell().equals(cells.get(i).name())) {
          add(room[i], pool.shape(), pool.nodesMax());
        }
      }
    }
    for (Service service : services) {
      double[] own = rates.get(service.id());
      boolean[] allowed = new boolean[cells.size()];
      for (int i = 0; i < allowed.length; i++) {
        allowed[i] = service.mayRunIn(cells.get(i));
      }
      if (own != null) {
        int priority = priorities.getOrDefault(service.id().tenant(), 0);
        order.add(new Own(service, own, allowed, priority));
      }
    }
    order.sort(
        Comparator.comparingInt((Own own) -> own.homes)
            .thenComparing(own -> -own.priority)
            .thenComparing(own -> own.service.id()));
    for (Own own : order) {
      for (int i = 0; i < cells.size(); i++) {
        if (own.allowed[i]) {
          take(own.service, i, own.service.scaling().replicasMin(), room, quotas);
        }
      }
    }
    for (Cell cell : cells) {
      losses.add(losses(scenario, services, cell));
    }
  }

  private long[][] limits(Tenant tenant) {
    long[][] limits = new long[cells.size()][KINDS];
    for (int i = 0; i < limits.length; i++) {
      Arrays.fill(limits[i], NO_LIMIT);
      for (Quota quota : tenant.quotas()) {
        Resources more = quota.borrowingLimit();
        if (quota.cell().equals(cells.get(i).name()) && more != null) {
          limits[i] = new long[KINDS];
          add(limits[i], quota.nominal().plus(more), 1);
        }
      }
    }
    return limits;
  }

  /** From when until when nobody is meant to go to a cell, since users come. */
  private static SortedMap<Long, Long> losses(
      Scenario scenario, List<Service> services, Cell cell) {
    long nodeMs =
        scenario.pools().stream()
            .filter(pool -> pool.cell().equals(cell.name()))
            .mapToLong(pool -> pool.boot().p99Ms())
            .max()
            .orElse(0);
    long replicaMs =
        services.stream()
            .filter(service -> service.mayRunIn(cell))
            .mapToLong(service -> service.capacity().boot().p99Ms())
            .max()
            .orElse(0);
    SortedMap<Long, Long> losses = new TreeMap<>();
    for (TimedFault fault : scenario.faults()) {
      if (fault.fault() == FaultKind.CELL_LOSS && fault.cell().equals(cell.name())) {
        long endMs =
            fault.durationMs() == 0
                ? Long.MAX_VALUE
                : fault.startMs() + fault.durationMs() + nodeMs + replicaMs + SETTLE_MS;
        losses.merge(fault.startMs(), endMs, Math::max);
      }
    }
    return losses;
  }

  private static void add(long[] sum, Resources each, long n) {
    sum[0] += each.cpuMilli() * n;
    sum[1] += each.memoryMib() * n;
    sum[2] += each.gpuMilli() * n;
  }

  private static void take(
      Service service, int cell, long n, long[][] room, SortedMap<String, long[][]> quotas) {
    add(room[cell], service.resources(), -n);
    long[][] quota = quotas.get(service.id().tenant());
    if (quota != null) {
      add(quota[cell], service.resources(), -n);
    }
  }

  /** The cells in the order of the arrays. */
  List<Cell> cells() {
    return cells;
  }

  /**
   * The present is this second.
   *
   * @param second since users come
   * @param present rates that are known only now, over all cells
   * @param atLeast whether what was known before holds at least
   */
  void look(int second, SortedMap<ServiceId, Double> present, boolean atLeast) {
    this.second = second;
    now = at(second, present, atLeast);
  }

  /** The second that was looked at last. */
  int second() {
    return second;
  }

  /** Who is meant to go where in it, by service. */
  SortedMap<ServiceId, Part> now() {
    return now;
  }

  /**
   * Who is meant to go where in a second, by service, as it is known before.
   *
   * @param second since users come; the last one after the night
   */
  SortedMap<ServiceId, Part> at(int second) {
    return at(second, new TreeMap<>(), false);
  }

  private SortedMap<ServiceId, Part> at(
      int second, SortedMap<ServiceId, Double> present, boolean atLeast) {
    long[][] left = copy(room);
    SortedMap<String, long[][]> leftOfTenant = new TreeMap<>();
    quotas.forEach((tenant, limits) -> leftOfTenant.put(tenant, copy(limits)));
    boolean[] lost = lost(second);
    SortedMap<ServiceId, Part> parts = new TreeMap<>();
    for (Own own : order) {
      Service service = own.service;
      double known = own.rates[Math.min(second, own.rates.length - 1)];
      Double seen = present.get(service.id());
      double rate = seen == null ? known : atLeast ? Math.max(known, seen) : seen;
      double[] most = new double[cells.size()];
      for (int i = 0; i < most.length; i++) {
        most[i] = own.allowed[i] && !lost[i] ? most(own, left[i], leftOfTenant, i) : 0;
      }
      double[] none = new double[cells.size()];
      Split split =
          new Split(cells, own.allowed, lost, rate, rate, most.clone(), most, none, false);
      double[] perSecond = new double[cells.size()];
      for (int i = 0; i < perSecond.length; i++) {
        perSecond[i] = split.share(i) * rate;
        int more = own.sizer.replicasFor(perSecond[i]) - service.scaling().replicasMin();
        if (more > 0) {
          take(service, i, more, left, leftOfTenant);
        }
      }
      parts.put(service.id(), new Part(own.allowed, perSecond, most));
    }
    return parts;
  }

  private static double most(
      Own own, long[] left, SortedMap<String, long[][]> leftOfTenant, int cell) {
    Service service = own.service;
    long more = (long) service.scaling().replicasMax() - service.scaling().replicasMin();
    more = Math.min(more, fitting(service.resources(), left));
    long[][] quota = leftOfTenant.get(service.id().tenant());
    if (quota != null) {
      more = Math.min(more, fitting(service.resources(), quota[cell]));
    }
    return own.sizer.safeRate(service.scaling().replicasMin() + (int) Math.max(0, more));
  }

  private static long fitting(Resources each, long[] left) {
    long n = Integer.MAX_VALUE;
    n = each.cpuMilli() == 0 ? n : Math.min(n, left[0] / each.cpuMilli());
    n = each.memoryMib() == 0 ? n : Math.min(n, left[1] / each.memoryMib());
    return each.gpuMilli() == 0 ? n : Math.min(n, left[2] / each.gpuMilli());
  }

  /** Which cells nobody is meant to go to in a second. */
  boolean[] lost(int second) {
    long atMs = second * Scenario.TICK_MS;
    boolean[] lost = new boolean[cells.size()];
    for (int i = 0; i < lost.length; i++) {
      for (Map.Entry<Long, Long> loss : losses.get(i).headMap(atMs + 1).entrySet()) {
        lost[i] |= atMs < loss.getValue();
      }
    }
    return lost;
  }

  private static long[][] copy(long[][] of) {
    long[][] copy = new long[of.length][];
    for (int i = 0; i < of.length; i++) {
      copy[i] = of[i].clone();
    }
    return copy;
  }
}
