package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all open nodes hold together, less with each replica that is counted against it.
 *
 * <p>CPU and memory are sums, which cost nothing to ask for; devices are counted node by node,
 * because parts of two devices do not add up, and only once somebody asks for one. Made for one
 * decision; confined to its thread.
 */
final class FreeRoom {
  private final NodeTable table;
  private long cpu;
  private long memory;
  private @Nullable List<NodeRoom> withDevices;

  FreeRoom(CellState state) {
    table = state.table();
    cpu = state.cpuFree();
    memory = state.memoryFree();
  }

  /** Less room: replicas were placed since it was summed up. */
  void placed(Resources each, int count) {
    cpu -= count * each.cpuMilli();
    memory -= count * each.memoryMib();
  }

  /** Counts up to {@code count} replicas against it; returns how many it holds. */
  int take(Resources each, int count) {
    long byCpu = each.cpuMilli() == 0 ? Integer.MAX_VALUE : cpu / each.cpuMilli();
    long byMemory = each.memoryMib() == 0 ? Integer.MAX_VALUE : memory / each.memoryMib();
    int done = (int) Math.max(0, Math.min(count, Math.min(byCpu, byMemory)));
    if (each.gpuMilli() > 0) {
      done = takeDevices(each, done);
    }
    placed(each, done);
    return done;
  }

  private int takeDevices(Resources each, int count) {
    List<NodeRoom> rooms = withDevices;
    if (rooms == null) {
      rooms = new ArrayList<>();
      for (int slot = 0; slot < table.slots(); slot++) {
        if (table.open(slot) && table.devices(slot) > 0) {
          rooms.add(NodeRoom.of(table, slot));
        }
      }
      withDevices = rooms;
    }
    int left = count;
    for (int i = 0; i < rooms.size() && left > 0; i++) {
      left -= rooms.get(i).take(each, left);
    }
    return count - left;
  }
}
