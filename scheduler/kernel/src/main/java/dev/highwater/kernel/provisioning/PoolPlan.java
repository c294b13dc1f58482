package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.PoolState;
import dev.highwater.model.Explanation.PoolExplained;
import java.util.List;

/**
 * What one pool shall do. Immutable.
 *
 * @param target nodes that the pool shall have, those given back not counted
 * @param release names of empty nodes to give back now
 * @param drain names of nodes that take no new replicas from now on
 */
public record PoolPlan(
    PoolState pool,
    int target,
    List<String> release,
    List<String> drain,
    PoolExplained explanation) {
  public PoolPlan {
    release = List.copyOf(release);
    drain = List.copyOf(drain);
  }
}
