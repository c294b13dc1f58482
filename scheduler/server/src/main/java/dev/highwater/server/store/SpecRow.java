package dev.highwater.server.store;

/**
 * One stored spec as of its last write. Immutable.
 *
 * @param resourceVersion grows by one with every write of this row; what a compare-and-set compares
 * @param revision grows with every write of any row; what readers of changes remember
 * @param deleted true for a tombstone, whose body is the last one before the deletion
 * @param formatVersion format of {@code body}
 * @param updatedAtMs epoch ms on the clock of the member that wrote it
 * @param body JSON
 */
public record SpecRow(
    SpecKey key,
    long resourceVersion,
    long revision,
    boolean deleted,
    int formatVersion,
    long updatedAtMs,
    String body) {}
