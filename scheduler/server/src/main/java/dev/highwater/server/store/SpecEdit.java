package dev.highwater.server.store;

/**
 * A wish to write or delete one spec, if it is still at the version the writer saw.
 *
 * @param expectedVersion {@link #ANY}, {@link #ABSENT} or the {@code resourceVersion} that was read
 * @param deleted true deletes; {@code body} is then ignored
 */
public record SpecEdit(
    SpecKey key, long expectedVersion, boolean deleted, int formatVersion, String body) {
  /** Write whatever is stored now. */
  public static final long ANY = -1;

  /** Write only if nothing with this key exists. */
  public static final long ABSENT = 0;

  /** Checks that {@code expectedVersion} is one of the three kinds. */
  public SpecEdit {
    if (expectedVersion < ANY) {
      throw new IllegalArgumentException("expectedVersion must be >= -1: " + expectedVersion);
    }
  }

  /** An edit that stores {@code body}. */
  public static SpecEdit put(SpecKey key, long expectedVersion, int formatVersion, String body) {
    return new SpecEdit(key, expectedVersion, false, formatVersion, body);
  }

  /** An edit that leaves a tombstone. */
  public static SpecEdit delete(SpecKey key, long expectedVersion) {
    return new SpecEdit(key, expectedVersion, true, 0, "");
  }
}
