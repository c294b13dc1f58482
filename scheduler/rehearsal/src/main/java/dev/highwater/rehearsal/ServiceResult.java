package dev.highwater.rehearsal;

import dev.highwater.model.ServiceId;

/**
 * What became of one service. Counts are first attempts unless said otherwise. Immutable.
 *
 * @param violations ended late, failed, timed out, rejected, shed or given up waiting
 * @param violationMinutes minutes whose violations exceed 1 - quantile of the SLO
 * @param p50Ms of all answered attempts; NaN without any
 * @param replicaHours from command to stop
 * @param adaptations changes of the target
 */
public record ServiceResult(
    ServiceId service,
    long requests,
    long attempts,
    long served,
    long violations,
    long refused,
    long violationMinutes,
    double p50Ms,
    double p99Ms,
    double p999Ms,
    double replicaHours,
    int replicasPeak,
    long adaptations,
    Elasticity elasticity,
    Timeline timeline) {
  /** Violations over requests; 0 without requests. */
  public double violationRatio() {
    return requests == 0 ? 0 : (double) violations / requests;
  }

  /** The same with an empty timeline. */
  ServiceResult withoutTimeline() {
    return new ServiceResult(
        service,
        requests,
        attempts,
        served,
        violations,
        refused,
        violationMinutes,
        p50Ms,
        p99Ms,
        p999Ms,
        replicaHours,
        replicasPeak,
        adaptations,
        elasticity,
        new Timeline(0));
  }

  /** Served over requests; 1 without requests. */
  public double servedRatio() {
    return requests == 0 ? 1 : (double) served / requests;
  }
}
