package dev.highwater.workload;

import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.Observation;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * One node and its agent's guard: carries out absolute orders, refuses what is older or would break
 * a rule, boots and drains replicas.
 *
 * <p>The guard is the last one: whatever a scheduler believes, a node is never given more than it
 * has (draining replicas count until they are gone), and no service runs where its data must not
 * be. Touched by one thread at a time.
 */
public final class SimulatedNode {

  private static final long BOOT = 2;
  private static final long CROWD = 7;

  private final Cell cell;
  private final NodeDescriptor descriptor;
  private final long seed;
  private final Function<Service, Fleet> fleets;
  private final SortedMap<Key, SimulatedReplica> replicas = new TreeMap<>();
  private final double sensitivity;
  private long epoch;
  private long generation;
  private long leavesAtMs;
  private long noticeAtMs = Long.MAX_VALUE;

  private record Key(ServiceId service, long ordinal) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byService = service.compareTo(other.service);
      return byService != 0 ? byService : Long.compare(ordinal, other.ordinal);
    }
  }

  /**
   * An empty node.
   *
   * @param fleets gives the fleet that serves a service in this cell
   */
  public SimulatedNode(
      Cell cell, NodeDescriptor descriptor, long seed, Function<Service, Fleet> fleets) {
    this.cell = cell;
    this.descriptor = descriptor;
    this.seed = seed;
    this.fleets = fleets;
    // No two machines are alike: 0.5 to 1.5, drawn once for each.
    this.sensitivity = 0.5 + new RandomStream(seed(seed, descriptor.name())).nextDouble();
  }

  private static long seed(long seed, String name) {
    return RandomStream.seed(seed, CROWD, RandomStream.nameSeed(name));
  }

  /** What the node says it is. */
  public NodeDescriptor descriptor() {
    return descriptor;
  }

  /** The highest epoch obeyed. */
  public long epoch() {
    return epoch;
  }

  /** Whether no replica is left, not even a draining one. */
  public boolean empty() {
    return replicas.isEmpty();
  }

  /**
   * Makes the node run exactly what {@code order} says; the same order again changes nothing.
   *
   * @param bootFactor on every boot time that starts now: 0 boots at once, 5 is a slow day
   */
  public Obedience obey(Command.RunReplicas order, long nowMs, double bootFactor) {
    if (order.epoch() < epoch || (order.epoch() == epoch && order.generation() < generation)) {
      return Obedience.refused(
          Obedience.Verdict.OLDER,
          "epoch %d generation %d came after epoch %d generation %d"
              .formatted(order.epoch(), order.generation(), epoch, generation));
    }
    SortedMap<ServiceId, Service> services = new TreeMap<>();
    for (Service service : order.services()) {
      services.put(service.id(), service);
    }
    SortedSet<Key> wanted = new TreeSet<>();
    for (Command.ReplicaOrder replica : order.replicas()) {
      wanted.add(new Key(replica.service(), replica.ordinal()));
    }
    Obedience refusal = refusal(wanted, services);
    if (!refusal.obeyed()) {
      return refusal;
    }
    epoch = order.epoch();
    generation = order.generation();
    stopAllBut(wanted);
    for (Key key : wanted) {
      Service service = services.get(key.service());
      if (service != null && !replicas.containsKey(key)) {
        start(key, service, nowMs, bootFactor);
      }
    }
    return Obedience.OBEYED;
  }

  private Obedience refusal(SortedSet<Key> wanted, SortedMap<ServiceId, Service> services) {
    Resources used = Resources.NONE;
    List<Long> gpus = new ArrayList<>();
    for (SimulatedReplica replica : replicas.values()) {
      // One that still boots and is not wanted stops at once; every other one keeps its room.
      Key key = new Key(replica.service().id(), replica.ordinal());
      if (wanted.contains(key) || replica.state() != ReplicaState.BOOTING) {
        used = used.plus(replica.service().resources());
        gpus.add(replica.service().resources().gpuMilli());
      }
    }
    for (Key key : wanted) {
      if (replicas.containsKey(key)) {
        continue;
      }
      Service service = services.get(key.service());
      if (service == null) {
        return Obedience.refused(
            Obedience.Verdict.UNKNOWN_SERVICE, key.service() + " is not described by the order");
      }
      if (!service.mayRunIn(cell)) {
        return Obedience.refused(
            Obedience.Verdict.BREAKS_RESIDENCY,
            service.id() + " must not run in cell " + cell.name());
      }
      used = used.plus(service.resources());
      gpus.add(service.resources().gpuMilli());
    }
    Resources total = descriptor.resources();
    if (!used.fitsIn(total)
        || !DeviceFit.fits(total.gpuMilli(), gpus.stream().mapToLong(Long::longValue).toArray())) {
      return Obedience.refused(
          Obedience.Verdict.OVERFILLS,
          descriptor.name() + " has " + total + " and would hold " + used);
    }
    return Obedience.OBEYED;
  }

  private void stopAllBut(SortedSet<Key> wanted) {
    for (Iterator<SimulatedReplica> all = replicas.values().iterator(); all.hasNext(); ) {
      SimulatedReplica replica = all.next();
      if (wanted.contains(new Key(replica.service().id(), replica.ordinal()))) {
        continue;
      }
      if (replica.stop()) {
        fleets.apply(replica.service()).drain(replica.seat());
      }
      if (replica.state() == ReplicaState.STOPPED) {
        all.remove();
      }
    }
  }

  private void start(Key key, Service service, long nowMs, double bootFactor) {
    long bootSeed =
        RandomStream.seed(
            seed, BOOT, RandomStream.nameSeed(key.service().toString()), key.ordinal());
    long bootMs = Boots.sampleMs(service.capacity().boot(), bootSeed);
    replicas.put(
        key, new SimulatedReplica(service, key.ordinal(), nowMs + (long) (bootMs * bootFactor)));
  }

  /** Time passes: replicas become ready in {@code window}, drained ones stop. */
  public void advance(long nowMs, long window) {
    for (Iterator<SimulatedReplica> all = replicas.values().iterator(); all.hasNext(); ) {
      SimulatedReplica replica = all.next();
      if (replica.bootedBy(nowMs)) {
        replica.takeSeat(fleets.apply(replica.service()).join(replica.ordinal(), window));
      } else if (replica.state() == ReplicaState.DRAINING) {
        Fleet fleet = fleets.apply(replica.service());
        if (fleet.drained(replica.seat())) {
          // Nothing is left, so nothing fails; the tally stays empty.
          fleet.leave(replica.seat(), new OutcomeTally(ReplicaQueue.CLASSES_MAX));
          replica.stopped();
          all.remove();
        }
      }
    }
  }

  /**
   * Slows the replicas that mind it by what the others on this node did in the last window.
   *
   * @param behaviours of each service's replicas
   */
  void crowd(Function<ServiceId, TrafficSpec.ReplicaBehaviour> behaviours) {
    double all = 0;
    for (SimulatedReplica replica : replicas.values()) {
      all += busyMilli(replica);
    }
    double cores = descriptor.resources().cpuMilli();
    for (SimulatedReplica replica : replicas.values()) {
      TrafficSpec.ReplicaBehaviour behaviour = behaviours.apply(replica.id());
      if (behaviour.minds() && replica.serves()) {
        double others = (all - busyMilli(replica)) / cores;
        fleets
            .apply(replica.service())
            .crowd(replica.seat(), behaviour.crowded(others, sensitivity));
      }
    }
  }

  private double busyMilli(SimulatedReplica replica) {
    return replica.serves()
        ? replica.service().resources().cpuMilli()
            * fleets.apply(replica.service()).busyRatio(replica.seat())
        : 0;
  }

  /**
   * The node dies with its replicas; their unfinished attempts fail.
   *
   * @param tallies gives the tally of a service
   */
  public void crash(Function<ServiceId, OutcomeTally> tallies) {
    for (SimulatedReplica replica : replicas.values()) {
      if (replica.state() != ReplicaState.BOOTING) {
        ServiceId id = replica.service().id();
        fleets.apply(replica.service()).leave(replica.seat(), tallies.apply(id));
      }
    }
    replicas.clear();
  }

  /** What the node holds; a replica that is not named is stopped and its room is free. */
  public Observation.NodeReport report(long nowMs) {
    return new Observation.NodeReport(
        nowMs, descriptor.name(), epoch, generation, leavesAtMs, replicaReports());
  }

  /** Its provider will say at that time that it takes the node back. */
  void noticeAt(long epochMs) {
    noticeAtMs = epochMs;
  }

  /** Whether its provider says so now; only once. */
  boolean noticedBy(long nowMs) {
    boolean noticed = noticeAtMs <= nowMs;
    noticeAtMs = noticed ? Long.MAX_VALUE : noticeAtMs;
    return noticed;
  }

  /** Its provider says when it takes the node back; a sooner time holds. */
  void leaveAt(long epochMs) {
    leavesAtMs = leavesAtMs == 0 ? epochMs : Math.min(leavesAtMs, epochMs);
  }

  /** Whether its provider takes it back by then. */
  boolean leftBy(long nowMs) {
    return leavesAtMs != 0 && leavesAtMs <= nowMs;
  }

  /** The replicas part of {@link #report}, also for a new session. */
  public List<Observation.ReplicaReport> replicaReports() {
    List<Observation.ReplicaReport> reports = new ArrayList<>(replicas.size());
    ServiceId service = null;
    Fleet fleet = null;
    for (SimulatedReplica replica : replicas.values()) {
      if (fleet == null || !replica.id().equals(service)) {
        service = replica.id();
        fleet = fleets.apply(replica.service());
      }
      ReplicaLoad load =
          replica.state() == ReplicaState.BOOTING ? ReplicaLoad.NONE : fleet.load(replica.seat());
      reports.add(
          new Observation.ReplicaReport(
              replica.id(),
              replica.ordinal(),
              replica.state(),
              load.inFlight(),
              load.queued(),
              load.utilisationRatio()));
    }
    return reports;
  }
}
