package dev.highwater.kernel.sizing;

import dev.highwater.model.ServiceTimeLaw;

/**
 * A service-time law as a table of quantiles, in units of its mean.
 *
 * <p>{@code time[i]} is the service time in the middle of cell {@code i} and {@code weight[i]} the
 * probability of that cell; weights add up to 1 minus the part beyond the last cell. The body is
 * cut evenly, the upper tail geometrically, because the tail decides about a 99 % promise.
 * Immutable.
 */
final class ServiceTimeTable {
  /** Chosen by us: with 48 + 64 cells the safe rate moves by less than 0.05 % when doubled. */
  private static final int BODY_CELLS = 48;

  private static final int TAIL_CELLS = 64;

  /** Upper-tail probability where the geometric cells start. */
  private static final double TAIL_FROM = 0.1;

  /** Upper-tail probability that is left out; far below any promise that is accepted. */
  private static final double TAIL_TO = 1e-9;

  private final ServiceTimeLaw law;
  private final double sigma;
  private final double[] time;
  private final double[] weight;

  ServiceTimeTable(ServiceTimeLaw law, double scv) {
    this.law = law;
    this.sigma = Math.sqrt(StrictMath.log1p(scv));
    if (law == ServiceTimeLaw.DETERMINISTIC) {
      time = new double[] {1};
      weight = new double[] {1};
      return;
    }
    time = new double[BODY_CELLS + TAIL_CELLS];
    weight = new double[BODY_CELLS + TAIL_CELLS];
    double body = (1 - TAIL_FROM) / BODY_CELLS;
    for (int i = 0; i < BODY_CELLS; i++) {
      weight[i] = body;
      time[i] = exceededWith(1 - (i + 0.5) * body);
    }
    double ratio = StrictMath.pow(TAIL_TO / TAIL_FROM, 1.0 / TAIL_CELLS);
    double upper = TAIL_FROM;
    for (int i = BODY_CELLS; i < time.length; i++) {
      double lower = upper * ratio;
      weight[i] = upper - lower;
      time[i] = exceededWith((upper + lower) / 2);
      upper = lower;
    }
  }

  /**
   * Probability that wait plus service exceeds {@code limit}, when a request waits longer than t
   * with probability {@code waits * exp(-decay * t)}.
   *
   * @param limit in units of the mean service time
   * @param waits probability of waiting at all, 0..1
   * @param decay per mean service time, at least 0
   */
  double exceeds(double limit, double waits, double decay) {
    double waited = 0;
    for (int i = 0; i < time.length && time[i] <= limit; i++) {
      waited += weight[i] * StrictMath.exp(-decay * (limit - time[i]));
    }
    return Math.min(1, tail(limit) + waits * waited);
  }

  /** Probability that the service time alone exceeds {@code limit} (in units of the mean). */
  double tail(double limit) {
    switch (law) {
      case DETERMINISTIC:
        return limit < 1 ? 1 : 0;
      case EXPONENTIAL:
        return StrictMath.exp(-limit);
      case LOGNORMAL:
      default:
        double low = 0;
        double high = 1;
        for (int i = 0; i < 60; i++) {
          double middle = (low + high) / 2;
          if (middle > 0 && exceededWith(middle) > limit) {
            low = middle;
          } else {
            high = middle;
          }
        }
        return low;
    }
  }

  /** The service time, in units of the mean, that is exceeded with this probability. */
  double exceededWith(double probability) {
    if (law == ServiceTimeLaw.EXPONENTIAL) {
      return -StrictMath.log(probability);
    }
    return StrictMath.exp(-sigma * sigma / 2 - sigma * NormalQuantile.of(probability));
  }
}
