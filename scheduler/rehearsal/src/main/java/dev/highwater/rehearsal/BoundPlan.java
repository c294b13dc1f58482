package dev.highwater.rehearsal;

import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.PoolFilter;
import dev.highwater.model.Cell;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.workload.TrafficSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a bound, told to the kernel as an operator's pins, so that placement and
 * provisioning are the same for every row of a comparison.
 *
 * <p>The oracle pins each second the most replicas that any moment of the coming boot time needs,
 * and holds as many nodes as the coming node boot and replica boot need. What depends on what users
 * are told is known before only as {@link DryRun} has it, so the oracle holds that and never less
 * than what was asked in the last second. Each cell is pinned to the need of those who are meant to
 * go there, {@link BoundSplit}. For one thread.
 */
final class BoundPlan {
  /** Between an order and what boots: the tick, the report, the routes. */
  private static final int SETTLE_SECONDS = 3;

  private final Scenario scenario;
  private final PolicyChoice choice;
  private final List<Service> services;
  private final SortedSet<ServiceId> told = new TreeSet<>();
  private final SortedMap<ServiceId, Sizer> sizers = new TreeMap<>();
  private final BoundSplit split;
  private final SortedMap<String, SortedMap<ServiceId, int[]>> ahead = new TreeMap<>();
  private final SortedMap<String, int[]> nodes = new TreeMap<>();
  private final SortedMap<String, SortedMap<ServiceId, Integer>> pinned = new TreeMap<>();
  private final SortedMap<String, Integer> held = new TreeMap<>();

  private BoundPlan(
      Scenario scenario,
      PolicyChoice choice,
      List<Service> services,
      List<TrafficSpec> traffic,
      Demand demand) {
    this.scenario = scenario;
    this.choice = choice;
    this.services = services;
    services.forEach(service -> sizers.put(service.id(), new Sizer(ReplicaModel.of(service))));
    split = new BoundSplit(scenario, services, rates(traffic, demand));
    if (choice.bound() == PolicyChoice.Bound.ORACLE) {
      lookAhead();
    }
  }

  /** The plan of a bound; null for a policy. */
  static @Nullable BoundPlan of(
      Scenario scenario,
      PolicyChoice choice,
      List<Service> services,
      List<TrafficSpec> traffic,
      Demand demand) {
    return choice.isBound() ? new BoundPlan(scenario, choice, services, traffic, demand) : null;
  }

  private int seconds() {
    return (int) (scenario.durationMs() / Scenario.TICK_MS) + 1;
  }

  private SortedMap<ServiceId, double[]> rates(List<TrafficSpec> traffic, Demand demand) {
    SortedMap<ServiceId, double[]> rates = new TreeMap<>();
    for (Service service : services) {
      if (demand.known(service.id())) {
        double[] own = new double[seconds()];
        for (int t = 0; t < own.length; t++) {
          own[t] = demand.rate(service.id(), t * 1_000.0);
        }
        rates.put(service.id(), own);
      } else {
        told.add(service.id());
      }
    }
    rates.putAll(DryRun.rates(scenario, services, traffic, told));
    return rates;
  }

  private void lookAhead() {
    for (Cell cell : split.cells()) {
      SortedMap<ServiceId, int[]> own = new TreeMap<>();
      for (Service service : services) {
        if (service.mayRunIn(cell)) {
          own.put(service.id(), new int[seconds()]);
        }
      }
      ahead.put(cell.name(), own);
    }
    for (int t = 0; t < seconds(); t++) {
      SortedMap<ServiceId, BoundSplit.Part> parts = split.at(t);
      for (Service service : services) {
        double[] perSecond = part(parts, service).perSecond();
        for (int i = 0; i < perSecond.length; i++) {
          int[] own = of(ahead, split.cells().get(i)).get(service.id());
          if (own != null) {
            own[t] = need(service, perSecond[i]);
          }
        }
      }
    }
    for (SortedMap<ServiceId, int[]> cell : ahead.values()) {
      for (Service service : services) {
        int lead = seconds(service.capacity().boot().p99Ms()) + SETTLE_SECONDS;
        cell.computeIfPresent(service.id(), (id, own) -> ahead(own, lead));
      }
    }
    ahead.forEach(this::holdNodes);
  }

  private static <T> T of(SortedMap<String, T> byCell, Cell cell) {
    return Objects.requireNonNull(byCell.get(cell.name()), cell.name());
  }

  private static BoundSplit.Part part(
      SortedMap<ServiceId, BoundSplit.Part> parts, Service service) {
    return Objects.requireNonNull(parts.get(service.id()), service.key());
  }

  private int need(Service service, double perSecond) {
    int needed = Objects.requireNonNull(sizers.get(service.id())).replicasFor(perSecond);
    return Math.max(
        service.scaling().replicasMin(),
        Math.min(service.scaling().replicasMax(), (int) Math.ceil(needed * choice.margin())));
  }

  /** Nodes for all replicas, pool after pool in the order in which the kernel fills them. */
  private void holdNodes(String cell, SortedMap<ServiceId, int[]> wanted) {
    List<NodePool> pools = new ArrayList<>();
    for (NodePool pool : scenario.pools()) {
      if (pool.cell().equals(cell)) {
        pools.add(pool);
      }
    }
    pools.sort(
        Comparator.comparing(NodePool::purchase)
            .thenComparingDouble(p -> p.pricePerHour() / Math.max(1, p.shape().cpuMilli())));
    int[][] needed = new int[pools.size()][seconds()];
    for (int t = 0; t < seconds(); t++) {
      long[] cpu = new long[pools.size()];
      long[] memory = new long[pools.size()];
      for (Service service : services) {
        int[] own = wanted.get(service.id());
        long left = own == null ? 0 : own[t];
        for (int p = 0; p < cpu.length && left > 0; p++) {
          NodePool pool = pools.get(p);
          if (PoolFilter.accepts(pool, service)) {
            Resources each = service.resources();
            long here =
                Math.min(
                    left,
                    room(pool.shape().cpuMilli() * pool.nodesMax() - cpu[p], each.cpuMilli()));
            here =
                Math.min(
                    here,
                    room(pool.shape().memoryMib() * pool.nodesMax() - memory[p], each.memoryMib()));
            cpu[p] += here * each.cpuMilli();
            memory[p] += here * each.memoryMib();
            left -= here;
          }
        }
      }
      for (int p = 0; p < cpu.length; p++) {
        Resources shape = pools.get(p).shape();
        long most = Math.max(whole(cpu[p], shape.cpuMilli()), whole(memory[p], shape.memoryMib()));
        needed[p][t] =
            (int) Math.max(pools.get(p).nodesMin(), Math.min(pools.get(p).nodesMax(), most));
      }
    }
    for (int p = 0; p < needed.length; p++) {
      int lead = seconds(pools.get(p).boot().p99Ms()) + SETTLE_SECONDS;
      nodes.put(pools.get(p).key(), ahead(needed[p], lead));
    }
  }

  private static long room(long left, long each) {
    return each == 0 ? Integer.MAX_VALUE : Math.max(0, left) / each;
  }

  private static long whole(long amount, long each) {
    return each == 0 ? 0 : (amount + each - 1) / each;
  }

  private static int seconds(long ms) {
    return (int) ((ms + 999) / 1_000);
  }

  /** For each moment the largest value from it up to {@code lead} later, by a monotone queue. */
  private static int[] ahead(int[] values, int lead) {
    int n = values.length;
    int[] result = new int[n];
    int[] queue = new int[n];
    int head = n;
    int tail = n;
    for (int t = n - 1; t >= 0; t--) {
      while (head < tail && values[queue[head]] <= values[t]) {
        head++;
      }
      queue[--head] = t;
      while (queue[tail - 1] > t + lead) {
        tail--;
      }
      result[t] = values[queue[tail - 1]];
    }
    return result;
  }

  /**
   * Looks at the present.
   *
   * @param atMs since users come; negative before
   * @param asked first attempts in the last second by service, over all cells; empty before users
   *     come. Only services whose load depends on what users are told are looked at
   */
  void look(long atMs, SortedMap<ServiceId, Double> asked) {
    SortedMap<ServiceId, Double> present = new TreeMap<>();
    asked.forEach(
        (service, rate) -> {
          if (told.contains(service)) {
            present.put(service, rate);
          }
        });
    split.look((int) Math.max(0, atMs / Scenario.TICK_MS), present, !ahead.isEmpty());
  }

  /** Where users are meant to go now. */
  BoundSplit split() {
    return split;
  }

  /** The specs to change now in a cell. */
  List<Spec> changes(Cell cell) {
    List<Spec> changes = new ArrayList<>();
    SortedMap<ServiceId, Integer> pins =
        pinned.computeIfAbsent(cell.name(), name -> new TreeMap<>());
    int here = split.cells().indexOf(cell);
    for (Service service : services) {
      if (service.mayRunIn(cell)) {
        int n = need(service, part(split.now(), service).perSecond()[here]);
        if (!ahead.isEmpty()) {
          int planned = at(of(ahead, cell).get(service.id()));
          n = told.contains(service.id()) ? Math.max(n, planned) : planned;
        }
        Integer before = pins.put(service.id(), n);
        if (before == null || before != n) {
          changes.add(pin(service, n));
        }
      }
    }
    for (NodePool pool : scenario.pools()) {
      if (pool.cell().equals(cell.name()) && nodes.containsKey(pool.key())) {
        int n = at(nodes.get(pool.key()));
        Integer before = held.put(pool.key(), n);
        if (before == null || before != n) {
          changes.add(holding(pool, n));
        }
      }
    }
    return changes;
  }

  private int at(int @Nullable [] plan) {
    return Objects.requireNonNull(plan)[Math.min(split.second(), plan.length - 1)];
  }

  private static Service pin(Service service, int n) {
    ManualOverride word =
        new ManualOverride(ManualOverride.Kind.PIN, n, Long.MAX_VALUE, "bound", "");
    return service.withScaling(service.scaling().withOverride(word));
  }

  private static NodePool holding(NodePool p, int nodesMin) {
    return new NodePool(
        p.cell(),
        p.name(),
        p.shape(),
        p.zones(),
        p.labels(),
        p.taints(),
        p.pricePerHour(),
        p.purchase(),
        p.boot(),
        nodesMin,
        p.nodesMax(),
        0,
        0,
        p.spotLossPerHour());
  }
}
