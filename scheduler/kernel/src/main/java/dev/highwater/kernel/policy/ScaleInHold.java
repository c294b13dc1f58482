package dev.highwater.kernel.policy;

import java.util.Arrays;

/**
 * The largest wish of a stabilisation window, in a fixed number of buckets.
 *
 * <p>A wish is remembered for the window at least, and for a thirtieth of it longer at most. Fixed
 * size, whatever the window. Confined to its owner.
 */
final class ScaleInHold {
  private static final int BUCKETS = 32;

  private final int[] largest = new int[BUCKETS];
  private long bucketMs;
  private long bucket = Long.MIN_VALUE;

  ScaleInHold copy() {
    ScaleInHold copy = new ScaleInHold();
    System.arraycopy(largest, 0, copy.largest, 0, BUCKETS);
    copy.bucketMs = bucketMs;
    copy.bucket = bucket;
    return copy;
  }

  void add(long nowMs, long windowMs, int wish) {
    long wide = Math.max(1, (windowMs + BUCKETS - 3) / (BUCKETS - 2));
    if (wide != bucketMs) {
      int most = most();
      Arrays.fill(largest, 0);
      bucketMs = wide;
      bucket = Math.floorDiv(nowMs, bucketMs);
      largest[index(bucket)] = most;
    }
    long now = Math.floorDiv(nowMs, bucketMs);
    for (long passed = Math.max(bucket + 1, now - BUCKETS + 1); passed <= now; passed++) {
      largest[index(passed)] = 0;
    }
    bucket = Math.max(bucket, now);
    largest[index(bucket)] = Math.max(largest[index(bucket)], wish);
  }

  int most() {
    int most = 0;
    for (int wish : largest) {
      most = Math.max(most, wish);
    }
    return most;
  }

  private static int index(long bucket) {
    return (int) Math.floorMod(bucket, (long) BUCKETS);
  }
}
