package dev.highwater.kernel;

import dev.highwater.kernel.account.Prices;
import dev.highwater.kernel.placement.Filters;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.PoolFilter;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Room for the services of a declared event: what is free on nodes now and what pools may still
 * order, node by node and device by device; less with each service that was counted. Spread and
 * anti-affinity are left out.
 *
 * <p>One for each question; changes nothing of the state.
 */
final class EventRoom {
  private final CellState state;
  private final NodeTable table;

  /** By slot, what a node has free; null until it is asked for. */
  private final @Nullable NodeRoom[] nodes;

  private final List<Orderable> pools = new ArrayList<>();

  /** A pool, how many nodes more it may have, and what is free on those that were counted. */
  private static final class Orderable {
    final NodePool pool;
    final List<NodeRoom> ordered = new ArrayList<>();
    int more;

    Orderable(NodePool pool, int more) {
      this.pool = pool;
      this.more = more;
    }

    int take(Resources each, int wanted) {
      int left = wanted;
      for (int i = 0; i < ordered.size() && left > 0; i++) {
        left -= ordered.get(i).take(each, left);
      }
      while (more > 0 && left > 0) {
        NodeRoom node = NodeRoom.of(pool.shape());
        ordered.add(node);
        more--;
        left -= node.take(each, left);
      }
      return wanted - left;
    }
  }

  EventRoom(CellState state) {
    this.state = state;
    table = state.table();
    nodes = new NodeRoom[table.slots()];
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null) {
        pools.add(new Orderable(spec, Math.max(0, spec.nodesMax() - pool.nodes())));
      }
    }
  }

  /** Money per hour of one replica at the cheapest pool; negative when none carries it. */
  double cheapest(ServiceState service) {
    double cheapest = -1;
    for (Orderable each : pools) {
      NodePool pool = each.pool;
      if (pool.nodesMax() > 0 && PoolFilter.accepts(pool, service.spec())) {
        double price = Prices.perHour(pool, service.spec().resources());
        cheapest = cheapest < 0 ? price : Math.min(cheapest, price);
      }
    }
    return cheapest;
  }

  /** Takes room on nodes for up to {@code wanted} replicas; returns for how many. */
  int onNodes(ServiceState service, int wanted) {
    Resources each = service.spec().resources();
    int done = 0;
    for (int[] zone : Filters.usable(state, service)) {
      for (int partition : zone) {
        for (int i = 0; i < table.nodesIn(partition) && done < wanted; i++) {
          int slot = table.nodeAt(partition, i);
          if (table.open(slot)) {
            done += node(slot).take(each, wanted - done);
          }
        }
      }
    }
    return done;
  }

  /** What an open node has free, to be changed by who takes room back on it. */
  NodeRoom node(int slot) {
    NodeRoom room = nodes[slot];
    if (room == null) {
      room = NodeRoom.of(table, slot);
      nodes[slot] = room;
    }
    return room;
  }

  /** Puts a node's room back to what it was. */
  void restore(int slot, NodeRoom room) {
    nodes[slot] = room;
  }

  /** Takes room on nodes that pools may still order; returns for how many replicas. */
  int onNewNodes(ServiceState service, int wanted) {
    int done = 0;
    for (Orderable each : pools) {
      if (done < wanted && PoolFilter.accepts(each.pool, service.spec())) {
        done += each.take(service.spec().resources(), wanted - done);
      }
    }
    return done;
  }
}
