package dev.highwater.workload;

import dev.highwater.model.Limits;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many first attempts per second users make: baseline x diurnal, or a trace, then events in
 * order. The scheduler never sees one. Immutable.
 *
 * @param baselinePerSecond mean rate when the diurnal factor is 1; unused with a trace
 * @param diurnal repeating factor; null for none; it scales a trace too
 * @param events each applied to what those before it gave
 * @param trace recorded rates; null for none
 */
public record TrafficProfile(
    double baselinePerSecond,
    @Nullable Diurnal diurnal,
    List<LoadEvent> events,
    @Nullable TrafficTrace trace) {
  /** Checks the ranges. */
  public TrafficProfile {
    Limits.range("baselinePerSecond", baselinePerSecond, 0, Limits.RATE_MAX);
    events = Limits.list("events", events, Limits.SPEC_LIST_MAX);
  }

  /** A steady rate. */
  public static TrafficProfile steady(double perSecond) {
    return new TrafficProfile(perSecond, null, List.of(), null);
  }

  /** A recorded rate. */
  public static TrafficProfile of(TrafficTrace trace) {
    return new TrafficProfile(0, null, List.of(), trace);
  }

  /** First attempts per second at a time since the scenario's start. */
  public double rate(double atMs) {
    double rate = trace == null ? baselinePerSecond : trace.rate(atMs);
    if (diurnal != null) {
      rate *= diurnal.factor(atMs);
    }
    for (LoadEvent event : events) {
      rate = event.apply(rate, atMs);
    }
    return rate;
  }
}
