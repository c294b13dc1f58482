package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.model.NodePool;
import dev.highwater.model.Purchase;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * One pool in the making of a plan: the nodes that it has, and those to come with what is packed
 * into them.
 *
 * <p>Made for one plan; confined to its thread.
 */
final class PoolDraft {
  final PoolState pool;
  final NodePool spec;
  final boolean spot;
  int booting;
  int joined;
  int used;
  int draining;
  int emptyOpen;
  final List<NodeState> inUse = new ArrayList<>();
  final List<NodeState> givable = new ArrayList<>();
  private int most;

  /** Nodes to come of earlier batches: what they hold is settled. */
  private int settled;

  private final List<NewNode> coming = new ArrayList<>();

  /** A node that does not exist yet, booting or to be ordered. */
  private static final class NewNode {
    final NodeRoom room;
    final List<Packing.Load> loads = new ArrayList<>();

    NewNode(NodeRoom room) {
      this.room = room;
    }

    /** Replicas of a group on it. */
    int replicas(Packing group) {
      int n = 0;
      for (Packing.Load load : loads) {
        n += load.group() == group ? load.replicas() : 0;
      }
      return n;
    }

    /** What the most urgent replica on it is for. */
    Need need() {
      Need most = Need.FORECAST;
      for (Packing.Load load : loads) {
        most = load.need().compareTo(most) < 0 ? load.need() : most;
      }
      return most;
    }
  }

  PoolDraft(PoolState pool, NodePool spec) {
    this.pool = pool;
    this.spec = spec;
    spot = spec.purchase() == Purchase.SPOT;
  }

  /**
   * Counts a node that joined; {@code replicas} are those it holds, what is booked ahead included.
   */
  void count(NodeState node, int replicas, long nowMs) {
    joined++;
    if (node.size() > 0 || replicas > 0) {
      used++;
      if (node.draining()) {
        draining++;
      } else if (node.usable()) {
        inUse.add(node);
      }
    } else if (node.draining()) {
      givable.add(0, node);
    } else if (node.usable()) {
      emptyOpen++;
      if (node.emptySinceMs() > 0 && nowMs - node.emptySinceMs() >= spec.scaleInDelayMs()) {
        givable.add(node);
      }
    }
  }

  /** All nodes are counted, and nothing is packed. */
  void begin() {
    coming.clear();
    settled = 0;
    booting = Math.max(0, pool.target() - joined);
    most = Math.max(0, spec.nodesMax() - joined);
  }

  /** What is packed so far stays so. */
  void settle() {
    settled = coming.size();
  }

  /** Whether it may have one node more. */
  boolean mayOpen() {
    return coming.size() < most;
  }

  /** Packs replicas into nodes that have some already, and into those that boot. */
  void fill(Packing group) {
    for (NewNode node : coming) {
      if (group.left() == 0) {
        return;
      }
      pack(group, node, group.left());
    }
    while (group.leftFor(spot) > 0 && coming.size() < bootingAllowed()) {
      open();
      pack(group, group.left());
    }
  }

  /** One node more. */
  void open() {
    coming.add(new NewNode(NodeRoom.of(spec.shape())));
  }

  /** Packs up to {@code count} replicas into the node that was opened last; returns how many. */
  int pack(Packing group, int count) {
    return pack(group, coming.get(coming.size() - 1), count);
  }

  private int pack(Packing group, NewNode node, int count) {
    int already = group.service().onNodeMax() > 0 ? node.replicas(group) : 0;
    Packing.Load load = group.into(node.room, spot, already, count);
    if (load.replicas() > 0) {
      node.loads.add(load);
    }
    return load.replicas();
  }

  /** Booting nodes that no earlier batch needs. */
  int unsettledBooting() {
    return Math.max(0, bootingAllowed() - settled);
  }

  /** Nodes that can be ordered beyond those that boot and those of earlier batches. */
  int orderable() {
    return most - Math.max(settled, bootingAllowed());
  }

  /** Nodes to come that hold, or could hold, what is not settled. */
  int unsettledMost() {
    return most - settled;
  }

  /** Nodes that are to be ordered for what is not settled. */
  int ordered() {
    return Math.max(0, coming.size() - Math.max(settled, bootingAllowed()));
  }

  private int bootingAllowed() {
    return Math.min(booting, most);
  }

  /** What lies on the nodes that are not settled. */
  List<Packing.Load> unsettled() {
    List<Packing.Load> loads = new ArrayList<>();
    coming.subList(settled, coming.size()).forEach(node -> loads.addAll(node.loads));
    return loads;
  }

  /** Takes all nodes that are not settled out of the plan, and what lies on them back. */
  void takeBack() {
    unsettled().forEach(load -> load.group().takeBack(load, spot));
    coming.subList(settled, coming.size()).clear();
  }

  /** Nodes, booting or to be ordered, whose most urgent replica is for this. */
  int needed(Need need) {
    int n = 0;
    for (NewNode node : coming) {
      n += node.need() == need ? 1 : 0;
    }
    return n;
  }

  /** Nodes, booting or to be ordered, that replicas need. */
  int needed() {
    return coming.size();
  }

  /** What the nodes are for that are ordered beyond those that boot; the most urgent first. */
  String orderedFor() {
    List<String> reasons = new ArrayList<>();
    int so = booting;
    for (Need need : Need.values()) {
      int n = needed(need);
      if (n > so) {
        reasons.add(words(need));
      }
      so = Math.max(0, so - n);
    }
    return String.join("; ", reasons);
  }

  private String words(Need need) {
    SortedSet<String> events = new TreeSet<>();
    for (NewNode node : coming) {
      for (Packing.Load load : node.loads) {
        if (load.need() == Need.CALENDAR) {
          events.add(load.group().event());
        }
      }
    }
    return switch (need) {
      case WAITING -> "replicas wait for room";
      case CALENDAR ->
          "ordered ahead of event" + (events.size() > 1 ? "s " : " ") + String.join(", ", events);
      case FORECAST -> "ordered ahead of the forecast";
    };
  }
}
