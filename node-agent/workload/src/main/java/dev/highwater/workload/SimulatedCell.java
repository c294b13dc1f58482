package dev.highwater.workload;

import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One cell of the simulated world: front door, node pools, nodes, replicas.
 *
 * <p>It exists so that the live agent process and a rehearsal drive the very same objects: commands
 * in by {@link #obey}, time by {@link #step}, observations out. The agent calls {@code step} when a
 * window of real time has passed, a rehearsal when it likes. Touched by one thread at a time; all
 * chance comes from the seed.
 */
public final class SimulatedCell {

  private static final long FIVEFOLD = 5;

  /** The window in which replicas began that stand when users come: their caches are warm. */
  private static final long LONG_AGO = -(1L << 40);

  /** From a provider's notice to the loss of a spot node, as EC2 gives it. */
  private static final long SPOT_NOTICE_MS = 120_000;

  private final Setup setup;
  private final FrontDoor door;
  private final SortedMap<ServiceId, Fleet> fleets = new TreeMap<>();
  private final SortedMap<ServiceId, Service> specs = new TreeMap<>();
  private final SortedMap<String, SimulatedPool> pools = new TreeMap<>();
  private final SortedMap<String, SimulatedNode> nodes = new TreeMap<>();
  private final List<NodeDescriptor> joined = new ArrayList<>();
  private final List<String> gone = new ArrayList<>();
  private final SortedMap<String, Long> silentUntilMs = new TreeMap<>();
  private long slowBootsUntilMs = Long.MIN_VALUE;
  private final boolean crowding;
  private long darkUntilMs = Long.MIN_VALUE;
  private boolean dark;
  private boolean bootsAtOnce;
  private long startMs;
  private long preparedMs = Long.MIN_VALUE;
  private long nextWindow;

  /**
   * What a simulated cell is made of. Immutable.
   *
   * @param seed of the scenario
   * @param startMs epoch milliseconds at which window 0 begins
   * @param windowMs length of a simulation window, 1..3,600,000
   * @param fidelity of the replicas of services whose traffic names none
   * @param services what users of this cell may reach
   * @param traffic at most one per service
   */
  public record Setup(
      Cell cell,
      long seed,
      long startMs,
      long windowMs,
      Fidelity fidelity,
      List<NodePool> pools,
      List<Service> services,
      List<TrafficSpec> traffic) {
    /** Copies the lists. */
    public Setup {
      pools = List.copyOf(pools);
      services = List.copyOf(services);
      traffic = List.copyOf(traffic);
    }
  }

  /** A cell without nodes, before its first window. */
  public SimulatedCell(Setup setup) {
    this.setup = setup;
    this.startMs = setup.startMs();
    this.door =
        new FrontDoor(
            setup.cell().name(),
            setup.seed(),
            setup.windowMs(),
            setup.startMs(),
            setup.services(),
            setup.traffic());
    this.crowding = setup.traffic().stream().anyMatch(traffic -> traffic.behaviour().minds());
    for (NodePool pool : setup.pools()) {
      pools.put(pool.key(), pool(pool));
    }
    for (Service service : setup.services()) {
      fleets.put(service.id(), fleet(service));
      specs.put(service.id(), service);
    }
  }

  private SimulatedPool pool(NodePool pool) {
    return new SimulatedPool(
        pool, RandomStream.seed(setup.seed(), RandomStream.nameSeed(pool.key())));
  }

  private Fleet fleet(Service service) {
    TrafficSpec traffic = door.traffic(service.id());
    Fidelity usual = traffic.fidelity() == null ? setup.fidelity() : traffic.fidelity();
    int classes = door.classes(service.id());
    Function<Fidelity, Fleet> fleets =
        fidelity ->
            Fleet.of(
                fidelity,
                service,
                traffic.behaviour(),
                door.seed(service.id()),
                setup.windowMs(),
                classes);
    TrafficSpec.CloseUp closeUp = traffic.closeUp();
    return closeUp == null
        ? fleets.apply(usual)
        : new CloseUpFleet(usual, closeUp, setup.windowMs(), classes, fleets);
  }

  /** The cell's name and place. */
  public Cell cell() {
    return setup.cell();
  }

  /** Length of a window. */
  public long windowMs() {
    return setup.windowMs();
  }

  /** The window that {@link #step} serves next. */
  public long nextWindow() {
    return nextWindow;
  }

  /** Epoch milliseconds up to which everything has happened. */
  public long nowMs() {
    return nextWindow == 0 && preparedMs != Long.MIN_VALUE
        ? preparedMs
        : startMs + nextWindow * setup.windowMs();
  }

  /**
   * Time passes before anybody comes: nodes and replicas boot and stop, as orders say. Ends with
   * the first {@link #step}.
   *
   * @param nowMs epoch milliseconds; never goes back
   */
  public void prepare(long nowMs) {
    if (nextWindow > 0) {
      throw new IllegalStateException("users have come already");
    }
    preparedMs = nowMs;
    boot(nowMs, LONG_AGO);
  }

  /**
   * Moves the start of window 0, which must not have been served: a live cell is ready when it is
   * ready, and its users come then.
   *
   * @param newStartMs epoch milliseconds
   */
  public void begin(long newStartMs) {
    if (nextWindow > 0) {
      throw new IllegalStateException("users have come already");
    }
    startMs = newStartMs;
    preparedMs = Long.MIN_VALUE;
    door.begin(newStartMs);
  }

  /** The front door: shares, counters, histograms. */
  public FrontDoor door() {
    return door;
  }

  /**
   * While true, nodes and replicas that start are ready in the next window: how a scenario begins
   * with capacity in place.
   */
  public void bootAtOnce(boolean atOnce) {
    this.bootsAtOnce = atOnce;
  }

  /** Serves one window: boots, traffic, queues, outcomes. */
  public void step() {
    long window = nextWindow;
    preparedMs = Long.MIN_VALUE;
    boot(nowMs(), window);
    if (crowding) {
      nodes.values().forEach(node -> node.crowd(this::behaviour));
    }
    door.serve(
        window,
        (service, attempts, shards, holdNanos, tally) ->
            fleet(service).serve(window, attempts, shards, holdNanos, tally));
    nextWindow++;
  }

  private void boot(long now, long window) {
    dark = dark && now < darkUntilMs;
    if (dark) {
      return;
    }
    for (SimulatedNode node : List.copyOf(nodes.values())) {
      if (node.noticedBy(now)) {
        withdraw(node.descriptor().name(), SPOT_NOTICE_MS);
      }
      if (node.leftBy(now)) {
        crash(node.descriptor().name());
      }
    }
    for (SimulatedPool pool : pools.values()) {
      pool.keep(now, bootFactor(now));
      for (NodeDescriptor node : pool.advance(now)) {
        join(node, now, pool.lifeMs(node.name()));
      }
    }
    for (SimulatedNode node : nodes.values()) {
      node.advance(now, window);
    }
  }

  private void join(NodeDescriptor node, long now, long lifeMs) {
    SimulatedNode simulated =
        new SimulatedNode(setup.cell(), node, setup.seed(), service -> fleet(service.id()));
    if (lifeMs != Long.MAX_VALUE) {
      simulated.noticeAt(now + lifeMs);
    }
    nodes.put(node.name(), simulated);
    joined.add(node);
  }

  private Fleet fleet(ServiceId service) {
    Fleet fleet = fleets.get(service);
    if (fleet == null) {
      throw new IllegalStateException("no fleet of " + service);
    }
    return fleet;
  }

  private TrafficSpec.ReplicaBehaviour behaviour(ServiceId service) {
    return door.traffic(service).behaviour();
  }

  private double bootFactor(long now) {
    return bootsAtOnce ? 0 : now < slowBootsUntilMs ? FIVEFOLD : 1;
  }

  /** Carries out a command, or says why not. */
  public Obedience obey(Command command) {
    if (command instanceof Command.RouteUsers order) {
      return door.obey(order); // users are told where to go by no cell, so this works in the dark
    }
    if (dark) {
      return Obedience.refused(
          Obedience.Verdict.UNREACHABLE, "cell " + setup.cell().name() + " is lost");
    }
    if (command instanceof Command.RunReplicas order) {
      return run(order);
    }
    if (command instanceof Command.NodeTarget order) {
      return provision(order);
    }
    return door.obey((Command.AdmitRates) command);
  }

  private Obedience run(Command.RunReplicas order) {
    SimulatedNode node = nodes.get(order.node());
    if (node == null || silent(order.node())) {
      return Obedience.refused(
          Obedience.Verdict.UNREACHABLE, order.node() + (node == null ? " is gone" : " is silent"));
    }
    for (Service service : order.services()) {
      Fleet fleet = fleets.get(service.id());
      if (fleet == null) {
        // One that was made after the scenario began: it has replicas, and no users.
        door.add(service);
        fleets.put(service.id(), fleet(service));
      } else if (changed(specs.get(service.id()), service)) {
        fleet.use(service);
      }
      specs.put(service.id(), service);
    }
    return node.obey(order, nowMs(), bootFactor(nowMs()));
  }

  private static boolean changed(@Nullable Service before, Service now) {
    return before == null
        || !before.capacity().equals(now.capacity())
        || !before.slo().equals(now.slo());
  }

  private Obedience provision(Command.NodeTarget order) {
    SimulatedPool pool = pools.computeIfAbsent(order.pool().key(), key -> pool(order.pool()));
    Obedience checked = pool.check(order);
    if (!checked.obeyed()) {
      return checked;
    }
    for (String name : order.release()) {
      SimulatedNode node = nodes.get(name);
      if (node != null && node.empty() && node.descriptor().pool().equals(order.pool().key())) {
        nodes.remove(name);
        pool.gone(name);
        gone.add(name);
      }
    }
    pool.obey(order, nowMs(), bootFactor(nowMs()));
    return Obedience.OBEYED;
  }

  /**
   * A surge or a fault; one that names nothing here changes nothing.
   *
   * @return false when it is a fault and hit nothing
   */
  public boolean simulate(SimulationCommand command) {
    if (command instanceof SimulationCommand.Surge surge) {
      door.surge(surge, nowMs());
      return true;
    }
    SimulationCommand.Fault fault = (SimulationCommand.Fault) command;
    if (!fault.cell().equals(setup.cell().name())) {
      return false;
    }
    long untilMs = fault.durationMs() == 0 ? Long.MAX_VALUE : nowMs() + fault.durationMs();
    SortedSet<String> hit = hit(fault);
    switch (fault.fault()) {
      case NODE_CRASH, ZONE_CRASH -> hit.forEach(this::crash);
      case AGENT_SILENT -> hit.forEach(node -> silentUntilMs.put(node, untilMs));
      case SPOT_LOSS -> hit.forEach(node -> withdraw(node, fault.durationMs()));
      case SLOW_BOOTS -> {
        slowBootsUntilMs = untilMs;
        return true;
      }
      case CELL_LOSS -> {
        lose(untilMs);
        return true;
      }
      case OWNER_LOST, STALE_REPORTS -> {} // these befall the scheduler, not the world
    }
    return !hit.isEmpty();
  }

  private void withdraw(String name, long noticeMs) {
    SimulatedNode node = nodes.get(name);
    if (node != null && spot(node.descriptor())) {
      node.leaveAt(nowMs() + (noticeMs == 0 ? SPOT_NOTICE_MS : noticeMs));
    }
  }

  private void lose(long untilMs) {
    dark = true;
    darkUntilMs = untilMs;
    nodes().forEach(this::crash);
    pools.values().forEach(SimulatedPool::stop);
    door.goDark();
  }

  /** Whether the cell is lost now: nobody of it says or hears anything. */
  public boolean dark() {
    return dark;
  }

  private boolean spot(NodeDescriptor node) {
    SimulatedPool pool = pools.get(node.pool());
    return pool != null && pool.spot();
  }

  /** Nodes that a fault means; only spot nodes are taken back. */
  private SortedSet<String> hit(SimulationCommand.Fault fault) {
    SortedSet<String> names = new TreeSet<>();
    for (SimulatedNode node : nodes.values()) {
      NodeDescriptor descriptor = node.descriptor();
      if (fault.means(descriptor)
          && (fault.fault() != SimulationCommand.FaultKind.SPOT_LOSS || spot(descriptor))) {
        names.add(descriptor.name());
      }
    }
    return names;
  }

  private void crash(String name) {
    SimulatedNode node = nodes.remove(name);
    if (node != null) {
      node.crash(door::tally);
      SimulatedPool pool = pools.get(node.descriptor().pool());
      if (pool != null) {
        pool.gone(name);
      }
      silentUntilMs.remove(name);
      gone.add(name);
    }
  }

  /** Nodes that became ready since this was asked last. */
  public List<NodeDescriptor> takeJoined() {
    List<NodeDescriptor> result = List.copyOf(joined);
    joined.clear();
    return result;
  }

  /** Nodes that crashed or were given back since this was asked last. */
  public List<String> takeGone() {
    List<String> result = List.copyOf(gone);
    gone.clear();
    return result;
  }

  /** Names of nodes that are there, silent ones too. */
  public List<String> nodes() {
    return List.copyOf(nodes.keySet());
  }

  /** A node that is there; null if it is not. */
  public @Nullable SimulatedNode node(String name) {
    return nodes.get(name);
  }

  /** Whether a node's agent says and hears nothing now. */
  public boolean silent(String node) {
    Long until = silentUntilMs.get(node);
    return until != null && nowMs() < until;
  }

  /** What a node says now; null if it is gone or silent. Each report counts utilisation anew. */
  public Observation.@Nullable NodeReport nodeReport(String name) {
    SimulatedNode node = nodes.get(name);
    return node == null || silent(name) ? null : node.report(nowMs());
  }

  /** What every node that is not silent says now, by name. */
  public List<Observation.NodeReport> nodeReports() {
    List<Observation.NodeReport> reports = new ArrayList<>();
    for (String name : nodes.keySet()) {
      Observation.NodeReport report = nodeReport(name);
      if (report != null) {
        reports.add(report);
      }
    }
    return reports;
  }

  /** Services behind the front door that have users of their own, in order. */
  public List<ServiceId> withUsers() {
    return door.withUsers();
  }

  /** What the front door says now. */
  public Observation.FrontDoorReport frontDoorReport() {
    return door.report(nowMs());
  }

  /** The same without histograms: nothing is decided by them, and they cost most of a report. */
  public Observation.FrontDoorReport frontDoorCounters() {
    return door.report(nowMs(), false);
  }

  /** What the host says of its pools now. */
  public Observation.HostReport hostReport(String host) {
    List<Observation.PoolReport> reports = new ArrayList<>();
    pools.values().forEach(pool -> reports.add(pool.report()));
    return new Observation.HostReport(nowMs(), host, reports);
  }

  /** Replicas of a service that take new attempts now. */
  public int ready(ServiceId service) {
    return fleet(service).ready();
  }

  /** Requests simulated one by one so far. */
  public long simulatedRequests() {
    long sum = 0;
    for (Fleet fleet : fleets.values()) {
      sum += fleet.simulatedRequests();
    }
    return sum;
  }
}
