package dev.highwater.http;

/**
 * What must be true of a stored spec for a change to be made. Immutable.
 *
 * @param resourceVersion the version that must be current; {@link #ABSENT} and {@link #NONE} are
 *     special
 */
public record Precondition(long resourceVersion) {
  /** The last writer wins. */
  public static final Precondition NONE = new Precondition(-1);

  /** There must be no such spec yet. */
  public static final Precondition ABSENT = new Precondition(0);

  public Precondition {
    if (resourceVersion < -1) {
      throw new IllegalArgumentException("resourceVersion must be >= -1: " + resourceVersion);
    }
  }

  /** This very version must be current. */
  public static Precondition version(long resourceVersion) {
    if (resourceVersion < 1) {
      throw new IllegalArgumentException("resourceVersion must be >= 1: " + resourceVersion);
    }
    return new Precondition(resourceVersion);
  }

  /**
   * Whether the precondition holds.
   *
   * @param current version of the stored spec; 0 if there is none
   */
  public boolean holds(long current) {
    return this.equals(NONE) || resourceVersion == current;
  }
}
