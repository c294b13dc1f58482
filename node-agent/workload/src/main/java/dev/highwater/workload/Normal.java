package dev.highwater.workload;

/** The standard normal law, by {@code StrictMath} only so that every JVM agrees in the last bit. */
final class Normal {

  private Normal() {}

  /**
   * P(Z <= z), relative error below 1e-13: series near 0, continued fraction of Mills' ratio in the
   * tails (Abramowitz and Stegun 26.2.10 and 26.2.14).
   */
  static double cdf(double z) {
    double x = Math.abs(z);
    if (x > 38) {
      return z > 0 ? 1 : 0;
    }
    double density = StrictMath.exp(-x * x / 2) * 0.3989422804014327;
    double upper;
    if (x < 3) {
      double term = x;
      double sum = x;
      for (int k = 1; k < 100 && term > sum * 1e-17; k++) {
        term *= x * x / (2 * k + 1);
        sum += term;
      }
      upper = 0.5 - density * sum;
    } else {
      double fraction = 0;
      for (int k = 80; k >= 1; k--) {
        fraction = k / (x + fraction);
      }
      upper = density / (x + fraction);
    }
    return z > 0 ? 1 - upper : upper;
  }

  /**
   * The inverse of {@link #cdf}: Acklam's rational approximation (relative error 1.15e-9), then one
   * step of Halley's method.
   *
   * @param p in (0, 1)
   */
  static double quantile(double p) {
    if (!(p > 0) || !(p < 1)) {
      throw new IllegalArgumentException("p must be in (0, 1): " + p);
    }
    if (p > 0.5) {
      return -quantile(1 - p);
    }
    double x;
    if (p < 0.02425) {
      double q = Math.sqrt(-2 * StrictMath.log(p));
      x =
          (((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q
                                  - 2.549732539343734)
                              * q
                          + 4.374664141464968)
                      * q
                  + 2.938163982698783)
              / ((((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q
                          + 3.754408661907416)
                      * q
                  + 1);
    } else {
      double q = p - 0.5;
      double r = q * q;
      x =
          (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r
                                  + 1.383577518672690e+02)
                              * r
                          - 3.066479806614716e+01)
                      * r
                  + 2.506628277459239)
              * q
              / (((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r
                                          - 1.556989798598866e+02)
                                      * r
                                  + 6.680131188771972e+01)
                              * r
                          - 1.328068155288572e+01)
                      * r
                  + 1);
    }
    double error = cdf(x) - p;
    double u = error * 2.5066282746310002 * StrictMath.exp(x * x / 2);
    return x - u / (1 + x * u / 2);
  }
}
