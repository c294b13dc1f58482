package dev.highwater.kernel.audit;

import dev.highwater.model.Command.ReplicaOrder;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A node as the auditor counts it: every replica that holds room, by name. Confined to the auditor.
 */
final class AuditedNode {
  /**
   * One replica that holds room.
   *
   * @param devices numbers of the devices that it holds, empty without any
   */
  record Held(Resources resources, List<Integer> devices, boolean stopped) {}

  final NodeDescriptor descriptor;
  final Map<ReplicaOrder, Held> held = new LinkedHashMap<>();
  boolean draining;
  long epoch;
  long generation;
  List<ReplicaOrder> told = List.of();

  AuditedNode(NodeDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  Resources sum() {
    Resources sum = Resources.NONE;
    for (Held h : held.values()) {
      sum = sum.plus(h.resources());
    }
    return sum;
  }

  /**
   * Finds devices for a request: the fullest one with room for a part, free ones for whole devices.
   *
   * @return null when there is no room
   */
  @org.jspecify.annotations.Nullable
  List<Integer> devicesFor(long gpuMilli) {
    List<Integer> found = new ArrayList<>();
    if (gpuMilli == 0) {
      return found;
    }
    int count = (int) (descriptor.resources().gpuMilli() / 1_000);
    long[] free = new long[count];
    for (int d = 0; d < count; d++) {
      free[d] = 1_000;
      for (Held h : held.values()) {
        free[d] -= h.devices().contains(d) ? Math.min(1_000, h.resources().gpuMilli()) : 0;
      }
    }
    if (gpuMilli <= 1_000) {
      int best = -1;
      for (int d = 0; d < count; d++) {
        if (free[d] >= gpuMilli && (best < 0 || free[d] < free[best])) {
          best = d;
        }
      }
      if (best < 0) {
        return null;
      }
      found.add(best);
      return found;
    }
    for (int d = 0; d < count && found.size() < gpuMilli / 1_000; d++) {
      if (free[d] == 1_000) {
        found.add(d);
      }
    }
    return found.size() == gpuMilli / 1_000 ? found : null;
  }

  /** What the node shall run: everything held that was not told to stop. */
  List<ReplicaOrder> wanted() {
    List<ReplicaOrder> wanted = new ArrayList<>();
    held.forEach(
        (order, h) -> {
          if (!h.stopped()) {
            wanted.add(order);
          }
        });
    return wanted;
  }
}
