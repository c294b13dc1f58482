package dev.highwater.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * An operator's word over the number of replicas; ends by itself. Immutable.
 *
 * @param replicas the floor, cap or pin; ignored by {@code PAUSE}, which keeps what is
 * @param expiresAtMs epoch milliseconds at which it ends
 * @param by who says so, as they call themselves; the audit log has the principal
 */
public record ManualOverride(Kind kind, int replicas, long expiresAtMs, String reason, String by) {
  /** The longest that one may be declared for; what holds longer is a bound of the spec. */
  public static final long FOR_MS_MAX = 30L * 24 * 3_600_000;

  /** What the operator says. */
  public enum Kind {
    FLOOR,
    CAP,
    PIN,
    PAUSE
  }

  public ManualOverride {
    Limits.range("replicas", replicas, 0, Limits.REPLICAS_MAX);
    reason = Limits.text("reason", reason);
    by = Limits.text("by", by);
  }

  /** Whether it is in force at a time, epoch milliseconds. */
  public boolean holdsAt(long nowMs) {
    return nowMs < expiresAtMs;
  }

  /** What is said, in a phrase: {@code at most 5}. */
  public String words() {
    return switch (kind) {
      case FLOOR -> "at least " + replicas;
      case CAP -> "at most " + replicas;
      case PIN -> "pinned to " + replicas;
      case PAUSE -> "paused";
    };
  }

  /**
   * All of it in a phrase: {@code paused by kim until 2026-11-11T00:30:00Z: release}. One that
   * never ends names no end.
   */
  public String phrase() {
    Instant end = Instant.ofEpochMilli(expiresAtMs).truncatedTo(ChronoUnit.SECONDS);
    return words()
        + (by.isEmpty() ? "" : " by " + by)
        + (expiresAtMs == Long.MAX_VALUE ? "" : " until " + end)
        + (reason.isEmpty() ? "" : ": " + reason);
  }
}
