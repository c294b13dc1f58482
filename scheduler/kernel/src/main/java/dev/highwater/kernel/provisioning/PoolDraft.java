package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.model.NodePool;
import dev.highwater.model.Purchase;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
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
  private final List<NewNode> coming = new ArrayList<>();
  private final SortedSet<String> events = new TreeSet<>();

  /** A node that does not exist yet, booting or to be ordered. */
  private static final class NewNode {
    final NodeRoom room;

    /** What the most urgent replica on it is for. */
    Need need = Need.FORECAST;

    /** Replicas on it by service, of those that may not all share a node. */
    final SortedMap<ServiceId, Integer> bounded = new TreeMap<>();

    NewNode(NodeRoom room) {
      this.room = room;
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
    events.clear();
    booting = Math.max(0, pool.target() - joined);
    most = Math.max(0, spec.nodesMax() - joined);
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
      pack(group, node);
    }
    while (group.leftFor(spot) > 0 && coming.size() < Math.min(booting, most)) {
      open(group);
    }
  }

  /** Packs replicas into one node more. */
  void open(Packing group) {
    NewNode node = new NewNode(NodeRoom.of(spec.shape()));
    coming.add(node);
    pack(group, node);
  }

  private void pack(Packing group, NewNode node) {
    Need need = group.need();
    ServiceId service = group.service().id();
    int done = group.into(node.room, spot, node.bounded.getOrDefault(service, 0));
    if (done == 0) {
      return;
    }
    if (group.service().onNodeMax() > 0) {
      node.bounded.merge(service, done, Integer::sum);
    }
    if (need.compareTo(node.need) < 0) {
      node.need = need;
    }
    if (need == Need.CALENDAR) {
      events.add(group.event());
    }
  }

  /** Nodes, booting or to be ordered, whose most urgent replica is for this. */
  int needed(Need need) {
    int n = 0;
    for (NewNode node : coming) {
      n += node.need == need ? 1 : 0;
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
    return switch (need) {
      case WAITING -> "replicas wait for room";
      case CALENDAR ->
          "ordered ahead of event" + (events.size() > 1 ? "s " : " ") + String.join(", ", events);
      case FORECAST -> "ordered ahead of the forecast";
    };
  }
}
