package dev.highwater.kernel.state;

import dev.highwater.model.Cell;
import dev.highwater.model.CellImage;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Fact;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.Observation;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.ServiceId;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is known of one cell; changed by facts and observations, and by nothing else.
 *
 * <p>It exists so that a new owner, a rehearsal and a what-if question can stand where the live
 * owner stands: the <em>journaled</em> part (specs, nodes, placements, targets, epoch) is what the
 * journal's facts add up to; the <em>soft</em> part (what nodes and front doors reported) is
 * rebuilt from the next reports, and losing it costs quality, never safety.
 *
 * <p>{@link #evolve(Fact)} never throws on a fact that a kernel made: one that names what does not
 * exist any more changes nothing. Iteration is in the order of names, so that two owners decide
 * alike.
 *
 * <p>Confined to one thread; {@link #copy()} gives another thread its own.
 */
public final class CellState {
  /**
   * A node without a report for so long takes no new replicas. Protocol constant, design section 4.
   */
  public static final long SILENT_MS = 3_000;

  /**
   * A node without a report for so long is lost, and its replicas with it. Protocol constant,
   * design section 4.
   */
  public static final long LEASE_MS = 10_000;

  /** A front door that missed two reports in a row is silent. Chosen by us. */
  public static final long DOOR_SILENT_MS = 2_000;

  private final String name;

  // Journaled.
  private final Nodes nodes;
  private final Services services;
  private final Specs specs;
  private final Journaled journaled;

  // Soft.
  private final Reports reports;
  private final Scan scan;
  private long nowMs;
  private long previousMs;

  /**
   * An empty cell.
   *
   * @param name of the cell
   */
  public CellState(String name) {
    this(name, new Nodes(), new Services(), new Specs());
  }

  private CellState(String name, Nodes nodes, Services services, Specs specs) {
    this.name = name;
    this.nodes = nodes;
    this.services = services;
    this.specs = specs;
    journaled = new Journaled(name, nodes, services, specs);
    reports = new Reports(name, nodes, services, specs);
    scan = new Scan(nodes, services, specs);
  }

  /**
   * What the journal adds up to here: a state that begins with {@link Fact.CellKept} of it is equal
   * but for what was only observed.
   */
  public CellImage image() {
    return journaled.image();
  }

  /** An independent copy: what happens to one is not seen by the other. */
  public CellState copy() {
    Specs copied = specs.copy();
    CellState copy = new CellState(name, nodes.copy(copied::pool), services.copy(), copied);
    copy.journaled.take(journaled);
    copy.reports.take(reports, node -> Objects.requireNonNull(copy.nodeAt(node.slot())));
    copy.scan.take(scan);
    copy.nowMs = nowMs;
    copy.previousMs = previousMs;
    return copy;
  }

  // Reading.

  /** Name of the cell. */
  public String name() {
    return name;
  }

  /**
   * The cell's spec, or null before it was applied; nothing is placed until then because residency
   * is unknown.
   */
  public @Nullable Cell spec() {
    return specs.cell;
  }

  /** Epoch of the owner. */
  public long epoch() {
    return journaled.epoch();
  }

  /**
   * Number of facts that made this state; generations of orders are taken from it, so they only
   * grow.
   */
  public long factCount() {
    return journaled.factCount();
  }

  /** Generation of the last change of an admission rate. */
  public long admissionGeneration() {
    return journaled.admissionGeneration();
  }

  /** Latest time of an input, epoch milliseconds. */
  public long nowMs() {
    return nowMs;
  }

  /** Time of the input before the latest; 0 before the second. */
  public long previousMs() {
    return previousMs;
  }

  /** When the front door last reported, time of the input; 0 before the first report. */
  public long frontDoorAtMs() {
    return reports.frontDoorAtMs();
  }

  /**
   * Whether users fail at this cell's door: it has been silent for {@link #DOOR_SILENT_MS}, or this
   * owner has not heard of it and of nobody else in the cell for {@link #LEASE_MS}.
   */
  public boolean lost() {
    return reports.lost(nowMs);
  }

  /** Pools by key. */
  public NavigableMap<String, PoolState> pools() {
    return Collections.unmodifiableNavigableMap(specs.pools);
  }

  /** Tenants that are declared or have services, by name. */
  public NavigableMap<String, TenantState> tenants() {
    return Collections.unmodifiableNavigableMap(specs.tenants);
  }

  /** Services by name. */
  public Collection<ServiceState> services() {
    return services.all();
  }

  /** A service, or null. */
  public @Nullable ServiceState service(ServiceId id) {
    return services.get(id);
  }

  /** A service by its index. */
  public ServiceState service(int index) {
    return services.get(index);
  }

  /** Number of service indices ever given out. */
  public int serviceCount() {
    return services.count();
  }

  /** Declared events by name. */
  public NavigableMap<String, PeakEvent> events() {
    return Collections.unmodifiableNavigableMap(specs.events);
  }

  /** Nodes by name. */
  public Collection<NodeState> nodes() {
    return nodes.all();
  }

  /** A node, or null. */
  public @Nullable NodeState node(String node) {
    return nodes.get(node);
  }

  /** The node in a slot of the capacity table, or null. */
  public @Nullable NodeState nodeAt(int slot) {
    return nodes.at(slot);
  }

  /** Free capacity; may be changed only by a trial that is rolled back. */
  public NodeTable table() {
    return nodes.table;
  }

  /** Zones in the order in which nodes brought them. */
  public List<String> zones() {
    return nodes.zones();
  }

  /** Partitions in the order in which nodes brought them. */
  public List<Partition> partitions() {
    return nodes.partitions();
  }

  /** Nodes of a pool that were given back and not seen since. */
  public List<String> released(String pool) {
    return nodes.released(pool);
  }

  /**
   * Whether the latest input was late enough after the one before to look at what time alone
   * changes.
   */
  public boolean scanned() {
    return scan.scanned();
  }

  /** Number of nodes that drain. */
  public int drainingNodes() {
    return nodes.draining();
  }

  /** Nodes that reported in the latest input, in order of arrival. */
  public List<NodeState> reportedNodes() {
    return reports.reportedNodes();
  }

  /** Tenants that have services here or a quota of this cell, by name. */
  public Collection<TenantState> sharers() {
    return Collections.unmodifiableCollection(specs.sharers.values());
  }

  /** Nodes that opened a session and are not in the journal yet, by name. */
  public List<NodeDescriptor> candidates() {
    return reports.candidates();
  }

  /** Observations of the last input that made no sense, refused by name. */
  public List<Fact.InputRefused> refusals() {
    return reports.refusals();
  }

  /** Whether a node was heard of within {@link #SILENT_MS}. */
  public boolean heard(NodeState node) {
    return node.heardAt(nowMs);
  }

  /** The usable partitions of a service as they were kept, or null when they must be found. */
  public int @Nullable [][] cachedPartitions(ServiceState service) {
    return service.partitionsVersion == nodes.partitionsVersion() ? service.partitions : null;
  }

  /**
   * Keeps the usable partitions of a service until partitions, pools, the cell or its spec change.
   */
  public void cachePartitions(ServiceState service, int[][] usable) {
    service.partitions = usable;
    service.partitionsVersion = nodes.partitionsVersion();
  }

  /** CPU that was free on open nodes at the last scan. */
  public long cpuFree() {
    return scan.cpuFree();
  }

  /** Memory that was free on open nodes at the last scan. */
  public long memoryFree() {
    return scan.memoryFree();
  }

  /** The longest 99 % boot time of the cell's pools. */
  public long nodeBootMs() {
    return specs.nodeBootMs();
  }

  /** The longest 99 % boot time of the pools that may have nodes for a service; 0 when none may. */
  public long nodeBootMs(ServiceState service) {
    return specs.nodeBootMs(service, nodes.partitionsVersion());
  }

  /**
   * Gives back in the table, within a trial, what the i-th replica of a service holds.
   *
   * @param i position in the service
   */
  public void release(ServiceState service, int i) {
    Placements.release(nodes.table, service, i);
  }

  // Writing.

  /** Applies a committed fact. */
  public void evolve(Fact fact) {
    journaled.evolve(fact, nowMs, reports);
    if (fact instanceof Fact.EpochBegun) {
      reports.forget();
      scan.forget();
    }
  }

  /**
   * Lets time pass: the first thing of an input. A time before the latest is refused and the latest
   * holds.
   *
   * @return the time that holds
   */
  public long advance(long inputNowMs) {
    reports.begin(inputNowMs);
    previousMs = nowMs;
    if (inputNowMs < nowMs) {
      reports.refuse(
          ErrorCode.INVALID_VALUE,
          "nowMs",
          "the clock went back from " + nowMs + " to " + inputNowMs);
    } else {
      nowMs = inputNowMs;
    }
    scan.begin(nowMs);
    return nowMs;
  }

  /** Applies what an agent said. What makes no sense is refused by name and leaves no trace. */
  public void evolve(Observation observation) {
    if (observation instanceof Observation.UserShares o) {
      reports.userShares(o, nowMs);
      return;
    }
    reports.heard(nowMs);
    if (observation instanceof Observation.NodeReport o) {
      reports.nodeReport(o, journaled.epoch(), nowMs);
    } else if (observation instanceof Observation.FrontDoorReport o) {
      reports.frontDoorReport(o, nowMs);
    } else if (observation instanceof Observation.HostReport o) {
      reports.hostReport(o, nowMs);
    } else if (observation instanceof Observation.NodeConnected o) {
      reports.nodeConnected(o, nowMs);
    } else if (observation instanceof Observation.NodeDisconnected o) {
      reports.nodeDisconnected(o, nowMs);
    }
  }

  /**
   * Shows every service's policy what the observations add up to: the last thing of an input,
   * before its decision.
   */
  public void look() {
    scan.look(nowMs);
  }
}
