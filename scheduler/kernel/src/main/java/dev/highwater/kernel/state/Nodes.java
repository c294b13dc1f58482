package dev.highwater.kernel.state;

import dev.highwater.model.CellImage;
import dev.highwater.model.Cordon;
import dev.highwater.model.Fact;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of a cell: by name, by slot of the capacity table, and in partitions that filters treat
 * alike.
 *
 * <p>Journaled. Confined to the thread that owns the cell's state.
 */
final class Nodes {
  /** Names of released nodes that a pool's order can carry. Chosen by us. */
  private static final int RELEASED_MAX = 1_000;

  final NodeTable table;
  private final NavigableMap<String, NodeState> byName = new TreeMap<>();
  private final Map<String, NodeState> byHash = new LinkedHashMap<>();
  private @Nullable NodeState[] bySlot = new NodeState[16];
  private final List<String> zones = new ArrayList<>();
  private final List<Partition> partitions = new ArrayList<>();
  private final Map<String, Integer> partitionByKey = new LinkedHashMap<>();
  private final Map<String, List<String>> released = new TreeMap<>();
  private long partitionsVersion;
  private int draining;

  Nodes() {
    this(new NodeTable());
  }

  private Nodes(NodeTable table) {
    this.table = table;
  }

  Nodes copy(Function<String, PoolState> pools) {
    Nodes copy = new Nodes(table.copy());
    copy.bySlot = new NodeState[bySlot.length];
    for (NodeState node : byName.values()) {
      copy.keep(node.copy(pools.apply(node.pool())));
    }
    copy.zones.addAll(zones);
    copy.partitions.addAll(partitions);
    copy.partitionByKey.putAll(partitionByKey);
    released.forEach((key, list) -> copy.released.put(key, new ArrayList<>(list)));
    copy.partitionsVersion = partitionsVersion;
    copy.draining = draining;
    return copy;
  }

  Collection<NodeState> all() {
    return Collections.unmodifiableCollection(byName.values());
  }

  @Nullable NodeState get(String name) {
    return byHash.get(name);
  }

  @Nullable NodeState at(int slot) {
    return bySlot[slot];
  }

  List<String> zones() {
    return Collections.unmodifiableList(zones);
  }

  List<Partition> partitions() {
    return Collections.unmodifiableList(partitions);
  }

  /** Grows when what was computed from partitions, pools or the cell is to be computed again. */
  long partitionsVersion() {
    return partitionsVersion;
  }

  /** What was computed from partitions, pools or the cell is to be computed again. */
  void partitionsChanged() {
    partitionsVersion++;
  }

  List<String> released(String pool) {
    return Collections.unmodifiableList(released.getOrDefault(pool, List.of()));
  }

  void forgetReleased(String pool) {
    released.remove(pool);
  }

  int draining() {
    return draining;
  }

  /** Names of released nodes by pool, as far as there are any. */
  SortedMap<String, List<String>> released() {
    SortedMap<String, List<String>> copy = new TreeMap<>();
    released.forEach(
        (pool, names) -> {
          if (!names.isEmpty()) {
            copy.put(pool, List.copyOf(names));
          }
        });
    return copy;
  }

  void wereReleased(String pool, List<String> names) {
    released.put(pool, new ArrayList<>(names));
  }

  /** Numbers a zone, if it is new. */
  int zone(String name) {
    int zone = zones.indexOf(name);
    if (zone < 0) {
      zone = zones.size();
      zones.add(name);
      partitionsVersion++;
    }
    return zone;
  }

  /** Numbers a partition as it was before, though it may have no node now. */
  void wasPartition(CellImage.Partition kept) {
    int number = partition(kept.like(), kept.zone());
    if (kept.devices()) {
      table.hadDevices(number);
    }
  }

  /** Gives the node a slot in its partition. */
  NodeState join(NodeDescriptor descriptor, PoolState pool) {
    int zone = zone(descriptor.zone());
    Resources r = descriptor.resources();
    int slot =
        table.addNode(
            partition(descriptor, zone),
            Amounts.whole(r.cpuMilli()),
            Amounts.whole(r.memoryMib()),
            Amounts.devices(r));
    return joined(descriptor, slot, zone, pool);
  }

  /** Gives the node the slot that it had. */
  NodeState was(NodeDescriptor descriptor, int slot, PoolState pool) {
    int zone = zone(descriptor.zone());
    Resources r = descriptor.resources();
    table.putNode(
        slot,
        partition(descriptor, zone),
        Amounts.whole(r.cpuMilli()),
        Amounts.whole(r.memoryMib()),
        Amounts.devices(r));
    return joined(descriptor, slot, zone, pool);
  }

  private NodeState joined(NodeDescriptor descriptor, int slot, int zone, PoolState pool) {
    NodeState node = new NodeState(descriptor, slot, zone, pool);
    keep(node);
    pool.nodes++;
    draining += node.draining() ? 1 : 0;
    released.values().forEach(names -> names.remove(descriptor.name()));
    return node;
  }

  private int partition(NodeDescriptor like, int zone) {
    String key = like.pool() + "|" + like.zone() + "|" + like.labels() + "|" + like.taints();
    Integer known = partitionByKey.get(key);
    if (known != null) {
      return known;
    }
    int number = table.addPartition();
    partitions.add(new Partition(number, like.pool(), zone, like));
    partitionByKey.put(key, number);
    partitionsVersion++;
    return number;
  }

  private void keep(NodeState node) {
    byName.put(node.name(), node);
    byHash.put(node.name(), node);
    reach(node.slot + 1);
    bySlot[node.slot] = node;
  }

  private void reach(int slots) {
    if (slots > bySlot.length) {
      bySlot = Arrays.copyOf(bySlot, Math.max(slots, bySlot.length * 2));
    }
  }

  /** So many slots were ever used, though the last of them may be empty now. */
  void slotsWere(int slots) {
    reach(slots);
    table.slotsWere(slots);
  }

  void remove(NodeState node) {
    draining -= node.draining() ? 1 : 0;
    byName.remove(node.name());
    byHash.remove(node.name());
    bySlot[node.slot] = null;
    table.removeNode(node.slot);
    node.pool.nodes--;
  }

  /** Notes that a node that was removed shall be given back to whoever runs the pool. */
  void giveBack(NodeState node) {
    List<String> list = released.computeIfAbsent(node.pool(), key -> new ArrayList<>());
    list.add(node.name());
    if (list.size() > RELEASED_MAX) {
      list.remove(0);
    }
  }

  void drain(NodeState node, Fact.DrainReason reason) {
    draining -= node.draining() ? 1 : 0;
    node.draining = reason;
    draining += node.draining() ? 1 : 0;
  }

  /** A pool has another spec, or with null is deleted and its nodes drain. */
  void declare(PoolState pool, @Nullable NodePool spec, long nowMs) {
    boolean before = pool.deleted();
    pool.declare(spec);
    partitionsVersion++;
    if (pool.deleted() != before) {
      draining = 0;
      for (NodeState node : byName.values()) {
        draining += node.draining() ? 1 : 0;
        refreshOpen(node, nowMs);
      }
    }
  }

  /** An operator cordons a node, or with null does so no longer. */
  void cordon(NodeState node, @Nullable Cordon cordon) {
    draining -= node.draining() ? 1 : 0;
    node.cordon = cordon;
    draining += node.draining() ? 1 : 0;
  }

  /** Opens or closes a node for new replicas by what is known of it now. */
  void refreshOpen(NodeState node, long nowMs) {
    table.setOpen(
        node.slot,
        node.usable()
            && node.leavesAtMs == 0
            && node.strangers == 0
            && node.connected
            && node.heardAt(nowMs));
  }
}
