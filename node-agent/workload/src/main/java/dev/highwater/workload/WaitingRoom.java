package dev.highwater.workload;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Where those wait whom admission does not let in yet: the oldest first, and of one window the most
 * critical first; whoever waited longer than its patience leaves.
 *
 * <p>Touched by one thread at a time.
 */
final class WaitingRoom {
  private final long max;
  private final long patienceWindows;
  private final int levels;
  private final int classes;
  private final Deque<Cohort> cohorts = new ArrayDeque<>();
  private long waiting;

  /** Those who came in one window, by request class. */
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

  /** Who lets {@code n} of a class in. */
  @FunctionalInterface
  interface Door {
    void pass(int requestClass, long n);
  }

  /** Room for {@code max} users; the first {@code levels} of the classes are first attempts. */
  WaitingRoom(long max, long patienceWindows, int levels, int classes) {
    this.max = max;
    this.patienceWindows = patienceWindows;
    this.levels = levels;
    this.classes = classes;
  }

  long waiting() {
    return waiting;
  }

  /** Sends those away whose patience is over. */
  Left giveUp(long window) {
    long attempts = 0;
    long firstAttempts = 0;
    while (!cohorts.isEmpty() && cohorts.peekFirst().window + patienceWindows <= window) {
      Cohort gone = cohorts.removeFirst();
      attempts += gone.left;
      for (int level = 0; level < levels; level++) {
        firstAttempts += gone.counts[level];
      }
    }
    waiting -= attempts;
    return new Left(attempts, firstAttempts);
  }

  /** Lets at most {@code may} in through {@code door}, and tells how many. */
  long letIn(long may, Door door) {
    long left = may;
    while (left > 0 && !cohorts.isEmpty()) {
      Cohort first = cohorts.peekFirst();
      for (int level = 0; level < levels && left > 0; level++) {
        for (int c = level; c < classes && left > 0; c += levels) {
          long n = Math.min(left, first.counts[c]);
          first.counts[c] -= n;
          first.left -= n;
          left -= n;
          door.pass(c, n);
        }
      }
      if (first.left == 0) {
        cohorts.removeFirst();
      }
    }
    waiting -= may - left;
    return may - left;
  }

  /** How many of {@code n} find room to wait. */
  long enter(long window, int requestClass, long n) {
    long here = Math.min(n, max - waiting);
    if (here <= 0) {
      return 0;
    }
    Cohort last = cohorts.peekLast();
    if (last == null || last.window != window) {
      last = new Cohort(window, classes);
      cohorts.addLast(last);
    }
    last.counts[requestClass] += here;
    last.left += here;
    waiting += here;
    return here;
  }
}
