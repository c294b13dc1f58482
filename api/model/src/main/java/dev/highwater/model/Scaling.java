package dev.highwater.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a service's number of replicas is chosen. Immutable.
 *
 * @param policy {@code slo}, {@code hpa}, {@code hpa:70}, {@code hpa:70@30s} (metrics 30 s old),
 *     {@code knative}, {@code cron}, {@code predictive-hourly}, {@code static-peak} or {@code
 *     fixed}
 * @param replicasMin never fewer; 0 allows scale to zero, but not to {@code hpa}, {@code cron} and
 *     {@code predictive-hourly}
 * @param replicasMax never more
 * @param replicasInitial target before the first report; {@code fixed} keeps it for ever
 * @param stabilisationMs scale-in of {@code slo} uses the largest wish of this window
 * @param schedules floors that hold from a cron expression to another
 * @param metrics targets beside the SLO; empty means the policy's own default metric. With any, the
 *     percentage in the name of {@code hpa:70}, {@code cron:70} or {@code predictive-hourly:70} is
 *     no target of utilisation: what is listed replaces it
 * @param override an operator's hold on the number, or null
 * @param flapsPerHourMax changes of direction after which scale-in waits; 0 means no limit
 * @param behavior how fast {@code hpa}, {@code cron} and the target tracking of {@code
 *     predictive-hourly} may change the number; null means autoscaling/v2's defaults
 */
public record Scaling(
    String policy,
    int replicasMin,
    int replicasMax,
    int replicasInitial,
    long stabilisationMs,
    List<ScheduleFloor> schedules,
    List<MetricTarget> metrics,
    @Nullable ManualOverride override,
    int flapsPerHourMax,
    @Nullable ScalingBehavior behavior) {
  /**
   * Policy {@code slo}, 1 to 1,000 replicas, 60 s stabilisation: twice a boot of 30 s. The 300 s of
   * autoscaling/v2 cost 4 to 16 % more replica-hours on our traces and avoid hardly a violation;
   * the {@code hpa} policy keeps them, whatever this says.
   */
  public static final Scaling DEFAULT =
      new Scaling("slo", 1, 1_000, 1, 60_000, List.of(), List.of(), null, 0);

  /** A scaling without {@code behavior}. */
  public Scaling(
      String policy,
      int replicasMin,
      int replicasMax,
      int replicasInitial,
      long stabilisationMs,
      List<ScheduleFloor> schedules,
      List<MetricTarget> metrics,
      @Nullable ManualOverride override,
      int flapsPerHourMax) {
    this(
        policy,
        replicasMin,
        replicasMax,
        replicasInitial,
        stabilisationMs,
        schedules,
        metrics,
        override,
        flapsPerHourMax,
        null);
  }

  public Scaling {
    policy = Limits.text("policy", policy);
    Limits.range("replicasMin", replicasMin, 0, Limits.REPLICAS_MAX);
    Limits.range("replicasMax", replicasMax, 1, Limits.REPLICAS_MAX);
    if (replicasMin > replicasMax) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "replicasMin",
          replicasMin,
          "must not exceed replicasMax (" + replicasMax + ")");
    }
    Limits.range("replicasInitial", replicasInitial, 0, Limits.REPLICAS_MAX);
    Limits.durationMs("stabilisationMs", stabilisationMs);
    schedules = Limits.list("schedules", schedules, 100);
    metrics = Limits.list("metrics", metrics, 16);
    Limits.range("flapsPerHourMax", flapsPerHourMax, 0, 3_600);
  }

  /** The same under another word of an operator, or none. */
  public Scaling withOverride(@Nullable ManualOverride other) {
    return new Scaling(
        policy,
        replicasMin,
        replicasMax,
        replicasInitial,
        stabilisationMs,
        schedules,
        metrics,
        other,
        flapsPerHourMax,
        behavior);
  }

  /** The same under other schedules. */
  public Scaling withSchedules(List<ScheduleFloor> others) {
    return new Scaling(
        policy,
        replicasMin,
        replicasMax,
        replicasInitial,
        stabilisationMs,
        others,
        metrics,
        override,
        flapsPerHourMax,
        behavior);
  }

  /** The same under another policy. */
  public Scaling withPolicy(String other) {
    return new Scaling(
        other,
        replicasMin,
        replicasMax,
        replicasInitial,
        stabilisationMs,
        schedules,
        metrics,
        override,
        flapsPerHourMax,
        behavior);
  }
}
