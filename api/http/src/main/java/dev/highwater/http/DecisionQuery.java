package dev.highwater.http;

import dev.highwater.model.ServiceId;
import org.jspecify.annotations.Nullable;

/**
 * Which decisions are wanted. Immutable.
 *
 * @param cell of this cell only, or null
 * @param service only those with a fact or explanation of this service, or null
 * @param atMs taken at or before this time (epoch milliseconds), or null
 * @param limit most decisions, 1 to {@link PageRequest#LIMIT_MAX}
 */
public record DecisionQuery(
    @Nullable String cell, @Nullable ServiceId service, @Nullable Long atMs, int limit) {
  public DecisionQuery {
    if (limit < 1 || limit > PageRequest.LIMIT_MAX) {
      throw new IllegalArgumentException(
          "limit must be 1 to " + PageRequest.LIMIT_MAX + ": " + limit);
    }
  }
}
