package dev.highwater.workload;

import java.util.Arrays;

/**
 * Outcomes counted by request class, with a histogram of the time until clients had their answer.
 *
 * <p>The histogram holds served, late and timed-out attempts (the latter at the client's timeout);
 * refused and failed ones have no latency. Touched by one thread at a time.
 */
public final class OutcomeTally {

  private final int classes;
  private final long[] counts;
  private final LatencyHistogram latencies = new LatencyHistogram();

  /**
   * @param classes number of request classes, 1..{@link ReplicaQueue#CLASSES_MAX}
   */
  public OutcomeTally(int classes) {
    if (classes < 1 || classes > ReplicaQueue.CLASSES_MAX) {
      throw new IllegalArgumentException(
          "classes must be in [1, " + ReplicaQueue.CLASSES_MAX + "]: " + classes);
    }
    this.classes = classes;
    this.counts = new long[classes * Outcome.COUNT];
  }

  /** Number of request classes. */
  public int classes() {
    return classes;
  }

  /** Attempts of {@code requestClass} that ended as {@code outcome}. */
  public long count(int requestClass, Outcome outcome) {
    return counts[requestClass * Outcome.COUNT + outcome.index];
  }

  /** Attempts of all classes that ended as {@code outcome}. */
  public long count(Outcome outcome) {
    long sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += count(c, outcome);
    }
    return sum;
  }

  /** Attempts that ended, of all classes. */
  public long total() {
    long sum = 0;
    for (long count : counts) {
      sum += count;
    }
    return sum;
  }

  /** Counts {@code n} attempts. */
  public void add(int requestClass, Outcome outcome, long n) {
    counts[requestClass * Outcome.COUNT + outcome.index] += n;
  }

  /** Adds every count of {@code other}, which must have the same number of classes. */
  public void addAll(OutcomeTally other) {
    if (other.classes != classes) {
      throw new IllegalArgumentException(
          "tallies must have equal classes: " + classes + " and " + other.classes);
    }
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    latencies.addAll(other.latencies);
  }

  /** The latencies. */
  public LatencyHistogram latencies() {
    return latencies;
  }

  /** Forgets the counts and keeps the latencies, which are totals. */
  void clearCounts() {
    Arrays.fill(counts, 0);
  }

  /** Forgets everything. */
  public void clear() {
    Arrays.fill(counts, 0);
    latencies.clear();
  }

  /** For the hot loop: index {@code requestClass * Outcome.COUNT + outcome}. */
  long[] counts() {
    return counts;
  }
}
