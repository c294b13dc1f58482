package dev.highwater.workload;

/**
 * Retries in proportion to something better: to answers when clients hold themselves back, to first
 * attempts when the scheduler tells the front door what it has room for.
 *
 * <p>A client whose retry is not allowed gives up, as one does that is told not to try again
 * (gRPC's retry pushback). Retries that are not made are saved up for ten seconds, and ten are
 * always there, as gRPC's default of 10 tokens gives. Touched by one thread at a time.
 */
final class RetryBudget {
  private static final double SAVED_MIN = 10;
  private static final double SAVED_SECONDS = 10;

  private final double windowSeconds;
  private double ratio;
  private double saved = SAVED_MIN;

  /**
   * Begins with the retries that are always there.
   *
   * @param ratio retries per unit earned; {@code Double.MAX_VALUE} for no limit
   */
  RetryBudget(double ratio, double windowSeconds) {
    this.ratio = ratio;
    this.windowSeconds = windowSeconds;
  }

  /** Changes the ratio; what a better one saved up is gone when it falls. */
  void allow(double newRatio) {
    if (newRatio < ratio) {
      saved = Math.min(saved, SAVED_MIN);
    }
    ratio = newRatio;
  }

  /** Earns for so many in one window. */
  void earn(long n) {
    if (ratio < Double.MAX_VALUE) {
      double most = Math.max(SAVED_MIN, SAVED_SECONDS * n * ratio / windowSeconds);
      saved = Math.min(Math.max(most, saved), saved + n * ratio);
    }
  }

  /** How many of {@code wanted} retries are allowed. */
  long take(long wanted) {
    if (ratio == Double.MAX_VALUE) {
      return wanted;
    }
    long allowed = Math.min(wanted, (long) saved);
    saved -= allowed;
    return allowed;
  }
}
