package dev.highwater.model;

/**
 * How long something takes from its start command until it is ready: lognormal through these two
 * quantiles, or exactly {@code medianMs} when both are equal. Immutable.
 *
 * @param medianMs half of the boots are at least this quick
 * @param p99Ms 99 of 100 boots are at least this quick, >= medianMs
 */
public record BootTime(long medianMs, long p99Ms) {
  public BootTime {
    Limits.durationMs("medianMs", medianMs);
    Limits.range("p99Ms", p99Ms, medianMs, Limits.DURATION_MAX_MS);
  }

  /** A boot that always takes the same time. */
  public static BootTime exactly(long ms) {
    return new BootTime(ms, ms);
  }
}
