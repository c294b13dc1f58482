package dev.highwater.workload;

/** The shape that events and surges share: linear rise, hold, exponential end. Stateless. */
final class LoadShape {

  private static final double LN_2 = 0.6931471805599453;

  /** After 20 half-lives less than a millionth is left: the end. */
  private static final double HALF_LIVES_MAX = 20;

  private LoadShape() {}

  /**
   * How much of the shape is there, 0..1.
   *
   * @param sinceMs time since its start; negative before
   */
  static double ratio(double sinceMs, long riseMs, long holdMs, long decayHalfLifeMs) {
    if (sinceMs < 0) {
      return 0;
    }
    if (sinceMs < riseMs) {
      return sinceMs / riseMs;
    }
    double after = sinceMs - riseMs - holdMs;
    if (after < 0) {
      return 1;
    }
    if (decayHalfLifeMs == 0 || after > HALF_LIVES_MAX * decayHalfLifeMs) {
      return 0;
    }
    return StrictMath.exp(-LN_2 * after / decayHalfLifeMs);
  }
}
