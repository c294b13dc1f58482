package dev.highwater.kernel;

import dev.highwater.model.BootTime;

/**
 * How likely a boot is not over after some time, by the lognormal law that {@link BootTime} names.
 *
 * <p>Source: M. Abramowitz, I. A. Stegun, "Handbook of Mathematical Functions", 26.2.17: the tail
 * of the normal law to 7.5e-8.
 *
 * <p>Stateless.
 */
final class BootTail {
  /** The normal law's 99 % quantile. */
  private static final double Z99 = 2.3263478740408408;

  private BootTail() {}

  /** P(boot takes longer than this), 0 to 1. */
  static double after(BootTime boot, double ms) {
    if (boot.p99Ms() == boot.medianMs() || boot.medianMs() == 0) {
      return ms >= boot.p99Ms() ? 0 : 1;
    }
    if (ms <= 0) {
      return 1;
    }
    double sigma = StrictMath.log((double) boot.p99Ms() / boot.medianMs()) / Z99;
    return normalAbove(StrictMath.log(ms / boot.medianMs()) / sigma);
  }

  private static double normalAbove(double z) {
    double x = Math.abs(z);
    double t = 1 / (1 + 0.2316419 * x);
    double sum =
        t
            * (0.319381530
                + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    double above = StrictMath.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) * sum;
    return z >= 0 ? above : 1 - above;
  }
}
