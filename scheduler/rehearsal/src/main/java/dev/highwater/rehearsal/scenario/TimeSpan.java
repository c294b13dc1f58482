package dev.highwater.rehearsal.scenario;

import org.jspecify.annotations.Nullable;

/**
 * A time span as people write it: {@code 200ms}, {@code 5s}, {@code 2m}, {@code 24h}, {@code 17d}.
 * A number alone is refused, because nobody can see whether seconds or milliseconds were meant.
 * Stateless.
 */
public final class TimeSpan {
  private static final String[] UNITS = {"ms", "s", "m", "h", "d"};
  private static final long[] UNIT_MS = {1, 1_000, 60_000, 3_600_000, 86_400_000};

  private TimeSpan() {}

  /** Milliseconds of a written span, which may have decimals ({@code 1.5s}); null if it is none. */
  public static @Nullable Double parseMs(String text) {
    String trimmed = text.trim();
    int end = trimmed.length();
    while (end > 0 && Character.isLetter(trimmed.charAt(end - 1))) {
      end--;
    }
    String unit = trimmed.substring(end);
    for (int i = 0; i < UNITS.length; i++) {
      if (UNITS[i].equals(unit)) {
        String number = trimmed.substring(0, end).trim();
        if (!isDecimal(number)) {
          return null;
        }
        return Double.parseDouble(number) * UNIT_MS[i];
      }
    }
    return null;
  }

  /** The shortest exact way to write whole milliseconds. */
  public static String write(long ms) {
    for (int i = UNITS.length - 1; i > 0; i--) {
      if (ms != 0 && ms % UNIT_MS[i] == 0) {
        return ms / UNIT_MS[i] + UNITS[i];
      }
    }
    return ms + "ms";
  }

  static boolean isDecimal(String text) {
    boolean digit = false;
    boolean point = false;
    for (int i = text.startsWith("-") ? 1 : 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.' && !point) {
        point = true;
      } else if (c >= '0' && c <= '9') {
        digit = true;
      } else {
        return false;
      }
    }
    return digit;
  }
}
