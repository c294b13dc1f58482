package dev.highwater.kernel.placement;

import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.Partition;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.model.Criticality;
import dev.highwater.model.NodePool;
import dev.highwater.model.Purchase;
import java.util.Arrays;

/**
 * How much of a service may run on nodes that their provider can take back.
 *
 * <p>A critical service keeps most of its replicas where they stay, so that the loss of a whole
 * spot pool leaves it able to serve while others take its place. Stateless.
 */
public final class SpotShare {
  /** Part of a critical service's replicas that may be on spot nodes. Chosen by us. */
  static final double CRITICAL_MAX = 0.3;

  private SpotShare() {}

  /** Replicas more that the service may have on spot nodes, this decision's included. */
  public static int left(CellState state, ServiceDraft service) {
    if (service.service().spec().criticality() != Criticality.CRITICAL) {
      return Integer.MAX_VALUE;
    }
    int on = 0;
    for (Partition partition : state.partitions()) {
      on += spot(state, partition) ? service.service().onPartition(partition.number()) : 0;
    }
    for (int i = 0; i < service.shares().size(); i++) {
      int number = state.table().partitionOf(service.shareSlot(i));
      on += spot(state, state.partitions().get(number)) ? service.shares().get(i).count() : 0;
    }
    return Math.max(0, (int) (CRITICAL_MAX * service.target()) - on);
  }

  /** The usable partitions without those of spot pools; the same array when there are none. */
  static int[][] steady(CellState state, int[][] usable) {
    int[][] steady = usable.clone();
    boolean same = true;
    for (int z = 0; z < usable.length; z++) {
      int[] kept = new int[usable[z].length];
      int n = 0;
      for (int number : usable[z]) {
        if (!spot(state, state.partitions().get(number))) {
          kept[n++] = number;
        }
      }
      same &= n == kept.length;
      steady[z] = Arrays.copyOf(kept, n);
    }
    return same ? usable : steady;
  }

  private static boolean spot(CellState state, Partition partition) {
    PoolState pool = state.pools().get(partition.pool());
    NodePool spec = pool == null ? null : pool.spec();
    return spec != null && spec.purchase() == Purchase.SPOT;
  }
}
