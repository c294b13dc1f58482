package dev.highwater.rehearsal;

import dev.highwater.kernel.Kernel;
import dev.highwater.kernel.audit.Auditor;
import dev.highwater.kernel.audit.Violation;
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
import dev.highwater.model.SpecChange;
import dev.highwater.workload.Obedience;
import dev.highwater.workload.SimulatedCell;
import dev.highwater.workload.SimulatedNode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One cell in virtual time: its owner's state on one side, its simulated world on the other, and
 * between them the same steps as live. For one thread.
 */
final class CellRun {
  private static final long EPOCH = 1;
  private static final String MEMBER = "rehearsal";
  private static final int MESSAGES_MAX = 10;

  /** What a sound decision never runs into; a node that is gone or silent is no mistake of it. */
  private static final Set<Obedience.Verdict> GUARDED =
      EnumSet.of(
          Obedience.Verdict.OVERFILLS,
          Obedience.Verdict.BREAKS_RESIDENCY,
          Obedience.Verdict.UNKNOWN_SERVICE);

  private final Kernel kernel;
  private final CellState state;
  private final SimulatedCell world;
  private final Auditor auditor;
  private final List<String> messages = new ArrayList<>();
  private long violations;
  private final Digest digest = new Digest();
  private final RunObserver observer;
  private final List<SpecChange> changes = new ArrayList<>();
  private final List<Observation> told = new ArrayList<>();
  private final SortedMap<String, Boolean> connected = new TreeMap<>();
  private final SortedMap<ServiceId, Integer> targets = new TreeMap<>();
  private long sequence;
  private List<Fact.TargetSet> adapted = List.of();
  private Observation.@Nullable FrontDoorReport frontDoor;
  private Observation.@Nullable HostReport host;

  CellRun(Cell cell, SimulatedCell world, boolean admission, RunObserver observer) {
    this.kernel = admission ? new Kernel() : Kernel.withoutAdmission();
    this.state = new CellState(cell.name());
    this.world = world;
    this.auditor = new Auditor(cell.name());
    this.observer = observer;
    Fact.EpochBegun begun = new Fact.EpochBegun(EPOCH, MEMBER);
    state.evolve(begun);
    auditor.replay(begun);
    observer.begun(cell.name(), admission, List.of(begun));
  }

  SimulatedCell world() {
    return world;
  }

  CellState state() {
    return state;
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
    told.add(Observation.UserShares.of(order, state.name(), nowMs));
  }

  /** What the owner tells the routes after its tick. */
  Observation.CellReport report() {
    return CellCapacity.report(state);
  }

  /**
   * Reports, decides, and carries the commands out.
   *
   * @param usersCome whether the front door reports yet
   */
  void tick(long nowMs, boolean usersCome) {
    List<Observation> observations = new ArrayList<>();
    sessions(nowMs, observations);
    observations.addAll(world.nodeReports());
    host = world.hostReport(state.name());
    if (!world.dark()) {
      observations.add(host);
    }
    if (usersCome) {
      frontDoor = world.frontDoorCounters();
    }
    if (frontDoor != null && !world.dark()) {
      observations.add(frontDoor);
    }
    observations.addAll(told);
    told.clear();
    Input input =
        new Input(
            state.name(), state.epoch(), ++sequence, nowMs, List.copyOf(changes), observations);
    changes.clear();
    Decision decision = kernel.step(state, input);
    audit(auditor.check(decision));
    Kernel.evolve(state, decision);
    digest.addDecision(decision);
    observer.decided(input, decision);
    noteTargets(decision);
    for (Command command : decision.commands()) {
      Obedience obedience = world.obey(command);
      if (GUARDED.contains(obedience.verdict())) {
        violations++;
        note("refused by the node's guard: " + obedience.detail());
      }
    }
  }

  private void sessions(long nowMs, List<Observation> observations) {
    for (NodeDescriptor node : world.takeJoined()) {
      connected.put(node.name(), true);
      SimulatedNode there = world.node(node.name());
      observations.add(
          new Observation.NodeConnected(
              nowMs, node, there == null ? List.of() : there.replicaReports()));
    }
    for (String node : world.takeGone()) {
      if (connected.remove(node) != null) {
        observations.add(new Observation.NodeDisconnected(nowMs, node));
      }
    }
  }

  private void audit(List<Violation> found) {
    violations += found.size();
    for (Violation violation : found) {
      note(violation.rule() + " " + violation.detail());
    }
  }

  private void note(String message) {
    if (messages.size() < MESSAGES_MAX) {
      messages.add(state.name() + " input " + sequence + ": " + message);
    }
  }

  /** Rules that the auditor saw broken, and orders that a node's own guard refused. */
  long violations() {
    return violations;
  }

  /** The first of them, in words. */
  List<String> messages() {
    return messages;
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
    ServiceState service = state.service(meter.service.id());
    if (service != null) {
      meter.capacity(service.target(), world.ready(meter.service.id()), service.size());
    }
  }

  /** How far the forecast's misses are from what it promised; NaN without a forecast. */
  double coverageError(ServiceId id) {
    ServiceState service = state.service(id);
    ServiceScaler scaler = service == null ? null : service.scaler();
    return scaler == null ? Double.NaN : scaler.coverageError();
  }

  /** Nodes that boot or are ready, by pool key. */
  List<Observation.PoolReport> pools() {
    return host == null ? List.of() : host.pools();
  }
}
