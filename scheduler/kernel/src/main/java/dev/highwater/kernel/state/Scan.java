package dev.highwater.kernel.state;

import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.policy.ServiceSignals;
import dev.highwater.model.Capacity;
import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.List;

/**
 * What time alone changes (silence, emptiness, surplus) and what the policies are shown.
 *
 * <p>Soft. Confined to the thread that owns the cell's state.
 */
final class Scan {
  /** From a report to the next. Protocol constant, design section 4. */
  private static final long REPORT_MS = 1_000;

  /** What the routes said to expect counts for so long: they say it again each 5 s. */
  private static final long ROUTED_MS = 15_000;

  /**
   * Time alone is looked at this often: ticks follow reports by as little as a few milliseconds.
   * Chosen by us.
   */
  private static final long SCAN_MS = 100;

  private final Nodes nodes;
  private final Services services;
  private final Specs specs;
  private long scannedMs;
  private boolean scanned;
  private boolean silenceChanged;
  private long cpuFree;
  private long memoryFree;
  private long cpuAhead;
  private long memoryAhead;
  private final List<DevicesAhead> devicesAhead = new ArrayList<>();

  /** Replicas with devices that forecasts of one service ask for beyond its target. */
  private record DevicesAhead(Resources each, int count) {}

  Scan(Nodes nodes, Services services, Specs specs) {
    this.nodes = nodes;
    this.services = services;
    this.specs = specs;
  }

  /** Takes over what another had seen. */
  void take(Scan other) {
    scannedMs = other.scannedMs;
    scanned = other.scanned;
    silenceChanged = other.silenceChanged;
    cpuFree = other.cpuFree;
    memoryFree = other.memoryFree;
    cpuAhead = other.cpuAhead;
    memoryAhead = other.memoryAhead;
    devicesAhead.clear();
    devicesAhead.addAll(other.devicesAhead);
  }

  void forget() {
    scannedMs = 0;
  }

  boolean scanned() {
    return scanned;
  }

  long cpuFree() {
    return cpuFree;
  }

  long memoryFree() {
    return memoryFree;
  }

  /** Begins an input at its time. */
  void begin(long nowMs) {
    silenceChanged = false;
    scanned = scannedMs == 0 || nowMs - scannedMs >= SCAN_MS;
    if (scanned) {
      scan(nowMs);
      scannedMs = nowMs;
    }
  }

  private void scan(long nowMs) {
    cpuFree = 0;
    memoryFree = 0;
    for (PoolState pool : specs.pools.values()) {
      pool.freeCpu = 0;
      pool.freeMemory = 0;
    }
    NodeTable table = nodes.table;
    List<NodeRoom> withDevices = new ArrayList<>();
    for (int slot = 0; slot < table.slots(); slot++) {
      NodeState node = nodes.at(slot);
      if (node == null) {
        continue;
      }
      if (node.lastReportMs == 0) {
        node.lastReportMs = nowMs;
      }
      boolean hears = node.heardAt(nowMs);
      silenceChanged |= hears != node.heardAtScan;
      node.heardAtScan = hears;
      nodes.refreshOpen(node, nowMs);
      if (node.size > 0) {
        node.emptySinceMs = 0;
      } else if (node.emptySinceMs == 0) {
        node.emptySinceMs = nowMs;
      }
      if (table.open(slot)) {
        cpuFree += Math.max(0, table.cpuFree(slot));
        memoryFree += Math.max(0, table.memoryFree(slot));
      }
      if (node.size > 0 && !node.draining()) {
        node.pool.freeCpu += table.cpuFree(slot);
        node.pool.freeMemory += table.memoryFree(slot);
        if (table.devices(slot) > 0) {
          withDevices.add(NodeRoom.of(table, slot));
        }
      }
    }
    long gpuLacking = gpuLacking(withDevices);
    keepWhatForecastsAsk(nowMs, gpuLacking);
    long cpu = -cpuAhead;
    long memory = -memoryAhead;
    for (PoolState pool : specs.pools.values()) {
      cpu += pool.freeCpu;
      memory += pool.freeMemory;
    }
    long gpu = -gpuLacking;
    for (NodeRoom room : withDevices) {
      gpu += room.gpuFree();
    }
    for (PoolState pool : specs.pools.values()) {
      Resources shape = pool.spec == null ? Resources.NONE : pool.spec.shape();
      long surplusNodes = Math.min(spare(cpu, shape.cpuMilli()), spare(memory, shape.memoryMib()));
      if (shape.gpuMilli() > 0) {
        surplusNodes = Math.min(surplusNodes, spare(gpu, shape.gpuMilli()));
      }
      pool.surplusNodes = (int) surplusNodes;
      boolean surplus = pool.surplusNodes > 0;
      pool.surplusSinceMs = !surplus ? 0 : pool.surplusSinceMs == 0 ? nowMs : pool.surplusSinceMs;
    }
  }

  /** Whole nodes in what is free, with more than half a node to spare. */
  private static long spare(long free, long ofNode) {
    return ofNode == 0 ? 0 : Math.max(0, (2 * free - ofNode - 1) / (2 * ofNode));
  }

  /**
   * Thousandths of devices that forecasts ask for and nodes in use lack.
   *
   * @param rooms of those nodes; less afterwards by what forecasts will take
   */
  private long gpuLacking(List<NodeRoom> rooms) {
    long lacking = 0;
    for (DevicesAhead ahead : devicesAhead) {
      int left = ahead.count();
      for (int i = 0; i < rooms.size() && left > 0; i++) {
        left -= rooms.get(i).take(ahead.each(), left);
      }
      lacking += left * Amounts.ofDevices(ahead.each());
    }
    return lacking;
  }

  /**
   * An empty node that forecasts ask for does not count as empty yet: given back now, it would be
   * ordered again at once.
   */
  private void keepWhatForecastsAsk(long nowMs, long gpuLacking) {
    long gpu = gpuLacking;
    long cpu = cpuAhead;
    long memory = memoryAhead;
    for (PoolState pool : specs.pools.values()) {
      cpu -= pool.freeCpu;
      memory -= pool.freeMemory;
    }
    NodeTable table = nodes.table;
    for (int slot = 0; slot < table.slots() && (cpu > 0 || memory > 0 || gpu > 0); slot++) {
      NodeState node = nodes.at(slot);
      boolean helps = cpu > 0 || memory > 0 || table.devices(slot) > 0;
      if (node != null && node.size == 0 && !node.draining() && helps) {
        node.emptySinceMs = nowMs;
        cpu -= table.cpuCapacity(slot);
        memory -= table.memoryCapacity(slot);
        gpu -= table.devices(slot) * 1_000L;
      }
    }
  }

  /**
   * Shows every service's policy what the observations add up to.
   *
   * <p>The horizon of a policy is the time until a replica that is ordered now is ready: a report
   * and the replica's boot. Nodes are foretold at their own, longer horizon.
   */
  void look(long nowMs) {
    cpuAhead = 0;
    memoryAhead = 0;
    devicesAhead.clear();
    for (ServiceState service : services.all()) {
      if (service.removed || specs.cell == null || !service.spec.mayRunIn(specs.cell)) {
        continue;
      }
      ServiceScaler scaler = services.scalerOf(service, specs.events.values());
      long horizonMs = REPORT_MS + service.spec.capacity().boot().p99Ms();
      long nodeBootMs = specs.nodeBootMs(service, nodes.partitionsVersion());
      long nodeHorizonMs = nodeBootMs == 0 ? 0 : horizonMs + nodeBootMs;
      ServiceSignals signals = signals(service, nowMs, horizonMs, nodeHorizonMs);
      if (signals.demandKnown() && slower(service, signals)) {
        services.resized(service, specs.events.values());
      }
      scaler.observe(signals);
      int more = Math.max(0, scaler.replicasAhead() - service.target);
      Resources each = service.spec.resources();
      cpuAhead += more * each.cpuMilli();
      memoryAhead += more * each.memoryMib();
      if (more > 0 && each.gpuMilli() > 0) {
        devicesAhead.add(new DevicesAhead(each, more));
      }
    }
  }

  private ServiceSignals signals(
      ServiceState service, long nowMs, long horizonMs, long nodeHorizonMs) {
    if (service.reported || silenceChanged) {
      sum(service, nowMs);
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
        service.share,
        nowMs - service.sharedAtMs < ROUTED_MS ? service.routedPerSecond : 0);
  }

  /**
   * Learns how long requests keep their places. Not where a serial step makes them wait inside of
   * their places: more replicas would not shorten that.
   */
  private static boolean slower(ServiceState service, ServiceSignals signals) {
    Capacity declared = service.spec.capacity();
    Traffic traffic = service.traffic;
    ServiceTraffic now = traffic.last();
    ServiceTraffic before = traffic.before();
    if (now == null
        || before == null
        || signals.silent() > 0
        || signals.ready() == 0
        || declared.serialRatePerSecondMax() > 0) {
      return false;
    }
    double ended = (double) now.served() + now.late() - before.served() - before.late();
    double lost = (double) now.timedOut() + now.failed() - before.timedOut() - before.failed();
    return service.serviceTime.observe(
        traffic.intervalMs() / 1_000.0,
        ended + lost,
        ended,
        signals.utilisationRatio(),
        (double) signals.ready() * declared.concurrency(),
        declared.meanServiceMs(),
        declared.serviceScv());
  }

  private void sum(ServiceState service, long nowMs) {
    service.reported = false;
    service.silent = 0;
    service.inFlightSum = 0;
    service.queuedSum = 0;
    service.utilisationSum = 0;
    for (int i = 0; i < service.size; i++) {
      if (service.stopped[i] || service.seen[i] != ReplicaState.READY) {
        continue;
      }
      NodeState node = nodes.at(service.slot[i]);
      if (node == null || !node.heardAt(nowMs)) {
        service.silent++;
      } else {
        service.inFlightSum += service.inFlight[i];
        service.queuedSum += service.queued[i];
        service.utilisationSum += service.utilisation[i];
      }
    }
  }
}
