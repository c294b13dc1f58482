package dev.highwater.http;

/**
 * Which part of a list is wanted. Immutable.
 *
 * @param limit most items, 1 to {@link #LIMIT_MAX}
 * @param after only keys greater than this; empty means from the start
 * @param prefix only keys that begin with this; empty means all
 */
public record PageRequest(int limit, String after, String prefix) {
  /** Most items of one answer; chosen by us: a thousand services are about 1 MiB of JSON. */
  public static final int LIMIT_MAX = 1_000;

  public PageRequest {
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("limit must be 1 to " + LIMIT_MAX + ": " + limit);
    }
  }
}
