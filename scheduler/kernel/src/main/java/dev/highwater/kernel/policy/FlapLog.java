package dev.highwater.kernel.policy;

import java.util.Arrays;

/**
 * When a target last changed direction, for the flap budget. Keeps as many moments as the budget
 * asks for, at most 3,600. Confined to its owner.
 */
final class FlapLog {
  private static final long HOUR_MS = 3_600_000;
  private static final int KEPT_MAX = 3_600;

  private long[] turns = new long[0];
  private int next;
  private int direction;

  FlapLog copy() {
    FlapLog copy = new FlapLog();
    copy.turns = turns.clone();
    copy.next = next;
    copy.direction = direction;
    return copy;
  }

  void changed(long nowMs, int from, int to, int budget) {
    int now = Integer.compare(to, from);
    if (now == 0) {
      return;
    }
    if (direction != 0 && now != direction && budget > 0) {
      int size = Math.min(budget, KEPT_MAX);
      if (turns.length != size) {
        turns = new long[size];
        Arrays.fill(turns, Long.MIN_VALUE);
        next = 0;
      }
      turns[next] = nowMs;
      next = (next + 1) % size;
    }
    direction = now;
  }

  /** Whether as many turns as the budget allows lie within the last hour. */
  boolean spent(long nowMs, int budget) {
    return budget > 0
        && turns.length == Math.min(budget, KEPT_MAX)
        && turns[next] != Long.MIN_VALUE
        && nowMs - turns[next] < HOUR_MS;
  }
}
