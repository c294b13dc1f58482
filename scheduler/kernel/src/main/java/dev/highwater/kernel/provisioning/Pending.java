package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.PoolFilter;
import dev.highwater.model.NodePool;
import dev.highwater.model.Service;
import java.util.SortedSet;

/**
 * Replicas of one service for which nodes are to be had. Immutable.
 *
 * @param waiting are wanted now
 * @param calendar are to come for declared events
 * @param forecast are to come by forecasts alone
 * @param event name of the declared event that asks for most; empty without one
 * @param zonesAtSkew where no more of them may be placed while other zones have so few
 * @param spotMax how many of them may wait for a spot node
 */
public record Pending(
    Service service,
    int waiting,
    int calendar,
    int forecast,
    String event,
    SortedSet<String> zonesAtSkew,
    int spotMax) {
  /** Whether a node more of the pool can be of use: by labels, taints, size and zone. */
  boolean finds(NodePool pool) {
    return PoolFilter.accepts(pool, service)
        && (pool.zones().isEmpty() || !zonesAtSkew.containsAll(pool.zones()));
  }
}
