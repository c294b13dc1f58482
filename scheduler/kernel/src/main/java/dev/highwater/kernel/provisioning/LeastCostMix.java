package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Searches for the nodes of least cost that hold given replicas.
 *
 * <p><b>Goals</b>: the least cost of any mix of the nodes on offer, and of any way to pack them,
 * wherever that can be had in a bounded time.
 *
 * <p><b>Algorithm</b>: a dynamic programme over how many replicas of each size are held. The least
 * cost to hold so many is that of one node, filled in one of the ways to which no replica can be
 * added, and the least cost to hold the others. Offers are gone through one after another: one that
 * has more nodes than could ever pay is used without a limit in one pass over the table, any other
 * one in a pass for each of its nodes. Work is counted in steps, at most the passes, times the
 * states of the table, times the ways to fill a node, times the sizes; never in time, so that every
 * machine finds the same. Parts of devices are packed in the order of the sizes, as {@link
 * NodeRoom} does it, so with these another way to pack a node may hold more.
 *
 * <p><b>Source</b>: P. C. Gilmore and R. E. Gomory, Operations Research 9 (1961), for the ways to
 * fill as columns; the bounded knapsack's dynamic programme.
 *
 * <p>Made for one plan, of all of whose searches it counts the steps; confined to its thread.
 */
final class LeastCostMix {
  /**
   * All searches of a plan together. Chosen by us: a step took 4 ns with two sizes and 9 ns with
   * one, so that a plan takes 1 to 3 ms more at most; random plans of up to four groups cost no
   * less with four times as many.
   */
  static final int STEPS_MAX = 1 << 18;

  /** A mix that is cheaper by less than this part is not: sums of prices are rounded. */
  private static final double ROUNDING = 1e-9;

  private long stepsLeft;

  /** Replicas of one size that are to be held, at most so many of them on a node. */
  record Demand(Resources each, int count, int onNodeMax) {}

  /**
   * Nodes that can be had.
   *
   * @param price of each; 0 for what is ordered already
   * @param holds whether they may hold the replicas of each demand
   */
  record Offer(Resources shape, int count, double price, List<Boolean> holds) {}

  /** A node of an offer, and how many replicas of each demand go there. */
  record Chosen(int offer, List<Integer> replicas) {}

  /** The last node of a mix, a way to fill it, and the mix before it. */
  private static final class Last {
    final int offer;
    final int[] fill;
    final @Nullable Last before;

    Last(int offer, int[] fill, @Nullable Last before) {
      this.offer = offer;
      this.fill = fill;
      this.before = before;
    }
  }

  LeastCostMix(long stepsMax) {
    stepsLeft = stepsMax;
  }

  /**
   * The mix of least cost.
   *
   * @param below what it has to cost less than
   * @return the nodes in the order of their offers; null when none costs less, or too many steps
   *     would be needed to tell
   */
  @Nullable List<Chosen> find(List<Demand> demands, List<Offer> offers, double below) {
    int replicas = 0;
    long states = 1;
    for (Demand demand : demands) {
      replicas += demand.count();
      states *= demand.count() + 1L;
      if (states > stepsLeft) {
        return null;
      }
    }
    Table table = new Table(demands, (int) states, below * (1 - ROUNDING));
    for (int i = 0; i < offers.size(); i++) {
      Offer offer = offers.get(i);
      if (offer.count() == 0) {
        continue;
      }
      List<int[]> fills = fills(demands, offer);
      // A mix of more nodes than this costs too much, or has one that holds nothing.
      int useful = (int) Math.min(replicas, below / offer.price());
      boolean unlimited = offer.count() >= useful;
      int passes = unlimited ? Math.min(1, useful) : offer.count();
      long steps = states * passes * fills.size() * demands.size();
      if (steps > stepsLeft) {
        return null;
      }
      stepsLeft -= steps;
      boolean better = true;
      for (int pass = 0; pass < passes && better; pass++) {
        better = table.add(i, offer.price(), fills, unlimited);
      }
    }
    return table.mix();
  }

  /** The ways to fill a node to which no replica can be added; as many as steps allow. */
  private List<int[]> fills(List<Demand> demands, Offer offer) {
    List<int[]> fills = new ArrayList<>();
    fill(demands, offer, NodeRoom.of(offer.shape()), new int[demands.size()], 0, fills);
    return fills;
  }

  private void fill(
      List<Demand> demands, Offer offer, NodeRoom room, int[] fill, int at, List<int[]> fills) {
    stepsLeft -= demands.size();
    if (stepsLeft < 0) {
      return;
    }
    if (at == demands.size()) {
      if (isFull(demands, offer, room, fill)) {
        fills.add(fill.clone());
      }
      return;
    }
    int most = offer.holds().get(at) ? most(demands.get(at), room) : 0;
    int least = at == demands.size() - 1 ? most : 0;
    for (int n = most; n >= least; n--) {
      NodeRoom rest = room.copy();
      rest.take(demands.get(at).each(), n);
      fill[at] = n;
      fill(demands, offer, rest, fill, at + 1, fills);
    }
  }

  private static int most(Demand demand, NodeRoom room) {
    return room.copy().take(demand.each(), Math.min(demand.count(), demand.onNodeMax()));
  }

  private static boolean isFull(List<Demand> demands, Offer offer, NodeRoom room, int[] fill) {
    for (int i = 0; i < fill.length; i++) {
      Demand demand = demands.get(i);
      boolean more = fill[i] < Math.min(demand.count(), demand.onNodeMax());
      if (more && offer.holds().get(i) && room.copy().take(demand.each(), 1) > 0) {
        return false;
      }
    }
    return true;
  }

  /** The least cost to hold at least so many replicas of each demand. */
  private static final class Table {
    /** How far apart states are that differ by one replica of a demand. */
    private final int[] stride;

    private final int[] size;
    private final double[] cost;
    private final @Nullable Last[] last;

    Table(List<Demand> demands, int states, double below) {
      stride = new int[demands.size()];
      size = new int[demands.size()];
      int apart = 1;
      for (int d = 0; d < stride.length; d++) {
        stride[d] = apart;
        size[d] = demands.get(d).count() + 1;
        apart *= size[d];
      }
      cost = new double[states];
      last = new Last[states];
      Arrays.fill(cost, below);
      cost[0] = 0;
    }

    /**
     * Adds a node where that costs less.
     *
     * @param again whether any number of them: then the table is gone through from below, where
     *     states have such a node already; otherwise from above, where they have none yet
     * @return whether it did anywhere
     */
    boolean add(int offer, double price, List<int[]> fills, boolean again) {
      boolean better = false;
      for (int i = 1; i < cost.length; i++) {
        int state = again ? i : cost.length - i;
        for (int[] fill : fills) {
          int before = without(state, fill);
          if (cost[before] + price < cost[state]) {
            cost[state] = cost[before] + price;
            last[state] = new Last(offer, fill, last[before]);
            better = true;
          }
        }
      }
      return better;
    }

    /** What is left to be held of a state beside a node. */
    private int without(int state, int[] fill) {
      int before = state;
      for (int d = 0; d < fill.length; d++) {
        before -= Math.min(state / stride[d] % size[d], fill[d]) * stride[d];
      }
      return before;
    }

    /** The mix that holds all, its first nodes as full as they can be. */
    @Nullable List<Chosen> mix() {
      List<Last> nodes = new ArrayList<>();
      for (Last node = last[last.length - 1]; node != null; node = node.before) {
        nodes.add(node);
      }
      Collections.reverse(nodes);
      int left = cost.length - 1;
      List<Chosen> mix = new ArrayList<>();
      for (Last node : nodes) {
        int beside = without(left, node.fill);
        List<Integer> replicas = new ArrayList<>();
        for (int d = 0; d < size.length; d++) {
          replicas.add(left / stride[d] % size[d] - beside / stride[d] % size[d]);
        }
        if (beside < left) {
          mix.add(new Chosen(node.offer, replicas));
        }
        left = beside;
      }
      return mix.isEmpty() ? null : mix;
    }
  }
}
