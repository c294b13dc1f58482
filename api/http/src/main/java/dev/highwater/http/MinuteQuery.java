package dev.highwater.http;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import java.time.Instant;

/**
 * Which minutes of a cell are wanted. Immutable.
 *
 * @param sinceMs that begin at or after this time, epoch milliseconds
 * @param untilMs that begin before this time, epoch milliseconds; later than {@code sinceMs}
 * @param limit most minutes, 1 to {@link #LIMIT_MAX}
 */
public record MinuteQuery(String cell, long sinceMs, long untilMs, int limit) {
  /** An hour in one answer; chosen by us: six services are about 2 MB of JSON. */
  public static final int LIMIT_MAX = 60;

  public MinuteQuery {
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("limit must be 1 to " + LIMIT_MAX + ": " + limit);
    }
    if (untilMs <= sinceMs) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "until",
          Instant.ofEpochMilli(untilMs),
          "must be later than since, " + Instant.ofEpochMilli(sinceMs));
    }
  }
}
