package dev.highwater.kernel.forecast;

import java.util.Arrays;

/**
 * A week of a service's load in buckets of five minutes, and its smoothed day.
 *
 * <p>{@code week[i]} is the mean load per second in bucket {@code i = (time / bucket) mod 2016}; a
 * bucket without a sample is NaN. {@code day} smooths the same means, a day being its season. 9 KiB
 * for each service that was ever loaded. Confined to its owner.
 */
final class SeasonalHistory {
  /** Fine enough for a rise of 1.5 in 5 minutes (World Cup trace), coarse enough to keep a week. */
  static final long BUCKET_MS = 300_000;

  static final int BUCKETS_PER_DAY = 288;
  private static final int BUCKETS_PER_WEEK = 7 * BUCKETS_PER_DAY;

  /**
   * For buckets; each is within what is customary, the damping between 0.8 and 0.98. Chosen by us
   * of ten sets by what each foretold of ten minutes ahead: against a slow level with no trend the
   * pinball loss was 7 % less on the World Cup's group stage and on New York's taxis, and 6 % more
   * on a load balancer's bursts, where all that knows the time of day is wrong. A level that takes
   * 0.3 foretells those days a little better, but AAPL in steps then breaks 0.599 % and not 0.596.
   */
  private static final HoltWinters.Gains DAY_GAINS = new HoltWinters.Gains(0.1, 0.1, 0.3, 0.9);

  /** A ratio beyond this is no season but an event of its own. Chosen by us. */
  private static final double RATIO_MAX = 3;

  private final float[] week;
  private final HoltWinters day;
  private long bucket = Long.MIN_VALUE;
  private double sum;
  private int samples;

  SeasonalHistory() {
    week = new float[BUCKETS_PER_WEEK];
    Arrays.fill(week, Float.NaN);
    day = new HoltWinters(DAY_GAINS, BUCKETS_PER_DAY);
  }

  private SeasonalHistory(SeasonalHistory other) {
    week = other.week.clone();
    day = other.day.copy();
    bucket = other.bucket;
    sum = other.sum;
    samples = other.samples;
  }

  SeasonalHistory copy() {
    return new SeasonalHistory(this);
  }

  void add(long nowMs, double load) {
    long now = Math.floorDiv(nowMs, BUCKET_MS);
    if (now != bucket) {
      close();
      long missed = Math.min(BUCKETS_PER_WEEK, now - bucket - 1);
      for (long i = 0; bucket != Long.MIN_VALUE && i < missed; i++) {
        week[Math.floorMod(now - 1 - i, BUCKETS_PER_WEEK)] = Float.NaN;
        day.skip();
      }
      bucket = now;
      sum = 0;
      samples = 0;
    }
    sum += load;
    samples++;
  }

  /** Load at {@code toMs} over load at {@code fromMs}, both {@code agoMs} earlier; 1 if unknown. */
  double ratioAgo(long fromMs, long toMs, long agoMs) {
    return ratio(at(fromMs - agoMs), at(toMs - agoMs));
  }

  /**
   * Load at {@code toMs} by level, trend and daily season, when it is {@code present} at {@code
   * fromMs}; the same within the first day.
   */
  double ofDay(double present, long fromMs, long toMs) {
    return day.ahead(present, bucketsAt(fromMs), bucketsAt(toMs));
  }

  private static double ratio(double from, double to) {
    if (!(from > 0) || !(to >= 0)) {
      return 1;
    }
    return Math.min(RATIO_MAX, Math.max(1 / RATIO_MAX, to / from));
  }

  private void close() {
    if (samples == 0) {
      return;
    }
    double mean = sum / samples;
    week[Math.floorMod(bucket, BUCKETS_PER_WEEK)] = (float) mean;
    day.add(Math.floorMod(bucket, BUCKETS_PER_DAY), mean);
  }

  /** Linear between the middles of the buckets around the moment; NaN when one is missing. */
  private double at(long timeMs) {
    long shifted = timeMs - BUCKET_MS / 2;
    long left = Math.floorDiv(shifted, BUCKET_MS);
    double part = (double) Math.floorMod(shifted, BUCKET_MS) / BUCKET_MS;
    return (1 - part) * week[Math.floorMod(left, BUCKETS_PER_WEEK)]
        + part * week[Math.floorMod(left + 1, BUCKETS_PER_WEEK)];
  }

  /** Whole in the middle of a bucket. */
  private static double bucketsAt(long timeMs) {
    return (double) (timeMs - BUCKET_MS / 2) / BUCKET_MS;
  }
}
