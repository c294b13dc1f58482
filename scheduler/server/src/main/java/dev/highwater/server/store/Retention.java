package dev.highwater.server.store;

import java.time.Duration;

/**
 * How long the past is kept at least. Immutable.
 *
 * @param decisions in the journals, for those who ask why
 * @param minutes of what cells lived through, for reports; 1 hour to {@link #MINUTES_MAX}
 */
public record Retention(Duration decisions, Duration minutes) {
  /** More days than a year has. */
  public static final Duration MINUTES_MAX = Duration.ofDays(400);

  /**
   * A week of decisions, to ask on Monday about the weekend, and a month of minutes, to tell a
   * night beside the one before. Chosen by us.
   */
  public static final Retention DEFAULT = new Retention(Duration.ofDays(7), Duration.ofDays(31));

  public Retention {
    if (decisions.isNegative()) {
      throw new IllegalArgumentException("decisions must be kept for >= 0: " + decisions);
    }
    if (minutes.compareTo(Duration.ofHours(1)) < 0 || minutes.compareTo(MINUTES_MAX) > 0) {
      throw new IllegalArgumentException("minutes must be kept for 1 h to 400 d: " + minutes);
    }
  }
}
