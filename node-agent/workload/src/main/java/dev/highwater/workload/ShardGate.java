package dev.highwater.workload;

import java.util.Arrays;

/**
 * The shards of a service's serial step at its front door: which of them users need, and how many
 * each one lets in. A step that is not divided is one shard without a limit of its own.
 *
 * <p>Touched by one thread at a time.
 */
final class ShardGate {
  private final double sameShardRatio;
  private final double savedSeconds;
  private final int[] drawn;
  private final long[] needed;
  private final long[] in;
  private final double[] tokens;
  private double ratePerSecond = Double.MAX_VALUE;

  /**
   * @param sameShardRatio part of the users who all need the same shard; the others choose evenly
   * @param savedSeconds tokens of this time are saved up
   */
  ShardGate(int shards, double sameShardRatio, double savedSeconds) {
    this.sameShardRatio = sameShardRatio;
    this.savedSeconds = savedSeconds;
    this.drawn = new int[shards];
    this.needed = new long[shards];
    this.in = new long[shards];
    this.tokens = new double[shards];
  }

  int shards() {
    return in.length;
  }

  /** What each shard lets in from now on; {@code Double.MAX_VALUE} for no limit. */
  void allow(double perSecond) {
    if (ratePerSecond == Double.MAX_VALUE) {
      Arrays.fill(tokens, 0);
    }
    ratePerSecond = perSecond;
  }

  /** One more window begins. */
  void earn(double windowSeconds) {
    if (ratePerSecond < Double.MAX_VALUE) {
      double more = ratePerSecond * windowSeconds;
      double most = Math.max(1 + more, ratePerSecond * savedSeconds);
      for (int s = 0; s < tokens.length; s++) {
        tokens[s] = Math.min(tokens[s] + more, most);
      }
    }
  }

  /** How many of {@code n} users need each shard; valid until the next call. */
  long[] divide(long n, RandomStream random) {
    if (shards() == 1) {
      needed[0] = n;
    } else {
      long same = random.nextBinomial(n, sameShardRatio);
      random.nextMultinomial(n - same, drawn, shards());
      for (int s = 0; s < drawn.length; s++) {
        needed[s] = drawn[s];
      }
      needed[0] += same;
    }
    return needed;
  }

  /**
   * How many of those who {@code want} each shard lets in, at most {@code may} in all; valid until
   * the next call. When there are more than {@code may}, the shards share it in proportion to what
   * they could let in, in whole users by systematic sampling, so that none goes short for its
   * number.
   */
  long[] letIn(long may, long[] want, RandomStream random) {
    boolean limited = ratePerSecond < Double.MAX_VALUE;
    long could = 0;
    for (int s = 0; s < in.length; s++) {
      in[s] = limited ? Math.min(want[s], (long) tokens[s]) : want[s];
      could += in[s];
    }
    if (could > may) {
      share(may, could, in.length == 1 ? 0 : random.nextDouble());
    }
    for (int s = 0; s < in.length && limited; s++) {
      tokens[s] -= in[s];
    }
    return in;
  }

  private void share(long may, long could, double offset) {
    double ratio = may / (double) could;
    long before = 0;
    long given = 0;
    for (int s = 0; s < in.length; s++) {
      before += in[s];
      long upTo = before == could ? may : Math.min(may, (long) (before * ratio + offset));
      in[s] = Math.min(in[s], upTo - given); // rounding may not let in whom nobody wants to
      given += in[s];
    }
  }
}
