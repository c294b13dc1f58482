package dev.highwater.kernel.state;

import dev.highwater.kernel.forecast.EventCalendar;
import dev.highwater.kernel.placement.NodeTable;
import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.policy.ServiceSignals;
import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.sizing.Sizers;
import dev.highwater.model.Cell;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Fact;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Quota;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
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

  private static final int RELEASED_MAX = 1_000;
  private static final long REPORT_MS = 1_000;

  /**
   * Time alone is looked at this often: ticks follow reports by as little as a few milliseconds.
   * Chosen by us.
   */
  private static final long SCAN_MS = 100;

  private final String name;

  // Journaled.
  private @Nullable Cell spec;
  private long epoch;
  private long factCount;
  private long admissionGeneration;
  private final NavigableMap<String, PoolState> pools = new TreeMap<>();
  private final NavigableMap<String, TenantState> tenants = new TreeMap<>();
  private final NavigableMap<String, TenantState> sharers = new TreeMap<>();
  private final NavigableMap<ServiceId, ServiceState> services = new TreeMap<>();
  private final Map<ServiceId, ServiceState> servicesByHash = new LinkedHashMap<>();
  private final List<ServiceState> servicesByIndex = new ArrayList<>();
  private final NavigableMap<String, PeakEvent> events = new TreeMap<>();
  private final NavigableMap<String, NodeState> nodes = new TreeMap<>();
  private final Map<String, NodeState> nodesByHash = new LinkedHashMap<>();
  private @Nullable NodeState[] nodesBySlot = new NodeState[16];
  private final NodeTable table;
  private final List<String> zones = new ArrayList<>();
  private final List<Partition> partitions = new ArrayList<>();
  private final Map<String, Integer> partitionByKey = new LinkedHashMap<>();
  private final Map<String, List<String>> released = new TreeMap<>();
  private long partitionsVersion;

  // Soft.
  private long nowMs;
  private long previousMs;
  private long frontDoorAtMs;
  private final NavigableMap<String, Candidate> candidates = new TreeMap<>();
  private final Map<String, NodeDescriptor> expired = new TreeMap<>();
  private final Sizers sizers = new Sizers();
  private long cpuFree;
  private long memoryFree;
  private long cpuAhead;
  private long memoryAhead;
  private long scannedMs;
  private boolean scanned;
  private boolean silenceChanged;
  private int drainingNodes;
  private final List<NodeState> reportedNodes = new ArrayList<>();
  private final List<Fact.InputRefused> refusals = new ArrayList<>();

  /**
   * Nodes that filters treat alike: one pool in one zone with equal labels and taints.
   *
   * @param number in the capacity table
   */
  public record Partition(int number, String pool, int zone, NodeDescriptor like) {}

  private record Candidate(NodeDescriptor descriptor, int strangers) {}

  /**
   * An empty cell.
   *
   * @param name of the cell
   */
  public CellState(String name) {
    this(name, new NodeTable());
  }

  private CellState(String name, NodeTable table) {
    this.name = name;
    this.table = table;
  }

  /** An independent copy: what happens to one is not seen by the other. */
  public CellState copy() {
    CellState copy = new CellState(name, table.copy());
    copy.spec = spec;
    copy.epoch = epoch;
    copy.factCount = factCount;
    copy.admissionGeneration = admissionGeneration;
    pools.forEach((key, pool) -> copy.pools.put(key, pool.copy()));
    tenants.forEach((key, tenant) -> copy.tenants.put(key, tenant.copy()));
    sharers.keySet().forEach(key -> copy.sharers.put(key, copy.tenant(key)));
    for (ServiceState service : servicesByIndex) {
      ServiceState other = service.copy();
      copy.servicesByIndex.add(other);
      copy.servicesByHash.put(other.id, other);
      copy.services.put(other.id, other);
    }
    copy.events.putAll(events);
    copy.nodesBySlot = new NodeState[nodesBySlot.length];
    for (NodeState node : nodes.values()) {
      NodeState other = node.copy();
      other.poolState = copy.pool(node.pool());
      copy.keep(other);
    }
    copy.zones.addAll(zones);
    copy.partitions.addAll(partitions);
    copy.partitionByKey.putAll(partitionByKey);
    released.forEach((key, list) -> copy.released.put(key, new ArrayList<>(list)));
    copy.partitionsVersion = partitionsVersion;
    copy.nowMs = nowMs;
    copy.previousMs = previousMs;
    copy.cpuFree = cpuFree;
    copy.memoryFree = memoryFree;
    copy.cpuAhead = cpuAhead;
    copy.memoryAhead = memoryAhead;
    copy.scannedMs = scannedMs;
    copy.scanned = scanned;
    copy.silenceChanged = silenceChanged;
    copy.drainingNodes = drainingNodes;
    for (NodeState node : reportedNodes) {
      copy.reportedNodes.add(copy.nodesBySlot[node.slot]);
    }
    copy.frontDoorAtMs = frontDoorAtMs;
    copy.candidates.putAll(candidates);
    copy.expired.putAll(expired);
    copy.refusals.addAll(refusals);
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
    return spec;
  }

  /** Epoch of the owner. */
  public long epoch() {
    return epoch;
  }

  /**
   * Number of facts that made this state; generations of orders are taken from it, so they only
   * grow.
   */
  public long factCount() {
    return factCount;
  }

  /** Generation of the last change of an admission rate. */
  public long admissionGeneration() {
    return admissionGeneration;
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
    return frontDoorAtMs;
  }

  /** Pools by key. */
  public NavigableMap<String, PoolState> pools() {
    return Collections.unmodifiableNavigableMap(pools);
  }

  /** Tenants that are declared or have services, by name. */
  public NavigableMap<String, TenantState> tenants() {
    return Collections.unmodifiableNavigableMap(tenants);
  }

  /** Services by name. */
  public Collection<ServiceState> services() {
    return Collections.unmodifiableCollection(services.values());
  }

  /** A service, or null. */
  public @Nullable ServiceState service(ServiceId id) {
    return servicesByHash.get(id);
  }

  /** A service by its index. */
  public ServiceState service(int index) {
    return servicesByIndex.get(index);
  }

  /** Number of service indices ever given out. */
  public int serviceCount() {
    return servicesByIndex.size();
  }

  /** Declared events by name. */
  public NavigableMap<String, PeakEvent> events() {
    return Collections.unmodifiableNavigableMap(events);
  }

  /** Nodes by name. */
  public Collection<NodeState> nodes() {
    return Collections.unmodifiableCollection(nodes.values());
  }

  /** A node, or null. */
  public @Nullable NodeState node(String node) {
    return nodesByHash.get(node);
  }

  /** The node in a slot of the capacity table, or null. */
  public @Nullable NodeState nodeAt(int slot) {
    return nodesBySlot[slot];
  }

  /** Free capacity; may be changed only by a trial that is rolled back. */
  public NodeTable table() {
    return table;
  }

  /** Zones in the order in which nodes brought them. */
  public List<String> zones() {
    return Collections.unmodifiableList(zones);
  }

  /** Partitions in the order in which nodes brought them. */
  public List<Partition> partitions() {
    return Collections.unmodifiableList(partitions);
  }

  /**
   * Grows when partitions, pools or the cell change, so that what was computed from them is
   * computed again.
   */
  public long partitionsVersion() {
    return partitionsVersion;
  }

  /** Nodes of a pool that were given back and not seen since. */
  public List<String> released(String pool) {
    return Collections.unmodifiableList(released.getOrDefault(pool, List.of()));
  }

  /**
   * Whether the latest input was late enough after the one before to look at what time alone
   * changes.
   */
  public boolean scanned() {
    return scanned;
  }

  /** Number of nodes that drain. */
  public int drainingNodes() {
    return drainingNodes;
  }

  /** Nodes that reported in the latest input, in order of arrival. */
  public List<NodeState> reportedNodes() {
    return Collections.unmodifiableList(reportedNodes);
  }

  /** Tenants that have services here or a quota of this cell, by name. */
  public Collection<TenantState> sharers() {
    return Collections.unmodifiableCollection(sharers.values());
  }

  /** Nodes that opened a session and are not in the journal yet, by name. */
  public List<NodeDescriptor> candidates() {
    List<NodeDescriptor> list = new ArrayList<>();
    candidates.values().forEach(candidate -> list.add(candidate.descriptor));
    return list;
  }

  /** Observations of the last input that made no sense, refused by name. */
  public List<Fact.InputRefused> refusals() {
    return Collections.unmodifiableList(refusals);
  }

  /** Whether a node was heard of within {@link #SILENT_MS}. */
  public boolean heard(NodeState node) {
    return node.heard && nowMs - node.lastReportMs < SILENT_MS;
  }

  /**
   * A place to keep what {@code route} of the caller computed for the service; see {@link
   * #partitionsVersion}.
   */
  public int @Nullable [][] cachedPartitions(ServiceState service) {
    return service.partitionsVersion == partitionsVersion ? service.partitions : null;
  }

  /**
   * Keeps the usable partitions of a service until {@link #partitionsVersion} or its spec changes.
   */
  public void cachePartitions(ServiceState service, int[][] usable) {
    service.partitions = usable;
    service.partitionsVersion = partitionsVersion;
  }

  // Writing: facts.

  /** Applies a committed fact. */
  public void evolve(Fact fact) {
    factCount++;
    if (fact instanceof Fact.ReplicasPlaced f) {
      placed(f);
    } else if (fact instanceof Fact.TargetSet f) {
      ServiceState service = servicesByHash.get(f.service());
      if (service != null) {
        if (service.scaler != null) {
          service.scaler.targetSet(nowMs, service.target, f.replicas());
        }
        service.target = f.replicas();
        service.winner = f.winner();
        service.targeted = true;
      }
    } else if (fact instanceof Fact.ReplicasStopped f) {
      stopped(f);
    } else if (fact instanceof Fact.ReplicasGone f) {
      gone(f);
    } else if (fact instanceof Fact.AdmissionRateSet f) {
      ServiceState service = servicesByHash.get(f.service());
      if (service != null) {
        service.admissionPerSecond = f.ratePerSecond();
      }
      admissionGeneration = factCount;
    } else if (fact instanceof Fact.NodeJoined f) {
      joined(f.node());
    } else if (fact instanceof Fact.NodeLost f) {
      lost(f);
    } else if (fact instanceof Fact.NodeDrainStarted f) {
      NodeState node = nodesByHash.get(f.node());
      if (node != null && !node.draining) {
        node.draining = true;
        drainingNodes++;
        refreshOpen(node);
      }
    } else if (fact instanceof Fact.PoolTargetSet f) {
      PoolState pool = pool(f.pool());
      if (f.nodes() > pool.target) {
        released.remove(f.pool());
      }
      pool.target = f.nodes();
      pool.targeted = true;
      ordered(pool);
    } else if (fact instanceof Fact.SpecApplied f) {
      applied(f);
    } else if (fact instanceof Fact.EpochBegun f) {
      epoch = f.epoch();
      forgetReports();
    }
  }

  private void forgetReports() {
    candidates.clear();
    expired.clear();
    refusals.clear();
    frontDoorAtMs = 0;
    scannedMs = 0;
    for (NodeState node : nodes.values()) {
      node.connected = false;
      node.heard = false;
      node.lastReportMs = 0;
      node.reportedEpoch = 0;
      node.reportedGeneration = 0;
      refreshOpen(node);
    }
    for (PoolState pool : pools.values()) {
      pool.obeyed.clear();
      pool.booting.clear();
    }
  }

  private PoolState pool(String key) {
    return pools.computeIfAbsent(key, PoolState::new);
  }

  private void ordered(PoolState pool) {
    pool.generation = factCount;
    pool.orderedAtMs = nowMs;
  }

  private TenantState tenant(String tenant) {
    return tenants.computeIfAbsent(tenant, TenantState::new);
  }

  private void joined(NodeDescriptor descriptor) {
    NodeState before = nodesByHash.get(descriptor.name());
    if (before != null) {
      drop(before);
    }
    int zone = zones.indexOf(descriptor.zone());
    if (zone < 0) {
      zone = zones.size();
      zones.add(descriptor.zone());
      partitionsVersion++;
    }
    String key =
        descriptor.pool()
            + "|"
            + descriptor.zone()
            + "|"
            + descriptor.labels()
            + "|"
            + descriptor.taints();
    Integer partition = partitionByKey.get(key);
    if (partition == null) {
      partition = table.addPartition();
      partitions.add(new Partition(partition, descriptor.pool(), zone, descriptor));
      partitionByKey.put(key, partition);
      partitionsVersion++;
    }
    Resources r = descriptor.resources();
    int slot =
        table.addNode(
            partition,
            whole(r.cpuMilli()),
            whole(r.memoryMib()),
            (int) Math.min(31, r.gpuMilli() / 1_000));
    NodeState node = new NodeState(descriptor, slot, zone);
    node.poolState = pool(descriptor.pool());
    ordered(node);
    Candidate candidate = candidates.remove(descriptor.name());
    node.heard = candidate != null;
    node.connected = candidate != null;
    node.strangers = candidate == null ? 0 : candidate.strangers;
    node.lastReportMs = nowMs;
    keep(node);
    refreshOpen(node);
    node.poolState.nodes++;
    List<String> gone = released.get(descriptor.pool());
    if (gone != null) {
      gone.remove(descriptor.name());
    }
  }

  /**
   * Amounts fit an int: 2 billion millicores or mebibytes on one node is beyond any machine, so
   * more counts as that.
   */
  static int whole(long amount) {
    return (int) Math.min(amount, 1 << 30);
  }

  private void keep(NodeState node) {
    nodes.put(node.name(), node);
    nodesByHash.put(node.name(), node);
    if (node.slot >= nodesBySlot.length) {
      nodesBySlot = Arrays.copyOf(nodesBySlot, Math.max(node.slot + 1, nodesBySlot.length * 2));
    }
    nodesBySlot[node.slot] = node;
  }

  private void lost(Fact.NodeLost fact) {
    NodeState node = nodesByHash.get(fact.node());
    if (node == null) {
      return;
    }
    drop(node);
    if (fact.reason() == Fact.NodeLossReason.RELEASED) {
      List<String> list = released.computeIfAbsent(node.pool(), key -> new ArrayList<>());
      list.add(node.name());
      if (list.size() > RELEASED_MAX) {
        list.remove(0);
      }
      ordered(pool(node.pool()));
    } else {
      expired.put(node.name(), node.descriptor);
    }
  }

  private void drop(NodeState node) {
    boolean[] marked = new boolean[0];
    for (int i = 0; i < node.size; i++) {
      ServiceState service = servicesByIndex.get(node.service[i]);
      if (markedAlready(node, i)) {
        continue;
      }
      marked = marked.length >= service.size ? marked : new boolean[service.size];
      Arrays.fill(marked, 0, service.size, false);
      int count = 0;
      for (int j = 0; j < service.size; j++) {
        if (service.slot[j] == node.slot) {
          marked[j] = true;
          count++;
          if (!service.stopped[j]) {
            service.onZone[node.zone]--;
          }
        }
      }
      service.removeMarked(marked);
      tenant(service.id.tenant()).use(service.spec.resources(), -count);
    }
    drainingNodes -= node.draining ? 1 : 0;
    reportedNodes.remove(node);
    nodes.remove(node.name());
    nodesByHash.remove(node.name());
    nodesBySlot[node.slot] = null;
    table.removeNode(node.slot);
    pool(node.pool()).nodes--;
  }

  private static boolean markedAlready(NodeState node, int i) {
    for (int j = 0; j < i; j++) {
      if (node.service[j] == node.service[i]) {
        return true;
      }
    }
    return false;
  }

  private void placed(Fact.ReplicasPlaced fact) {
    ServiceState service = servicesByHash.get(fact.service());
    if (service == null) {
      return;
    }
    Resources each = service.spec.resources();
    int cpu = whole(each.cpuMilli());
    int memory = whole(each.memoryMib());
    int gpu = whole(each.gpuMilli());
    long next = fact.firstOrdinal();
    int count = 0;
    for (Fact.NodeShare share : fact.shares()) {
      NodeState node = nodesByHash.get(share.node());
      if (node == null) {
        next += share.count();
        continue;
      }
      for (int i = 0; i < share.count(); i++) {
        int devices = 0;
        if (gpu > 0) {
          devices = table.devicesFor(node.slot, gpu);
          table.bookDevices(node.slot, cpu, memory, gpu, devices);
        }
        service.append(next, node.slot, table.partitionOf(node.slot), node.zone, devices);
        node.add(service.index, next);
        next++;
      }
      if (gpu == 0) {
        table.book(node.slot, share.count(), cpu, memory);
      }
      count += share.count();
      ordered(node);
      node.emptySinceMs = 0;
    }
    service.nextOrdinal = Math.max(service.nextOrdinal, next);
    tenant(service.id.tenant()).use(each, count);
  }

  private void stopped(Fact.ReplicasStopped fact) {
    ServiceState service = servicesByHash.get(fact.service());
    if (service == null) {
      return;
    }

    for (long ordinal : fact.ordinals()) {
      int i = service.find(ordinal);
      if (i < 0 || service.stopped[i]) {
        continue;
      }

      service.stop(i);
      NodeState node = nodesBySlot[service.slot[i]];
      if (node != null) {
        service.onZone[node.zone]--;
        ordered(node);
      }
    }
  }

  private void ordered(NodeState node) {
    node.generation = factCount;
    node.orderedAtMs = nowMs;
  }

  private void gone(Fact.ReplicasGone fact) {
    ServiceState service = servicesByHash.get(fact.service());
    if (service == null) {
      return;
    }
    Resources each = service.spec.resources();
    int cpu = whole(each.cpuMilli());
    int memory = whole(each.memoryMib());
    int gpu = whole(each.gpuMilli());
    boolean[] marked = new boolean[service.size];
    int count = 0;
    for (long ordinal : fact.ordinals()) {
      int i = service.find(ordinal);
      if (i < 0 || marked[i]) {
        continue;
      }
      marked[i] = true;
      count++;
      NodeState node = nodesBySlot[service.slot[i]];
      if (node == null) {
        continue;
      }
      if (gpu > 0) {
        table.releaseDevices(node.slot, cpu, memory, gpu, service.devices(i));
      } else {
        table.release(node.slot, 1, cpu, memory);
      }
      node.remove(service.index, ordinal);
      ordered(node);
      if (!service.stopped[i]) {
        service.onZone[node.zone]--;
      }
    }
    service.removeMarked(marked);
    tenant(service.id.tenant()).use(each, -count);
  }

  private void applied(Fact.SpecApplied fact) {
    SpecKind kind = fact.specKind();
    if (kind == SpecKind.CELL) {
      if (fact.key().equals(name)) {
        spec = (Cell) fact.spec();
        partitionsVersion++;
      }
    } else if (kind == SpecKind.NODE_POOL) {
      PoolState pool = pool(fact.key());
      pool.spec = (NodePool) fact.spec();
      ordered(pool);
      partitionsVersion++;
    } else if (kind == SpecKind.TENANT) {
      TenantState tenant = tenant(fact.key());
      tenant.spec = (Tenant) fact.spec();
      tenant.quota = null;
      for (Quota quota : tenant.spec().quotas()) {
        tenant.quota = quota.cell().equals(name) ? quota : tenant.quota;
      }
      if (tenant.quota != null) {
        sharers.put(tenant.name, tenant);
      }
    } else if (kind == SpecKind.PEAK_EVENT) {
      PeakEvent before = events.remove(fact.key());
      PeakEvent after = (PeakEvent) fact.spec();
      if (after != null) {
        events.put(fact.key(), after);
      }
      replan(before);
      replan(after);
    } else if (kind == SpecKind.SERVICE) {
      serviceApplied(ServiceId.parse(fact.key()), (Service) fact.spec());
    }
  }

  private void replan(@Nullable PeakEvent event) {
    if (event != null) {
      for (PeakEvent.EventLoad load : event.loads()) {
        ServiceState service = servicesByHash.get(load.service());
        if (service != null) {
          respec(service);
        }
      }
    }
  }

  private Sizer sizerOf(ServiceState service) {
    Sizer sizer = service.sizer;
    if (sizer == null) {
      sizer = sizers.of(ReplicaModel.of(service.spec));
      service.sizer = sizer;
    }
    return sizer;
  }

  private void respec(ServiceState service) {
    ServiceScaler scaler = service.scaler;
    if (scaler != null) {
      scaler.respec(service.spec, sizerOf(service), EventCalendar.of(service.id, events.values()));
    }
  }

  private void serviceApplied(ServiceId id, @Nullable Service service) {
    ServiceState state = servicesByHash.get(id);
    if (service == null) {
      if (state != null) {
        state.removed = true;
      }
      return;
    }
    if (state == null) {
      state = new ServiceState(service, servicesByIndex.size());
      servicesByIndex.add(state);
      servicesByHash.put(id, state);
      services.put(id, state);
      sharers.put(id.tenant(), tenant(id.tenant()));
    }
    boolean sameSize = state.sized && service.resources().equals(state.spec.resources());
    Service before = state.spec;
    state.spec = service;
    state.removed = false;
    if (!service.placement().equals(before.placement())
        || !service.residency().equals(before.residency())
        || !service.cells().equals(before.cells())
        || !service.resources().equals(before.resources())) {
      state.partitionsVersion = -1;
    }
    if (!service.capacity().equals(before.capacity()) || !service.slo().equals(before.slo())) {
      state.sizer = null;
    }
    respec(state);
    if (sameSize) {
      return;
    }
    state.sized = true;
    int cpu = Integer.MAX_VALUE;
    int memory = Integer.MAX_VALUE;
    for (ServiceState other : servicesByIndex) {
      cpu = Math.min(cpu, whole(other.spec.resources().cpuMilli()));
      memory = Math.min(memory, whole(other.spec.resources().memoryMib()));
    }
    table.setSmallest(cpu, memory);
  }

  // Writing: observations.

  /**
   * Lets time pass: the first thing of an input. A time before the latest is refused and the latest
   * holds.
   *
   * @return the time that holds
   */
  public long advance(long inputNowMs) {
    refusals.clear();
    previousMs = nowMs;
    if (inputNowMs < nowMs) {
      refuse(
          ErrorCode.INVALID_VALUE,
          "nowMs",
          "the clock went back from " + nowMs + " to " + inputNowMs);
    } else {
      nowMs = inputNowMs;
    }
    reportedNodes.clear();
    silenceChanged = false;
    scanned = scannedMs == 0 || nowMs - scannedMs >= SCAN_MS;
    if (scanned) {
      scan();
      scannedMs = nowMs;
    }
    return nowMs;
  }

  /** What time alone changes: silence, emptiness, surplus. */
  private void scan() {
    cpuFree = 0;
    memoryFree = 0;
    for (PoolState pool : pools.values()) {
      pool.freeCpu = 0;
      pool.freeMemory = 0;
    }
    for (int slot = 0; slot < table.slots(); slot++) {
      NodeState node = nodesBySlot[slot];
      if (node == null) {
        continue;
      }
      if (node.lastReportMs == 0) {
        node.lastReportMs = nowMs;
      }
      boolean hears = heard(node);
      silenceChanged |= hears != node.heardAtScan;
      node.heardAtScan = hears;
      refreshOpen(node);
      if (node.size > 0) {
        node.emptySinceMs = 0;
      } else if (node.emptySinceMs == 0) {
        node.emptySinceMs = nowMs;
      }
      if (table.open(slot)) {
        cpuFree += Math.max(0, table.cpuFree(slot));
        memoryFree += Math.max(0, table.memoryFree(slot));
      }
      if (node.size > 0 && !node.draining) {
        node.poolState.freeCpu += table.cpuFree(slot);
        node.poolState.freeMemory += table.memoryFree(slot);
      }
    }
    keepWhatForecastsAsk();
    for (PoolState pool : pools.values()) {
      Resources shape = pool.spec == null ? Resources.NONE : pool.spec.shape();
      boolean surplus =
          2 * (pool.freeCpu - cpuAhead) > 3 * shape.cpuMilli()
              && 2 * (pool.freeMemory - memoryAhead) > 3 * shape.memoryMib();
      pool.surplusSinceMs = !surplus ? 0 : pool.surplusSinceMs == 0 ? nowMs : pool.surplusSinceMs;
    }
  }

  /**
   * An empty node that forecasts ask for does not count as empty yet: given back now, it would be
   * ordered again at once.
   */
  private void keepWhatForecastsAsk() {
    long cpu = cpuAhead;
    long memory = memoryAhead;
    for (PoolState pool : pools.values()) {
      cpu -= pool.freeCpu;
      memory -= pool.freeMemory;
    }
    for (int slot = 0; slot < table.slots() && (cpu > 0 || memory > 0); slot++) {
      NodeState node = nodesBySlot[slot];
      if (node != null && node.size == 0 && !node.draining) {
        node.emptySinceMs = nowMs;
        cpu -= table.cpuCapacity(slot);
        memory -= table.memoryCapacity(slot);
      }
    }
  }

  private void refreshOpen(NodeState node) {
    table.setOpen(
        node.slot, !node.draining && node.strangers == 0 && node.connected && heard(node));
  }

  /** Applies what an agent said. What makes no sense is refused by name and leaves no trace. */
  public void evolve(Observation observation) {
    if (observation instanceof Observation.NodeReport o) {
      NodeState node = nodesByHash.get(o.node());
      NodeDescriptor back = expired.isEmpty() ? null : expired.remove(o.node());
      if (node != null) {
        reported(node, o.replicas());
        node.reportedEpoch = o.epoch();
        node.reportedGeneration = o.generation();
        presumeGone(node);
      } else if (back != null) {
        candidates.put(o.node(), new Candidate(back, running(o.replicas())));
      }
    } else if (observation instanceof Observation.FrontDoorReport o) {
      frontDoorReported(o);
    } else if (observation instanceof Observation.HostReport o) {
      for (Observation.PoolReport p : o.pools()) {
        PoolState pool = pools.get(p.pool());
        if (pool == null || p.booting() < 0 || p.ready() < 0) {
          refuse(ErrorCode.INVALID_VALUE, o.host(), "pool " + p.pool() + " booting " + p.booting());
        } else {
          pool.booting.put(o.host(), p.booting());
          pool.obeyed.put(o.host(), p.generation());
          pool.reportedMs = nowMs;
        }
      }
    } else if (observation instanceof Observation.NodeConnected o) {
      NodeState node = nodesByHash.get(o.node().name());
      expired.remove(o.node().name());
      if (!o.node().cell().equals(name)) {
        refuse(ErrorCode.INVALID_VALUE, o.node().name(), "belongs to cell " + o.node().cell());
      } else if (tooLarge(o.node().resources())) {
        refuse(
            ErrorCode.TOO_LARGE,
            o.node().name(),
            "has more than 1,000,000 cores, 1 PiB of memory or 31 devices");
      } else if (node == null || !node.descriptor.equals(o.node())) {
        candidates.put(o.node().name(), new Candidate(o.node(), running(o.replicas())));
      } else {
        reported(node, o.replicas());
        node.reportedEpoch = 0;
        node.reportedGeneration = 0;
      }
    } else if (observation instanceof Observation.NodeDisconnected o) {
      NodeState node = nodesByHash.get(o.node());
      if (node != null) {
        node.connected = false;
        refreshOpen(node);
      }
      candidates.remove(o.node());
      expired.remove(o.node());
    }
  }

  /**
   * Shows every service's policy what the observations add up to: the last thing of an input,
   * before its decision.
   *
   * <p>The horizon of a policy is the time until a replica that is ordered now is ready: a report
   * and the replica's boot. Nodes are foretold at their own, longer horizon.
   */
  public void look() {
    long nodeBootMs = nodeBootMs();
    cpuAhead = 0;
    memoryAhead = 0;
    for (ServiceState service : services.values()) {
      if (service.removed || spec == null || !service.spec.mayRunIn(spec)) {
        continue;
      }
      ServiceScaler scaler = service.scaler;
      if (scaler == null) {
        scaler =
            new ServiceScaler(
                service.spec, sizerOf(service), EventCalendar.of(service.id, events.values()));
        service.scaler = scaler;
      }
      long horizonMs = REPORT_MS + service.spec.capacity().boot().p99Ms();
      scaler.observe(signals(service, horizonMs, nodeBootMs == 0 ? 0 : horizonMs + nodeBootMs));
      long more = Math.max(0, scaler.replicasAhead() - service.target);
      cpuAhead += more * service.spec.resources().cpuMilli();
      memoryAhead += more * service.spec.resources().memoryMib();
    }
  }

  /** CPU that was free on open nodes at the last scan. */
  public long cpuFree() {
    return cpuFree;
  }

  /** Memory that was free on open nodes at the last scan. */
  public long memoryFree() {
    return memoryFree;
  }

  /** The longest 99 % boot time of the cell's pools. */
  public long nodeBootMs() {
    long longest = 0;
    for (PoolState pool : pools.values()) {
      if (pool.spec != null && pool.spec.nodesMax() > 0) {
        longest = Math.max(longest, pool.spec.boot().p99Ms());
      }
    }
    return longest;
  }

  private ServiceSignals signals(ServiceState service, long horizonMs, long nodeHorizonMs) {
    if (service.reported || silenceChanged) {
      sum(service);
    }
    double rate = service.traffic.look();
    if (!Double.isNaN(rate)) {
      service.offeredPerSecond = rate;
    }
    int hearing = service.ready - service.silent;
    return new ServiceSignals(
        nowMs,
        rate,
        service.target,
        service.ready,
        service.booting,
        service.silent,
        service.inFlightSum,
        service.queuedSum,
        hearing > 0 ? service.utilisationSum / hearing : Double.NaN,
        horizonMs,
        nodeHorizonMs,
        1);
  }

  private void sum(ServiceState service) {
    service.reported = false;
    service.silent = 0;
    service.inFlightSum = 0;
    service.queuedSum = 0;
    service.utilisationSum = 0;
    for (int i = 0; i < service.size; i++) {
      if (service.stopped[i] || service.seen[i] != ReplicaState.READY) {
        continue;
      }
      NodeState node = nodesBySlot[service.slot[i]];
      if (node == null || !heard(node)) {
        service.silent++;
      } else {
        service.inFlightSum += service.inFlight[i];
        service.queuedSum += service.queued[i];
        service.utilisationSum += service.utilisation[i];
      }
    }
  }

  private static boolean tooLarge(Resources r) {
    return r.cpuMilli() > 1_000_000_000 || r.memoryMib() > 1_000_000_000 || r.gpuMilli() > 31_000;
  }

  private static int running(List<Observation.ReplicaReport> replicas) {
    int n = 0;
    for (Observation.ReplicaReport replica : replicas) {
      n += replica.state() == ReplicaState.STOPPED ? 0 : 1;
    }
    return n;
  }

  private void reported(NodeState node, List<Observation.ReplicaReport> replicas) {
    node.connected = true;
    node.heard = true;
    if (node.lastReportMs != nowMs || reportedNodes.isEmpty() || !reportedNodes.contains(node)) {
      reportedNodes.add(node);
    }
    node.lastReportMs = nowMs;
    int strangers = 0;
    int matched = 0;
    int hint = 0;
    reportedHere = reportedHere.length >= node.size ? reportedHere : new boolean[node.size * 2];
    Arrays.fill(reportedHere, 0, node.size, false);
    for (Observation.ReplicaReport replica : replicas) {
      int at = -1;
      for (int i = 0; i < node.size; i++) {
        int j = hint + i < node.size ? hint + i : hint + i - node.size;
        if (node.ordinal[j] == replica.ordinal()
            && servicesByIndex.get(node.service[j]).id.equals(replica.service())) {
          at = j;
          break;
        }
      }
      if (at < 0) {
        strangers += replica.state() == ReplicaState.STOPPED ? 0 : 1;
        continue;
      }
      hint = at + 1 == node.size ? 0 : at + 1;
      if (!(replica.utilisationRatio() >= 0 && replica.utilisationRatio() < 1e6)
          || replica.inFlight() < 0
          || replica.queued() < 0) {
        refuse(
            ErrorCode.INVALID_VALUE,
            node.name(),
            "report of " + replica.service() + " is negative, infinite or not a number");
      } else {
        ServiceState service = servicesByIndex.get(node.service[at]);
        int i = node.position[at];
        if (i >= service.size || service.ordinal[i] != replica.ordinal()) {
          i = service.find(replica.ordinal());
          node.position[at] = i;
        }
        service.utilisation[i] = (float) replica.utilisationRatio();
        service.inFlight[i] = (int) Math.min(Integer.MAX_VALUE, replica.inFlight());
        service.queued[i] = (int) Math.min(Integer.MAX_VALUE, replica.queued());
        service.see(i, replica.state(), nowMs);
      }
      matched += reportedHere[at] ? 0 : 1;
      reportedHere[at] = true;
    }
    node.strangers = strangers;
    node.missing = false;
    if (matched < node.size) {
      for (int i = 0; i < node.size; i++) {
        if (!reportedHere[i]) {
          absent(node, servicesByIndex.get(node.service[i]), node.ordinal[i]);
        }
      }
    }
    refreshOpen(node);
  }

  private boolean[] reportedHere = new boolean[64];

  /**
   * A replica that was reported before and is not any more has ended; one that was never reported
   * is yet to start.
   */
  private void absent(NodeState node, ServiceState service, long ordinal) {
    int i = service.find(ordinal);
    if (service.stopped[i]) {
      if (service.seen[i] != null) {
        service.see(i, ReplicaState.STOPPED, nowMs);
      }
    } else {
      node.missing = true;
      service.see(i, null, nowMs);
    }
  }

  /**
   * What was told to stop before the node ever started it is gone once the node obeys an order that
   * no longer has it.
   */
  private void presumeGone(NodeState node) {
    if (node.reportedEpoch != epoch
        || node.reportedGeneration < node.generation
        || node.size == 0) {
      return;
    }
    for (int j = 0; j < node.size; j++) {
      ServiceState service = servicesByIndex.get(node.service[j]);
      if (service.stopping > 0) {
        int i = service.find(node.ordinal[j]);
        if (service.stopped[i] && service.seen[i] == null) {
          service.see(i, ReplicaState.STOPPED, nowMs);
        }
      }
    }
  }

  private void frontDoorReported(Observation.FrontDoorReport report) {
    frontDoorAtMs = nowMs;
    for (Observation.ServiceTraffic t : report.services()) {
      ServiceState service = servicesByHash.get(t.service());
      if (service == null) {
        continue;
      }
      Observation.ServiceTraffic last = service.traffic.last;
      boolean sameStart = service.traffic.startedAtMs == report.startedAtMs();
      if (lowest(t) < 0) {
        refuse(
            ErrorCode.INVALID_VALUE, t.service().toString(), "front door reports a negative count");
      } else if (last != null
          && sameStart
          && (report.atMs() <= service.traffic.atMs || t.firstAttempts() < last.firstAttempts())) {
        refuse(ErrorCode.INVALID_VALUE, t.service().toString(), "front door's totals went back");
      } else {
        service.traffic.accept(report.startedAtMs(), report.atMs(), t);
      }
    }
  }

  private static long lowest(Observation.ServiceTraffic t) {
    long a = Math.min(Math.min(t.firstAttempts(), t.attempts()), Math.min(t.served(), t.late()));
    long b = Math.min(Math.min(t.timedOut(), t.failed()), Math.min(t.rejected(), t.shed()));
    return Math.min(Math.min(a, b), Math.min(Math.min(t.abandoned(), t.violations()), t.waiting()));
  }

  private void refuse(ErrorCode code, String subject, String detail) {
    if (refusals.size() < 100) {
      refusals.add(new Fact.InputRefused(code, subject, detail));
    }
  }
}
