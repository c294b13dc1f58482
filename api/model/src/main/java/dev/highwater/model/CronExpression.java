package dev.highwater.model;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Locale;

/**
 * A cron expression of five fields: minute, hour, day of the month, month, day of the week.
 *
 * <p>Each field is {@code *} or a list of numbers, ranges {@code a-b} and steps {@code *}{@code
 * /n}, {@code a-b/n} and {@code a/n}; months and days of the week have English names of three
 * letters too, and 0 and 7 are both Sunday. When days of both kinds are given, either is enough.
 *
 * <p>It is read on the clock of a time zone: a time that a change of the clock skips does not
 * occur, one that it repeats occurs twice. What a zone's name means is up to the JDK's table of
 * zones; members and rehearsals with different tables differ in the hours in which the tables do. A
 * fixed offset such as {@code +08:00} means the same everywhere.
 *
 * <p><b>Source.</b> crontab(5); the clock changes as github.com/robfig/cron, which KEDA uses.
 *
 * <p>Immutable.
 */
public final class CronExpression {
  /** February 29 comes within so many days, also around 2100. */
  private static final int DAYS_MAX = 8 * 366;

  private static final String[] MONTHS = {
    "", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"
  };
  private static final String[] DAYS = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};
  private static final String[] NUMBERS = {};

  private final long minutes;
  private final long hours;
  private final long daysOfMonth;
  private final long months;
  private final long daysOfWeek;
  private final boolean anyDayOfMonth;
  private final boolean anyDayOfWeek;

  private CronExpression(String field, String text) {
    String[] parts = text.strip().split("\\s+", -1);
    if (parts.length != 5) {
      throw wrong(field, text, "must have five fields: minute hour day month weekday");
    }
    minutes = bits(field, text, parts[0], 0, 59, NUMBERS);
    hours = bits(field, text, parts[1], 0, 23, NUMBERS);
    daysOfMonth = bits(field, text, parts[2], 1, 31, NUMBERS);
    months = bits(field, text, parts[3], 1, 12, MONTHS);
    long week = bits(field, text, parts[4], 0, 7, DAYS);
    daysOfWeek = (week | week >> 7) & 0x7f;
    anyDayOfMonth = parts[2].startsWith("*");
    anyDayOfWeek = parts[4].startsWith("*");
    if (nextMs(ZoneOffset.UTC, 0) == Long.MAX_VALUE) {
      throw wrong(field, text, "must name a day that exists");
    }
  }

  /**
   * Reads an expression.
   *
   * @param field named when it is refused
   */
  public static CronExpression parse(String field, String text) {
    return new CronExpression(field, text);
  }

  /** Reads the name or offset of a time zone. */
  public static ZoneId zone(String field, String name) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      throw wrong(
          field, name, "must be a time zone such as Asia/Shanghai or an offset such as +08:00");
    }
  }

  /**
   * The first time after another at which this occurs, epoch milliseconds; {@code Long.MAX_VALUE}
   * when there is none within eight years.
   */
  public long nextMs(ZoneId zone, long afterMs) {
    LocalDate day = Instant.ofEpochMilli(afterMs).atZone(zone).toLocalDate();
    for (int i = 0; i <= DAYS_MAX; i++, day = day.plusDays(1)) {
      if (occursOn(day)) {
        long next = nextMs(zone, afterMs, day);
        if (next != Long.MAX_VALUE) {
          return next;
        }
      }
    }
    return Long.MAX_VALUE;
  }

  private boolean occursOn(LocalDate day) {
    boolean monthly = has(daysOfMonth, day.getDayOfMonth());
    boolean weekly = has(daysOfWeek, day.getDayOfWeek().getValue() % 7);
    boolean eitherIsAny = anyDayOfMonth || anyDayOfWeek;
    boolean falls = eitherIsAny ? monthly && weekly : monthly || weekly;
    return falls && has(months, day.getMonthValue());
  }

  private long nextMs(ZoneId zone, long afterMs, LocalDate day) {
    long next = Long.MAX_VALUE;
    for (int hour = 0; hour < 24; hour++) {
      for (int minute = 0; has(hours, hour) && minute < 60; minute++) {
        if (has(minutes, minute)) {
          LocalDateTime local = LocalDateTime.of(day, LocalTime.of(hour, minute));
          ZonedDateTime first = ZonedDateTime.ofLocal(local, zone, null);
          if (first.toLocalDateTime().equals(local)) {
            next = Math.min(next, after(first, afterMs));
            next = Math.min(next, after(first.withLaterOffsetAtOverlap(), afterMs));
          }
        }
      }
    }
    return next;
  }

  private static long after(ZonedDateTime time, long afterMs) {
    long ms = time.toInstant().toEpochMilli();
    return ms > afterMs ? ms : Long.MAX_VALUE;
  }

  private static boolean has(long bits, int number) {
    return (bits >> number & 1) != 0;
  }

  private static long bits(
      String field, String text, String list, int min, int max, String[] names) {
    long bits = 0;
    for (String part : list.split(",", -1)) {
      int slash = part.indexOf('/');
      String range = slash < 0 ? part : part.substring(0, slash);
      int step = slash < 0 ? 1 : number(field, text, part.substring(slash + 1), 1, max, NUMBERS);
      int from = min;
      int to = max;
      if (!range.equals("*")) {
        int dash = range.indexOf('-');
        from = number(field, text, dash < 0 ? range : range.substring(0, dash), min, max, names);
        to =
            dash >= 0
                ? number(field, text, range.substring(dash + 1), min, max, names)
                : slash < 0 ? from : max;
      }
      if (from > to) {
        throw wrong(field, text, "must have ranges that begin before they end");
      }
      for (int n = from; n <= to; n += step) {
        bits |= 1L << n;
      }
    }
    return bits;
  }

  private static int number(
      String field, String text, String word, int min, int max, String[] names) {
    for (int i = 0; i < names.length; i++) {
      if (!word.isEmpty() && names[i].equals(word.toUpperCase(Locale.ROOT))) {
        return i;
      }
    }
    int value = -1;
    if (word.matches("[0-9]{1,2}")) {
      value = Integer.parseInt(word);
    }
    if (value < min || value > max) {
      throw wrong(
          field, text, "must have numbers from " + min + " to " + max + " where it has " + word);
    }
    return value;
  }

  private static InvalidInputException wrong(String field, String text, String remedy) {
    return new InvalidInputException(ErrorCode.INVALID_VALUE, field, text, remedy);
  }
}
