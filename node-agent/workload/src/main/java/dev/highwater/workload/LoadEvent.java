package dev.highwater.workload;

import dev.highwater.model.Limits;

/**
 * Something that happens to a service's users, declared to the scheduler or not. Immutable.
 *
 * @param startMs since the scenario's start; may be negative
 * @param riseMs linear rise to the peak; 0 is a step
 * @param holdMs time at the peak
 * @param decayHalfLifeMs half-life of what follows; 0 ends at once
 * @param factor peak as a multiple of the rate without the event; used when {@code peakPerSecond}
 *     is 0
 * @param peakPerSecond first attempts per second at the peak, all load included; 0 means by factor
 */
public record LoadEvent(
    String name,
    long startMs,
    long riseMs,
    long holdMs,
    long decayHalfLifeMs,
    double factor,
    double peakPerSecond) {
  /** Checks the ranges. */
  public LoadEvent {
    Limits.text("name", name);
    Limits.range("startMs", startMs, -Limits.DURATION_MAX_MS, Limits.DURATION_MAX_MS);
    Limits.durationMs("riseMs", riseMs);
    Limits.durationMs("holdMs", holdMs);
    Limits.durationMs("decayHalfLifeMs", decayHalfLifeMs);
    Limits.range("factor", factor, 0, 1e6);
    Limits.range("peakPerSecond", peakPerSecond, 0, Limits.RATE_MAX);
  }

  /** The rate with this event when it is {@code rate} without. */
  double apply(double rate, double atMs) {
    double ratio = LoadShape.ratio(atMs - startMs, riseMs, holdMs, decayHalfLifeMs);
    if (ratio == 0) {
      return rate;
    }
    double peak = peakPerSecond > 0 ? peakPerSecond : rate * factor;
    return rate + (peak - rate) * ratio;
  }
}
