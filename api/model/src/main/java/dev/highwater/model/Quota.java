package dev.highwater.model;

import org.jspecify.annotations.Nullable;

/**
 * What a tenant may use of one cell. Immutable.
 *
 * @param cell name of the cell
 * @param nominal always obtainable within the reclaim time while healthy capacity covers all
 *     nominals
 * @param borrowingLimit most that may be used above nominal; null means no limit
 * @param lendingLimit most of nominal that others may use while it is idle; null means all
 */
public record Quota(
    String cell,
    Resources nominal,
    @Nullable Resources borrowingLimit,
    @Nullable Resources lendingLimit) {
  public Quota {
    Limits.name("cell", cell);
  }
}
