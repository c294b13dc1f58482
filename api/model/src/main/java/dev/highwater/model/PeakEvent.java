package dev.highwater.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A peak that an operator declared in advance: shape times magnitude. It may be early, late, too
 * small or too large; it is the only forward knowledge that a scheduler may use. Immutable.
 *
 * @param startMs epoch milliseconds at which load begins to rise
 * @param riseMs from the start to the peak, linear; 0 means a jump
 * @param holdMs time at the peak
 * @param decayHalfLifeMs half-life of what follows; 0 means it ends at once
 * @param loads expected peak per service, each at most once
 */
public record PeakEvent(
    String name,
    long startMs,
    long riseMs,
    long holdMs,
    long decayHalfLifeMs,
    List<EventLoad> loads)
    implements Spec {
  /** After ten half-lives a thousandth of a peak is left: nothing to declare. */
  private static final long HALF_LIVES_MAX = 10;

  /**
   * One service's part of an event.
   *
   * @param peakPerSecond first attempts per second at the peak, all of the service's load included
   */
  public record EventLoad(ServiceId service, double peakPerSecond) {
    public EventLoad {
      Limits.range("peakPerSecond", peakPerSecond, 0, Limits.RATE_MAX);
    }
  }

  public PeakEvent {
    Limits.name("name", name);
    Limits.range("startMs", startMs, 0, Long.MAX_VALUE / 4);
    Limits.durationMs("riseMs", riseMs);
    Limits.durationMs("holdMs", holdMs);
    Limits.durationMs("decayHalfLifeMs", decayHalfLifeMs);
    loads = Limits.list("loads", loads, Limits.SPEC_LIST_MAX);
    for (int i = 0; i < loads.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (loads.get(i).service().equals(loads.get(j).service())) {
          throw new InvalidInputException(
              ErrorCode.INVALID_VALUE,
              "loads[" + i + "].service",
              loads.get(i).service(),
              "must not name a service twice");
        }
      }
    }
  }

  @Override
  public String key() {
    return name;
  }

  /** The last moment at which anything is left of it, on the clock of {@code startMs}. */
  public long endMs() {
    return startMs + riseMs + holdMs + HALF_LIVES_MAX * decayHalfLifeMs;
  }

  /**
   * What is left of it at a moment, from which its start then counts; null for nothing.
   *
   * @param atMs on the clock of {@code startMs}
   */
  public @Nullable PeakEvent left(long atMs) {
    if (atMs > endMs()) {
      return null;
    }
    long passedMs = Math.max(0, atMs - startMs);
    long risenMs = Math.min(passedMs, riseMs);
    long heldMs = Math.min(passedMs - risenMs, holdMs);
    long decayedMs = passedMs - risenMs - heldMs;
    double share = decayedMs == 0 ? 1 : StrictMath.pow(0.5, (double) decayedMs / decayHalfLifeMs);
    return new PeakEvent(
        name,
        Math.max(0, startMs - atMs),
        riseMs - risenMs,
        holdMs - heldMs,
        decayHalfLifeMs,
        loads.stream()
            .map(load -> new EventLoad(load.service(), share * load.peakPerSecond()))
            .toList());
  }
}
