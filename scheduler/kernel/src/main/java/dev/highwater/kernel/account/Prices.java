package dev.highwater.kernel.account;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.Partition;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import org.jspecify.annotations.Nullable;

/**
 * What services cost: a replica costs its dominant share of its node's price.
 *
 * <p>So a node that is full costs its tenants its price, and what is empty is nobody's. Made for
 * one decision, because it keeps which pool each partition belongs to; confined to its thread.
 */
public final class Prices {
  private final @Nullable NodePool[] poolOf;

  /** Reads the pools. */
  public Prices(CellState state) {
    poolOf = new NodePool[state.partitions().size()];
    for (Partition partition : state.partitions()) {
      PoolState pool = state.pools().get(partition.pool());
      poolOf[partition.number()] = pool == null ? null : pool.lastSpec();
    }
  }

  /** Money per hour of the replicas that a service holds, those that are stopping included. */
  public double perHour(ServiceState service) {
    double sum = 0;
    for (int partition = 0; partition < poolOf.length; partition++) {
      int replicas = service.onPartition(partition);
      NodePool pool = poolOf[partition];
      if (replicas > 0 && pool != null) {
        sum += replicas * perHour(pool, service.spec().resources());
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
