package dev.highwater.kernel.placement;

import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.Partition;
import dev.highwater.kernel.state.PoolFilter;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.model.Criticality;
import dev.highwater.model.NodePool;
import dev.highwater.model.Purchase;
import dev.highwater.model.Service;
import java.util.Arrays;

/**
 * How much of a service may run on nodes that their provider can take back.
 *
 * <p>A critical service keeps most of its replicas where they stay, so that the loss of a whole
 * spot pool leaves it able to serve while others take its place.
 *
 * <p>Nodes are lost one by one, too, and the more often the fewer may be on them. A node that is
 * taken back as often as its pool declares ({@code lost} times an hour, {@code spotLossPerHour}) is
 * lost with {@code 1 - exp(-lost * boot)} before another could take its place, {@code boot} being
 * the sum of the 99 % quantiles of both boots. Of the service's replicas as large a part is missing
 * on average as its part on spot nodes times this, and no more may be than the SLO lets requests be
 * late, {@code 1 - quantile}: services are sized for more load than is expected, so few requests
 * are late for other reasons, and lost nodes may use up what the SLO allows. The pool that is worst
 * in this counts, of those that the service may use.
 *
 * <p><b>Source</b>: the exponential law of independent losses at a constant rate. Notices, which
 * pools do not declare, only make it better. Stateless.
 */
public final class SpotShare {
  /**
   * Part of a critical service's replicas that may be on spot nodes, however seldom they are lost.
   * Chosen by us.
   */
  private static final double CRITICAL_MAX = 0.3;

  private static final double HOUR_MS = 3_600_000;

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
    return Math.max(0, (int) (most(state, service.service().spec()) * service.target()) - on);
  }

  /** Part of a critical service's replicas that may be on spot nodes. */
  private static double most(CellState state, Service service) {
    double lost = 0;
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null && spec.spotLossPerHour() > 0 && PoolFilter.accepts(spec, service)) {
        double bootMs = (double) spec.boot().p99Ms() + service.capacity().boot().p99Ms();
        lost = Math.max(lost, -StrictMath.expm1(-spec.spotLossPerHour() * bootMs / HOUR_MS));
      }
    }
    double late = 1 - service.slo().quantile();
    return lost * CRITICAL_MAX > late ? late / lost : CRITICAL_MAX;
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

  static boolean spot(CellState state, Partition partition) {
    PoolState pool = state.pools().get(partition.pool());
    NodePool spec = pool == null ? null : pool.spec();
    return spec != null && spec.purchase() == Purchase.SPOT;
  }
}
