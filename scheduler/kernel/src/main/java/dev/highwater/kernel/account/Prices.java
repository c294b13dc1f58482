package dev.highwater.kernel.account;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;

/**
 * What services cost: a replica costs its dominant share of its node's price.
 *
 * <p>So a node that is full costs its tenants its price, and what is empty is nobody's. Stateless.
 */
public final class Prices {
  private Prices() {}

  /** Money per hour of the replicas that a service holds, those that are stopping included. */
  public static double perHour(CellState state, ServiceState service) {
    double sum = 0;
    for (CellState.Partition partition : state.partitions()) {
      int replicas = service.onPartition(partition.number());
      PoolState pool = replicas == 0 ? null : state.pools().get(partition.pool());
      NodePool spec = pool == null ? null : pool.spec();
      if (spec != null) {
        sum += replicas * perHour(spec, service.spec().resources());
      }
    }
    return sum;
  }

  /** Money per hour of one replica on a node of a pool. */
  public static double perHour(NodePool pool, Resources replica) {
    return pool.pricePerHour() * dominantShare(replica, pool.shape());
  }

  /** The largest part of a node that a replica takes, 0 to 1 when it fits. */
  static double dominantShare(Resources replica, Resources shape) {
    double share = ratio(replica.cpuMilli(), shape.cpuMilli());
    share = Math.max(share, ratio(replica.memoryMib(), shape.memoryMib()));
    return Math.max(share, ratio(replica.gpuMilli(), shape.gpuMilli()));
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? 0 : part / (double) whole;
  }
}
