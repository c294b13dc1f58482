package dev.highwater.kernel.policy;

import dev.highwater.model.Explanation.Clamp;
import dev.highwater.model.Explanation.LoadView;
import dev.highwater.model.Explanation.Wish;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.WishSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many replicas a service shall have, before quota and room have their say, and why. Immutable.
 *
 * @param target replicas wanted
 * @param winner who asked for the most
 * @param wishes every wish that was made, the winner first
 * @param clamps what changed the winner's number afterwards, in order
 * @param override the operator's word in force, or null
 * @param overrideChanged whether it began, changed or ended since the tick before
 */
public record ScalingDecision(
    int target,
    WishSource winner,
    List<Wish> wishes,
    List<Clamp> clamps,
    LoadView load,
    @Nullable ManualOverride override,
    boolean overrideChanged) {
  public ScalingDecision {
    wishes = List.copyOf(wishes);
    clamps = List.copyOf(clamps);
  }
}
