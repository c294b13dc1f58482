package dev.highwater.rehearsal;

import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.rehearsal.scenario.Scenario;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The numbers of a bound, told to the kernel as an operator's pins, so that placement and
 * provisioning are the same for every row of a comparison.
 *
 * <p>The oracle pins each second the most replicas that any moment of the coming boot time needs,
 * and holds as many nodes as the coming node boot and replica boot need. For one thread.
 */
final class BoundPlan {
  private final Scenario scenario;
  private final PolicyChoice choice;
  private final List<Service> services;
  private final SortedMap<ServiceId, int[]> wanted = new TreeMap<>();
  private final SortedMap<String, int[]> nodes = new TreeMap<>();
  private final SortedMap<ServiceId, Integer> pinned = new TreeMap<>();
  private final SortedMap<String, Integer> held = new TreeMap<>();

  BoundPlan(Scenario scenario, PolicyChoice choice, List<Service> services, Demand demand) {
    this.scenario = scenario;
    this.choice = choice;
    this.services = services;
    if (choice.bound() != PolicyChoice.Bound.NONE) {
      plan(demand);
    }
  }

  private void plan(Demand demand) {
    int seconds = (int) (scenario.durationMs() / Scenario.TICK_MS) + 1;
    for (Service service : services) {
      Sizer sizer = new Sizer(ReplicaModel.of(service));
      int[] own = new int[seconds];
      // One spec holds for all cells, so each gets the pin of an equal share of the users.
      long homes = Math.max(1, scenario.cells().stream().filter(service::mayRunIn).count());
      for (int t = 0; t < seconds; t++) {
        double rate = demand.rate(service.id(), t * 1_000.0) / homes;
        int needed = Double.isNaN(rate) ? 0 : sizer.replicasFor(rate);
        own[t] =
            Math.max(
                service.scaling().replicasMin(),
                Math.min(
                    service.scaling().replicasMax(), (int) Math.ceil(needed * choice.margin())));
      }
      wanted.put(
          service.id(),
          choice.bound() == PolicyChoice.Bound.ORACLE
              ? ahead(own, seconds(service.capacity().boot().p99Ms()) + 3)
              : own);
    }
    if (choice.bound() == PolicyChoice.Bound.ORACLE) {
      scenario.pools().forEach(pool -> nodes.put(pool.key(), nodesFor(pool, seconds)));
    }
  }

  private int[] nodesFor(NodePool pool, int seconds) {
    int[] needed = new int[seconds];
    for (int t = 0; t < seconds; t++) {
      Resources sum = Resources.NONE;
      for (Service service : services) {
        int[] own = wanted.get(service.id());
        if (own != null && mayRunBeside(service, pool)) {
          sum = sum.plus(service.resources().times(own[t]));
        }
      }
      long most =
          Math.max(
              whole(sum.cpuMilli(), pool.shape().cpuMilli()),
              whole(sum.memoryMib(), pool.shape().memoryMib()));
      needed[t] = (int) Math.max(pool.nodesMin(), Math.min(pool.nodesMax(), most));
    }
    return ahead(needed, seconds(pool.boot().p99Ms()) + 3);
  }

  private boolean mayRunBeside(Service service, NodePool pool) {
    return scenario.cells().stream()
        .anyMatch(cell -> cell.name().equals(pool.cell()) && service.mayRunIn(cell));
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
   * The specs to change now.
   *
   * @param atMs since users come; negative before
   */
  List<Spec> changes(long atMs) {
    List<Spec> changes = new ArrayList<>();
    if (choice.bound() == PolicyChoice.Bound.NONE) {
      return changes;
    }
    int t = (int) Math.max(0, atMs / Scenario.TICK_MS);
    for (Service service : services) {
      int[] own = wanted.get(service.id());
      if (own != null) {
        int n = own[Math.min(t, own.length - 1)];
        Integer before = pinned.put(service.id(), n);
        if (before == null || before != n) {
          changes.add(service.withScaling(pin(service.scaling(), n)));
        }
      }
    }
    for (NodePool pool : scenario.pools()) {
      int[] own = nodes.get(pool.key());
      if (own != null) {
        int n = own[Math.min(t, own.length - 1)];
        Integer before = held.put(pool.key(), n);
        if (before == null || before != n) {
          changes.add(holding(pool, n));
        }
      }
    }
    return changes;
  }

  private static Scaling pin(Scaling s, int n) {
    return new Scaling(
        s.policy(),
        s.replicasMin(),
        s.replicasMax(),
        s.replicasInitial(),
        s.stabilisationMs(),
        s.schedules(),
        s.metrics(),
        new ManualOverride(ManualOverride.Kind.PIN, n, Long.MAX_VALUE, "bound"),
        s.flapsPerHourMax(),
        s.behavior());
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
        0);
  }
}
