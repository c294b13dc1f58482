package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.model.Explanation.MovesView;
import dev.highwater.model.Explanation.PoolExplained;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one pool shall do. Immutable.
 *
 * @param target nodes that the pool shall have, those given back not counted
 * @param release names of empty nodes to give back now
 * @param emptiest nodes that could be emptied as far as the room of all others goes, the one with
 *     fewest replicas first
 */
public record PoolPlan(
    PoolState pool,
    int target,
    List<String> release,
    List<NodeState> emptiest,
    PoolExplained explanation) {
  public PoolPlan {
    release = List.copyOf(release);
    emptiest = List.copyOf(emptiest);
  }

  /** The explanation, with what could move. */
  PoolExplained explained(@Nullable MovesView moves) {
    PoolExplained e = explanation;
    return new PoolExplained(
        e.pool(),
        e.targetBefore(),
        e.target(),
        e.neededForPlaced(),
        e.neededForPending(),
        e.neededForCalendar(),
        e.neededForForecast(),
        e.warm(),
        e.reason(),
        moves);
  }
}
