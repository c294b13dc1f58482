package dev.highwater.kernel.forecast;

/**
 * Headroom above a point forecast by adaptive conformal inference.
 *
 * <p><b>Goals.</b> The share of moments at which the load exceeds the bound that was issued for
 * them, at the horizon it was issued for, tends to {@code alphaTarget} whatever the load does.
 *
 * <p><b>Algorithm.</b> {@code alpha = clip(alpha + gamma (alphaTarget - miss))}. The bound is the
 * forecast plus the smaller of two headrooms: the (1 - alpha) quantile of recent residuals in
 * proportion to the forecast, and the same in absolute terms. The first is small when the load is
 * low, the second when it is high. The miss is that of the issued bound, so alpha pays for taking
 * the smaller.
 *
 * <p><b>At the clip.</b> alpha stays in [0, alphaMax]. At 0 the bound is the largest residual that
 * is remembered: there is nothing wider to learn from, and {@link #exhausted} says so; misses
 * beyond it are then not compensated by even more headroom, but by the surge rule. At alphaMax the
 * bound stops shrinking, so that a long calm does not leave a service bare.
 *
 * <p><b>Source.</b> I. Gibbs, E. Candes, "Adaptive Conformal Inference Under Distribution Shift"
 * (2021), one-sided. Confined to its owner.
 */
final class ConformalHeadroom {
  /** Headroom before anything was learned. Chosen by us: what bursty services need on average. */
  private static final double FIRST_RESIDUAL = 0.15;

  private final double residualRatioMax;
  private final double alphaTarget;
  private final double alphaMax;
  private final double gamma;
  private final ResidualHistogram proportional;
  private final ResidualHistogram absolute;
  private final ResidualHistogram shortfall;
  private double alpha;
  private long judged;
  private long missed;

  /**
   * @param residualRatioMax a residual counts as at most so many times its forecast, so that
   *     headroom is never more; without this one jump of ten times would keep ten times the need
   *     for hours
   */
  ConformalHeadroom(ForecastSettings settings, double alphaTarget, double residualRatioMax) {
    this.residualRatioMax = residualRatioMax;
    this.alphaTarget = alphaTarget;
    alphaMax = Math.min(1, alphaTarget * 2);
    gamma = settings.gamma();
    alpha = alphaTarget;
    double growth = StrictMath.pow(2, 1.0 / settings.residualHalfLifeSeconds());
    proportional = new ResidualHistogram(growth);
    absolute = new ResidualHistogram(growth);
    shortfall = new ResidualHistogram(growth);
  }

  private ConformalHeadroom(ConformalHeadroom other) {
    residualRatioMax = other.residualRatioMax;
    alphaTarget = other.alphaTarget;
    alphaMax = other.alphaMax;
    gamma = other.gamma;
    alpha = other.alpha;
    judged = other.judged;
    missed = other.missed;
    proportional = other.proportional.copy();
    absolute = other.absolute.copy();
    shortfall = other.shortfall.copy();
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
  }

  /** Learns from what came at the moment that forecast and bound were issued for. */
  void judge(double forecast, double bound, double came) {
    boolean miss = came > bound;
    judged++;
    missed += miss ? 1 : 0;
    alpha = Math.min(alphaMax, Math.max(0, alpha + gamma * (alphaTarget - (miss ? 1 : 0))));
    double residual = Math.min(residualRatioMax * forecast, came - forecast);
    absolute.add(residual);
    proportional.add(forecast > 0 ? residual / forecast : residual > 0 ? 1 : 0);
    shortfall.add(forecast > 0 ? -residual / forecast : 0);
  }

  /** Headroom for this forecast in proportion to it, as a rate. */
  double proportional(double forecast) {
    return forecast * proportional.quantileAbove(alpha);
  }

  /** Headroom in absolute terms, as a rate. */
  double absolute() {
    return absolute.quantileAbove(alpha);
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
}
