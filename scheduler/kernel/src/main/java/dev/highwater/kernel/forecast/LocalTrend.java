package dev.highwater.kernel.forecast;

/**
 * Level and slope by Brown's double exponential smoothing, the discounted least-squares line.
 *
 * <p>Two numbers of state and no window, so that 2,000 services cost nothing. Source: R. G. Brown,
 * "Smoothing, Forecasting and Prediction of Discrete Time Series" (1963). Confined to its owner.
 */
final class LocalTrend {
  /** What is foretold may not multiply or divide the present load by more within a horizon. */
  private static final double FACTOR_MAX = 4;

  private final double gain;
  private double once;
  private double twice;

  LocalTrend(double gain) {
    this.gain = gain;
  }

  private LocalTrend(LocalTrend other) {
    gain = other.gain;
    once = other.once;
    twice = other.twice;
  }

  LocalTrend copy() {
    return new LocalTrend(this);
  }

  void start(double value) {
    once = value;
    twice = value;
  }

  void add(double value) {
    once += gain * (value - once);
    twice += gain * (once - twice);
  }

  /** Moves the line up or down as a whole; its slope stays. */
  void shift(double by) {
    once += by;
    twice += by;
  }

  double level() {
    return 2 * once - twice;
  }

  /** Where the line is so many steps ahead, within a multiple of the present load. */
  double ahead(int steps, double present) {
    return within(present, level() + slope() * steps);
  }

  /** The load foretold, within a multiple of the present one. */
  static double within(double present, double foretold) {
    return Math.max(present / FACTOR_MAX, Math.min(FACTOR_MAX * present, foretold));
  }

  /** Rise per step. */
  double slope() {
    return gain / (1 - gain) * (once - twice);
  }
}
