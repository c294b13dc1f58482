package dev.highwater.model;

import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every written limit of the vocabulary, and the checks that hold them. A limit exists so that no
 * input, however wrong, can make a member run out of memory or time; each is far above what a user
 * needs. Stateless.
 */
public final class Limits {
  /** Characters of one name. DNS labels have the same length, so that names fit everywhere. */
  public static final int NAME_LENGTH_MAX = 63;

  /** Characters of a free text. */
  public static final int TEXT_LENGTH_MAX = 500;

  /** Elements of a list inside one spec. */
  public static final int SPEC_LIST_MAX = 1_000;

  /** Replicas one service may have. */
  public static final int REPLICAS_MAX = 1_000_000;

  /** Nodes of one cell. */
  public static final int NODES_MAX = 100_000;

  /** Replicas that one node may report. */
  public static final int REPLICAS_PER_NODE_MAX = 10_000;

  /** Services in one front-door report. */
  public static final int SERVICES_PER_REPORT_MAX = 10_000;

  /** Shards of one service's serial step: each has a line of its own at the front door. */
  public static final int SERIAL_SHARDS_MAX = 1_000;

  /** Any rate per second; above it a figure is a mistake. */
  public static final double RATE_MAX = 1e9;

  /** Any duration: 400 days in milliseconds. */
  public static final long DURATION_MAX_MS = 400L * 24 * 3_600_000;

  private Limits() {}

  /** Checks a name: letters, digits, {@code . _ -}, beginning with a letter or digit. */
  public static String name(String field, @Nullable String value) {
    if (value == null) {
      throw new InvalidInputException(ErrorCode.MISSING_FIELD, field, null, "is required");
    }
    boolean good = !value.isEmpty() && value.length() <= NAME_LENGTH_MAX;
    for (int i = 0; good && i < value.length(); i++) {
      char c = value.charAt(i);
      boolean alphanumeric =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      good = alphanumeric || (i > 0 && (c == '.' || c == '_' || c == '-'));
    }
    if (!good) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          field,
          value,
          "must be 1 to 63 letters, digits, '.', '_' or '-', and begin with a letter or digit");
    }
    return value;
  }

  /** Checks a text's length; null becomes the empty text. */
  public static String text(String field, @Nullable String value) {
    if (value == null) {
      return "";
    }
    if (value.length() > TEXT_LENGTH_MAX) {
      throw new InvalidInputException(
          ErrorCode.TOO_LARGE,
          field,
          value,
          "must have at most " + TEXT_LENGTH_MAX + " characters");
    }
    return value;
  }

  /** Checks {@code min <= value <= max}. */
  public static long range(String field, long value, long min, long max) {
    if (value < min || value > max) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, field, value, "must be " + min + " to " + max);
    }
    return value;
  }

  /** Checks {@code min <= value <= max}. */
  public static int range(String field, int value, int min, int max) {
    return (int) range(field, (long) value, min, max);
  }

  /** Checks {@code min <= value <= max}; refuses NaN. */
  public static double range(String field, double value, double min, double max) {
    if (!(value >= min && value <= max)) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, field, value, "must be " + min + " to " + max);
    }
    return value;
  }

  /** Checks a duration in milliseconds: 0 to {@link #DURATION_MAX_MS}. */
  public static long durationMs(String field, long value) {
    return range(field, value, 0, DURATION_MAX_MS);
  }

  /** Copies a list, null meaning empty, and checks its size. */
  public static <T> List<T> list(String field, @Nullable Collection<T> values, int max) {
    if (values == null) {
      return List.of();
    }
    if (values.size() > max) {
      throw new InvalidInputException(
          ErrorCode.TOO_LARGE, field, values.size() + " elements", "must have at most " + max);
    }
    for (T value : values) {
      if (value == null) {
        throw new InvalidInputException(
            ErrorCode.INVALID_VALUE, field, null, "must not hold a null element");
      }
    }
    return List.copyOf(values);
  }

  /** Copies a map of short texts into key order, null meaning empty, and checks its size. */
  public static SortedMap<String, String> labels(
      String field, @Nullable SortedMap<String, String> values) {
    SortedMap<String, String> copy = new TreeMap<>();
    if (values != null) {
      if (values.size() > 64) {
        throw new InvalidInputException(
            ErrorCode.TOO_LARGE, field, values.size() + " labels", "must have at most 64");
      }
      values.forEach((key, value) -> copy.put(name(field, key), name(field + "." + key, value)));
    }
    return java.util.Collections.unmodifiableSortedMap(copy);
  }
}
