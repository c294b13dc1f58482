package dev.highwater.rehearsal;

import dev.highwater.kernel.account.Ledger;
import dev.highwater.kernel.forecast.Coverage;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.WishSource;
import dev.highwater.rehearsal.scenario.TimedFault;
import dev.highwater.workload.DoorFigures;
import dev.highwater.workload.LatencyHistogram;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Adds up what a night comes to, second by second, whether it is rehearsed or was lived through: so
 * that both are measured by the same definitions. For one thread.
 */
final class RunMeter {
  private final List<ServiceMeter> meters = new ArrayList<>();
  private final SortedMap<ServiceId, ServiceMeter> meterOf = new TreeMap<>();
  private final SortedMap<String, NodePool> pools = new TreeMap<>();
  private final SortedMap<WishSource, Long> wishes = new TreeMap<>();
  private final SortedMap<String, Ledger> ledgers = new TreeMap<>();
  private final SortedMap<ServiceId, Double> spent = new TreeMap<>();
  private final SortedMap<String, Double> spentOnEvents = new TreeMap<>();
  private final SortedSet<String> events = new TreeSet<>();
  private double nodeSeconds;
  private double cost;
  private int nodesNow;
  private int nodesPeak;

  /**
   * What the run knows of itself.
   *
   * @param hash of all decisions
   * @param simulatedRequests drawn one by one; 0 for what was lived through
   * @param hitNothing faults whose target was not there
   */
  record Run(
      String policy,
      String hash,
      boolean complete,
      long seconds,
      long simulatedRequests,
      long auditViolations,
      List<String> auditMessages,
      List<TimedFault> hitNothing) {}

  /**
   * @param ticks seconds that the run will have
   */
  RunMeter(List<Service> services, List<NodePool> pools, long ticks) {
    for (Service service : services) {
      ServiceMeter meter = new ServiceMeter(service, ticks);
      meters.add(meter);
      meterOf.put(service.id(), meter);
    }
    pools.forEach(pool -> this.pools.put(pool.key(), pool));
  }

  /** One for each service; they are given their capacity between begin and end of a second. */
  List<ServiceMeter> services() {
    return meters;
  }

  /**
   * Begins a second; {@link #traffic}, {@link #nodes} and the services' capacity follow for each
   * cell, then {@link #endSecond}.
   */
  void beginSecond() {
    meters.forEach(ServiceMeter::beginTick);
    nodesNow = 0;
  }

  void traffic(Observation.ServiceTraffic totals) {
    ServiceMeter meter = meterOf.get(totals.service());
    if (meter != null) {
      meter.traffic(totals);
    }
  }

  void nodes(Observation.PoolReport pool) {
    nodes(pool.pool(), pool.booting() + pool.ready());
  }

  /** Nodes of a pool that boot or are ready. */
  void nodes(String pool, int there) {
    nodesNow += there;
    nodeSeconds += there;
    NodePool spec = pools.get(pool);
    if (spec != null) {
      cost += there * spec.pricePerHour() / 3_600;
    }
  }

  /** Money counts from this state of a cell on. */
  void begin(CellState cell) {
    ledgers.put(cell.name(), new Ledger());
    account(cell);
  }

  /** Counts the time since the last state of a cell at what its services cost now. */
  void account(CellState cell) {
    events.addAll(cell.events().keySet());
    ledgers.computeIfAbsent(cell.name(), name -> new Ledger()).account(cell);
  }

  /** A service's replicas in a cell. */
  void capacity(ServiceId service, int target, int ready, int replicas) {
    ServiceMeter meter = meterOf.get(service);
    if (meter != null) {
      meter.capacity(target, ready, replicas);
    }
  }

  /** Money that was accounted elsewhere. */
  void spent(ServiceId service, double money) {
    spent.merge(service, money, Double::sum);
  }

  /** Money of an event that was accounted elsewhere. */
  void spentOnEvent(String event, double money) {
    events.add(event);
    spentOnEvents.merge(event, money, Double::sum);
  }

  /** A target changed. */
  void adapted(Fact.TargetSet set) {
    adapted(set.service(), set.winner(), 1);
  }

  /** A target changed so many times. */
  void adapted(ServiceId service, WishSource winner, int times) {
    wishes.merge(winner, (long) times, Long::sum);
    ServiceMeter meter = meterOf.get(service);
    if (meter != null) {
      meter.adapted(times);
    }
  }

  /**
   * Ends a second.
   *
   * @param demand first attempts per second in it; NaN takes what was counted
   * @param latencies of a service since the start of the run, over all cells
   */
  void endSecond(
      ToDoubleFunction<ServiceId> demand, Function<ServiceId, LatencyHistogram> latencies) {
    nodesPeak = Math.max(nodesPeak, nodesNow);
    for (ServiceMeter meter : meters) {
      double rate = demand.applyAsDouble(meter.service.id());
      double seen = Double.isNaN(rate) ? meter.requestsNow() : rate;
      meter.endTick(meter.sizer.replicasFor(seen));
      if (meter.wantsLatencies()) {
        meter.latencies(latencies.apply(meter.service.id()));
      }
    }
  }

  /** A minute ends, or the run. */
  void endMinute() {
    meters.forEach(ServiceMeter::endMinute);
  }

  /** What it all came to, not judged yet. */
  RunResult result(
      Run run,
      Function<ServiceId, LatencyHistogram> latencies,
      Function<ServiceId, Coverage> coverage,
      Function<ServiceId, DoorFigures> doors) {
    List<ServiceResult> results = new ArrayList<>();
    LatencyHistogram all = new LatencyHistogram();
    double floor = 0;
    for (ServiceMeter meter : meters) {
      meter.addLatencies(latencies.apply(meter.service.id()));
      all.addAll(meter.allLatencies());
      ServiceResult result =
          meter.result(
              coverage.apply(meter.service.id()),
              money(ledger -> ledger.of(meter.service.id()))
                  + spent.getOrDefault(meter.service.id(), 0.0),
              doors.apply(meter.service.id()));
      results.add(result);
      floor += meter.sizer.violationFloor() * result.requests();
    }
    SortedMap<String, Double> costByEvent = new TreeMap<>();
    events.forEach(
        event ->
            costByEvent.put(
                event,
                money(ledger -> ledger.ofEvent(event)) + spentOnEvents.getOrDefault(event, 0.0)));
    long requests = results.stream().mapToLong(ServiceResult::requests).sum();
    return new RunResult(
        run.policy(),
        run.hash(),
        run.complete(),
        run.seconds(),
        run.simulatedRequests(),
        requests == 0 ? 0 : floor / requests,
        requests,
        results.stream().mapToLong(ServiceResult::attempts).sum(),
        results.stream().mapToLong(ServiceResult::served).sum(),
        results.stream().mapToLong(ServiceResult::violations).sum(),
        results.stream().mapToLong(ServiceResult::refused).sum(),
        results.stream().mapToLong(ServiceResult::violationMinutes).sum(),
        all.quantileNanos(0.5) / 1e6,
        all.quantileNanos(0.99) / 1e6,
        all.quantileNanos(0.999) / 1e6,
        results.stream().mapToDouble(ServiceResult::replicaHours).sum(),
        nodeSeconds / 3_600,
        cost,
        costByEvent,
        nodesPeak,
        results.stream().mapToLong(ServiceResult::adaptations).sum(),
        run.auditViolations(),
        run.auditMessages(),
        run.hitNothing(),
        wishes,
        mean(results),
        results,
        List.of());
  }

  private double money(ToDoubleFunction<Ledger> of) {
    return ledgers.values().stream().mapToDouble(of).sum();
  }

  private static Elasticity mean(List<ServiceResult> results) {
    double[] sum = new double[5];
    for (ServiceResult result : results) {
      Elasticity e = result.elasticity();
      sum[0] += e.thetaU() / results.size();
      sum[1] += e.thetaO() / results.size();
      sum[2] += e.tauU() / results.size();
      sum[3] += e.tauO() / results.size();
      sum[4] += e.upsilon() / results.size();
    }
    return new Elasticity(sum[0], sum[1], sum[2], sum[3], sum[4]);
  }
}
