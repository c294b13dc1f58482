package dev.highwater.model;

/**
 * A measured quantity per replica that scaling keeps at a target. Immutable.
 *
 * @param target per replica, > 0: requests/s, requests in work, utilisation 0..1, or queued
 *     requests
 */
public record MetricTarget(Metric metric, double target) {
  /** What is measured. */
  public enum Metric {
    REQUESTS_PER_SECOND,
    CONCURRENCY,
    UTILISATION,
    QUEUE_LENGTH
  }

  public MetricTarget {
    Limits.range("target", target, 1e-6, Limits.RATE_MAX);
  }
}
