package dev.highwater.kernel.placement;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.Partition;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.NodePool;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.Purchase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which partitions of nodes a service may use, best first.
 *
 * <p>Filters of a whole partition (residency, labels, taints) are evaluated once per service and
 * kept until nodes or specs change; filters of one node (open, room, rules) are the placer's.
 * Stateless.
 */
public final class Filters {
  private Filters() {}

  /**
   * The partitions that a service may use.
   *
   * @return {@code [zone]} to partitions, best first: reserved before on-demand before spot, cheap
   *     before dear, big before small; for a service without devices those with devices come last
   */
  public static int[][] usable(CellState state, ServiceState service) {
    int[][] cached = state.cachedPartitions(service);
    if (cached != null) {
      return cached;
    }
    int zones = state.zones().size();
    List<List<Partition>> rows = new ArrayList<>();
    for (int z = 0; z < zones; z++) {
      rows.add(new ArrayList<>());
    }
    Cell cell = state.spec();
    if (cell != null && service.spec().mayRunIn(cell)) {
      for (Partition partition : state.partitions()) {
        if (refusedBy(service, partition).isEmpty() && hasDevicesFor(service, partition)) {
          rows.get(partition.zone()).add(partition);
        }
      }
    }
    boolean wantsDevices = service.spec().resources().gpuMilli() > 0;
    int[][] usable = new int[zones][];
    for (int z = 0; z < zones; z++) {
      rows.get(z).sort(preference(state, wantsDevices));
      usable[z] = rows.get(z).stream().mapToInt(Partition::number).toArray();
    }
    state.cachePartitions(service, usable);
    return usable;
  }

  /** The filter that refuses a partition whatever is free there; empty when none does. */
  static String refusedBy(ServiceState service, Partition partition) {
    PlacementRule rule = service.spec().placement();
    if (!rule.matches(partition.like().labels())) {
      return "label";
    }
    if (!rule.tolerates(partition.like().taints())) {
      return "taint";
    }
    return "";
  }

  private static boolean hasDevicesFor(ServiceState service, Partition partition) {
    return service.spec().resources().gpuMilli() == 0
        || partition.like().resources().gpuMilli() >= 1_000;
  }

  private static Comparator<Partition> preference(CellState state, boolean wantsDevices) {
    return Comparator.comparing(
            (Partition p) -> !wantsDevices && p.like().resources().gpuMilli() > 0)
        .thenComparing(p -> purchase(state, p))
        .thenComparingDouble(p -> pricePerCore(state, p))
        .thenComparing(p -> -p.like().resources().cpuMilli())
        .thenComparing(p -> -p.like().resources().memoryMib())
        .thenComparing(Partition::number);
  }

  private static Purchase purchase(CellState state, Partition partition) {
    NodePool pool = pool(state, partition.pool());
    return pool == null ? Purchase.ON_DEMAND : pool.purchase();
  }

  private static double pricePerCore(CellState state, Partition partition) {
    NodePool pool = pool(state, partition.pool());
    return pool == null ? 0 : pool.pricePerHour() / Math.max(1, pool.shape().cpuMilli());
  }

  private static @Nullable NodePool pool(CellState state, String key) {
    PoolState pool = state.pools().get(key);
    return pool == null ? null : pool.spec();
  }
}
