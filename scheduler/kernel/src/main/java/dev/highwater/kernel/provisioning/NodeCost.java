package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.Amounts;
import dev.highwater.model.NodePool;
import dev.highwater.model.Service;

/**
 * What a replica costs on a new node of a pool, by which pools of one kind of purchase compare.
 *
 * <p>A node is paid for from its order on and carries nothing until it and the replicas on it have
 * booted. So the price per hour of useful time is {@code price * (1 + boot / stay)}, where {@code
 * boot} is the 99 % quantile of both boots and {@code stay} the time for which a node that is
 * ordered is sure to be of use, {@value Consolidation#PAYBACK_MINUTES} minutes: what does not pay
 * within that time is not done when nodes are emptied either. What waits for the node suffers as
 * long as it boots, and this is the price of that too. Stateless.
 */
final class NodeCost {
  private static final double STAY_MS = Consolidation.PAYBACK_MINUTES * 60_000.0;

  private NodeCost() {}

  /**
   * Money per hour of useful time and replica, on a node that is filled with as many as fit.
   *
   * @param count replicas that wait, at least 1
   */
  static double of(NodePool pool, Service service, int count) {
    double bootMs = pool.boot().p99Ms() + (double) service.capacity().boot().p99Ms();
    double perHour = pool.pricePerHour() * (1 + bootMs / STAY_MS);
    return perHour / Math.min(count, Amounts.fitting(service.resources(), pool.shape()));
  }
}
