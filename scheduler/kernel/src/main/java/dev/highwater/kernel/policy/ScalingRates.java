package dev.highwater.kernel.policy;

import dev.highwater.model.ScalingBehavior.HpaPolicy;
import dev.highwater.model.ScalingBehavior.PolicyType;
import dev.highwater.model.ScalingBehavior.Rules;
import dev.highwater.model.ScalingBehavior.SelectPolicy;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How far autoscaling/v2's policies let a number of pods go, given what was changed in their
 * periods.
 *
 * <p>Source: kubernetes/kubernetes, pkg/controller/podautoscaler/horizontal.go:
 * calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors.
 *
 * <p>Bounded by half an hour of syncs; confined to its owner.
 */
final class ScalingRates {
  /** The longest period that a policy may have. */
  private static final long PERIOD_MAX_MS = 1_800_000;

  private final Deque<Change> changes = new ArrayDeque<>();

  void takeOver(ScalingRates other) {
    changes.addAll(other.changes);
  }

  /** Remembers a change of the number. */
  void changed(long nowMs, int from, int to) {
    if (from != to) {
      changes.addLast(new Change(nowMs, to - from));
    }
    while (!changes.isEmpty() && changes.getFirst().atMs <= nowMs - PERIOD_MAX_MS) {
      changes.removeFirst();
    }
  }

  /** The wanted number, as near as the rules of its direction let it come now. */
  int limited(long nowMs, int current, int wanted, Rules up, Rules down) {
    if (wanted > current) {
      return (int) Math.min(wanted, Math.max(current, limit(nowMs, current, up, 1)));
    }
    return (int) Math.max(wanted, Math.min(current, limit(nowMs, current, down, -1)));
  }

  /**
   * @param sign 1 for more, -1 for fewer
   */
  private long limit(long nowMs, int current, Rules rules, int sign) {
    if (rules.selectPolicy() == SelectPolicy.DISABLED) {
      return current;
    }
    boolean farthest = rules.selectPolicy() == SelectPolicy.MAX;
    long limit = 0;
    boolean first = true;
    for (HpaPolicy policy : rules.policies()) {
      long begun = current - changedSince(nowMs - policy.periodSeconds() * 1_000L);
      long proposed = proposed(begun, policy, sign);
      boolean farther = sign > 0 ? proposed > limit : proposed < limit;
      if (first || farther == farthest) {
        limit = proposed;
      }
      first = false;
    }
    return limit;
  }

  private static long proposed(long begun, HpaPolicy policy, int sign) {
    if (policy.type() == PolicyType.PODS) {
      return begun + (long) sign * policy.value();
    }
    double factor = 1 + sign * policy.value() / 100.0;
    double proposed = begun * factor;
    return sign > 0 ? (long) Math.ceil(proposed - 1e-9) : (long) (proposed + 1e-9);
  }

  private long changedSince(long sinceMs) {
    long sum = 0;
    for (Change change : changes) {
      sum += change.atMs > sinceMs ? change.by : 0;
    }
    return sum;
  }

  private record Change(long atMs, int by) {}
}
