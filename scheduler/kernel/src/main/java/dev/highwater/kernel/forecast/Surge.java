package dev.highwater.kernel.forecast;

/**
 * A load that exceeds what was bound for it: for how long it counts as a surge, and where it leads.
 *
 * <p><b>Algorithm.</b> A surge leads as far beyond the present load as it came beyond its bound,
 * because who was surprised once is likely to be again. A clear one also leads to where the line
 * through its last seconds is at the horizon: the experts' weights are those of the calm before,
 * and learn of the rise only when forecasts made in it come due. Both are multiples of the present
 * load, so one second of noise cannot ask for more than that.
 *
 * <p>Confined to its owner; {@link #copy} is deep.
 */
public final class Surge {
  /** For so long after the load exceeded its bound a surge is said to go on. */
  private static final long HOLD_MS = 60_000;

  /**
   * A surge may lead as far as it came at most so many times the present load. On the burst of
   * 1998-05-19 this saves three tenths of the violations for 1 % more replica-hours; 4 saves no
   * more.
   */
  public static final double FACTOR_MAX = 2.5;

  /**
   * So far beyond its bound a surge is no noise. With 1, the line costs 2 % of the hours of the
   * World Cup's first days for nothing; with 1.1 none.
   */
  private static final double CLEAR = 1.1;

  /** Gain of the line through the last seconds; about five are looked at. Chosen by us. */
  private static final double RISE_GAIN = 0.4;

  private final LocalTrend rise;
  private long untilMs = Long.MIN_VALUE;
  private double surprise = 1;

  Surge() {
    rise = new LocalTrend(RISE_GAIN);
  }

  private Surge(Surge other) {
    rise = other.rise.copy();
    untilMs = other.untilMs;
    surprise = other.surprise;
  }

  Surge copy() {
    return new Surge(this);
  }

  void start(double load) {
    rise.start(load);
  }

  void shift(double by) {
    rise.shift(by);
  }

  void add(double load) {
    rise.add(load);
  }

  /** Forgets how far a surge came that is over. */
  void tick(long nowMs) {
    if (nowMs >= untilMs) {
      surprise = 1;
    }
  }

  /**
   * @param reached what came over its bound, above 1
   */
  void exceeded(long nowMs, double reached) {
    untilMs = nowMs + HOLD_MS;
    surprise = Math.max(surprise, reached);
  }

  boolean on(long nowMs) {
    return nowMs < untilMs;
  }

  /** Whether it goes on and came too far for noise. */
  boolean clear(long nowMs) {
    return on(nowMs) && surprise > CLEAR;
  }

  /** Load per second to expect at the horizon if the surge goes on. */
  double leadsTo(double present, int steps) {
    double asFar = Math.min(surprise, FACTOR_MAX) * present;
    return surprise > CLEAR ? Math.max(asFar, rise.ahead(steps, present)) : asFar;
  }
}
