package dev.highwater.launcher.dev;

import dev.highwater.http.StreamListener;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Observation;
import dev.highwater.model.ServiceId;
import dev.highwater.workload.LatencyHistogram;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a live run came to since its users came: what the read models showed over time, and at
 * the end what the front doors counted. Thread-safe.
 */
final class LiveNight implements StreamListener {
  private static final double MS_PER_HOUR = 3_600_000;

  private final SortedMap<String, CellSnapshot> last = new TreeMap<>();
  private final SortedMap<String, CellTotals> cells = new TreeMap<>();
  private final SortedMap<ServiceId, ServiceTotals> services = new TreeMap<>();
  private final SortedMap<String, Long> decisionsByWish = new TreeMap<>();
  private long fromMs = Long.MAX_VALUE;
  private int nodesPeak;

  private static final class CellTotals {
    double nodeHours;
    double cost;
  }

  private static final class ServiceTotals {
    double targetMs;
    double readyMs;
    double timeMs;
    int targetPeak;
    int readyPeak;
  }

  /** From now on everything counts. */
  synchronized void usersComeAt(long epochMs) {
    fromMs = epochMs;
  }

  @Override
  public synchronized void onDecision(Decision decision) {
    if (decision.nowMs() < fromMs) {
      return;
    }
    for (Fact fact : decision.facts()) {
      if (fact instanceof Fact.TargetSet set) {
        decisionsByWish.merge(Display.code(set.winner()), 1L, Long::sum);
      }
    }
  }

  /** Weights what a snapshot shows by the time until the next one. */
  @Override
  public synchronized void onSnapshot(CellSnapshot snapshot) {
    CellSnapshot before = last.put(snapshot.cell(), snapshot);
    if (before != null) {
      long beganMs = Math.max(before.nowMs(), fromMs);
      if (snapshot.nowMs() > beganMs) {
        add(before, snapshot.nowMs() - beganMs);
      }
    }
    if (snapshot.nowMs() >= fromMs) {
      countPeaks();
    }
  }

  /** Takes what stands now for peaks. */
  private void countPeaks() {
    int nodes = 0;
    for (CellSnapshot shown : last.values()) {
      nodes += shown.nodes().size();
      for (ServiceStatus service : shown.services()) {
        ServiceTotals totals = totals(service.service());
        totals.targetPeak = Math.max(totals.targetPeak, service.target());
        totals.readyPeak = Math.max(totals.readyPeak, service.ready());
      }
    }
    nodesPeak = Math.max(nodesPeak, nodes);
  }

  private void add(CellSnapshot shown, long ms) {
    CellTotals cell = cells.computeIfAbsent(shown.cell(), key -> new CellTotals());
    SortedMap<String, Double> prices = new TreeMap<>();
    for (PoolStatus pool : shown.pools()) {
      prices.put(pool.pool(), pool.pricePerHour());
      // Nodes that boot are paid for too.
      cell.nodeHours += pool.booting() * ms / MS_PER_HOUR;
      cell.cost += pool.booting() * pool.pricePerHour() * ms / MS_PER_HOUR;
    }
    for (NodeStatus node : shown.nodes()) {
      cell.nodeHours += ms / MS_PER_HOUR;
      cell.cost += prices.getOrDefault(node.pool(), 0.0) * ms / MS_PER_HOUR;
    }
    for (ServiceStatus service : shown.services()) {
      ServiceTotals totals = totals(service.service());
      totals.targetMs += (double) service.target() * ms;
      totals.readyMs += (double) service.ready() * ms;
      totals.timeMs += ms;
    }
  }

  private ServiceTotals totals(ServiceId service) {
    return services.computeIfAbsent(service, key -> new ServiceTotals());
  }

  /**
   * What came of it all.
   *
   * @param doors the last report of each cell's front door
   * @param plan what was run: scenario, seed, policy and duration are copied from it
   */
  synchronized LiveReport report(LivePlan plan, List<Observation.FrontDoorReport> doors) {
    countPeaks(); // a night of a second may end before its first snapshot
    SortedMap<ServiceId, LatencyHistogram> latencies = new TreeMap<>();
    SortedMap<ServiceId, long[]> counts = new TreeMap<>();
    for (Observation.FrontDoorReport door : doors) {
      for (Observation.ServiceTraffic traffic : door.services()) {
        long[] sums = counts.computeIfAbsent(traffic.service(), key -> new long[3]);
        sums[0] += traffic.firstAttempts();
        sums[1] += traffic.served();
        sums[2] += traffic.violations();
        if (traffic.latency() != null) {
          latencies
              .computeIfAbsent(traffic.service(), key -> new LatencyHistogram())
              .addSparse(traffic.latency());
        }
      }
    }
    List<LiveReport.ServiceRun> runs = new ArrayList<>();
    counts.forEach(
        (id, sums) -> {
          ServiceTotals totals = totals(id);
          LatencyHistogram histogram = latencies.get(id);
          double timeMs = Math.max(1, totals.timeMs);
          runs.add(
              new LiveReport.ServiceRun(
                  id,
                  sums[0],
                  sums[1],
                  sums[2],
                  histogram == null ? null : histogram.quantileNanos(0.99) / 1e6,
                  plan.sloLatencyMs(id),
                  totals.targetMs / timeMs,
                  totals.readyMs / timeMs,
                  totals.targetPeak,
                  totals.readyPeak));
        });
    double nodeHours = 0;
    double cost = 0;
    for (CellTotals cell : cells.values()) {
      nodeHours += cell.nodeHours;
      cost += cell.cost;
    }
    long auditViolations = 0;
    for (CellSnapshot shown : last.values()) {
      auditViolations += shown.auditViolationsTotal();
    }
    return new LiveReport(
        LiveReport.FORMAT_VERSION,
        plan.scenarioFile(),
        plan.scenario().seed(),
        plan.policy(),
        plan.scenario().durationMs(),
        runs,
        nodesPeak,
        nodeHours,
        cost,
        auditViolations,
        decisionsByWish);
  }

  /** The last snapshot of a cell; null before its first. */
  synchronized @Nullable CellSnapshot last(String cell) {
    return last.get(cell);
  }

  /** Nodes of all cells that are ready now. */
  synchronized int nodesReady() {
    int nodes = 0;
    for (CellSnapshot shown : last.values()) {
      for (NodeStatus node : shown.nodes()) {
        nodes += node.state() == NodeState.READY ? 1 : 0;
      }
    }
    return nodes;
  }
}
