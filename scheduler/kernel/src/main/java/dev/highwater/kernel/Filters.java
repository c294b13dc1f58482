package dev.highwater.kernel;

import dev.highwater.kernel.placement.NodeTable;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.NodePool;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.Purchase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes a service may use, and why it may not use the others.
 *
 * <p>Filters of a whole partition (residency, labels, taints) are evaluated once per service and
 * kept until nodes or specs change; filters of one node (open, room, rules) are the placer's.
 * Refusals are counted only for replicas that stay pending. Stateless.
 */
final class Filters {
  private Filters() {}

  /**
   * The partitions that a service may use.
   *
   * @return {@code [zone]} to partitions, best first: reserved before on-demand before spot, cheap
   *     before dear, big before small; for a service without devices those with devices come last
   */
  static int[][] usable(CellState state, ServiceState service) {
    int[][] cached = state.cachedPartitions(service);
    if (cached != null) {
      return cached;
    }
    int zones = state.zones().size();
    List<List<CellState.Partition>> rows = new ArrayList<>();
    for (int z = 0; z < zones; z++) {
      rows.add(new ArrayList<>());
    }
    Cell cell = state.spec();
    if (cell != null && service.spec().mayRunIn(cell)) {
      for (CellState.Partition partition : state.partitions()) {
        if (refusedBy(service, partition) == null) {
          rows.get(partition.zone()).add(partition);
        }
      }
    }
    boolean wantsDevices = service.spec().resources().gpuMilli() > 0;
    int[][] usable = new int[zones][];
    for (int z = 0; z < zones; z++) {
      rows.get(z).sort(preference(state, wantsDevices));
      usable[z] = rows.get(z).stream().mapToInt(CellState.Partition::number).toArray();
    }
    state.cachePartitions(service, usable);
    return usable;
  }

  private static @Nullable String refusedBy(ServiceState service, CellState.Partition partition) {
    PlacementRule rule = service.spec().placement();
    if (!matches(rule, partition.like().labels())) {
      return "label";
    }
    if (!tolerates(rule, partition.like().taints())) {
      return "taint";
    }
    if (service.spec().resources().gpuMilli() > 0
        && partition.like().resources().gpuMilli() < 1_000) {
      return "gpu";
    }
    return null;
  }

  static boolean matches(PlacementRule rule, Map<String, String> labels) {
    for (Map.Entry<String, String> e : rule.nodeLabels().entrySet()) {
      if (!e.getValue().equals(labels.get(e.getKey()))) {
        return false;
      }
    }
    return true;
  }

  static boolean tolerates(PlacementRule rule, List<String> taints) {
    for (String taint : taints) {
      if (!rule.tolerations().contains(taint)) {
        return false;
      }
    }
    return true;
  }

  private static Comparator<CellState.Partition> preference(CellState state, boolean wantsDevices) {
    return Comparator.comparing(
            (CellState.Partition p) -> !wantsDevices && p.like().resources().gpuMilli() > 0)
        .thenComparing(p -> purchase(state, p))
        .thenComparingDouble(p -> pricePerCore(state, p))
        .thenComparing(p -> -p.like().resources().cpuMilli())
        .thenComparing(p -> -p.like().resources().memoryMib())
        .thenComparing(CellState.Partition::number);
  }

  private static Purchase purchase(CellState state, CellState.Partition partition) {
    NodePool pool = pool(state, partition.pool());
    return pool == null ? Purchase.ON_DEMAND : pool.purchase();
  }

  private static double pricePerCore(CellState state, CellState.Partition partition) {
    NodePool pool = pool(state, partition.pool());
    return pool == null ? 0 : pool.pricePerHour() / Math.max(1, pool.shape().cpuMilli());
  }

  private static @Nullable NodePool pool(CellState state, String key) {
    PoolState pool = state.pools().get(key);
    return pool == null ? null : pool.spec();
  }

  /**
   * Counts the nodes that each filter refuses, each node under the first filter that refuses it.
   *
   * @param forbidden slots that anti-affinity excludes, or null
   * @param onNode replicas of the service by slot, or null when their number is not limited
   */
  static SortedMap<String, Integer> refusals(
      CellState state,
      ServiceState service,
      boolean @Nullable [] forbidden,
      int @Nullable [] onNode) {
    SortedMap<String, Integer> counts = new TreeMap<>();
    NodeTable table = state.table();
    Cell cell = state.spec();
    boolean resident = cell != null && service.spec().mayRunIn(cell);
    PlacementRule rule = service.spec().placement();
    int cpu = Amounts.cpu(service.spec());
    int memory = Amounts.memory(service.spec());
    int gpu = Amounts.gpu(service.spec());
    for (NodeState node : state.nodes()) {
      int slot = node.slot();
      String filter = "zone-skew";
      if (!resident) {
        filter = "residency";
      } else if (node.draining()) {
        filter = "draining";
      } else if (!table.open(slot)) {
        filter = node.strangers() > 0 ? "unknown-replicas" : "silent";
      } else if (!matches(rule, node.descriptor().labels())) {
        filter = "label";
      } else if (!tolerates(rule, node.descriptor().taints())) {
        filter = "taint";
      } else if (forbidden != null && forbidden[slot]) {
        filter = "anti-affinity";
      } else if (onNode != null && onNode[slot] >= rule.replicasPerNodeMax()) {
        filter = "replicas-per-node";
      } else if (table.cpuFree(slot) < cpu) {
        filter = "cpu";
      } else if (table.memoryFree(slot) < memory) {
        filter = "memory";
      } else if (gpu > 0 && table.devicesFor(slot, gpu) == 0) {
        filter = "gpu";
      }
      counts.merge(filter, 1, Integer::sum);
    }
    if (counts.isEmpty()) {
      counts.put(resident ? "no-node" : "residency", 0);
    }
    return counts;
  }
}
