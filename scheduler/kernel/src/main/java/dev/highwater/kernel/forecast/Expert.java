package dev.highwater.kernel.forecast;

import java.util.List;

/** A way to foretell a service's load; the order is that of every table of experts. */
public enum Expert {
  /** The load stays as it is. */
  PERSISTENCE,
  /** The line through the last quarter of a minute goes on. */
  FAST_TREND,
  /** The line through the last minute or so goes on. */
  SLOW_TREND,
  /** The present load changes as it did at this time yesterday (seasonal-naive). */
  YESTERDAY,
  /** The present load changes as it did at this time a week ago (seasonal-naive). */
  LAST_WEEK,
  /** Level, trend and daily season smoothed over many days (Holt-Winters, multiplicative). */
  HOLT_WINTERS;

  /** All of them, without a copy at each look. */
  static final List<Expert> ALL = List.of(values());
}
