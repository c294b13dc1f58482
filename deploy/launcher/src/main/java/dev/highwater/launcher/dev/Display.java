package dev.highwater.launcher.dev;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Writes quantities for people: short, with units. Stateless. */
final class Display {
  /** Rows of a list on a terminal; of a longer one the others are counted. */
  static final int ROWS_MAX = 20;

  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

  private Display() {}

  /** {@code 3.6k/s}; {@code unlimited} for {@code Double.MAX_VALUE}, {@code ?} for NaN. */
  static String rate(double perSecond) {
    if (Double.isNaN(perSecond)) {
      return "?";
    }
    if (perSecond == Double.MAX_VALUE) {
      return "unlimited";
    }
    if (perSecond >= 999_500) {
      return number(perSecond / 1e6) + "M/s";
    }
    return perSecond >= 999.5 ? number(perSecond / 1e3) + "k/s" : number(perSecond) + "/s";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%.0f", value);
  }

  /** {@code 1,234,567}. */
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** A ratio of 0 to 1 as {@code 0.12 %}; {@code -} for NaN. */
  static String percent(double ratio) {
    return Double.isNaN(ratio) ? "-" : String.format(Locale.ROOT, "%.2f %%", 100 * ratio);
  }

  /** {@code 84 ms}; {@code -} for NaN. */
  static String millis(double ms) {
    return Double.isNaN(ms) ? "-" : String.format(Locale.ROOT, "%.0f ms", ms);
  }

  /** Two decimals; {@code -} for NaN. */
  static String decimal(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.2f", value);
  }

  /** Time of day where this runs. */
  static String clock(long epochMs) {
    return CLOCK.format(Instant.ofEpochMilli(epochMs));
  }

  /** {@code 1:23} minutes, or {@code 2:03:00} hours; negative spans with a sign. */
  static String span(long ms) {
    long seconds = Math.abs(ms) / 1_000;
    String sign = ms < 0 ? "-" : "";
    if (seconds >= 3_600) {
      return String.format(
          Locale.ROOT, "%s%d:%02d:%02d", sign, seconds / 3_600, seconds / 60 % 60, seconds % 60);
    }
    return String.format(Locale.ROOT, "%s%d:%02d", sign, seconds / 60, seconds % 60);
  }

  /** Seconds with one decimal. */
  static String seconds(long ms) {
    return String.format(Locale.ROOT, "%.1f s", ms / 1e3);
  }

  /** A constant's name as the API writes it. */
  static String code(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
