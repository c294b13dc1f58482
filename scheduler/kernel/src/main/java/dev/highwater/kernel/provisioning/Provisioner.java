package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.draft.Unmet;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Decides how many nodes each pool shall have.
 *
 * <p><b>Goals</b>: every replica that quota grants gets a node, at the least price within the order
 * of purchase; nodes nobody needs are given back, late enough that a second wave finds them.
 *
 * <p><b>Hard rules</b>: within each pool's minimum and maximum; a node is given back only when it
 * is empty; as many empty nodes as the spec calls warm are kept. A node that an operator cordons is
 * kept as it is, and counts as none that could be used; one that an operator drains is given back
 * once it is empty, and replaced where the minimum or what waits asks for it. So is each node of a
 * pool that was deleted, by other pools; declared again, it keeps those it still has. While a node
 * drains, no other is emptied, however long an operator's drain waits for room elsewhere.
 *
 * <p><b>Algorithm</b>: replicas that wait, or are foreseen, are packed, largest first, into nodes
 * that are booting already, then into new ones; where pools cannot hold all, those that wait come
 * before those of declared events, and these before those of forecasts. New nodes are reserved
 * before on-demand before spot, and of equals of the pool with the least cost for the part of a
 * node they need, the boots included that are paid for when a node is ordered and whenever a spot
 * node is taken away ({@link NodeCost}); then a cheaper mix of pools of one kind takes their place,
 * if there is one ({@link LeastCostMix}). A pool whose nodes in use could do with one less for as
 * long as its scale-in delay drains the emptiest; an empty node is given back after the same delay,
 * a drained one at once.
 *
 * <p><b>Order and price</b>: the order of purchase is a rule, the price decides only within one
 * kind. Reserved first is also the cheapest, because those nodes are paid for anyway. On-demand
 * before spot is not where spot costs less: it buys nodes that stay for more money, and keeps spot
 * for what on-demand pools cannot hold. Whoever wants more on spot bounds the on-demand pools by
 * {@code nodesMax}.
 *
 * <p><b>How near to the least cost</b>: of pools of one kind of purchase, the new nodes cost the
 * least of any mix, and any way to pack it, that holds what is given to this kind, as long as all
 * groups are one {@link Batch} (one group of any number, two sizes of 63 replicas, four of 4, seven
 * of 1) and the search needs no more than {@link LeastCostMix#STEPS_MAX} steps; and if the pools of
 * one kind can hold all, all is held. What else is packed already, and booting nodes that hold
 * something of an earlier batch, stay as they are. Several batches get such mixes one after
 * another, each with the rest of the nodes of those before it; all cost at most as many times the
 * least as there are batches, if no pool reaches its {@code nodesMax}. Beyond the steps the choice
 * node by node stands: one group costs at most H(m) = 1 + 1/2 + ... + 1/m times the least, m being
 * the most of its replicas that one node holds, and several cost at most the sum of their H(m)
 * times the least as long as no pool reaches its {@code nodesMax}. Parts of devices are packed in
 * the order of their size, so that the least is that of this way to pack them.
 *
 * <p><b>Source</b>: Cluster Autoscaler's expander "price" and scale-down-unneeded-time; Karpenter's
 * consolidation of the emptiest node. The bound is that of the greedy algorithm for submodular
 * covering: L. A. Wolsey, Combinatorica 2 (1982).
 *
 * <p>Stateless.
 */
public final class Provisioner {
  /** At most this part of a pool's nodes is emptied at a time. Chosen by us. */
  private static final int EMPTIED_PART = 20;

  private Provisioner() {}

  /**
   * Plans every declared pool of the cell, and those that were deleted until they have no node.
   *
   * @param lost nodes by slot that this decision declares lost; they count as gone
   * @param pending replicas that quota grants and no node has room for, now or by the time that a
   *     node ordered now carries them
   * @return a plan per pool, and what no pool can hold
   */
  public static NodePlan plan(CellState state, boolean[] lost, List<Pending> pending) {
    return plan(state, lost, pending, LeastCostMix.STEPS_MAX);
  }

  /** The same with another limit to the steps of the search for the mix of least cost. */
  static NodePlan plan(CellState state, boolean[] lost, List<Pending> pending, long stepsMax) {
    List<PoolDraft> pools = new ArrayList<>();
    Map<String, PoolDraft> byKey = new LinkedHashMap<>();
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.lastSpec();
      if (spec != null && (!pool.deleted() || pool.nodes() + pool.target() > 0)) {
        PoolDraft draft = new PoolDraft(pool, pool.deleted() ? spec.fewer(spec.nodesMax()) : spec);
        pools.add(draft);
        byKey.put(pool.key(), draft);
      }
    }
    NodeTable table = state.table();
    for (int slot = 0; slot < table.slots(); slot++) {
      NodeState node = state.nodeAt(slot);
      PoolDraft draft = node == null || lost[slot] ? null : byKey.get(node.pool());
      if (node != null && draft != null) {
        draft.count(node, table.replicas(slot), state.nowMs());
      }
    }
    List<Pending> largestFirst = new ArrayList<>(pending);
    largestFirst.sort(
        Comparator.comparing((Pending p) -> -p.service().resources().gpuMilli())
            .thenComparing(p -> -p.service().resources().cpuMilli())
            .thenComparing(p -> -p.service().resources().memoryMib())
            .thenComparing(p -> p.service().id()));
    Map<ServiceId, Unmet> unmet = pack(pools, largestFirst, List.of(Need.FORECAST), stepsMax);
    if (displaces(largestFirst, unmet)) {
      unmet = pack(pools, largestFirst, List.of(Need.values()), stepsMax);
    }
    List<PoolPlan> plans = new ArrayList<>();
    for (PoolDraft draft : pools) {
      plans.add(plan(state, draft, !pending.isEmpty()));
    }
    return new NodePlan(plans, unmet);
  }

  /**
   * Packs all groups from the start.
   *
   * @param upTo what is packed before anything less urgent of any group
   * @return what no pool can hold
   */
  private static Map<ServiceId, Unmet> pack(
      List<PoolDraft> pools, List<Pending> groups, List<Need> upTo, long stepsMax) {
    pools.forEach(PoolDraft::begin);
    List<Packing> packings = groups.stream().map(Packing::new).toList();
    LeastCostMix search = new LeastCostMix(stepsMax);
    for (Need need : upTo) {
      packings.forEach(packing -> packing.upTo(need));
      Batch.of(pools, packings).forEach(batch -> batch.pack(search));
    }
    Map<ServiceId, Unmet> unmet = new TreeMap<>();
    for (Packing packing : packings) {
      if (!packing.unmet().equals(Unmet.NONE)) {
        unmet.put(packing.service().id(), packing.unmet());
      }
    }
    return unmet;
  }

  /** Whether what is less urgent may have taken the nodes of what no pool can hold. */
  private static boolean displaces(List<Pending> groups, Map<ServiceId, Unmet> unmet) {
    boolean waits = unmet.values().stream().anyMatch(each -> each.waiting() > 0);
    boolean foreseen = groups.stream().anyMatch(each -> each.forecast() > 0);
    boolean declared = groups.stream().anyMatch(each -> each.calendar() > 0);
    return !unmet.isEmpty() && (foreseen || (waits && declared));
  }

  private static PoolPlan plan(CellState state, PoolDraft draft, boolean anyPending) {
    PoolState pool = draft.pool;
    NodePool spec = draft.spec;
    long nowMs = state.nowMs();
    int joined = draft.joined;
    int used = draft.used;
    int emptyOpen = draft.emptyOpen;
    int needed = draft.needed();
    int booting = draft.booting;
    int warmMissing = Math.max(0, spec.nodesWarm() - emptyOpen - Math.max(0, booting - needed));
    int target = joined + Math.max(booting, needed + warmMissing);
    target = Math.max(spec.nodesMin(), Math.min(Math.max(spec.nodesMax(), used), target));
    List<String> release = new ArrayList<>();
    int keepEmpty = spec.nodesWarm();
    for (NodeState node : draft.givable) {
      boolean spare = node.draining() || emptyOpen > keepEmpty;
      boolean may = needed == 0 && spare && target - release.size() > spec.nodesMin();
      if (may || draft.pool.deleted() || node.drainReason() == Fact.DrainReason.ORDERED) {
        release.add(node.name());
        emptyOpen -= node.draining() ? 0 : 1;
      }
    }
    target = Math.max(Math.max(spec.nodesMin(), used), target - release.size());
    List<NodeState> emptiest = new ArrayList<>();
    boolean surplus =
        pool.surplusSinceMs() > 0 && nowMs - pool.surplusSinceMs() >= spec.scaleInDelayMs();
    if (surplus && !anyPending && draft.draining == 0 && release.isEmpty()) {
      int most = Math.min(pool.surplusNodes(), Math.max(1, used / EMPTIED_PART));
      emptiest = emptiest(state.table(), draft, Math.min(most, target - spec.nodesMin()));
    }
    return new PoolPlan(
        pool,
        target,
        release,
        emptiest,
        new PoolExplained(
            pool.key(),
            pool.target(),
            target,
            used,
            draft.needed(Need.WAITING),
            draft.needed(Need.CALENDAR),
            draft.needed(Need.FORECAST),
            spec.nodesWarm(),
            reason(draft, needed, warmMissing, release),
            null));
  }

  /** Why a pool's target moves, in words; one that stays has no need of them. */
  private static String reason(PoolDraft pool, int needed, int warmMissing, List<String> release) {
    if (needed > pool.booting) {
      return pool.orderedFor();
    }
    if (pool.pool.deleted()) {
      return "the pool was deleted";
    }
    if (!release.isEmpty()) {
      boolean ordered =
          pool.givable.stream().anyMatch(node -> node.drainReason() == Fact.DrainReason.ORDERED);
      return ordered ? "an operator drained nodes" : "nodes stayed empty";
    }
    return needed + warmMissing > pool.booting ? "warm nodes are in use" : "bounds";
  }

  private static List<NodeState> emptiest(NodeTable table, PoolDraft draft, int count) {
    draft.inUse.sort(
        Comparator.comparingInt((NodeState node) -> table.replicas(node.slot()))
            .thenComparingInt(NodeState::slot));
    return draft.inUse.subList(0, Math.max(0, Math.min(count, draft.inUse.size())));
  }
}
