package dev.highwater.model;

/**
 * An operator's word over the number of replicas; ends by itself. Immutable.
 *
 * @param replicas the floor, cap or pin; ignored by {@code PAUSE}, which keeps what is
 * @param expiresAtMs epoch milliseconds at which it ends
 */
public record ManualOverride(Kind kind, int replicas, long expiresAtMs, String reason) {
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
  }
}
