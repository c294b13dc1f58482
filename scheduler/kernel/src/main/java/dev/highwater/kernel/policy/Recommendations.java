package dev.highwater.kernel.policy;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The recommendations of a stabilisation window; the largest is the least for scaling in. Bounded
 * by the window over the time between two syncs. Confined to its owner.
 */
final class Recommendations {
  /** Ascending in time, descending in count; each holds until a later one is not smaller. */
  private final Deque<Recommendation> falling = new ArrayDeque<>();

  void takeOver(Recommendations other) {
    falling.addAll(other.falling);
  }

  /**
   * Remembers one recommendation and returns it, raised to what the window says when it is less.
   */
  int leastAllowed(long nowMs, long windowMs, int recommended, int current) {
    while (!falling.isEmpty() && falling.getLast().count <= recommended) {
      falling.removeLast();
    }
    falling.addLast(new Recommendation(nowMs, recommended));
    while (falling.getFirst().atMs <= nowMs - windowMs) {
      falling.removeFirst();
    }
    if (recommended >= current) {
      return recommended;
    }
    return Math.min(current, Math.max(recommended, falling.getFirst().count));
  }

  private record Recommendation(long atMs, int count) {}
}
