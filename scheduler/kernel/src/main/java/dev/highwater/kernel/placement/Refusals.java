package dev.highwater.kernel.placement;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.state.Amounts;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.Partition;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Says why replicas stay pending: how many nodes each filter refuses.
 *
 * <p>Counted only for what stays pending, and for so many services a decision as time allows. Made
 * for one decision; confined to its thread.
 */
public final class Refusals {
  /**
   * Nodes looked at per decision to count refusals: enough for 200 pending services on 10,000
   * nodes, about 10 ms.
   */
  private static final long NODES_MAX = 2_000_000;

  private final CellState state;
  private final Placing placing;
  private long left = NODES_MAX;

  /** Begins. */
  public Refusals(Draft draft, Placing placing) {
    this.state = draft.state();
    this.placing = placing;
  }

  /** Whether one replica would fit into an empty node of any pool or partition. */
  public boolean fitsSomewhere(ServiceState service) {
    Resources each = service.spec().resources();
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null && Amounts.fits(each, spec.shape())) {
        return true;
      }
    }
    for (Partition partition : state.partitions()) {
      if (Amounts.fits(each, partition.like().resources())) {
        return true;
      }
    }
    return false;
  }

  /** Nodes by the first filter that refuses them. */
  public SortedMap<String, Integer> count(ServiceDraft service) {
    left -= state.nodes().size();
    if (left < 0) {
      SortedMap<String, Integer> uncounted = new TreeMap<>();
      uncounted.put("not-counted", state.nodes().size());
      return uncounted;
    }
    Group group = placing.known(service);
    return byFilter(
        state,
        service.service(),
        SpotShare.left(state, service) <= 0,
        group == null ? null : group.forbidden(),
        group == null ? null : group.onNode());
  }

  /**
   * Counts the nodes that each filter refuses, each node under the first filter that refuses it.
   *
   * @param spotIsFull whether no more of the service may be on spot nodes
   * @param forbidden slots that anti-affinity excludes, or null
   * @param onNode replicas of the service by slot, or null when their number is not limited
   */
  private static SortedMap<String, Integer> byFilter(
      CellState state,
      ServiceState service,
      boolean spotIsFull,
      boolean @Nullable [] forbidden,
      int @Nullable [] onNode) {
    SortedMap<String, Integer> counts = new TreeMap<>();
    NodeTable table = state.table();
    Cell cell = state.spec();
    boolean resident = cell != null && service.spec().mayRunIn(cell);
    String[] ofPartition =
        state.partitions().stream()
            .map(each -> Filters.refusedBy(service, each))
            .toArray(String[]::new);
    int onNodeMax = service.spec().onNodeMax();
    boolean alone = service.spec().placement().antiAffinity().contains(service.id());
    int cpu = Amounts.cpu(service.spec());
    int memory = Amounts.memory(service.spec());
    int gpu = Amounts.gpu(service.spec());
    String last = "";
    int alike = 0;
    for (NodeState node : state.nodes()) {
      int slot = node.slot();
      int partition = table.partitionOf(slot);
      String filter = "zone-skew";
      if (!resident) {
        filter = "residency";
      } else if (node.draining()) {
        filter = "draining";
      } else if (node.cordon() != null) {
        filter = "cordoned";
      } else if (!table.open(slot)) {
        filter = node.strangers() > 0 ? "unknown-replicas" : "silent";
      } else if (!ofPartition[partition].isEmpty()) {
        filter = ofPartition[partition];
      } else if (forbidden != null && forbidden[slot]) {
        filter = "anti-affinity";
      } else if (onNode != null && onNode[slot] >= onNodeMax) {
        filter = alone ? "anti-affinity" : "replicas-per-node";
      } else if (table.cpuFree(slot) < cpu) {
        filter = "cpu";
      } else if (table.memoryFree(slot) < memory) {
        filter = "memory";
      } else if (gpu > 0 && table.devicesFor(slot, gpu) == 0) {
        filter = "gpu";
      } else if (spotIsFull && SpotShare.spot(state, state.partitions().get(partition))) {
        filter = "spot-share";
      }
      if (!filter.equals(last)) {
        add(counts, last, alike);
        last = filter;
        alike = 0;
      }
      alike++;
    }
    add(counts, last, alike);
    if (counts.isEmpty()) {
      counts.put(resident ? "no-node" : "residency", 0);
    }
    return counts;
  }

  private static void add(SortedMap<String, Integer> counts, String filter, int nodes) {
    if (nodes > 0) {
      counts.merge(filter, nodes, Integer::sum);
    }
  }
}
