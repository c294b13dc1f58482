package dev.highwater.workload;

import java.util.Arrays;

/**
 * Extra service times of one window's requests, which differ by the shard of the serial step that a
 * request waits for: a few values, each with the part of the requests that has it.
 *
 * <p>Shards whose extra times differ by less than a fifth count as one, with their mean; so do all
 * whose extra time is small beside the service. Touched by one thread at a time; allocates nothing.
 */
final class ExtraTimes {
  /** Nobody has any, ever. */
  static final ExtraTimes NONE = new ExtraTimes(0, 0);

  /** Bins of a latency histogram that count as one: four values per octave. Chosen by us. */
  private static final int BIN_SHIFT = 4;

  /** Extra times below this part of the service are told as their mean. Chosen by us. */
  private static final double SMALL_RATIO = 1.0 / 32;

  private static final int BINS = 1 + (LatencyHistogram.BINS >> BIN_SHIFT);

  private final double smallNanos;
  private final double[] weight;
  private final double[] sum;
  private final double[] nanos;
  private final double[] part;
  private int size;

  /** For requests whose service takes {@code serviceNanos} on average. */
  ExtraTimes(double serviceNanos) {
    this(serviceNanos * SMALL_RATIO, BINS);
  }

  private ExtraTimes(double smallNanos, int bins) {
    this.smallNanos = smallNanos;
    this.weight = new double[bins];
    this.sum = new double[bins];
    this.nanos = new double[bins];
    this.part = new double[bins];
  }

  void clear() {
    size = 0;
    Arrays.fill(weight, 0);
    Arrays.fill(sum, 0);
  }

  /** Counts {@code n} requests; {@link #close} ends that. */
  void add(double extraNanos, double n) {
    int bin =
        extraNanos < smallNanos ? 0 : 1 + (LatencyHistogram.bin((long) extraNanos) >> BIN_SHIFT);
    weight[bin] += n;
    sum[bin] += n * extraNanos;
  }

  void close() {
    double all = 0;
    double extra = 0;
    for (int bin = 0; bin < weight.length; bin++) {
      all += weight[bin];
      extra += sum[bin];
    }
    for (int bin = 0; bin < weight.length && extra > 0; bin++) {
      if (weight[bin] > 0) {
        nanos[size] = sum[bin] / weight[bin];
        part[size] = weight[bin] / all;
        size++;
      }
    }
  }

  /** How many values there are; 0 when nobody has an extra time. */
  int size() {
    return size;
  }

  double nanos(int value) {
    return nanos[value];
  }

  /** Part of the requests that has a value; all parts add up to 1. */
  double part(int value) {
    return part[value];
  }

  /**
   * The extra time of one request.
   *
   * @param uniform in [0, 1)
   */
  double draw(double uniform) {
    double left = uniform;
    int value = 0;
    while (value < size - 1 && left >= part[value]) {
      left -= part[value];
      value++;
    }
    return nanos[value];
  }
}
