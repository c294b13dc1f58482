package dev.highwater.workload;

import dev.highwater.model.Capacity;
import dev.highwater.model.ServiceTimeLaw;

/**
 * The law of a service time as an inverse table of 4,096 cells of equal probability.
 *
 * <p>It exists because drawing a lognormal by its formula costs ten times a table look-up. A cell
 * is a straight piece whose mean is the exact mean of the law in that cell, so the table's mean is
 * the law's; the last cell, where a straight piece would cut the tail, is drawn exactly. Immutable.
 */
public final class ServiceTimes {

  /** Cells of a table: 12 bits of a draw. */
  static final int CELLS = 4096;

  private final ServiceTimeLaw law;
  private final double meanNanos;
  private final double scv;
  private final double mu;
  private final double sigma;
  // table[2 * cell] is the start of the cell in ns, table[2 * cell + 1] its width.
  private final float[] table = new float[2 * CELLS];

  private ServiceTimes(ServiceTimeLaw law, double meanNanos, double scv) {
    if (!(meanNanos > 0) || meanNanos > 1e15) {
      throw new IllegalArgumentException("meanNanos must be in (0, 1e15]: " + meanNanos);
    }
    if (!(scv >= 0) || scv > 100) {
      throw new IllegalArgumentException("scv must be in [0, 100]: " + scv);
    }
    this.law = law;
    this.meanNanos = meanNanos;
    this.scv = scv;
    double variance = StrictMath.log1p(scv);
    this.sigma = Math.sqrt(variance);
    this.mu = StrictMath.log(meanNanos) - variance / 2;
    fill();
  }

  /** Exponential with the given mean. */
  public static ServiceTimes exponential(double meanNanos) {
    return new ServiceTimes(ServiceTimeLaw.EXPONENTIAL, meanNanos, 1);
  }

  /** Always {@code nanos}. */
  public static ServiceTimes deterministic(double nanos) {
    return new ServiceTimes(ServiceTimeLaw.DETERMINISTIC, nanos, 0);
  }

  /**
   * Lognormal.
   *
   * @param scv variance over squared mean, 0..100; 0 is deterministic
   */
  public static ServiceTimes lognormal(double meanNanos, double scv) {
    return new ServiceTimes(
        scv == 0 ? ServiceTimeLaw.DETERMINISTIC : ServiceTimeLaw.LOGNORMAL, meanNanos, scv);
  }

  /** The law that a service declares. */
  public static ServiceTimes of(Capacity capacity) {
    double meanNanos = capacity.meanServiceMs() * 1e6;
    return switch (capacity.law()) {
      case DETERMINISTIC -> deterministic(meanNanos);
      case EXPONENTIAL -> exponential(meanNanos);
      case LOGNORMAL -> lognormal(meanNanos, capacity.serviceScv());
    };
  }

  private void fill() {
    double quantile = 0;
    double partial = 0;
    for (int cell = 0; cell < CELLS; cell++) {
      double p = (cell + 1.0) / CELLS;
      double nextQuantile = cell + 1 < CELLS ? quantile(p) : Double.POSITIVE_INFINITY;
      double nextPartial = cell + 1 < CELLS ? partialMean(nextQuantile) : meanNanos;
      double mean = (nextPartial - partial) * CELLS;
      // A straight piece from the cell's lower end with the cell's exact mean in its middle.
      table[2 * cell] = (float) quantile;
      table[2 * cell + 1] = (float) (2 * (mean - quantile));
      if (law == ServiceTimeLaw.DETERMINISTIC) {
        table[2 * cell] = (float) meanNanos;
        table[2 * cell + 1] = 0;
      }
      quantile = nextQuantile;
      partial = nextPartial;
    }
  }

  /** Mean in ns. */
  public double meanNanos() {
    return meanNanos;
  }

  /** Variance over squared mean. */
  public double scv() {
    return scv;
  }

  /** Which law. */
  public ServiceTimeLaw law() {
    return law;
  }

  float[] table() {
    return table;
  }

  /** A service time in ns from the last cell, exactly. */
  double drawTail(RandomStream random) {
    if (law == ServiceTimeLaw.DETERMINISTIC) {
      return meanNanos;
    }
    if (law == ServiceTimeLaw.EXPONENTIAL) {
      return meanNanos * (StrictMath.log(CELLS) + random.nextExponential());
    }
    double upper = random.nextOpenDouble() / CELLS;
    return StrictMath.exp(mu - sigma * Normal.quantile(upper));
  }

  /** Quantile in ns of probability {@code p} in (0, 1). */
  public double quantile(double p) {
    return switch (law) {
      case DETERMINISTIC -> meanNanos;
      case EXPONENTIAL -> -meanNanos * StrictMath.log1p(-p);
      case LOGNORMAL -> StrictMath.exp(mu + sigma * Normal.quantile(p));
    };
  }

  /** Probability that a service time exceeds {@code nanos}. */
  public double tail(double nanos) {
    if (nanos <= 0) {
      return 1;
    }
    return switch (law) {
      case DETERMINISTIC -> nanos < meanNanos ? 1 : 0;
      case EXPONENTIAL -> StrictMath.exp(-nanos / meanNanos);
      case LOGNORMAL -> Normal.cdf((mu - StrictMath.log(nanos)) / sigma);
    };
  }

  /** Integral of x dF(x) from 0 to {@code nanos}. */
  private double partialMean(double nanos) {
    return switch (law) {
      case DETERMINISTIC -> 0;
      case EXPONENTIAL -> {
        double x = nanos / meanNanos;
        yield meanNanos * (1 - (1 + x) * StrictMath.exp(-x));
      }
      case LOGNORMAL ->
          meanNanos * Normal.cdf((StrictMath.log(nanos) - mu - sigma * sigma) / sigma);
    };
  }
}
