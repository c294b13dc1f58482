package dev.highwater.server.loop;

import dev.highwater.model.Observation.SparseHistogram;

/**
 * Reads quantiles from the growth of a front door's latency histogram. The bins are those of the
 * workload's histogram: 64 to an octave, in nanoseconds. Stateless.
 */
final class LatencyBins {
  private static final int SUB_BITS = 6;
  private static final double NANOS_PER_MS = 1e6;

  private LatencyBins() {}

  /**
   * The latency below which a share of the counted requests lies, interpolated inside its bin.
   *
   * @param quantile 0 to 1
   * @return milliseconds; NaN if nothing was counted
   */
  static double quantileMs(SparseHistogram histogram, double quantile) {
    long total = histogram.counts().stream().mapToLong(Long::longValue).sum();
    if (total == 0) {
      return Double.NaN;
    }
    double rank = quantile * total;
    long below = 0;
    for (int i = 0; i < histogram.bins().size(); i++) {
      long here = histogram.counts().get(i);
      if (below + here >= rank) {
        double low = lowerNanos(histogram.bins().get(i));
        double high = lowerNanos(histogram.bins().get(i) + 1);
        return (low + (high - low) * Math.max(0, rank - below) / here) / NANOS_PER_MS;
      }
      below += here;
    }
    return lowerNanos(histogram.bins().get(histogram.bins().size() - 1)) / NANOS_PER_MS;
  }

  private static double lowerNanos(int bin) {
    if (bin < 1 << (SUB_BITS + 1)) {
      return bin;
    }
    int shift = (bin >>> SUB_BITS) - 1;
    return (double) ((long) (bin - (shift << SUB_BITS)) << shift);
  }
}
