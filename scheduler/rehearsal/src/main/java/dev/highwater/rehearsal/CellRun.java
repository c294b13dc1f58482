package dev.highwater.rehearsal;

import dev.highwater.kernel.forecast.Coverage;
import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.route.CellCapacity;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Digest;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.Observation;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand.FaultKind;
import dev.highwater.model.SpecChange;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.TimedFault;
import dev.highwater.workload.Obedience;
import dev.highwater.workload.SimulatedCell;
import dev.highwater.workload.SimulatedNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One cell in virtual time: its owner's state on one side, its simulated world on the other, and
 * between them the same steps as live. For one thread.
 */
final class CellRun {
  /** What a sound decision never runs into; a node that is gone or silent is no mistake of it. */
  private static final Set<Obedience.Verdict> GUARDED =
      EnumSet.of(
          Obedience.Verdict.OVERFILLS,
          Obedience.Verdict.BREAKS_RESIDENCY,
          Obedience.Verdict.UNKNOWN_SERVICE);

  private final Owner owner;
  private final SimulatedCell world;
  private final AuditLog audited = new AuditLog();
  private final Digest digest = new Digest();
  private final List<SpecChange> changes = new ArrayList<>();
  private final List<Observation> told = new ArrayList<>();
  private final SortedMap<String, Boolean> connected = new TreeMap<>();
  private final SortedSet<String> toReconnect = new TreeSet<>();
  private final Deque<Late> late = new ArrayDeque<>();
  private boolean owned = true;
  private long ownerGoneUntilMs = Long.MIN_VALUE;
  private long lagUntilMs = Long.MIN_VALUE;
  private long lagMs;
  private final SortedMap<ServiceId, Integer> targets = new TreeMap<>();
  private long sequence;
  private List<Fact.TargetSet> adapted = List.of();
  private Observation.@Nullable FrontDoorReport frontDoor;
  private Observation.@Nullable HostReport host;

  /** Reports on their way to an owner that hears them late. */
  private record Late(long dueMs, List<Observation> reports) {}

  CellRun(Scenario scenario, Cell cell, SimulatedCell world, RunObserver observer) {
    this.world = world;
    boolean keeps =
        scenario.faults().stream()
            .anyMatch(f -> f.fault() == FaultKind.OWNER_LOST && f.cell().equals(cell.name()));
    this.owner = new Owner(cell.name(), scenario.admission(), keeps, observer);
  }

  SimulatedCell world() {
    return world;
  }

  CellState state() {
    return owner.state();
  }

  /** Whether somebody decides. */
  boolean owned() {
    return owned;
  }

  /**
   * A fault begins: of the world, of who decides, or of what is heard.
   *
   * @return whether it hit something here
   */
  boolean strike(TimedFault fault, long nowMs) {
    if (!fault.fault().rehearsedOnly()) {
      return world.simulate(fault.command());
    }
    if (!fault.cell().equals(world.cell().name())) {
      return false;
    }
    if (fault.fault() == FaultKind.OWNER_LOST) {
      owned = false;
      ownerGoneUntilMs = Math.max(ownerGoneUntilMs, nowMs + fault.durationMs());
    } else {
      lagMs = fault.lagMs();
      lagUntilMs = nowMs + fault.durationMs();
    }
    return true;
  }

  Digest digest() {
    return digest;
  }

  /** A spec change that the next tick reads. */
  void change(SpecChange change) {
    changes.add(change);
  }

  /** Where users go: at the front door at once, for the owner with its next tick. */
  void route(Command.RouteUsers order, long nowMs) {
    world.obey(order);
    told.add(Observation.UserShares.of(order, state().name(), nowMs));
  }

  /** What the owner tells the routes after its tick. */
  Observation.CellReport report() {
    return CellCapacity.report(state());
  }

  /**
   * Reports, decides, and carries the commands out.
   *
   * @param usersCome whether the front door reports yet
   */
  void tick(long nowMs, boolean usersCome) {
    host = world.hostReport(world.cell().name());
    if (usersCome) {
      frontDoor = world.frontDoorCounters();
    }
    if (!owned && nowMs < ownerGoneUntilMs) {
      adapted = List.of();
      return;
    }
    if (!owned) {
      takeOver();
    }
    List<Observation> observations = new ArrayList<>();
    sessions(nowMs, observations);
    observations.addAll(heard(nowMs, reports()));
    observations.addAll(told);
    told.clear();
    Input input =
        new Input(
            state().name(), state().epoch(), ++sequence, nowMs, List.copyOf(changes), observations);
    changes.clear();
    Decision decision = owner.decide(input);
    audited.add(state().name(), sequence, owner.auditor().check(decision));
    owner.commit(input, decision);
    digest.addDecision(decision);
    noteTargets(decision);
    for (Command command : decision.commands()) {
      Obedience obedience = world.obey(command);
      if (GUARDED.contains(obedience.verdict())) {
        audited.add(state().name(), sequence, "refused by the node's guard: " + obedience.detail());
      }
    }
  }

  /** What agents, host and front door say now. */
  private List<Observation> reports() {
    List<Observation> reports = new ArrayList<>(world.nodeReports());
    if (host != null && !world.dark()) {
      reports.add(host);
    }
    if (frontDoor != null && !world.dark()) {
      reports.add(frontDoor);
    }
    return reports;
  }

  /** What arrives of it: while a lag lasts, what was said that long ago; afterwards all at once. */
  private List<Observation> heard(long nowMs, List<Observation> said) {
    boolean lags = nowMs < lagUntilMs;
    late.add(new Late(lags ? nowMs + lagMs : nowMs, said));
    List<Observation> heard = new ArrayList<>();
    while (!late.isEmpty() && (!lags || late.getFirst().dueMs() <= nowMs)) {
      heard.addAll(late.removeFirst().reports());
    }
    return heard;
  }

  /**
   * Another owner begins; what was on its way to the old one is lost, every agent connects anew.
   */
  private void takeOver() {
    owner.takeOver();
    owned = true;
    sequence = 0;
    late.clear();
    connected.clear();
    toReconnect.addAll(world.nodes());
    world.takeJoined();
    world.takeGone();
  }

  private void sessions(long nowMs, List<Observation> observations) {
    for (NodeDescriptor node : world.takeJoined()) {
      connected.put(node.name(), true);
      SimulatedNode there = world.node(node.name());
      observations.add(
          new Observation.NodeConnected(
              nowMs, node, there == null ? List.of() : there.replicaReports()));
    }
    for (String name : List.copyOf(toReconnect)) {
      SimulatedNode there = world.node(name);
      if (there == null || !world.silent(name)) {
        toReconnect.remove(name);
      }
      if (there != null && !world.silent(name)) {
        connected.put(name, true);
        observations.add(
            new Observation.NodeConnected(nowMs, there.descriptor(), there.replicaReports()));
      }
    }
    for (String node : world.takeGone()) {
      if (connected.remove(node) != null) {
        observations.add(new Observation.NodeDisconnected(nowMs, node));
      }
    }
  }

  /** Rules that the auditor saw broken, and orders that a node's own guard refused. */
  AuditLog audited() {
    return audited;
  }

  private void noteTargets(Decision decision) {
    List<Fact.TargetSet> moved = new ArrayList<>();
    for (Fact fact : decision.facts()) {
      if (fact instanceof Fact.TargetSet set) {
        Integer before = targets.put(set.service(), set.replicas());
        if (before != null && before != set.replicas()) {
          moved.add(set);
        }
      }
    }
    adapted = moved;
  }

  /** Targets that the last tick changed. */
  List<Fact.TargetSet> adapted() {
    return adapted;
  }

  /** What the front door said last; null before users come. */
  Observation.@Nullable FrontDoorReport frontDoor() {
    return frontDoor;
  }

  /** Target, ready and existing replicas of a service, given to a meter. */
  void measure(ServiceMeter meter) {
    ServiceState service = state().service(meter.service.id());
    if (service != null) {
      meter.capacity(service.target(), world.ready(meter.service.id()), service.size());
    }
  }

  /** How well the service's forecast kept its promise. */
  Coverage coverage(ServiceId id) {
    ServiceState service = state().service(id);
    ServiceScaler scaler = service == null ? null : service.scaler();
    return scaler == null ? Coverage.NONE : scaler.coverage();
  }

  /** Nodes that boot or are ready, by pool key. */
  List<Observation.PoolReport> pools() {
    return host == null ? List.of() : host.pools();
  }
}
