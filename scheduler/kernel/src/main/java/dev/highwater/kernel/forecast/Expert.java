package dev.highwater.kernel.forecast;

import java.util.List;

/** A way to foretell a service's load; the order is that of every table of experts. */
public enum Expert {
  /** The load stays as it is. */
  PERSISTENCE("the load of now"),
  /** The line through the last quarter of a minute goes on. */
  FAST_TREND("the trend of seconds"),
  /** The line through the last minute or so goes on. */
  SLOW_TREND("the trend of a minute"),
  /** The present load changes as it did at this time yesterday (seasonal-naive). */
  YESTERDAY("yesterday"),
  /** The present load changes as it did at this time a week ago (seasonal-naive). */
  LAST_WEEK("last week"),
  /** Level, damped trend and daily season, all smoothed (Holt-Winters, multiplicative). */
  HOLT_WINTERS("the smoothed day"),
  /** The event that goes on goes as the last one went; silent between events. */
  LAST_EVENT("the last event's shape");

  /** All of them, without a copy at each look. */
  static final List<Expert> ALL = List.of(values());

  private final String phrase;

  Expert(String phrase) {
    this.phrase = phrase;
  }

  /** What it goes by, in words for an explanation. */
  public String phrase() {
    return phrase;
  }
}
