package dev.highwater.model;

/**
 * What a service promises its users. Immutable.
 *
 * @param latencyMs bound on the time from arrival to answer, in milliseconds
 * @param quantile share of first attempts that must be within it, in (0, 1), such as 0.99
 */
public record Slo(double latencyMs, double quantile) {
  /** p99 within 250 ms. */
  public static final Slo DEFAULT = new Slo(250, 0.99);

  public Slo {
    Limits.range("latencyMs", latencyMs, 0.001, Limits.DURATION_MAX_MS);
    Limits.range("quantile", quantile, 0.5, 0.99999);
  }
}
