package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.PooledRoom;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the open nodes that a service may use hold together, less with each replica that is counted
 * against them.
 *
 * <p>CPU and memory are sums by pool; devices are counted node by node, because parts of two
 * devices do not add up, and only once somebody asks for one. Made for one decision; confined to
 * its thread.
 */
final class FreeRoom {
  private final CellState state;
  private final PooledRoom pooled;
  private @Nullable List<WithDevices> withDevices;

  /** A node with devices; {@code pool} is the number of its pool. */
  private record WithDevices(int pool, NodeRoom room) {}

  FreeRoom(CellState state) {
    this.state = state;
    pooled = PooledRoom.onOpenNodes(state);
  }

  /** Less room: replicas were placed since it was summed up. */
  void placed(Service service, int count) {
    if (count > 0) {
      pooled.take(pooled.accepting(service), service.resources(), count);
    }
  }

  /** Counts up to {@code count} replicas against it; returns how many it holds. */
  int take(Service service, int count) {
    Resources each = service.resources();
    boolean[] in = pooled.accepting(service);
    int done = pooled.fitting(in, each, count);
    if (each.gpuMilli() > 0) {
      done = takeDevices(in, each, done);
    }
    pooled.take(in, each, done);
    return done;
  }

  private int takeDevices(boolean[] in, Resources each, int count) {
    List<WithDevices> nodes = withDevices;
    if (nodes == null) {
      nodes = withDevices();
      withDevices = nodes;
    }
    int left = count;
    for (int i = 0; i < nodes.size() && left > 0; i++) {
      if (in[nodes.get(i).pool]) {
        left -= nodes.get(i).room.take(each, left);
      }
    }
    return count - left;
  }

  private List<WithDevices> withDevices() {
    List<WithDevices> nodes = new ArrayList<>();
    NodeTable table = state.table();
    for (int slot = 0; slot < table.slots(); slot++) {
      NodeState node = state.nodeAt(slot);
      if (node != null && table.open(slot) && table.devices(slot) > 0) {
        int pool = pooled.number(node.poolState());
        nodes.add(new WithDevices(pool, NodeRoom.of(table, slot)));
      }
    }
    return nodes;
  }
}
