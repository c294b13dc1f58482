package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.PoolFilter;
import dev.highwater.model.NodePool;
import dev.highwater.model.Purchase;
import dev.highwater.model.Resources;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Groups of pending replicas that get their nodes together.
 *
 * <p><b>Algorithm</b>: the groups are packed one after another, node by node, each node the one on
 * which its replicas cost least. Then, of each kind of purchase, the nodes that came of it are
 * replaced by the {@link LeastCostMix} that also holds what found no node, or else by the one that
 * holds the same replicas for less. So the order of purchase and the share on spot are as they were
 * packed, and the batch never costs more for the same. Nodes that boot, and hold nothing of earlier
 * batches, are part of the mix at no cost: what was ordered for a mix holds it at the next decision
 * too, for which packing node by node is not enough.
 *
 * <p>Replicas that are alike count as one size, whatever their service. A node costs what {@link
 * NodeCost} says for the slowest replicas of the batch.
 *
 * <p>Made for one plan; confined to its thread.
 */
final class Batch {
  /**
   * Two or more groups share a batch as long as the product of {@code 2 (n + 1)} over the sizes of
   * replicas, {@code n} of each, is at most this: one size of 8,191, two of 63, four of 4, seven of
   * 1. The states of the search are the product of {@code n + 1}, and each size more about doubles
   * the ways to fill a node. Chosen by us: of 2^12 to 2^16 the one with the least cost of random
   * groups, 2 of up to 40 replicas to 2,000 of one, within the steps that a plan has.
   */
  static final int WORK_MAX = 1 << 14;

  private final List<PoolDraft> pools;
  private final List<Packing> groups = new ArrayList<>();

  /**
   * What makes replicas alike: what they need, and on which of the pools' booting and new nodes
   * they may be.
   *
   * @param alone the service, where not all its replicas may share a node; null otherwise
   */
  private record Size(
      Resources each, List<Boolean> booting, List<Boolean> ordered, @Nullable ServiceId alone) {}

  /** Replicas of a group that are to be moved to other nodes. */
  private static final class Part {
    final Packing group;
    int left;

    Part(Packing group, int replicas) {
      this.group = group;
      left = replicas;
    }
  }

  private Batch(List<PoolDraft> pools) {
    this.pools = pools;
  }

  /** Splits groups, largest first, into batches that are small enough for the search. */
  static List<Batch> of(List<PoolDraft> pools, List<Packing> groups) {
    List<Batch> batches = new ArrayList<>();
    Map<Size, Integer> counts = new LinkedHashMap<>();
    Batch batch = new Batch(pools);
    long work = 1;
    for (Packing group : groups) {
      if (group.left() == 0) {
        continue;
      }
      Size size = size(pools, group);
      int before = counts.getOrDefault(size, 0);
      long more = group.left() + 1L;
      work = before == 0 ? work * 2 * more : work / (before + 1) * (before + more);
      if (work > WORK_MAX && !batch.groups.isEmpty()) {
        batches.add(batch);
        batch = new Batch(pools);
        counts.clear();
        before = 0;
        work = 2 * more;
      }
      counts.put(size, before + group.left());
      batch.groups.add(group);
    }
    if (!batch.groups.isEmpty()) {
      batches.add(batch);
    }
    return batches;
  }

  private static Size size(List<PoolDraft> pools, Packing group) {
    List<Boolean> booting = new ArrayList<>();
    List<Boolean> ordered = new ArrayList<>();
    for (PoolDraft pool : pools) {
      booting.add(PoolFilter.accepts(pool.spec, group.service()));
      ordered.add(group.finds(pool.spec));
    }
    ServiceId alone = group.service().onNodeMax() == 0 ? null : group.service().id();
    return new Size(group.service().resources(), booting, ordered, alone);
  }

  /** Gives every replica a node, as far as pools may have them. */
  void pack(LeastCostMix search) {
    groups.forEach(this::pack);
    for (Purchase kind : Purchase.values()) {
      replace(pools.stream().filter(pool -> pool.spec.purchase() == kind).toList(), search);
    }
    // A cheaper mix may have left a node of a bounded pool to what found none.
    groups.forEach(this::pack);
    pools.forEach(PoolDraft::settle);
  }

  private void pack(Packing group) {
    for (PoolDraft pool : pools) {
      if (group.left() > 0 && PoolFilter.accepts(pool.spec, group.service())) {
        pool.fill(group);
      }
    }
    while (group.left() > 0) {
      PoolDraft best = null;
      for (PoolDraft pool : pools) {
        if (group.finds(pool.spec)
            && pool.mayOpen()
            && group.leftFor(pool.spot) > 0
            && (best == null || before(pool.spec, best.spec, group))) {
          best = pool;
        }
      }
      if (best == null) {
        return;
      }
      best.open();
      best.pack(group, group.left());
    }
  }

  /** What is paid for anyway first, what may be taken away last, and of equals the least cost. */
  private static boolean before(NodePool pool, NodePool other, Packing group) {
    int order = pool.purchase().compareTo(other.purchase());
    return order != 0
        ? order < 0
        : NodeCost.of(pool, group.service(), group.left())
            < NodeCost.of(other, group.service(), group.left());
  }

  /**
   * Replaces the nodes of pools of one kind by others that hold also what found no node, or at
   * least by cheaper ones that hold the same, if there are.
   */
  private void replace(List<PoolDraft> kind, LeastCostMix search) {
    boolean unmet = groups.stream().anyMatch(group -> group.left() > 0);
    boolean mayHoldMore = kind.stream().anyMatch(pool -> pool.unsettledMost() > 0);
    boolean held = unmet && mayHoldMore && replace(kind, search, true);
    if (!held && kind.stream().anyMatch(pool -> pool.ordered() > 0)) {
      replace(kind, search, false);
    }
  }

  private boolean replace(List<PoolDraft> kind, LeastCostMix search, boolean more) {
    Map<Size, List<Part>> parts = parts(kind, more);
    double cost = 0;
    List<LeastCostMix.Offer> booting = new ArrayList<>();
    List<LeastCostMix.Offer> ordered = new ArrayList<>();
    long bootMs = bootMs(parts);
    for (int i = 0; i < kind.size(); i++) {
      int at = i;
      PoolDraft pool = kind.get(i);
      Resources shape = pool.spec.shape();
      double price = NodeCost.ofNode(pool.spec, bootMs);
      List<Boolean> whenBooting =
          parts.keySet().stream().map(size -> size.booting().get(at)).toList();
      List<Boolean> whenOrdered =
          parts.keySet().stream().map(size -> size.ordered().get(at)).toList();
      booting.add(new LeastCostMix.Offer(shape, pool.unsettledBooting(), 0, whenBooting));
      ordered.add(new LeastCostMix.Offer(shape, pool.orderable(), price, whenOrdered));
      cost += pool.ordered() * price;
    }
    List<LeastCostMix.Offer> offers = new ArrayList<>(booting);
    offers.addAll(ordered);
    List<LeastCostMix.Chosen> mix =
        search.find(demands(parts), offers, more ? Double.POSITIVE_INFINITY : cost);
    if (mix == null) {
      return false;
    }
    kind.forEach(PoolDraft::takeBack);
    for (LeastCostMix.Chosen node : mix) {
      carryOut(node, kind.get(node.offer() % kind.size()), List.copyOf(parts.values()));
    }
    return true;
  }

  /**
   * What lies on the nodes of these pools, of like replicas together.
   *
   * @param more whether also what found no node
   */
  private Map<Size, List<Part>> parts(List<PoolDraft> kind, boolean more) {
    Map<Packing, Integer> replicas = new LinkedHashMap<>();
    for (Packing group : groups) {
      boolean finds = kind.stream().anyMatch(pool -> group.finds(pool.spec));
      replicas.put(group, more && finds ? group.leftFor(kind.get(0).spot) : 0);
    }
    for (PoolDraft pool : kind) {
      pool.unsettled().forEach(load -> replicas.merge(load.group(), load.replicas(), Integer::sum));
    }
    Map<Size, List<Part>> parts = new LinkedHashMap<>();
    replicas.forEach(
        (group, n) -> {
          if (n > 0) {
            Size size = size(kind, group);
            parts.computeIfAbsent(size, any -> new ArrayList<>()).add(new Part(group, n));
          }
        });
    return parts;
  }

  private static List<LeastCostMix.Demand> demands(Map<Size, List<Part>> parts) {
    List<LeastCostMix.Demand> demands = new ArrayList<>();
    for (Map.Entry<Size, List<Part>> each : parts.entrySet()) {
      int count = 0;
      int onNodeMax = 0;
      for (Part part : each.getValue()) {
        count += part.left;
        onNodeMax = part.group.service().onNodeMax();
      }
      onNodeMax = onNodeMax == 0 ? count : onNodeMax;
      demands.add(new LeastCostMix.Demand(each.getKey().each(), count, onNodeMax));
    }
    return demands;
  }

  /** Of the slowest of these replicas, because a node is of full use once all on it have booted. */
  private static long bootMs(Map<Size, List<Part>> parts) {
    long bootMs = 0;
    for (List<Part> like : parts.values()) {
      for (Part part : like) {
        bootMs = Math.max(bootMs, part.group.service().capacity().boot().p99Ms());
      }
    }
    return bootMs;
  }

  private static void carryOut(LeastCostMix.Chosen node, PoolDraft pool, List<List<Part>> parts) {
    pool.open();
    for (int i = 0; i < parts.size(); i++) {
      int left = node.replicas().get(i);
      for (Part part : parts.get(i)) {
        int done = pool.pack(part.group, Math.min(left, part.left));
        part.left -= done;
        left -= done;
      }
    }
  }
}
