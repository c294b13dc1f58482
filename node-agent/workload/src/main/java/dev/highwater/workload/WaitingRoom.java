package dev.highwater.workload;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Where those wait whom admission does not let in yet, in a line for each shard of the serial step:
 * the oldest first, and of one window the most critical first; whoever waited longer than its
 * patience leaves.
 *
 * <p>Touched by one thread at a time.
 */
final class WaitingRoom {
  private final long max;
  private final long patienceWindows;
  private final int levels;
  private final int classes;
  private final List<Deque<Cohort>> lines = new ArrayList<>();
  private final long[] waitingAt;
  private long waiting;
  private long now;
  private long waitingMost;
  private long lineMost;
  private long longestWaitWindows;

  /** Those who came to a line in one window, by request class. */
  private static final class Cohort {
    final long window;
    final long[] counts;
    long left;

    Cohort(long window, int classes) {
      this.window = window;
      this.counts = new long[classes];
    }
  }

  /** Those who gave up. */
  record Left(long attempts, long firstAttempts) {}

  /** Who lets {@code n} of a class in at a shard. */
  @FunctionalInterface
  interface Door {
    void pass(int shard, int requestClass, long n);
  }

  /**
   * Room for {@code max} users in all lines together; the first {@code levels} of the classes are
   * first attempts.
   */
  WaitingRoom(long max, long patienceWindows, int levels, int classes, int shards) {
    this.max = max;
    this.patienceWindows = patienceWindows;
    this.levels = levels;
    this.classes = classes;
    this.waitingAt = new long[shards];
    for (int s = 0; s < shards; s++) {
      lines.add(new ArrayDeque<>());
    }
  }

  long waiting() {
    return waiting;
  }

  /** How many wait in each line; not to be changed. */
  long[] waitingAt() {
    return waitingAt;
  }

  /** Most who waited at once. */
  long waitingMost() {
    return waitingMost;
  }

  /** Most who waited at once in one line. */
  long lineMost() {
    return lineMost;
  }

  /** Longest wait that has ended. */
  long longestWaitWindows() {
    return longestWaitWindows;
  }

  /** A window begins: sends those away whose patience is over. */
  Left giveUp(long window) {
    now = window;
    long attempts = 0;
    long firstAttempts = 0;
    for (int s = 0; s < waitingAt.length; s++) {
      Deque<Cohort> line = lines.get(s);
      while (waitingAt[s] > 0 && line.getFirst().window + patienceWindows <= window) {
        Cohort gone = line.removeFirst();
        ended(gone);
        attempts += gone.left;
        waitingAt[s] -= gone.left;
        for (int level = 0; level < levels; level++) {
          firstAttempts += gone.counts[level];
        }
      }
    }
    waiting -= attempts;
    return new Left(attempts, firstAttempts);
  }

  private void ended(Cohort cohort) {
    longestWaitWindows = Math.max(longestWaitWindows, now - cohort.window);
  }

  /** Lets the first {@code n} of a shard's line in through {@code door}; so many wait there. */
  void letIn(int shard, long n, Door door) {
    Deque<Cohort> line = lines.get(shard);
    long left = n;
    while (left > 0) {
      Cohort first = line.getFirst();
      ended(first);
      for (int level = 0; level < levels && left > 0; level++) {
        for (int c = level; c < classes && left > 0; c += levels) {
          long here = Math.min(left, first.counts[c]);
          first.counts[c] -= here;
          first.left -= here;
          left -= here;
          door.pass(shard, c, here);
        }
      }
      if (first.left == 0) {
        line.removeFirst();
      }
    }
    waiting -= n;
    waitingAt[shard] -= n;
  }

  /** How many of {@code n} find room to wait in a shard's line. */
  long enter(long window, int shard, int requestClass, long n) {
    long here = Math.min(n, max - waiting);
    if (here <= 0) {
      return 0;
    }
    Deque<Cohort> line = lines.get(shard);
    Cohort last = line.peekLast();
    if (last == null || last.window != window) {
      last = new Cohort(window, classes);
      line.addLast(last);
    }
    last.counts[requestClass] += here;
    last.left += here;
    waiting += here;
    waitingAt[shard] += here;
    waitingMost = Math.max(waitingMost, waiting);
    lineMost = Math.max(lineMost, waitingAt[shard]);
    return here;
  }
}
