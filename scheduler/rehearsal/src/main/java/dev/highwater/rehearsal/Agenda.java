package dev.highwater.rehearsal;

import java.util.PriorityQueue;

/**
 * Virtual time: what is due, ordered by (timeMs, rank, sequence). Nothing else makes time pass. For
 * one thread.
 */
final class Agenda {
  /** What comes first among things due at the same moment. */
  enum Rank {
    /** The simulated world arrives at the moment. */
    WORLD,
    /** Surges and faults begin. */
    SIMULATION,
    /** Reports are made and the scheduler decides. */
    TICK,
    /** What the cells' owners know is known to the routes. */
    ROUTE
  }

  private record Entry(long timeMs, Rank rank, long sequence, Runnable action)
      implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      int byTime = Long.compare(timeMs, other.timeMs);
      if (byTime != 0) {
        return byTime;
      }
      int byRank = rank.compareTo(other.rank);
      return byRank != 0 ? byRank : Long.compare(sequence, other.sequence);
    }
  }

  private final PriorityQueue<Entry> due = new PriorityQueue<>();
  private long sequence;
  private long nowMs;

  Agenda(long nowMs) {
    this.nowMs = nowMs;
  }

  /** The moment of the action that runs, or of the last one. */
  long nowMs() {
    return nowMs;
  }

  /** Runs an action at a moment that has not passed. */
  void at(long timeMs, Rank rank, Runnable action) {
    if (timeMs < nowMs) {
      throw new IllegalArgumentException("time does not go back: " + timeMs + " < " + nowMs);
    }
    due.add(new Entry(timeMs, rank, sequence++, action));
  }

  /** Runs everything that is due up to and including a moment. */
  void runUntil(long timeMs) {
    while (!due.isEmpty() && due.peek().timeMs <= timeMs) {
      Entry next = due.remove();
      nowMs = next.timeMs;
      next.action.run();
    }
    nowMs = Math.max(nowMs, timeMs);
  }
}
