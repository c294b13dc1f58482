package dev.highwater.kernel.forecast;

import java.util.Arrays;

/**
 * Level, trend and season of a series, smoothed as P. R. Winters does, with a damped trend.
 *
 * <p>The season is a factor of the level for each of its periods, so it grows with the load. When a
 * period has passed with the value {@code y}, and {@code phi} is the damping:
 *
 * <pre>
 * level'  = a y / season[i] + (1 - a) (level + phi trend)
 * trend'  = b (level' - level) + (1 - b) phi trend
 * season' = c y / level' + (1 - c) season[i]
 * </pre>
 *
 * <p>and {@code h} periods later {@code (level + (phi + phi^2 + ... + phi^h) trend) season[i + h]}
 * is foretold. The first season only begins it: its mean is the level and its values over that mean
 * are the factors.
 *
 * <p>The trend is damped because capacity is bought by this forecast, and one busy hour is no rise
 * without end. A period whose factor is next to nothing tells nothing of the level, so idle nights
 * leave it as it is; a level of next to nothing tells nothing of the season, so an idle week leaves
 * that as it is, and is then set by the first value that comes.
 *
 * <p><b>Source.</b> P. R. Winters, "Forecasting Sales by Exponentially Weighted Moving Averages"
 * (1960); E. S. Gardner and E. McKenzie, "Forecasting Trends in Time Series" (1985) for the
 * damping. A constant amount of work for a value, but for the last one of the first season.
 * Confined to its owner; {@link #copy} is deep.
 */
final class HoltWinters {
  /** Below this a factor is next to nothing. Chosen by us. */
  private static final double FACTOR_MIN = 0.01;

  /** One period may be so many times the mean of all. Chosen by us. */
  private static final double FACTOR_MAX = 100;

  /** Below this a level is next to nothing: a request in a quarter of an hour. Chosen by us. */
  private static final double LEVEL_MIN = 1e-3;

  private final Gains gains;

  /** Factor of each period; in the first season its value. NaN for one that never came. */
  private final float[] season;

  /** Periods of the first season that have come. */
  private int begun;

  /** Of the last period, without the season; NaN during the first season. */
  private double level = Double.NaN;

  /** Rise of the level in a period. */
  private double trend;

  /**
   * How much is believed of what is new, each 0..1.
   *
   * @param level of a value without its season
   * @param trend of a rise of the level
   * @param season of a value over the level
   * @param damping what is left of the trend a period later; 1 for all of it
   */
  record Gains(double level, double trend, double season, double damping) {}

  /**
   * @param periods of a season
   */
  HoltWinters(Gains gains, int periods) {
    this.gains = gains;
    season = new float[periods];
    Arrays.fill(season, Float.NaN);
  }

  private HoltWinters(HoltWinters other) {
    gains = other.gains;
    season = other.season.clone();
    begun = other.begun;
    level = other.level;
    trend = other.trend;
  }

  HoltWinters copy() {
    return new HoltWinters(this);
  }

  /** Begins with a level, a trend and one factor for each period, known in another way. */
  void start(double levelThen, double trendThen, float... factors) {
    level = levelThen;
    trend = trendThen;
    System.arraycopy(factors, 0, season, 0, season.length);
  }

  /** Takes in the value of a period that has passed; values are not negative. */
  void add(int period, double value) {
    if (Double.isNaN(level)) {
      begin(period, value);
      return;
    }
    float factor = season[period];
    double foretold = Math.max(0, level + gains.damping * trend);
    if (foretold < LEVEL_MIN) {
      level = factor >= FACTOR_MIN ? value / factor : value;
      trend = 0;
    } else {
      double bare = factor >= FACTOR_MIN ? value / factor : foretold;
      double before = level;
      level = foretold + gains.level * (bare - foretold);
      trend = gains.trend * (level - before) + (1 - gains.trend) * gains.damping * trend;
    }
    if (level >= LEVEL_MIN) {
      double shown = Math.min(FACTOR_MAX, value / level);
      double known = Float.isNaN(factor) ? shown : factor;
      season[period] = (float) (known + gains.season * (shown - known));
    }
  }

  /** Passes a period of which nothing is known. */
  void skip() {
    trend *= gains.damping;
    level = Math.max(0, level + trend);
  }

  /**
   * The value to expect. Between two periods the level is that of the present value, because what
   * has come since the last one is known.
   *
   * @param present the value of now
   * @param from now, in periods; a whole number is the middle of one
   * @param to the moment in question, not before now
   * @return not negative, within a multiple of the present value, and that itself while the season
   *     is not known
   */
  double ahead(double present, double from, double to) {
    double factor = factorAt(from);
    double then = factorAt(to);
    if (Double.isNaN(level) || !(factor > 0) || Double.isNaN(then)) {
      return present;
    }
    double levelThen = present / factor + trendOver(to - from);
    return LocalTrend.within(present, levelThen * then);
  }

  /** The first season: its values, until they can be divided by their mean. */
  private void begin(int period, double value) {
    season[period] = (float) value;
    begun++;
    if (begun < season.length) {
      return;
    }
    double sum = 0;
    int known = 0;
    for (float one : season) {
      sum += Float.isNaN(one) ? 0 : one;
      known += Float.isNaN(one) ? 0 : 1;
    }
    double mean = sum / known;
    if (mean < LEVEL_MIN) {
      begun = 0; // a season of nothing shows no shape
      return;
    }
    float[] factors = season.clone();
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (float) Math.min(FACTOR_MAX, factors[i] / mean);
    }
    start(mean, 0, factors);
  }

  /** What the damped trend adds in so many periods; straight within one. */
  private double trendOver(double periods) {
    double sum = 0;
    double left = gains.damping;
    for (double more = periods; more > 0; more--) {
      sum += left * Math.min(1, more);
      left *= gains.damping;
    }
    return sum * trend;
  }

  /** Linear between the middles of periods. */
  private double factorAt(double period) {
    double left = Math.floor(period);
    double part = period - left;
    int i = (int) Math.floorMod((long) left, (long) season.length);
    return (1 - part) * season[i] + part * season[(i + 1) % season.length];
  }
}
