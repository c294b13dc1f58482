package dev.highwater.workload;

import dev.highwater.model.Capacity;
import dev.highwater.model.ServiceTimeLaw;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The law of a service time as an inverse table of 4,096 cells of equal probability.
 *
 * <p>It exists because drawing a lognormal by its formula costs ten times a table look-up. A cell
 * is a straight piece whose mean is the exact mean of the law in that cell, so the table's mean is
 * the law's; the last cell, where a straight piece would cut the tail, is drawn exactly. Tables
 * have mean 1 and are shared by all laws of equal shape. Immutable.
 */
public final class ServiceTimes {

  /** Cells of a table: 12 bits of a draw. */
  static final int CELLS = 4096;

  /** A table has 32 KiB; beyond so many shapes the shared ones are dropped and made again. */
  private static final int SHARED_TABLES_MAX = 256;

  private static final SortedMap<Shape, float[]> SHARED_TABLES = new TreeMap<>();

  private final ServiceTimeLaw law;
  private final double meanNanos;
  private final double scv;
  private final double mu;
  private final double sigma;

  /** What a table depends on. */
  private record Shape(ServiceTimeLaw law, double scv) implements Comparable<Shape> {
    @Override
    public int compareTo(Shape other) {
      int byLaw = law.compareTo(other.law);
      return byLaw != 0 ? byLaw : Double.compare(scv, other.scv);
    }
  }

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
    // Of the law with mean 1.
    this.mu = -variance / 2;
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

  private float[] fill() {
    // table[2 * cell] is the start of the cell for mean 1, table[2 * cell + 1] its width.
    float[] table = new float[2 * CELLS];
    double quantile = 0;
    double partial = 0;
    for (int cell = 0; cell < CELLS; cell++) {
      double p = (cell + 1.0) / CELLS;
      double nextQuantile = cell + 1 < CELLS ? unitQuantile(p) : Double.POSITIVE_INFINITY;
      double nextPartial = cell + 1 < CELLS ? partialMean(nextQuantile) : 1;
      double mean = (nextPartial - partial) * CELLS;
      // A straight piece from the cell's lower end with the cell's exact mean in its middle.
      table[2 * cell] = (float) quantile;
      table[2 * cell + 1] = (float) (2 * (mean - quantile));
      if (law == ServiceTimeLaw.DETERMINISTIC) {
        table[2 * cell] = 1;
        table[2 * cell + 1] = 0;
      }
      quantile = nextQuantile;
      partial = nextPartial;
    }
    return table;
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

  /** Start and width of each cell, for mean 1. */
  float[] table() {
    Shape shape = new Shape(law, scv);
    synchronized (SHARED_TABLES) {
      float[] table = SHARED_TABLES.get(shape);
      if (table == null) {
        if (SHARED_TABLES.size() >= SHARED_TABLES_MAX) {
          SHARED_TABLES.clear();
        }
        table = fill();
        SHARED_TABLES.put(shape, table);
      }
      return table;
    }
  }

  /** A service time from the last cell, exactly, for mean 1. */
  double drawTail(RandomStream random) {
    if (law == ServiceTimeLaw.DETERMINISTIC) {
      return 1;
    }
    if (law == ServiceTimeLaw.EXPONENTIAL) {
      return StrictMath.log(CELLS) + random.nextExponential();
    }
    double upper = random.nextOpenDouble() / CELLS;
    return StrictMath.exp(mu - sigma * Normal.quantile(upper));
  }

  /** Quantile in ns of probability {@code p} in (0, 1). */
  public double quantile(double p) {
    return meanNanos * unitQuantile(p);
  }

  private double unitQuantile(double p) {
    return switch (law) {
      case DETERMINISTIC -> 1;
      case EXPONENTIAL -> -StrictMath.log1p(-p);
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
      case LOGNORMAL -> Normal.cdf((mu - StrictMath.log(nanos / meanNanos)) / sigma);
    };
  }

  /** Integral of t dF(t) from 0 to {@code x}, for mean 1. */
  private double partialMean(double x) {
    return switch (law) {
      case DETERMINISTIC -> 0;
      case EXPONENTIAL -> 1 - (1 + x) * StrictMath.exp(-x);
      case LOGNORMAL -> Normal.cdf((StrictMath.log(x) - mu - sigma * sigma) / sigma);
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ServiceTimes times
        && law == times.law
        && meanNanos == times.meanNanos
        && scv == times.scv;
  }

  @Override
  public int hashCode() {
    return 31 * Double.hashCode(meanNanos) + Double.hashCode(scv);
  }
}
