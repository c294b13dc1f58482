package dev.highwater.server.store;

/**
 * What one tick of one cell decided, as the journal keeps it.
 *
 * @param position 1-based, without gaps within a cell
 * @param epoch the owner's when it was written
 * @param formatVersion format of {@code facts} and {@code reasons}
 * @param nowMs time of the tick's input, epoch ms
 * @param specRevision highest spec {@code resourceVersion} that the state includes after this
 *     record
 * @param facts JSON of what changed the state
 * @param reasons JSON of why; empty where it was not asked for
 */
public record JournalRecord(
    long position,
    long epoch,
    int formatVersion,
    long nowMs,
    long specRevision,
    String facts,
    String reasons) {}
