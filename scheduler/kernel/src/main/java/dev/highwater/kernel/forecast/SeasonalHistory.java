package dev.highwater.kernel.forecast;

import java.util.Arrays;

/**
 * A week of a service's load in buckets of five minutes, and its smoothed daily profile.
 *
 * <p>{@code week[i]} is the mean load per second in bucket {@code i = (time / bucket) mod 2016}; a
 * bucket without a sample is NaN. {@code profile[i]} is the Holt-Winters factor of the i-th bucket
 * of a day against the day's level, 1 at first. 9 KiB for each service that was ever loaded.
 * Confined to its owner.
 */
final class SeasonalHistory {
  /** Fine enough for a rise of 1.5 in 5 minutes (World Cup trace), coarse enough to keep a week. */
  static final long BUCKET_MS = 300_000;

  static final int BUCKETS_PER_DAY = 288;
  private static final int BUCKETS_PER_WEEK = 7 * BUCKETS_PER_DAY;

  /** Gain of the daily factor, gamma, from one day to the next. Chosen by us. */
  private static final double PROFILE_GAIN = 0.3;

  /** Gain of the level per bucket: it follows e-fold in a day. Chosen by us. */
  private static final double LEVEL_GAIN = 1.0 / BUCKETS_PER_DAY;

  /** A ratio beyond this is no season but an event of its own. Chosen by us. */
  private static final double RATIO_MAX = 3;

  private final float[] week;
  private final float[] profile;
  private long bucket = Long.MIN_VALUE;
  private double sum;
  private int samples;
  private double level = Double.NaN;

  SeasonalHistory() {
    week = new float[BUCKETS_PER_WEEK];
    Arrays.fill(week, Float.NaN);
    profile = new float[BUCKETS_PER_DAY];
    Arrays.fill(profile, 1);
  }

  private SeasonalHistory(SeasonalHistory other) {
    week = other.week.clone();
    profile = other.profile.clone();
    bucket = other.bucket;
    sum = other.sum;
    samples = other.samples;
    level = other.level;
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

  /** Daily factor at {@code toMs} over that at {@code fromMs}. */
  double ratioOfProfile(long fromMs, long toMs) {
    return ratio(profileAt(fromMs), profileAt(toMs));
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
    level = Double.isNaN(level) ? mean : level + LEVEL_GAIN * (mean - level);
    if (level > 0) {
      int i = Math.floorMod(bucket, BUCKETS_PER_DAY);
      profile[i] += (float) (PROFILE_GAIN * (mean / level - profile[i]));
    }
  }

  /** Linear between the middles of the buckets around the moment; NaN when one is missing. */
  private double at(long timeMs) {
    long shifted = timeMs - BUCKET_MS / 2;
    long left = Math.floorDiv(shifted, BUCKET_MS);
    double part = (double) Math.floorMod(shifted, BUCKET_MS) / BUCKET_MS;
    return (1 - part) * week[Math.floorMod(left, BUCKETS_PER_WEEK)]
        + part * week[Math.floorMod(left + 1, BUCKETS_PER_WEEK)];
  }

  private double profileAt(long timeMs) {
    long shifted = timeMs - BUCKET_MS / 2;
    long left = Math.floorDiv(shifted, BUCKET_MS);
    double part = (double) Math.floorMod(shifted, BUCKET_MS) / BUCKET_MS;
    return (1 - part) * profile[Math.floorMod(left, BUCKETS_PER_DAY)]
        + part * profile[Math.floorMod(left + 1, BUCKETS_PER_DAY)];
  }
}
