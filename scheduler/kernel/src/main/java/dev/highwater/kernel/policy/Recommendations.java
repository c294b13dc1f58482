package dev.highwater.kernel.policy;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The recommendations of the longest stabilisation window, one for each sync: at most an hour of
 * them. Confined to its owner.
 */
final class Recommendations {
  /** The longest window that autoscaling/v2 allows. */
  private static final long WINDOW_MAX_MS = 3_600_000;

  private final Deque<Recommendation> kept = new ArrayDeque<>();

  void takeOver(Recommendations other) {
    kept.addAll(other.kept);
  }

  boolean none() {
    return kept.isEmpty();
  }

  /** Remembers a recommendation. */
  void add(long nowMs, int count) {
    kept.addLast(new Recommendation(nowMs, count));
    while (kept.getFirst().atMs <= nowMs - WINDOW_MAX_MS) {
      kept.removeFirst();
    }
  }

  /**
   * What the windows leave of the last recommendation: not more than the least of the window for
   * more, not less than the largest of the window for fewer, and else the present number.
   */
  int stabilised(long nowMs, long upWindowMs, long downWindowMs, int current) {
    int last = kept.getLast().count;
    int least = last;
    int most = last;
    for (Recommendation each : kept) {
      least = each.atMs > nowMs - upWindowMs ? Math.min(least, each.count) : least;
      most = each.atMs > nowMs - downWindowMs ? Math.max(most, each.count) : most;
    }
    int stabilised = Math.max(current, least);
    return Math.min(stabilised, most);
  }

  private record Recommendation(long atMs, int count) {}
}
