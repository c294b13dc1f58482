package dev.highwater.server.loop;

import dev.highwater.kernel.account.Ledger;
import dev.highwater.kernel.account.Prices;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.kernel.state.Traffic;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.EventPhase;
import dev.highwater.model.CellSnapshot.EventStatus;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.NameOrder;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.Observation.SparseHistogram;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Renders a cell's state as its read model, and keeps what only the passing of time tells: node
 * hours and money. Touched only by the cell's thread.
 *
 * <p>Node hours run from the moment a node was first asked for, booting included, as an operator
 * pays for them, and begin at zero with each owner.
 */
final class CellView {
  private static final double MS_PER_HOUR = 3_600_000;

  /** After so many half-lives less than 2 % of a peak is left and its event counts as over. */
  private static final int HALF_LIVES = 6;

  /** A declared event is shown as prewarming for this long before it starts. */
  private static final long PREWARM_SHOWN_MS = 120_000;

  private final Map<ServiceId, ServiceExplained> explained = new TreeMap<>();
  private final Ledger ledger;
  private long accountedMs;
  private long costSinceMs;
  private double nodeHours;
  private double cost;

  /**
   * @param ledger of the same cell, which others account
   */
  CellView(Ledger ledger) {
    this.ledger = ledger;
  }

  /** Keeps the newest explanation of each service. */
  void accept(Decision decision) {
    for (Explanation explanation : decision.explanations()) {
      if (explanation instanceof ServiceExplained e) {
        explained.put(e.service(), e);
      }
    }
  }

  CellSnapshot of(CellState state, CellDecider.SnapshotFrame frame) {
    double pricePerHour = account(state);
    Prices prices = new Prices(state);
    List<ServiceStatus> services = new ArrayList<>();
    for (ServiceState service : state.services()) {
      if (!service.removed() || service.size() > 0) {
        services.add(service(service, prices, state.nowMs()));
      }
    }
    services.sort((a, b) -> a.service().compareTo(b.service()));
    return new CellSnapshot(
        state.name(),
        state.epoch(),
        frame.owner(),
        state.nowMs(),
        frame.position(),
        frame.ticksTotal(),
        frame.auditViolationsTotal(),
        services,
        nodes(state),
        pools(state),
        events(state),
        pricePerHour,
        cost,
        nodeHours,
        costSinceMs);
  }

  private double account(CellState state) {
    double hours = accountedMs == 0 ? 0 : (state.nowMs() - accountedMs) / MS_PER_HOUR;
    costSinceMs = accountedMs == 0 ? state.nowMs() : costSinceMs;
    accountedMs = state.nowMs();
    double pricePerHour = 0;
    for (PoolState pool : state.pools().values()) {
      int held = pool.nodes() + pool.booting();
      NodePool spec = pool.lastSpec();
      nodeHours += held * hours;
      pricePerHour += spec == null ? 0 : held * spec.pricePerHour();
    }
    cost += pricePerHour * hours;
    return pricePerHour;
  }

  private ServiceStatus service(ServiceState service, Prices prices, long nowMs) {
    Service spec = service.spec();
    ManualOverride override = spec.scaling().override();
    Traffic traffic = service.traffic();
    ServiceTraffic last = traffic.last();
    ServiceExplained why = explained.get(service.id());
    SparseHistogram latency = traffic.latency();
    SparseHistogram lately = latency == null ? null : latency.since(traffic.latencyBefore());
    int draining = 0;
    double busy = 0;
    int ready = 0;
    for (int i = 0; i < service.size(); i++) {
      if (service.stopped(i)) {
        draining++;
      } else if (service.seen(i) == ReplicaState.READY) {
        ready++;
        busy += service.utilisation(i);
      }
    }
    return new ServiceStatus(
        service.id(),
        spec.scaling().policy(),
        traffic.firstAttemptsPerSecond(),
        traffic.attemptsPerSecond(),
        traffic.servedPerSecond(),
        traffic.refusedPerSecond(),
        last == null ? 0 : last.waiting(),
        service.target(),
        ready,
        service.active() - ready,
        draining,
        Math.max(0, service.target() - service.active()),
        spec.scaling().replicasMin(),
        spec.scaling().replicasMax(),
        ready == 0 ? Double.NaN : busy / ready,
        lately == null ? Double.NaN : LatencyBins.quantileMs(lately, 0.5),
        lately == null ? Double.NaN : LatencyBins.quantileMs(lately, 0.99),
        spec.slo().latencyMs(),
        spec.slo().quantile(),
        service.admissionPerSecond(),
        service.share(),
        why == null ? Double.NaN : why.load().forecastPerSecond(),
        last == null ? 0 : last.firstAttempts(),
        last == null ? 0 : last.served(),
        last == null ? 0 : last.violations(),
        last == null || last.firstAttempts() == 0
            ? 0
            : (double) last.violations() / last.firstAttempts(),
        service.winner(),
        prices.perHour(service),
        ledger.of(service.id()),
        override != null && override.holdsAt(nowMs) ? override : null);
  }

  private static List<NodeStatus> nodes(CellState state) {
    Map<Integer, Resources> used = new TreeMap<>();
    Map<Integer, Integer> replicas = new TreeMap<>();
    for (ServiceState service : state.services()) {
      Resources each = service.spec().resources();
      for (int i = 0; i < service.size(); i++) {
        used.merge(service.slot(i), each, Resources::plus);
        replicas.merge(service.slot(i), 1, Integer::sum);
      }
    }
    List<NodeStatus> nodes = new ArrayList<>();
    for (NodeState node : state.nodes()) {
      CellSnapshot.NodeState shown =
          node.draining()
              ? CellSnapshot.NodeState.DRAINING
              : !state.heard(node)
                  ? CellSnapshot.NodeState.SILENT
                  : node.cordon() != null
                      ? CellSnapshot.NodeState.CORDONED
                      : CellSnapshot.NodeState.READY;
      nodes.add(
          new NodeStatus(
              node.name(),
              node.pool(),
              node.descriptor().zone(),
              shown,
              node.descriptor().resources(),
              used.getOrDefault(node.slot(), Resources.NONE),
              replicas.getOrDefault(node.slot(), 0),
              node.lastReportMs(),
              node.cordon()));
    }
    nodes.sort(Comparator.comparing(NodeStatus::node, NameOrder.AS_READ));
    return nodes;
  }

  private static List<PoolStatus> pools(CellState state) {
    List<PoolStatus> pools = new ArrayList<>();
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.lastSpec();
      boolean deleted = pool.spec() == null;
      if (spec != null && (!deleted || pool.nodes() + pool.booting() > 0)) {
        pools.add(
            new PoolStatus(
                pool.key(),
                pool.target(),
                pool.nodes(),
                pool.booting(),
                deleted ? 0 : spec.nodesMin(),
                deleted ? 0 : spec.nodesMax(),
                spec.pricePerHour()));
      }
    }
    return pools;
  }

  private List<EventStatus> events(CellState state) {
    List<EventStatus> events = new ArrayList<>();
    for (PeakEvent event : state.events().values()) {
      EventPhase phase = phase(event, state.nowMs());
      if (phase != EventPhase.OVER) {
        events.add(
            new EventStatus(
                event.name(),
                event.startMs(),
                phase,
                event.loads().stream().map(PeakEvent.EventLoad::service).toList(),
                ledger.ofEvent(event.name())));
      }
    }
    events.sort((a, b) -> Long.compare(a.startMs(), b.startMs()));
    return events;
  }

  static EventPhase phase(PeakEvent event, long nowMs) {
    long intoMs = nowMs - event.startMs();
    if (intoMs < 0) {
      return intoMs < -PREWARM_SHOWN_MS ? EventPhase.AHEAD : EventPhase.PREWARMING;
    }
    if (intoMs < event.riseMs()) {
      return EventPhase.RISING;
    }
    long afterHoldMs = intoMs - event.riseMs() - event.holdMs();
    if (afterHoldMs < 0) {
      return EventPhase.HOLDING;
    }
    return afterHoldMs < HALF_LIVES * event.decayHalfLifeMs()
        ? EventPhase.DECAYING
        : EventPhase.OVER;
  }
}
