package dev.highwater.workload;

import dev.highwater.model.BootTime;

/** Samples boot times: lognormal through a median and a 99th percentile. Stateless. */
final class Boots {

  /** The 99 % quantile of the standard normal law. */
  private static final double Z_99 = Normal.quantile(0.99);

  private Boots() {}

  /** One boot in ms, the same for the same seed. */
  static long sampleMs(BootTime boot, long seed) {
    if (boot.medianMs() == 0 || boot.p99Ms() == boot.medianMs()) {
      return boot.medianMs();
    }
    double sigma = StrictMath.log((double) boot.p99Ms() / boot.medianMs()) / Z_99;
    double z = Normal.quantile(new RandomStream(seed).nextOpenDouble());
    return (long) Math.ceil(boot.medianMs() * StrictMath.exp(sigma * z));
  }
}
