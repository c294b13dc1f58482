package dev.highwater.cli;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers, spans and times as an operator reads and types them. Stateless. */
final class Words {
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
  private static final Pattern DAYTIME = Pattern.compile("\\d\\d:\\d\\d(:\\d\\d)?");
  private static final Pattern EPOCH_MS = Pattern.compile("\\d{10,18}");
  private static final String PAST_FORMS =
      "must be a time such as 2026-11-11T00:00:00Z, 23:59:30, 5m (ago) or epoch milliseconds";
  private static final String START_FORMS =
      "must be a time such as 2026-11-11T00:00:00Z, 23:59:30 or epoch milliseconds; --in takes a"
          + " span from now";
  private static final long DAY_MS = 86_400_000;

  /** The clock that a time was read from may be ahead of the server's; chosen by us. */
  private static final long CLOCKS_APART_MS = 60_000;

  private static final double UNLIMITED = 1e300;

  private Words() {}

  /**
   * A rate or count with three or four significant digits: {@code 6.5}, {@code 6573}, {@code
   * 28.5k}.
   */
  static String rate(double value) {
    if (Double.isNaN(value)) {
      return "-";
    }
    if (value > UNLIMITED) {
      return "none";
    }
    if (value >= 999_500) {
      return String.format(Locale.ROOT, "%.2fM", value / 1e6);
    }
    if (value >= 10_000) {
      return String.format(Locale.ROOT, "%.1fk", value / 1e3);
    }
    return value >= 100 || value == Math.rint(value)
        ? Long.toString(Math.round(value))
        : String.format(Locale.ROOT, "%.1f", value);
  }

  static String millis(double value) {
    if (Double.isNaN(value)) {
      return "-";
    }
    return value >= 10_000
        ? String.format(Locale.ROOT, "%.1fs", value / 1_000)
        : String.format(Locale.ROOT, value >= 10 ? "%.0fms" : "%.1fms", value);
  }

  static String percent(double ratio) {
    if (Double.isNaN(ratio)) {
      return "-";
    }
    return String.format(Locale.ROOT, ratio > 0 && ratio < 0.01 ? "%.2f%%" : "%.0f%%", ratio * 100);
  }

  /** A further phrase after a comma, or nothing for none. */
  static String then(String phrase) {
    return phrase.isEmpty() ? "" : ", " + phrase;
  }

  static String money(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  /** The largest two units of a span: {@code 45s}, {@code 2m30s}, {@code 3h12m}, {@code 5d}. */
  static String span(long ms) {
    long seconds = Math.max(0, ms) / 1_000;
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3_600) {
      return seconds / 60 + "m" + (seconds % 60 == 0 ? "" : seconds % 60 + "s");
    }
    if (seconds < 86_400) {
      return seconds / 3_600 + "h" + (seconds / 60 % 60 == 0 ? "" : seconds / 60 % 60 + "m");
    }
    return seconds / 86_400 + "d";
  }

  /** A time of the day, UTC. */
  static String clock(long ms) {
    return CLOCK.format(Instant.ofEpochMilli(ms));
  }

  /** A moment in the past, UTC: the time of its day, with the date when it was another day. */
  static String moment(long ms, long nowMs) {
    LocalDate day = LocalDate.ofInstant(Instant.ofEpochMilli(ms), ZoneOffset.UTC);
    LocalDate today = LocalDate.ofInstant(Instant.ofEpochMilli(nowMs), ZoneOffset.UTC);
    return (day.equals(today) ? "" : day + " ") + clock(ms);
  }

  /** Time until an event, or since it began. */
  static String countdown(long startMs, long nowMs) {
    return startMs >= nowMs ? "in " + span(startMs - nowMs) : span(nowMs - startMs) + " ago";
  }

  /** Reads a span such as {@code 90s}, {@code 2m30s} or {@code 250ms}. */
  static long spanMs(String field, String text) {
    Matcher matcher = PART.matcher(text);
    long total = 0;
    int end = 0;
    while (matcher.find() && matcher.start() == end) {
      total += Long.parseLong(matcher.group(1)) * unitMs(matcher.group(2));
      end = matcher.end();
    }
    if (end == 0 || end != text.length()) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, field, text, "must be a span such as 90s, 2m30s or 250ms");
    }
    return total;
  }

  /**
   * Reads a time that was: ISO-8601, epoch milliseconds, a span ago, or a time of the day in UTC,
   * which is the last such moment: after midnight, 23:59:30 was yesterday.
   *
   * @param nowMs what spans and times of the day are relative to
   */
  static long pastMs(String field, String text, long nowMs) {
    if (DAYTIME.matcher(text).matches()) {
      long today = todayMs(field, text, PAST_FORMS, nowMs);
      return today > nowMs + CLOCKS_APART_MS ? today - DAY_MS : today;
    }
    return PART.matcher(text).lookingAt()
        ? nowMs - spanMs(field, text)
        : momentMs(field, text, PAST_FORMS);
  }

  /**
   * Reads when something starts: ISO-8601, epoch milliseconds, or a time of the day in UTC, which
   * is the next such moment: before midnight, 00:00 is tomorrow.
   *
   * @param nowMs what times of the day are relative to
   */
  static long startMs(String field, String text, long nowMs) {
    if (DAYTIME.matcher(text).matches()) {
      long today = todayMs(field, text, START_FORMS, nowMs);
      return today < nowMs ? today + DAY_MS : today;
    }
    return momentMs(field, text, START_FORMS);
  }

  private static long todayMs(String field, String text, String forms, long nowMs) {
    try {
      return Instant.ofEpochMilli(nowMs)
          .atZone(ZoneOffset.UTC)
          .with(LocalTime.parse(text))
          .toInstant()
          .toEpochMilli();
    } catch (DateTimeException e) {
      throw new InvalidInputException(ErrorCode.INVALID_VALUE, field, text, forms);
    }
  }

  private static long momentMs(String field, String text, String forms) {
    try {
      return EPOCH_MS.matcher(text).matches()
          ? Long.parseLong(text)
          : Instant.parse(text).toEpochMilli();
    } catch (DateTimeException e) {
      throw new InvalidInputException(ErrorCode.INVALID_VALUE, field, text, forms);
    }
  }

  /** A member's name; of a long random one the part that tells it apart. */
  static String member(String name) {
    return name.length() > 20 ? name.substring(0, 8) : name;
  }

  /** The name that JSON has for a constant. */
  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static long unitMs(String unit) {
    return switch (unit) {
      case "ms" -> 1;
      case "s" -> 1_000;
      case "m" -> 60_000;
      case "h" -> 3_600_000;
      case "d" -> 86_400_000;
      default -> throw new AssertionError(unit);
    };
  }
}
