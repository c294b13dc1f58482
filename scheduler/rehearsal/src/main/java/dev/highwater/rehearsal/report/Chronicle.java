package dev.highwater.rehearsal.report;

import dev.highwater.model.Cell;
import dev.highwater.model.CellMinute;
import dev.highwater.model.CellMinute.PoolMinute;
import dev.highwater.model.CellMinute.ServiceMinute;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.RefusalWords;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.MinuteObserver;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.Series;
import dev.highwater.rehearsal.report.Turns.Turn;
import dev.highwater.rehearsal.scenario.Scenario;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a report tells of one run beyond its result: nodes and reserved capacity over time, money by
 * pool and tenant, who was squeezed, and the decisions that moved most capacity.
 *
 * <p>It only watches. What nodes hold is looked at once per step of the charts, everything else at
 * each decision; what is kept is bounded. For one thread, that of the run.
 */
public final class Chronicle implements RunObserver, MinuteObserver {
  private static final int STEPS_MAX = Chart.STEPS_MAX;

  private final Scenario scenario;
  private final RunObserver next;
  private final long startMs;
  private final long ticks;
  private final int ticksPerStep;
  private final SortedMap<ServiceId, Long> cpuMilli = new TreeMap<>();
  private final SortedMap<String, PoolRecord> pools = new TreeMap<>();
  private final SortedMap<String, CellRecord> cells = new TreeMap<>();
  private final SortedMap<ServiceId, Squeeze> squeezes = new TreeMap<>();
  private final SortedMap<String, String> poolOfNode = new TreeMap<>();
  private final SortedMap<ServiceId, SortedMap<String, ShareRecord>> routes = new TreeMap<>();
  private final Turns turns = new Turns();
  private final Moves moves = new Moves();
  private long nodesLost;

  /** Nodes, reserved processors and money of one pool. */
  static final class PoolRecord {
    final NodePool spec;
    final Series ready;
    final Series there;
    final Series target;
    final Series reservedCores;
    double cost;
    double reservedCost;
    double nodeHours;
    private double stepCost;
    private int targetNow;
    private int thereNow;
    private int readyNow;

    private PoolRecord(NodePool spec, long ticks) {
      this.spec = spec;
      ready = new Series(ticks, 1, STEPS_MAX);
      there = new Series(ticks, 1, STEPS_MAX);
      target = new Series(ticks, 1, STEPS_MAX);
      reservedCores = new Series(steps(ticks), stepSeconds(ticks), STEPS_MAX);
    }
  }

  /** Reserved processors of one cell by tenant. */
  static final class CellRecord {
    final SortedMap<String, TenantRecord> tenants = new TreeMap<>();
    private int steps;
  }

  /** One tenant's part of a cell. */
  static final class TenantRecord {
    final Series cores;

    private TenantRecord(long ticks) {
      cores = new Series(steps(ticks), stepSeconds(ticks), STEPS_MAX);
    }
  }

  /** A cell's part of a service's users. */
  static final class ShareRecord {
    final Series percent;
    private double now;

    private ShareRecord(long ticks) {
      percent = new Series(ticks, 1, STEPS_MAX);
    }
  }

  /** How one service came off badly. */
  static final class Squeeze {
    private final SortedMap<String, long[]> refusedByCell = new TreeMap<>();
    long quotaSeconds;
    int quotaWithheld;
    long pendingSeconds;
    int pendingMost;
    String pendingBecause = "";
    long preempted;
    long reclaimed;
    long lost;

    /** A second in which so many replicas were not granted. */
    private void quota(int withheld) {
      if (withheld > 0) {
        quotaSeconds += Scenario.TICK_MS / 1_000;
        quotaWithheld = Math.max(quotaWithheld, withheld);
      }
    }

    /** A second in which so many replicas found no node. */
    private void pending(int pending, SortedMap<String, Integer> refusals) {
      if (pending > 0) {
        pendingSeconds += Scenario.TICK_MS / 1_000;
        if (pending > pendingMost) {
          pendingMost = pending;
          pendingBecause = RefusalWords.of(refusals);
        }
      }
    }

    /** Attempts rejected, shed and given up waiting, over all cells. */
    long[] refused() {
      long[] sum = new long[3];
      for (long[] cell : refusedByCell.values()) {
        for (int i = 0; i < sum.length; i++) {
          sum[i] += cell[i];
        }
      }
      return sum;
    }

    boolean happened() {
      long[] refused = refused();
      return refused[0] + refused[1] + refused[2] > 0
          || quotaSeconds + pendingSeconds + preempted + reclaimed + lost > 0;
    }
  }

  /**
   * A record of a run that is about to begin.
   *
   * @param next watches the same run
   */
  public Chronicle(Scenario scenario, RunObserver next) {
    this.scenario = scenario;
    this.next = next;
    this.startMs = scenario.startsAtMs();
    this.ticks = scenario.durationMs() / Scenario.TICK_MS;
    this.ticksPerStep = (int) stepSeconds(ticks);
    scenario.services().forEach(s -> cpuMilli.put(s.id(), s.resources().cpuMilli()));
    scenario.pools().forEach(pool -> pools.put(pool.key(), new PoolRecord(pool, ticks)));
    scenario.cells().forEach(cell -> cells.put(cell.name(), new CellRecord()));
    if (scenario.cells().size() > 1) {
      for (Service service : scenario.services()) {
        SortedMap<String, ShareRecord> shares = new TreeMap<>();
        scenario.cells().forEach(cell -> shares.put(cell.name(), new ShareRecord(ticks)));
        routes.put(service.id(), shares);
      }
    }
  }

  private static long steps(long ticks) {
    return (long) StrictMath.ceil(ticks / stepSeconds(ticks));
  }

  private static double stepSeconds(long ticks) {
    return (double) Math.max(1, (ticks + STEPS_MAX - 1) / STEPS_MAX);
  }

  @Override
  public boolean goesOn(long doneMs) {
    return next.goesOn(doneMs);
  }

  @Override
  public void begun(String cell, boolean admission, List<Fact> facts, List<Input> observed) {
    next.begun(cell, admission, facts, observed);
  }

  @Override
  public void decided(Input input, Decision decision) {
    next.decided(input, decision);
    if (input.cell().equals(Cell.ROUTES)) {
      decision.facts().forEach(this::routed);
      return; // tells nothing of capacity
    }
    for (Observation observation : input.observations()) {
      if (observation instanceof Observation.NodeConnected connected) {
        poolOfNode.put(connected.node().name(), connected.node().pool());
      } else if (observation instanceof Observation.HostReport host) {
        host.pools().forEach(this::nodes);
      }
    }
    facts(decision);
    if (input.nowMs() <= startMs) {
      return;
    }
    for (Observation observation : input.observations()) {
      if (observation instanceof Observation.FrontDoorReport door) {
        refused(input.cell(), door.services());
      }
    }
    for (Explanation explanation : decision.explanations()) {
      if (explanation instanceof ServiceExplained service) {
        squeezed(service);
      }
      moved(input.cell(), input.epoch(), decision.sequence(), decision.nowMs(), explanation);
    }
    moves.add(decision);
    if (measure(input.cell(), input.nowMs())) {
      reserved(input.cell(), byPool(input));
    }
  }

  private void moved(String cell, long epoch, long sequence, long nowMs, Explanation explanation) {
    if (explanation instanceof ServiceExplained service) {
      int moved = service.target() - service.targetBefore();
      turns.offer(
          new Turn(
              cell,
              epoch,
              sequence,
              nowMs,
              service.service().toString(),
              Integer.signum(moved),
              Math.abs(moved) * cpuMilli.getOrDefault(service.service(), 0L),
              explanation));
    } else if (explanation instanceof PoolExplained pool) {
      PoolRecord record = pools.get(pool.pool());
      int moved = pool.target() - pool.targetBefore();
      turns.offer(
          new Turn(
              cell,
              epoch,
              sequence,
              nowMs,
              "pool " + pool.pool(),
              Integer.signum(moved),
              record == null ? 0 : Math.abs(moved) * record.spec.shape().cpuMilli(),
              explanation));
    }
  }

  private void routed(Fact fact) {
    if (fact instanceof Fact.UsersRouted routed) {
      SortedMap<String, ShareRecord> shares =
          routes.getOrDefault(routed.service(), new TreeMap<>());
      shares.values().forEach(record -> record.now = 0);
      for (Fact.CellShare share : routed.cells()) {
        ShareRecord record = shares.get(share.cell());
        if (record != null) {
          record.now = 100 * share.ratio();
        }
      }
    }
  }

  private void nodes(Observation.PoolReport report) {
    PoolRecord record = pools.get(report.pool());
    if (record != null) {
      record.readyNow = report.ready();
      record.thereNow = report.ready() + report.booting();
    }
  }

  private void facts(Decision decision) {
    for (Fact fact : decision.facts()) {
      if (fact instanceof Fact.PoolTargetSet set) {
        PoolRecord record = pools.get(set.pool());
        if (record != null) {
          record.targetNow = set.nodes();
        }
      } else if (fact instanceof Fact.ReplicasStopped stopped) {
        if (stopped.reason() == Fact.StopReason.PREEMPTED) {
          squeeze(stopped.service()).preempted += stopped.ordinals().size();
        } else if (stopped.reason() == Fact.StopReason.RECLAIMED) {
          squeeze(stopped.service()).reclaimed += stopped.ordinals().size();
        }
      } else if (fact instanceof Fact.NodeLost node
          && node.reason() == Fact.NodeLossReason.LEASE_EXPIRED) {
        nodesLost++;
        for (Fact.ServiceShare share : node.held()) {
          squeeze(share.service()).lost += share.count();
        }
      }
    }
  }

  private void refused(String cell, List<Observation.ServiceTraffic> totals) {
    for (Observation.ServiceTraffic traffic : totals) {
      if (traffic.rejected() + traffic.shed() + traffic.abandoned() > 0) {
        squeeze(traffic.service())
            .refusedByCell
            .put(cell, new long[] {traffic.rejected(), traffic.shed(), traffic.abandoned()});
      }
    }
  }

  private void squeezed(ServiceExplained service) {
    Explanation.SharingView sharing = service.sharing();
    if (sharing != null) {
      squeeze(service.service()).quota(sharing.wanted() - sharing.granted());
    }
    Explanation.PlacementView placement = service.placement();
    if (placement != null) {
      squeeze(service.service()).pending(placement.pending(), placement.refusals());
    }
  }

  private Squeeze squeeze(ServiceId service) {
    return squeezes.computeIfAbsent(service, id -> new Squeeze());
  }

  /** Returns whether a step of the charts ends. */
  private boolean measure(String cell, long nowMs) {
    long tick = (nowMs - startMs) / Scenario.TICK_MS;
    for (PoolRecord record : pools.values()) {
      if (record.spec.cell().equals(cell)) {
        record.ready.add(record.readyNow);
        record.there.add(record.thereNow);
        record.target.add(record.targetNow);
        double hours = record.thereNow / 3_600.0;
        record.nodeHours += hours;
        record.cost += hours * record.spec.pricePerHour();
        record.stepCost += hours * record.spec.pricePerHour();
      }
    }
    for (SortedMap<String, ShareRecord> shares : routes.values()) {
      ShareRecord record = shares.get(cell);
      if (record != null) {
        record.percent.add(record.now);
      }
    }
    return tick % ticksPerStep == 0 || tick == ticks;
  }

  private SortedMap<String, SortedMap<String, Long>> byPool(Input input) {
    SortedMap<String, SortedMap<String, Long>> byPool = new TreeMap<>();
    for (Observation observation : input.observations()) {
      if (observation instanceof Observation.NodeReport node) {
        String pool = poolOfNode.getOrDefault(node.node(), "");
        for (Observation.ReplicaReport replica : node.replicas()) {
          long cpu = cpuMilli.getOrDefault(replica.service(), 0L);
          byPool
              .computeIfAbsent(pool, key -> new TreeMap<>())
              .merge(replica.service().tenant(), cpu, Long::sum);
        }
      }
    }
    return byPool;
  }

  @Override
  public void begun(CellMinute minute) {
    nodesLost += minute.nodesLost();
    for (CellMinute.Move move : minute.moves()) {
      if (move.atMs() > startMs) {
        moved(minute.cell(), minute.epoch(), move.sequence(), move.atMs(), move.explanation());
      }
    }
    for (ServiceMinute service : minute.services()) {
      SortedMap<String, ShareRecord> shares =
          routes.getOrDefault(service.service(), new TreeMap<>());
      ShareRecord share = shares.get(minute.cell());
      if (share != null) {
        share.now = 100 * service.share();
      }
      Squeeze squeeze = squeeze(service.service());
      squeeze.preempted += service.preempted();
      squeeze.reclaimed += service.reclaimed();
      squeeze.lost += service.lost();
      for (int i = 0; i < minute.seconds(); i++) {
        squeeze.quota((int) CellMinute.at(service.withheld(), i));
        squeeze.pending((int) CellMinute.at(service.pending(), i), service.refusals());
      }
    }
  }

  @Override
  public void ended(CellMinute minute, int i, long endMs, List<Observation.ServiceTraffic> totals) {
    SortedMap<String, SortedMap<String, Long>> byPool = new TreeMap<>();
    for (PoolMinute pool : minute.pools()) {
      PoolRecord record = pools.get(pool.pool());
      byPool.put(pool.pool(), pool.reservedCpuMilli());
      if (record != null) {
        record.targetNow = (int) CellMinute.at(pool.target(), i);
        record.readyNow = (int) CellMinute.at(pool.ready(), i);
        record.thereNow = record.readyNow + (int) CellMinute.at(pool.booting(), i);
      }
    }
    refused(minute.cell(), totals);
    if (measure(minute.cell(), endMs)) {
      reserved(minute.cell(), byPool);
    }
  }

  /** What nodes hold now stands for the step that ends. */
  private void reserved(String name, SortedMap<String, SortedMap<String, Long>> byPool) {
    CellRecord cell = cells.computeIfAbsent(name, key -> new CellRecord());
    SortedMap<String, Long> byTenant = new TreeMap<>();
    byPool
        .values()
        .forEach(own -> own.forEach((tenant, cpu) -> byTenant.merge(tenant, cpu, Long::sum)));
    byTenant.keySet().forEach(tenant -> tenant(cell, tenant));
    cell.tenants.forEach(
        (tenant, record) -> record.cores.add(byTenant.getOrDefault(tenant, 0L) / 1e3));
    cell.steps++;
    for (PoolRecord pool : pools.values()) {
      if (pool.spec.cell().equals(name)) {
        SortedMap<String, Long> parts = byPool.getOrDefault(pool.spec.key(), new TreeMap<>());
        long sum = parts.values().stream().mapToLong(Long::longValue).sum();
        double has = Math.max((double) sum, (double) pool.thereNow * pool.spec.shape().cpuMilli());
        pool.reservedCores.add(sum / 1e3);
        for (Map.Entry<String, Long> part : parts.entrySet()) {
          double money = pool.stepCost * part.getValue() / Math.max(1, has);
          pool.reservedCost += money;
        }
        pool.stepCost = 0;
      }
    }
  }

  private TenantRecord tenant(CellRecord cell, String tenant) {
    TenantRecord record = cell.tenants.get(tenant);
    if (record == null) {
      record = new TenantRecord(ticks);
      for (int i = 0; i < cell.steps; i++) {
        record.cores.add(0);
      }
      cell.tenants.put(tenant, record);
    }
    return record;
  }

  Scenario scenario() {
    return scenario;
  }

  SortedMap<String, PoolRecord> pools() {
    return pools;
  }

  SortedMap<String, CellRecord> cells() {
    return cells;
  }

  /** Parts of the users by cell; empty where there is one cell. */
  SortedMap<String, ShareRecord> shares(ServiceId service) {
    return routes.getOrDefault(service, new TreeMap<>());
  }

  SortedMap<ServiceId, Squeeze> squeezes() {
    return squeezes;
  }

  Turns turns() {
    return turns;
  }

  Moves moves() {
    return moves;
  }

  /** Nodes whose lease ran out. */
  long nodesLost() {
    return nodesLost;
  }
}
