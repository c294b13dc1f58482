package dev.highwater.workload;

import dev.highwater.model.Observation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts of latencies in log-linear bins, mergeable and comparable across windows and replicas.
 *
 * <p>Bins are 1/64 of an octave's lower end wide: relative width at most 1.6 %, from 64 ns to 4.8
 * hours; longer latencies fall into the last bin. Index arithmetic only, no search. Quantiles
 * interpolate inside a bin. Touched by one thread at a time.
 */
public final class LatencyHistogram {

  static final int SUB_BITS = 6;

  /** Number of bins. */
  public static final int BINS = (44 - SUB_BITS + 1) << SUB_BITS;

  private final long[] counts = new long[BINS];
  private long total;

  /**
   * The bin of a latency.
   *
   * @param nanos negative values count as 0
   */
  public static int bin(long nanos) {
    long v = Math.max(0, nanos);
    int shift = 63 - SUB_BITS - Long.numberOfLeadingZeros(v | (1L << SUB_BITS));
    int index = (shift << SUB_BITS) + (int) (v >>> shift);
    return Math.min(index, BINS - 1);
  }

  /** Smallest latency of a bin, in ns. */
  public static long lowerNanos(int bin) {
    if (bin < 1 << (SUB_BITS + 1)) {
      return bin;
    }
    int shift = (bin >>> SUB_BITS) - 1;
    return (long) (bin - (shift << SUB_BITS)) << shift;
  }

  /** Counts one latency. */
  public void add(long nanos) {
    counts[bin(nanos)]++;
    total++;
  }

  /** Counts {@code count} latencies that fall into {@code bin}. */
  public void addToBin(int bin, long count) {
    counts[bin] += count;
    total += count;
  }

  /** The counts themselves, for the hot loop; whoever writes them calls {@link #counted}. */
  long[] counts() {
    return counts;
  }

  void counted(long n) {
    total += n;
  }

  /** Number of latencies counted. */
  public long total() {
    return total;
  }

  /** Number of latencies in {@code bin}. */
  public long count(int bin) {
    return counts[bin];
  }

  /** Adds every count of {@code other}. */
  public void addAll(LatencyHistogram other) {
    for (int i = 0; i < BINS; i++) {
      counts[i] += other.counts[i];
    }
    total += other.total;
  }

  /**
   * What was counted since {@code earlier}, an older state of the same cumulative histogram.
   *
   * @throws IllegalArgumentException if a count went back
   */
  public LatencyHistogram minus(LatencyHistogram earlier) {
    LatencyHistogram result = new LatencyHistogram();
    for (int i = 0; i < BINS; i++) {
      long difference = counts[i] - earlier.counts[i];
      if (difference < 0) {
        throw new IllegalArgumentException(
            "a cumulative histogram went back in bin " + i + ": " + difference);
      }
      result.counts[i] = difference;
    }
    result.total = total - earlier.total;
    return result;
  }

  /** Forgets everything. */
  public void clear() {
    Arrays.fill(counts, 0);
    total = 0;
  }

  /**
   * The latency below which a share {@code quantile} of the counted ones lies.
   *
   * @param quantile 0..1
   * @return ns; NaN if nothing was counted
   */
  public double quantileNanos(double quantile) {
    if (total == 0) {
      return Double.NaN;
    }
    double rank = Math.min(Math.max(quantile, 0), 1) * total;
    long below = 0;
    for (int i = 0; i < BINS; i++) {
      long here = counts[i];
      if (here > 0 && below + here >= rank) {
        double low = lowerNanos(i);
        double high = i == BINS - 1 ? low : lowerNanos(i + 1);
        return low + (high - low) * Math.max(0, rank - below) / here;
      }
      below += here;
    }
    return lowerNanos(BINS - 1);
  }

  /** Mean by the middle of each bin, in ns; NaN if nothing was counted. */
  public double meanNanos() {
    double sum = 0;
    for (int i = 0; i < BINS; i++) {
      if (counts[i] > 0) {
        double high = i == BINS - 1 ? lowerNanos(i) : lowerNanos(i + 1);
        sum += counts[i] * 0.5 * (lowerNanos(i) + high);
      }
    }
    return sum / total;
  }

  /** The bins that are not empty. */
  public Observation.SparseHistogram toSparse() {
    List<Integer> bins = new ArrayList<>();
    List<Long> values = new ArrayList<>();
    for (int i = 0; i < BINS; i++) {
      if (counts[i] != 0) {
        bins.add(i);
        values.add(counts[i]);
      }
    }
    return new Observation.SparseHistogram(bins, values);
  }

  /** Adds a sparse form. */
  public void addSparse(Observation.SparseHistogram sparse) {
    for (int i = 0; i < sparse.bins().size(); i++) {
      addToBin(sparse.bins().get(i), sparse.counts().get(i));
    }
  }
}
