package dev.highwater.kernel.forecast;

import org.jspecify.annotations.Nullable;

/**
 * Headroom above a point forecast by adaptive conformal inference.
 *
 * <p><b>Goals.</b> The share of moments at which the load exceeds the bound that was issued for
 * them, at the horizon it was issued for, tends to {@code alphaTarget} whatever the load does.
 *
 * <p><b>Algorithm.</b> {@code alpha = clip(alpha + gamma (alphaTarget - miss))}. The bound is the
 * forecast plus the smaller of two headrooms: the (1 - alpha) quantile of recent residuals in
 * proportion to the forecast, and the same in absolute terms. The first is small when the load is
 * low, the second when it is high. At the horizon of replicas that is only so while a level of load
 * is hardly known; then it is the quantile in proportion among the forecasts of that level ({@link
 * ResidualsByLevel}), because the smaller of both gives a crowd no more room than the calm before
 * it had, and loses by its second jump what proportion would have covered. At the longer one of
 * nodes a ramp crosses a level within a horizon, and what its foot said is too much for its head.
 * The miss is that of the issued bound, so alpha pays for whatever was taken.
 *
 * <p><b>At the clip.</b> alpha stays in [0, alphaMax]. At 0 the bound is the largest residual that
 * is remembered, each counted as at most {@code residualRatioMax} times its forecast, and {@link
 * #exhausted} says so. Misses that go on are then owed: each miss counts one, each judged bound
 * pays nine tenths of {@code alphaTarget}. One unforeseen jump makes a miss for each second of the
 * horizon, and costs no more than that; beyond it the bound widens towards the quantile of what
 * residuals really were, without that limit, and ever more of it, until at four horizons of misses
 * it is the largest one that is remembered. So on and off load, which no proportion of a forecast
 * near nothing covers, is covered in the long run, and a rare jump of ten times does not keep ten
 * times the need for hours. At alphaMax the bound stops shrinking, so that a long calm does not
 * leave a service bare.
 *
 * <p><b>While a service is new</b> the long run is of no help: one horizon of misses is 1.75
 * hundredths of half an hour. So replicas' bound widens in the same way, as soon as a second burst
 * has come, while of all bounds since the first second more were missed than promised: from half as
 * many more on, and altogether at twice as many. That ends by itself, two bursts of a horizon of 31
 * s each within 92 minutes; one burst alone widens nothing, because the next may never come.
 *
 * <p><b>Source.</b> I. Gibbs, E. Candes, "Adaptive Conformal Inference Under Distribution Shift"
 * (2021), one-sided. Confined to its owner.
 */
final class ConformalHeadroom {
  /** Headroom before anything was learned. Chosen by us: what bursty services need on average. */
  private static final double FIRST_RESIDUAL = 0.15;

  /**
   * So many horizons of misses are owed at most. Two cost the burst of 1998-05-19 2 % more
   * replica-hours for nothing; eight save 1.5 % and learn on and off load later.
   */
  private static final double OWED_HORIZONS_MAX = 4;

  /**
   * alpha goes so far above its target. With 2, where a calm of hours lets it end, a jump found
   * little headroom: 1.25 leaves the load balancer three quarters of what is broken for 0.5 % fewer
   * replica-hours, and AAPL in steps a twentieth less for a twentieth more.
   */
  private static final double ALPHA_MAX_TARGETS = 1.2;

  /**
   * This part of the misses that are promised pays what is owed. With 0.75 AAPL in steps breaks 6 %
   * less for 11 % more replica-hours, and the group stage takes 0.1 % more for nothing. Twice the
   * promise, as it was, forgot within an hour that a jump came.
   */
  private static final double PAID_TARGETS = 0.9;

  /**
   * So many bursts make a new service one that bursts. With one, whoever had ten times the load for
   * 90 s would hold three times its need for half an hour.
   */
  private static final int BURSTS_MIN = 2;

  /**
   * From so many times the promised misses on, counted since the first second, the bound of a new
   * service widens. Chosen by us, as is where that ends: of seven settings that begin at 1 to 1.7
   * times and end at 1.7 to 2.3, all bring the recorded half hour and hour within a point of what
   * is promised, but for one by 0.01.
   */
  private static final double BEHIND_FROM = 1.5;

  private static final double BEHIND_TO = 2;

  /** So many residuals, half an hour of them, make a level known. */
  private static final double KNOWN = 1_800;

  private final double residualRatioMax;
  private final double alphaTarget;
  private final double alphaMax;
  private final double gamma;
  private final ResidualHistogram proportional;
  private final ResidualHistogram absolute;
  private final ResidualHistogram shortfall;

  /** Residuals in absolute terms without a limit. */
  private final ResidualHistogram unlimited;

  private final @Nullable ResidualsByLevel levels;

  private double alpha;
  private double owed;
  private double lowest;
  private double widest = FIRST_RESIDUAL;
  private long judged;
  private long missed;
  private long lastMissed;
  private int bursts;

  /**
   * @param byLevel whether levels of load are told apart
   */
  ConformalHeadroom(ForecastSettings settings, boolean byLevel) {
    residualRatioMax = settings.residualRatioMax();
    alphaTarget = settings.alphaTarget();
    alphaMax = Math.min(1, alphaTarget * ALPHA_MAX_TARGETS);
    gamma = settings.gamma();
    alpha = alphaTarget;
    double growth = StrictMath.pow(2, 1.0 / settings.residualHalfLifeSeconds());
    proportional = new ResidualHistogram(growth);
    absolute = new ResidualHistogram(growth);
    shortfall = new ResidualHistogram(growth);
    unlimited = new ResidualHistogram(growth);
    levels = byLevel ? new ResidualsByLevel(growth) : null;
  }

  private ConformalHeadroom(ConformalHeadroom other) {
    residualRatioMax = other.residualRatioMax;
    alphaTarget = other.alphaTarget;
    alphaMax = other.alphaMax;
    gamma = other.gamma;
    alpha = other.alpha;
    judged = other.judged;
    missed = other.missed;
    lastMissed = other.lastMissed;
    bursts = other.bursts;
    proportional = other.proportional.copy();
    absolute = other.absolute.copy();
    shortfall = other.shortfall.copy();
    unlimited = other.unlimited.copy();
    levels = other.levels == null ? null : other.levels.copy();
    owed = other.owed;
    lowest = other.lowest;
    widest = other.widest;
  }

  ConformalHeadroom copy() {
    return new ConformalHeadroom(this);
  }

  /**
   * Starts at this load with one made-up residual. It rules until the share of one in all residuals
   * falls below alpha, for some minutes, and is worth nothing afterwards.
   */
  void begin(double load) {
    proportional.add(FIRST_RESIDUAL);
    absolute.add(FIRST_RESIDUAL * load);
    lowest = load;
  }

  /**
   * Takes in the load while no bound can be judged yet. What it rose by from its lowest, without a
   * jump, it may rise by within a horizon; the widest such swing is made up as a residual.
   */
  void swing(double load, boolean jumped) {
    lowest = jumped ? load : Math.min(lowest, load);
    double ratio = lowest > 0 ? Math.min(residualRatioMax, load / lowest - 1) : 0;
    if (ratio > widest) {
      widest = ratio;
      proportional.add(ratio);
      absolute.add(load - lowest);
    }
  }

  /**
   * Learns from what came at the moment that forecast and bound were issued for.
   *
   * @param steps the horizon that they were issued at, in judged moments
   */
  void judge(double forecast, double bound, double came, int steps) {
    boolean miss = came > bound;
    judged++;
    if (miss) {
      missed++;
      // What one jump misses, it misses within a horizon.
      bursts += bursts == 0 || judged - lastMissed > steps ? 1 : 0;
      lastMissed = judged;
    }
    alpha = Math.min(alphaMax, Math.max(0, alpha + gamma * (alphaTarget - (miss ? 1 : 0))));
    owed += (miss ? 1 : 0) - alphaTarget * PAID_TARGETS;
    owed = Math.max(0, Math.min(OWED_HORIZONS_MAX * steps, owed));
    unlimited.add(came - forecast);
    double residual = Math.min(residualRatioMax * forecast, came - forecast);
    double ratio = forecast > 0 ? residual / forecast : 0;
    absolute.add(residual);
    proportional.add(ratio);
    if (levels != null) {
      levels.add(forecast, ratio);
    }
    shortfall.add(-ratio);
  }

  /** Headroom for this forecast at a horizon of so many judged moments, as a rate. */
  double room(double forecast, int steps) {
    double room = limited(forecast);
    double widened = widened(steps);
    if (widened == 0) {
      return room;
    }
    double wide = unlimited.quantileAbove(alphaTarget * (1 - widened));
    return room + widened * Math.max(0, wide - room);
  }

  /** How far misses have lifted the limit that counts a residual by its forecast, 0..1. */
  double widened(int steps) {
    double owes = (owed / steps - 1) / (OWED_HORIZONS_MAX - 1);
    return Math.max(0, Math.min(1, Math.max(owes, behind())));
  }

  /** How far misses since the first second are beyond the promised ones; 0 and less for not. */
  private double behind() {
    if (levels == null || bursts < BURSTS_MIN) {
      return 0;
    }
    double timesPromised = missed / (judged * alphaTarget);
    return (timesPromised - BEHIND_FROM) / (BEHIND_TO - BEHIND_FROM);
  }

  private double limited(double forecast) {
    double ofLevel = levels == null ? 0 : forecast * levels.quantileAbove(forecast, alpha);
    if (levels != null && levels.known(forecast) >= KNOWN) {
      return ofLevel;
    }
    double smaller =
        Math.min(forecast * proportional.quantileAbove(alpha), absolute.quantileAbove(alpha));
    return Math.max(ofLevel, smaller);
  }

  /** How far below this forecast the load stays with all but {@code alphaTarget / 2}. */
  double shortfall(double forecast) {
    return forecast * shortfall.quantileAbove(alphaTarget / 2);
  }

  double alpha() {
    return alpha;
  }

  boolean exhausted() {
    return alpha <= 0;
  }

  long judged() {
    return judged;
  }

  long missed() {
    return missed;
  }

  Coverage coverage() {
    return judged == 0
        ? Coverage.NONE
        : new Coverage(Math.abs((double) missed / judged - alphaTarget));
  }
}
