package dev.highwater.rehearsal;

import dev.highwater.kernel.forecast.Coverage;
import dev.highwater.kernel.route.Router;
import dev.highwater.model.Digest;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.rehearsal.scenario.Load;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.TimedFault;
import dev.highwater.rehearsal.scenario.TimedSurge;
import dev.highwater.workload.DoorFigures;
import dev.highwater.workload.LatencyHistogram;
import dev.highwater.workload.SimulatedCell;
import dev.highwater.workload.TrafficSpec;
import dev.highwater.workload.TrafficTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One night in virtual time under one policy: the kernel that decides live, the simulated tenants
 * that run live, and nothing else but a queue of what is due.
 *
 * <p><b>Goals.</b> The same scenario, seed and policy give the same decisions bit for bit on every
 * machine; 24 h of decisions in seconds.
 *
 * <p><b>Hard rules.</b> The kernel is given what agents and front doors report and what operators
 * declare, never a traffic profile. No wall clock, no chance but the seed.
 *
 * <p>Before users come, a few ticks pass in which what the first decisions ask for is ready at
 * once: every policy begins with its initial capacity in place.
 *
 * <p>Used once; for one thread.
 */
public final class Rehearsal {
  /** Ticks before users come: specs, pools, nodes, placements, and a few to settle. */
  private static final int PREPARE_TICKS = 12;

  private static final long MINUTE_MS = 60_000;

  private final Scenario scenario;
  private final PolicyChoice policy;
  private final RunObserver observer;
  private final long startMs;
  private final long endMs;
  private final Agenda agenda;
  private final List<CellRun> cells = new ArrayList<>();
  private final RunMeter meter;
  private final Demand demand;
  private final @Nullable BoundPlan bound;
  private final @Nullable RouteRun routes;
  private final List<Service> services;
  private final List<TimedFault> hitNothing = new ArrayList<>();
  private long revision;

  /**
   * A run that is about to begin.
   *
   * @param traces recorded series by the file name that the scenario gives
   * @param policy see {@link PolicyChoice}
   */
  public Rehearsal(
      Scenario scenario,
      Map<String, TrafficTrace> traces,
      PolicyChoice policy,
      RunObserver observer) {
    this.scenario = scenario;
    this.policy = policy;
    this.observer = observer;
    this.startMs = scenario.startsAtMs();
    this.endMs = startMs + scenario.durationMs();
    this.agenda = new Agenda(startMs - PREPARE_TICKS * Scenario.TICK_MS);
    List<TrafficSpec> traffic = new ArrayList<>();
    for (Load load : scenario.loads()) {
      traffic.add(load.traffic(traces));
    }
    services = policy.applied(scenario.services());
    meter = new RunMeter(services, scenario.pools(), scenario.durationMs() / Scenario.TICK_MS);
    for (SimulatedCell.Setup world : Worlds.of(scenario, services, traces, startMs)) {
      cells.add(new CellRun(scenario, world.cell(), new SimulatedCell(world), observer));
    }
    demand = new Demand(traffic, scenario.surges());
    bound = BoundPlan.of(scenario, policy, services, traffic, demand);
    routes = cells.size() > 1 ? routes(scenario, bound, observer) : null;
  }

  private static RouteRun routes(
      Scenario scenario, @Nullable BoundPlan bound, RunObserver observer) {
    return bound == null
        ? new RouteRun(new Router()::step, scenario.admission(), observer)
        : new RouteRun(new BoundRoutes(bound.split()), false, RunObserver.NONE);
  }

  /** Runs the night. */
  public RunResult run() {
    declare();
    prepare();
    scheduleWindows();
    for (TimedSurge surge : scenario.surges()) {
      agenda.at(
          startMs + surge.startMs(),
          Agenda.Rank.SIMULATION,
          () -> cells.forEach(cell -> cell.world().simulate(surge.command())));
    }
    for (TimedFault fault : scenario.faults()) {
      agenda.at(startMs + fault.startMs(), Agenda.Rank.SIMULATION, () -> strike(fault));
    }
    agenda.at(startMs + Scenario.TICK_MS, Agenda.Rank.TICK, this::tick);
    agenda.at(startMs + Scenario.TICK_MS, Agenda.Rank.ROUTE, this::routeTick);
    boolean stopped = false;
    for (long t = startMs + Scenario.TICK_MS; !stopped; t += Scenario.TICK_MS) {
      agenda.runUntil(t);
      boolean goesOn = observer.goesOn(t - startMs);
      stopped = t >= endMs || !goesOn;
      if (stopped || (t - startMs) % MINUTE_MS == 0) {
        meter.endMinute();
      }
    }
    return result();
  }

  private void strike(TimedFault fault) {
    boolean hit = false;
    for (CellRun cell : cells) {
      hit |= cell.strike(fault, agenda.nowMs());
    }
    if (!hit) {
      hitNothing.add(fault);
    }
  }

  private void declare() {
    for (Spec spec : scenario.edit(draft -> draft.services = services).specs(startMs)) {
      change(spec);
    }
    poolsAtStart().forEach(this::change);
  }

  private void change(Spec spec) {
    SpecChange change = new SpecChange(SpecKind.of(spec), spec.key(), 1, ++revision, spec);
    cells.forEach(cell -> cell.change(change));
    if (routes != null) {
      routes.change(change);
    }
  }

  private void prepare() {
    cells.forEach(cell -> cell.world().bootAtOnce(true));
    for (int i = 0; i < PREPARE_TICKS; i++) {
      long nowMs = startMs - (PREPARE_TICKS - i) * Scenario.TICK_MS;
      steer(nowMs);
      for (CellRun cell : cells) {
        cell.world().prepare(nowMs);
        cell.tick(nowMs, false);
      }
      route(nowMs);
    }
    for (NodePool held : poolsAtStart()) {
      scenario.pools().stream().filter(p -> p.key().equals(held.key())).forEach(this::change);
    }
    for (CellRun cell : cells) {
      meter.begin(cell.state());
      cell.world().prepare(startMs);
      cell.world().bootAtOnce(false);
      cell.world().begin(startMs);
    }
  }

  /** A bound holds the nodes of its own plan. */
  private List<NodePool> poolsAtStart() {
    return policy.bound() == PolicyChoice.Bound.NONE ? scenario.poolsAtStart() : List.of();
  }

  private void route(long nowMs) {
    if (routes != null) {
      routes.tick(nowMs, cells);
    }
  }

  private void scheduleWindows() {
    agenda.at(startMs + scenario.windowMs(), Agenda.Rank.WORLD, this::window);
  }

  private void window() {
    for (CellRun cell : cells) {
      cell.world().step();
    }
    handCallsOver();
    tellStocks();
    long next = agenda.nowMs() + scenario.windowMs();
    if (next <= endMs) {
      agenda.at(next, Agenda.Rank.WORLD, this::window);
    }
  }

  /** First attempts that belong to other cells go where the routes say. */
  private void handCallsOver() {
    for (CellRun caller : cells) {
      caller
          .world()
          .door()
          .takeOutgoing()
          .forEach((cell, calls) -> calls.forEach((service, n) -> arrive(cell, service, n)));
    }
  }

  /** Whoever looks for what another cell sells is told what is left of it. */
  private void tellStocks() {
    if (cells.size() > 1) {
      for (CellRun seller : cells) {
        seller
            .world()
            .door()
            .stocks()
            .forEach(
                (service, left) ->
                    cells.forEach(cell -> cell.world().door().tellStock(service, left)));
      }
    }
  }

  /**
   * What has no route yet, or one to a cell that has no such service, goes to the first that has.
   */
  private void arrive(String cell, ServiceId service, long calls) {
    CellRun home = null;
    for (CellRun candidate : cells) {
      boolean named = candidate.world().cell().name().equals(cell);
      if (candidate.world().door().serves(service) && (named || home == null)) {
        home = candidate;
        if (named) {
          break;
        }
      }
    }
    if (home != null) {
      home.world().door().arrive(service, calls);
    }
  }

  private void tick() {
    long nowMs = agenda.nowMs();
    steer(nowMs);
    for (CellRun cell : cells) {
      cell.tick(nowMs, true);
      cell.adapted().forEach(meter::adapted);
    }
    measure(nowMs);
    long next = nowMs + Scenario.TICK_MS;
    if (next <= endMs) {
      agenda.at(next, Agenda.Rank.TICK, this::tick);
    }
  }

  /** The owners have decided and reported; where users go counts from the next window on. */
  private void routeTick() {
    long nowMs = agenda.nowMs();
    route(nowMs);
    long next = nowMs + Scenario.TICK_MS;
    if (next <= endMs) {
      agenda.at(next, Agenda.Rank.ROUTE, this::routeTick);
    }
  }

  /** Lets a bound, which knows the truth, tell the kernel its number by an operator's pin. */
  private void steer(long nowMs) {
    if (bound == null) {
      return;
    }
    SortedMap<ServiceId, Double> asked = new TreeMap<>();
    if (nowMs > startMs + Scenario.TICK_MS) {
      meter
          .services()
          .forEach(service -> asked.put(service.service.id(), (double) service.requestsNow()));
    }
    bound.look(nowMs - startMs, asked);
    for (CellRun cell : cells) {
      for (Spec spec : bound.changes(cell.world().cell())) {
        cell.change(new SpecChange(SpecKind.of(spec), spec.key(), 1, ++revision, spec));
      }
    }
  }

  private void measure(long nowMs) {
    meter.beginSecond();
    for (CellRun cell : cells) {
      Observation.FrontDoorReport report = cell.frontDoor();
      if (report != null) {
        report.services().forEach(meter::traffic);
      }
      for (ServiceMeter service : meter.services()) {
        if (cell.world().door().serves(service.service.id())) {
          cell.measure(service);
        }
      }
      cell.pools().forEach(meter::nodes);
      meter.account(cell.state());
    }
    double middleMs = (double) (nowMs - startMs - Scenario.TICK_MS / 2);
    meter.endSecond(
        service -> demand.known(service) ? demand.rate(service, middleMs) : Double.NaN,
        this::latencies);
  }

  private LatencyHistogram latencies(ServiceId service) {
    LatencyHistogram all = new LatencyHistogram();
    for (CellRun cell : cells) {
      if (cell.world().door().serves(service)) {
        all.addAll(cell.world().door().latencies(service));
      }
    }
    return all;
  }

  private RunResult result() {
    List<AuditLog> audited = new ArrayList<>();
    cells.forEach(cell -> audited.add(cell.audited()));
    if (routes != null) {
      audited.add(routes.audited());
    }
    RunResult result =
        meter.result(
            new RunMeter.Run(
                policy.name(),
                hash(),
                agenda.nowMs() >= endMs,
                (agenda.nowMs() - startMs) / 1_000,
                cells.stream().mapToLong(c -> c.world().simulatedRequests()).sum(),
                audited.stream().mapToLong(AuditLog::count).sum(),
                audited.stream().flatMap(each -> each.messages().stream()).toList(),
                hitNothing),
            this::latencies,
            this::coverage,
            this::door);
    // What must hold at the end cannot be judged before it.
    return result.complete() ? result.judged(outcome(result).misses(scenario.expect())) : result;
  }

  private DoorFigures door(ServiceId service) {
    return cells.stream()
        .map(cell -> cell.world().door())
        .filter(door -> door.serves(service))
        .map(door -> door.figures(service))
        .reduce(DoorFigures.NONE, DoorFigures::max);
  }

  /** The worst of the cells' forecasts. */
  private Coverage coverage(ServiceId service) {
    return cells.stream()
        .map(cell -> cell.coverage(service))
        .reduce(Coverage.NONE, Coverage::worse);
  }

  private static Outcome outcome(RunResult result) {
    return new Outcome(
        result.services().stream()
            .map(
                service ->
                    new Outcome.ServiceOutcome(
                        service.service(),
                        service.requests(),
                        service.served(),
                        service.violations()))
            .toList(),
        result.auditViolations(),
        result.nodesPeak(),
        result.nodeHours(),
        result.cost());
  }

  /** One hash for all: of the cells' hashes in the order of the scenario, and the routes'. */
  private String hash() {
    if (cells.size() == 1) {
      return cells.get(0).digest().hex();
    }
    Digest all = new Digest();
    cells.forEach(cell -> all.add(cell.digest().hex()));
    if (routes != null) {
      all.add(routes.digest().hex());
    }
    return all.hex();
  }
}
