package dev.highwater.kernel.forecast;

import org.jspecify.annotations.Nullable;

/**
 * Residuals in proportion to the forecasts that they were made at, one histogram for each level of
 * forecast, which is a factor of four wide.
 *
 * <p>What follows calm is not what follows a crowd: at night a load may triple, by day it adds a
 * tenth. Each level forgets by its own moments, so that a night is remembered through the day. On
 * the burst of 1998-05-19 levels a factor of two wide leave a sixth more of what is broken for 5 %
 * fewer replica-hours, on the load balancer they cost 4 % less.
 *
 * <p>A level takes 644 bytes from the first forecast in it, and there are seventeen. Confined to
 * its owner.
 */
final class ResidualsByLevel {
  /** Levels cover forecasts of 1/16 to 2^28 per second; what is beyond counts to the outermost. */
  private static final int LEVEL_MIN = -2;

  private static final int LEVELS = 17;

  /** Residuals below 2^-12 of the forecast are nothing, above 2^8 of it all alike. */
  private static final int OCTAVE_MIN = -12;

  private static final int OCTAVES = 20;

  private final double growth;
  private final @Nullable ResidualHistogram[] levels = new ResidualHistogram[LEVELS];

  /**
   * @param growth factor on the weight from one residual of a level to the next, at least 1
   */
  ResidualsByLevel(double growth) {
    this.growth = growth;
  }

  ResidualsByLevel copy() {
    ResidualsByLevel copy = new ResidualsByLevel(growth);
    for (int i = 0; i < LEVELS; i++) {
      ResidualHistogram level = levels[i];
      copy.levels[i] = level == null ? null : level.copy();
    }
    return copy;
  }

  void add(double forecast, double ratio) {
    int at = levelOf(forecast);
    ResidualHistogram level = levels[at];
    if (level == null) {
      level = new ResidualHistogram(growth, OCTAVE_MIN, OCTAVES);
      levels[at] = level;
    }
    level.add(ratio);
  }

  /** As {@link ResidualHistogram#quantileAbove}, at the level of this forecast. */
  double quantileAbove(double forecast, double exceeded) {
    ResidualHistogram level = levels[levelOf(forecast)];
    return level == null ? 0 : level.quantileAbove(exceeded);
  }

  /** How many residuals are remembered at the level of this forecast, faded ones in part. */
  double known(double forecast) {
    ResidualHistogram level = levels[levelOf(forecast)];
    return level == null ? 0 : level.known();
  }

  private static int levelOf(double forecast) {
    int level = forecast > 0 ? Math.getExponent(forecast) >> 1 : LEVEL_MIN;
    return Math.max(0, Math.min(LEVELS - 1, level - LEVEL_MIN));
  }
}
