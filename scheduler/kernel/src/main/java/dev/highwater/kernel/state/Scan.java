package dev.highwater.kernel.state;

import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.policy.ServiceSignals;
import dev.highwater.model.Capacity;
import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
  private final List<Ahead> ahead = new ArrayList<>();

  /** Replicas that forecasts of one service ask for beyond its target. */
  private record Ahead(Service service, int count) {}

  /** A node with devices; {@code pool} is the number of its pool. */
  private record WithDevices(int pool, NodeRoom room) {}

  /** What forecasts of services that may use the same pools ask for and nodes in use lack. */
  private static final class Lacking {
    final boolean[] in;
    long cpu;
    long memory;
    long gpu;

    Lacking(boolean[] in) {
      this.in = in;
    }

    boolean any() {
      return cpu > 0 || memory > 0 || gpu > 0;
    }
  }

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
    ahead.clear();
    ahead.addAll(other.ahead);
  }

  void forget() {
    scannedMs = 0;
  }

  boolean scanned() {
    return scanned;
  }

  long cpuFree() {
    return specs.pools.values().stream().mapToLong(pool -> pool.openCpu).sum();
  }

  long memoryFree() {
    return specs.pools.values().stream().mapToLong(pool -> pool.openMemory).sum();
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
    for (PoolState pool : specs.pools.values()) {
      pool.freeCpu = 0;
      pool.freeMemory = 0;
      pool.openCpu = 0;
      pool.openMemory = 0;
    }
    NodeTable table = nodes.table;
    List<WithDevices> withDevices = new ArrayList<>();
    PooledRoom numbers = PooledRoom.onNodesInUse(specs.pools.values());
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
        node.pool.openCpu += Math.max(0, table.cpuFree(slot));
        node.pool.openMemory += Math.max(0, table.memoryFree(slot));
      }
      if (node.size > 0 && node.usable()) {
        node.pool.freeCpu += table.cpuFree(slot);
        node.pool.freeMemory += table.memoryFree(slot);
        if (table.devices(slot) > 0) {
          int pool = numbers.number(node.pool);
          withDevices.add(new WithDevices(pool, NodeRoom.of(table, slot)));
        }
      }
    }
    PooledRoom room = PooledRoom.onNodesInUse(specs.pools.values());
    List<Lacking> lacking = lacking(room, withDevices);
    long[] gpuFree = new long[specs.pools.size()];
    for (WithDevices each : withDevices) {
      gpuFree[each.pool] += each.room.gpuFree();
    }
    for (Lacking each : lacking) {
      PooledRoom.take(gpuFree, each.in, each.gpu);
    }
    keepWhatForecastsAsk(nowMs, lacking);
    new Surplus(specs, nodes, room, gpuFree).find(services, nowMs);
  }

  /**
   * What forecasts ask for and nodes in use lack, of those who may use the fewest pools first.
   *
   * @param room of nodes in use; less afterwards by what forecasts will take
   * @param withDevices the same of nodes with devices
   */
  private List<Lacking> lacking(PooledRoom room, List<WithDevices> withDevices) {
    List<Lacking> groups = new ArrayList<>();
    for (Ahead each : ahead) {
      boolean[] in = room.accepting(each.service());
      Lacking group = null;
      for (Lacking other : groups) {
        group = Arrays.equals(other.in, in) ? other : group;
      }
      if (group == null) {
        group = new Lacking(in);
        groups.add(group);
      }
      Resources resources = each.service().resources();
      group.cpu += each.count() * resources.cpuMilli();
      group.memory += each.count() * resources.memoryMib();
      group.gpu += gpuLacking(in, withDevices, resources, each.count());
    }
    groups.sort(Comparator.comparingInt(group -> pools(group.in)));
    for (Lacking group : groups) {
      long cpu = group.cpu;
      long memory = group.memory;
      group.cpu -= room.cpu(group.in);
      group.memory -= room.memory(group.in);
      room.take(group.in, cpu, memory);
    }
    return groups;
  }

  private static int pools(boolean[] in) {
    int n = 0;
    for (boolean each : in) {
      n += each ? 1 : 0;
    }
    return n;
  }

  /** Thousandths of devices that a forecast asks for and nodes in use lack. */
  private static long gpuLacking(boolean[] in, List<WithDevices> nodes, Resources each, int count) {
    int left = each.gpuMilli() == 0 ? 0 : count;
    for (int i = 0; i < nodes.size() && left > 0; i++) {
      if (in[nodes.get(i).pool()]) {
        left -= nodes.get(i).room().take(each, left);
      }
    }
    return left * Amounts.ofDevices(each);
  }

  /**
   * An empty node that forecasts ask for does not count as empty yet: given back now, it would be
   * ordered again at once.
   */
  private void keepWhatForecastsAsk(long nowMs, List<Lacking> lacking) {
    PooledRoom numbers = PooledRoom.onNodesInUse(specs.pools.values());
    boolean[] kept = new boolean[nodes.table.slots()];
    for (Lacking group : lacking) {
      keep(nowMs, group, numbers, kept);
    }
  }

  private void keep(long nowMs, Lacking group, PooledRoom numbers, boolean[] kept) {
    NodeTable table = nodes.table;
    for (int slot = 0; slot < table.slots() && group.any(); slot++) {
      NodeState node = nodes.at(slot);
      boolean helps = group.cpu > 0 || group.memory > 0 || table.devices(slot) > 0;
      if (node != null
          && node.size == 0
          && node.usable()
          && !kept[slot]
          && helps
          && group.in[numbers.number(node.pool)]) {
        kept[slot] = true;
        node.emptySinceMs = nowMs;
        group.cpu -= table.cpuCapacity(slot);
        group.memory -= table.memoryCapacity(slot);
        group.gpu -= table.devices(slot) * 1_000L;
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
    ahead.clear();
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
      if (more > 0) {
        ahead.add(new Ahead(service.spec, more));
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
