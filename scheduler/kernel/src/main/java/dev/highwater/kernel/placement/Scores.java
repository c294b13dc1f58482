package dev.highwater.kernel.placement;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.state.NodeTable;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Says how good the nodes are that a service's replicas were placed on, scorer by scorer.
 *
 * <p>Each value is 0 to 1 and seen at the end of the decision, other services' replicas included.
 * Stateless.
 */
public final class Scores {
  private Scores() {}

  /** The mean of each scorer over the replicas placed; empty when none was. */
  public static SortedMap<String, Double> of(Draft draft, Placing placing, ServiceDraft service) {
    SortedMap<String, Double> scores = new TreeMap<>();
    int placed = 0;
    double packing = 0;
    double balance = 0;
    double devices = 0;
    boolean wantsDevices = service.service().spec().resources().gpuMilli() > 0;
    NodeTable table = draft.table();
    for (int i = 0; i < service.shares().size(); i++) {
      int slot = service.shareSlot(i);
      int count = service.shares().get(i).count();
      double cpuLeft = left(table.cpuFree(slot), table.cpuCapacity(slot));
      double memoryLeft = left(table.memoryFree(slot), table.memoryCapacity(slot));
      packing += count * Placer.packing(cpuLeft, memoryLeft);
      balance += count * Placer.balance(cpuLeft, memoryLeft);
      devices += wantsDevices ? count * placing.deviceScore().useful(table, slot) : 0;
      placed += count;
    }
    if (placed > 0) {
      scores.put("packing", packing / placed);
      scores.put("balance", balance / placed);
      if (wantsDevices) {
        scores.put("devices", devices / placed);
      }
      scores.put("spread", spread(placing.group(service)));
      int active = service.activeBefore();
      int leaving = Math.min(active, service.stopped() + service.taken() + service.draining());
      scores.put("churn", active == 0 ? 1 : 1 - leaving / (double) active);
    }
    return scores;
  }

  private static double left(int free, int capacity) {
    return capacity == 0 ? 0 : free / (double) capacity;
  }

  /** 1 less the difference between the fullest and the emptiest usable zone, as a part of all. */
  private static double spread(Group group) {
    int lowest = Integer.MAX_VALUE;
    int highest = 0;
    int total = 0;
    for (int z = 0; z < group.partitions().length; z++) {
      if (group.partitions()[z].length > 0) {
        lowest = Math.min(lowest, group.onZone()[z]);
        highest = Math.max(highest, group.onZone()[z]);
        total += group.onZone()[z];
      }
    }
    return total == 0 ? 1 : 1 - (highest - lowest) / (double) total;
  }
}
