package dev.highwater.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How fast policies {@code hpa} and {@code cron} may change the number: {@code spec.behavior} of a
 * HorizontalPodAutoscaler, autoscaling/v2, in its own words. Immutable.
 *
 * <p>Source: kubernetes/kubernetes, pkg/apis/autoscaling/v2/defaults.go and
 * pkg/apis/autoscaling/validation.
 *
 * @param scaleUp null means the defaults
 * @param scaleDown null means the defaults
 */
public record ScalingBehavior(@Nullable ScalingRules scaleUp, @Nullable ScalingRules scaleDown) {
  /** Every field as autoscaling/v2 sets it when it is left out. */
  public static final ScalingBehavior DEFAULT = new ScalingBehavior(null, null);

  private static final double TOLERANCE = 0.1;
  private static final HpaPolicy DOUBLE = new HpaPolicy(PolicyType.PERCENT, 100, 15);
  private static final HpaPolicy FOUR = new HpaPolicy(PolicyType.PODS, 4, 15);

  /** At once, by the larger of double and four more in 15 s; tolerance 0.1. */
  private static final Rules UP = new Rules(0, SelectPolicy.MAX, List.of(FOUR, DOUBLE), TOLERANCE);

  /** By the highest recommendation of 300 s, by all of them in 15 s; tolerance 0.1. */
  private static final Rules DOWN =
      new Rules(300_000, SelectPolicy.MAX, List.of(DOUBLE), TOLERANCE);

  /** What holds for more replicas. */
  public Rules up() {
    return complete(scaleUp, UP);
  }

  /** What holds for fewer replicas. */
  public Rules down() {
    return complete(scaleDown, DOWN);
  }

  private static Rules complete(@Nullable ScalingRules given, Rules otherwise) {
    if (given == null) {
      return otherwise;
    }
    Long window = given.stabilizationWindowSeconds();
    SelectPolicy select = given.selectPolicy();
    Double tolerance = given.tolerance();
    return new Rules(
        window == null ? otherwise.windowMs() : window * 1_000,
        select == null ? otherwise.selectPolicy() : select,
        given.policies().isEmpty() ? otherwise.policies() : given.policies(),
        tolerance == null ? otherwise.tolerance() : tolerance);
  }

  /**
   * The rules of one direction, as written.
   *
   * @param stabilizationWindowSeconds 0 to 3,600; null means the default of the direction
   * @param selectPolicy null means the policy that allows most
   * @param policies at most 16; empty means the default of the direction
   * @param tolerance relative distance from the target that is no reason to act, 0 to 1; null means
   *     0.1
   */
  public record ScalingRules(
      @Nullable Long stabilizationWindowSeconds,
      @Nullable SelectPolicy selectPolicy,
      @Nullable List<HpaPolicy> policies,
      @Nullable Double tolerance) {
    public ScalingRules {
      if (stabilizationWindowSeconds != null) {
        Limits.range("stabilizationWindowSeconds", (long) stabilizationWindowSeconds, 0, 3_600);
      }
      policies = Limits.list("policies", policies, 16);
      if (tolerance != null) {
        Limits.range("tolerance", (double) tolerance, 0, 1);
      }
    }

    @Override
    public List<HpaPolicy> policies() {
      return policies == null ? List.of() : policies;
    }
  }

  /**
   * So much change in so much time.
   *
   * @param value pods, or percent of the pods at the beginning of the period, 1 to 1,000,000
   * @param periodSeconds 1 to 1,800
   */
  public record HpaPolicy(PolicyType type, int value, int periodSeconds) {
    public HpaPolicy {
      Limits.range("value", value, 1, Limits.REPLICAS_MAX);
      Limits.range("periodSeconds", periodSeconds, 1, 1_800);
    }
  }

  /** In what a policy counts. */
  public enum PolicyType {
    PODS,
    PERCENT
  }

  /** Which of several policies decides: that which allows the most, the least, or no change. */
  public enum SelectPolicy {
    MAX,
    MIN,
    DISABLED
  }

  /** The rules of one direction with every default. */
  public record Rules(
      long windowMs, SelectPolicy selectPolicy, List<HpaPolicy> policies, double tolerance) {
    public Rules {
      policies = List.copyOf(policies);
    }
  }
}
