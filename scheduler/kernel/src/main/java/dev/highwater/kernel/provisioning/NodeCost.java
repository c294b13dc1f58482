package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.Amounts;
import dev.highwater.model.NodePool;
import dev.highwater.model.Service;

/**
 * What a new node of a pool costs, and a replica on it, by which pools of one kind of purchase
 * compare.
 *
 * <p>A node is paid for from its order on and carries nothing until it and the replicas on it have
 * booted. Both boot anew each time that a node ends: when it is given back, or when its provider
 * takes it away. So an hour of useful time costs {@code price * (1 + boot * (1 / stay + lost))}:
 * {@code boot} is the sum of the 99 % quantiles of both boots, {@code lost} the pool's {@code
 * spotLossPerHour}, and {@code stay} the time for which a node that is ordered is sure to be of
 * use, {@value Consolidation#PAYBACK_MINUTES} minutes: what does not pay within that time is not
 * done when nodes are emptied either. What waits for the node suffers as long as it boots, and this
 * is the price of that too.
 *
 * <p><b>Source</b>: the renewal-reward theorem, with a node's life as the cycle; the stay is chosen
 * by us. Stateless.
 */
final class NodeCost {
  private static final double HOUR_MS = 3_600_000;
  private static final double STAYS_PER_HOUR = 60.0 / Consolidation.PAYBACK_MINUTES;

  private NodeCost() {}

  /**
   * Money per hour of useful time and replica, on a node that is filled with as many as fit and may
   * share it.
   *
   * @param count replicas that wait, at least 1
   */
  static double of(NodePool pool, Service service, int count) {
    int onNode = Math.min(count, Amounts.fitting(service.resources(), pool.shape()));
    return ofNode(pool, service.capacity().boot().p99Ms())
        / (service.onNodeMax() == 0 ? onNode : Math.min(onNode, service.onNodeMax()));
  }

  /**
   * Money per hour of useful time of a whole node.
   *
   * @param replicaBootMs 99 % quantile of the boot of the slowest replicas that it may hold
   */
  static double ofNode(NodePool pool, long replicaBootMs) {
    double bootMs = pool.boot().p99Ms() + (double) replicaBootMs;
    double endsPerHour = STAYS_PER_HOUR + pool.spotLossPerHour();
    return pool.pricePerHour() * (1 + bootMs / HOUR_MS * endsPerHour);
  }
}
