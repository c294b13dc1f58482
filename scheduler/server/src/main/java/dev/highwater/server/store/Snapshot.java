package dev.highwater.server.store;

/**
 * A state of a cell after a journal position, so that a take-over need not replay everything.
 *
 * @param kind which part of the state, for example {@code soft}
 * @param position the last journal position that is included
 */
public record Snapshot(
    String kind,
    long position,
    long epoch,
    int formatVersion,
    long nowMs,
    long specRevision,
    String body) {}
