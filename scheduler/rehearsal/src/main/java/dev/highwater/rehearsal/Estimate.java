package dev.highwater.rehearsal;

import java.util.List;

/**
 * A figure of several runs that differ in their seed alone: its mean, and how far the true mean may
 * be from it with a confidence of 95 %. Immutable.
 *
 * @param count of runs in which the figure is known
 * @param mean NaN without any
 * @param standardDeviation of a single run; NaN with less than two
 * @param halfWidth of the confidence interval around the mean by Student's t; NaN with less than
 *     two
 */
public record Estimate(int count, double mean, double standardDeviation, double halfWidth) {
  /** Of the intervals. */
  public static final double CONFIDENCE = 0.95;

  /**
   * Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom: NIST/SEMATECH
   * e-Handbook of Statistical Methods, table 1.3.6.7.2.
   */
  private static final double[] STUDENT_T = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042
  };

  /** The same quantile of the normal law. */
  private static final double NORMAL = 1.959963984540054;

  /** Of figures of runs; those that are NaN are not known and not counted. */
  public static Estimate of(List<Double> figures) {
    int count = 0;
    double sum = 0;
    for (double figure : figures) {
      if (!Double.isNaN(figure)) {
        count++;
        sum += figure;
      }
    }
    if (count == 0) {
      return new Estimate(0, Double.NaN, Double.NaN, Double.NaN);
    }
    double mean = sum / count;
    if (count == 1) {
      return new Estimate(1, mean, Double.NaN, Double.NaN);
    }
    double squares = 0;
    for (double figure : figures) {
      if (!Double.isNaN(figure)) {
        squares += (figure - mean) * (figure - mean);
      }
    }
    double deviation = StrictMath.sqrt(squares / (count - 1));
    return new Estimate(
        count, mean, deviation, studentT(count - 1) * deviation / StrictMath.sqrt(count));
  }

  /**
   * Two-sided 95 % quantile of Student's t. Beyond the table by the expansion 26.7.5 of Abramowitz
   * and Stegun, Handbook of Mathematical Functions (1964), whose error is below 0.0001 there.
   */
  public static double studentT(int degreesOfFreedom) {
    if (degreesOfFreedom <= STUDENT_T.length) {
      return STUDENT_T[degreesOfFreedom - 1];
    }
    double z = NORMAL;
    double z3 = z * z * z;
    double n = degreesOfFreedom;
    return z + (z3 + z) / (4 * n) + (5 * z3 * z * z + 16 * z3 + 3 * z) / (96 * n * n);
  }
}
