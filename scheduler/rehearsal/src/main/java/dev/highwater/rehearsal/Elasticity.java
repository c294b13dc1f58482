package dev.highwater.rehearsal;

/**
 * How closely supply followed demand, in percent (SPEC RG, Herbst et al., "Ready for Rain? A View
 * from SPEC Research on the Future of Cloud Metrics", SPEC-RG-2016-01). Immutable.
 *
 * <p>Demand d is the number of replicas that the load of an instant needs, 0 without load; supply s
 * is the number of ready replicas. Where d is 0, shares of d are taken of 1.
 *
 * @param thetaU mean missing share of demand
 * @param thetaO mean surplus as a share of demand
 * @param tauU share of time with too few
 * @param tauO share of time with too many
 * @param upsilon share of time in which supply moved up while demand did not (or less)
 */
public record Elasticity(double thetaU, double thetaO, double tauU, double tauO, double upsilon) {
  /** Each ratio's denominator and numerator are at least this, so that 0 can be compared. */
  private static final double FLOOR_PERCENT = 0.01;

  /**
   * How much better this is than a baseline: the geometric mean of the four ratios baseline / this,
   * each value floored at 0.01 %. More than 1 is better.
   */
  public double epsilon(Elasticity baseline) {
    double product =
        ratio(baseline.thetaU, thetaU)
            * ratio(baseline.thetaO, thetaO)
            * ratio(baseline.tauU, tauU)
            * ratio(baseline.tauO, tauO);
    return StrictMath.pow(product, 0.25);
  }

  private static double ratio(double baseline, double own) {
    return Math.max(FLOOR_PERCENT, baseline) / Math.max(FLOOR_PERCENT, own);
  }

  /** Adds up demand and supply step by step. For one thread. */
  static final class Meter {
    private double missing;
    private double surplus;
    private double underSeconds;
    private double overSeconds;
    private double unstableSeconds;
    private double seconds;
    private double firstSeconds;
    private int lastDemand;
    private int lastSupply;

    /** One step of equal length in which demand and supply did not change. */
    void add(int demand, int supply, double stepSeconds) {
      if (seconds == 0) {
        firstSeconds = stepSeconds;
      } else {
        int moved = sign(supply - lastSupply) - sign(demand - lastDemand);
        unstableSeconds += Math.min(1, Math.max(0, moved)) * stepSeconds;
      }
      seconds += stepSeconds;
      lastDemand = demand;
      lastSupply = supply;
      double whole = Math.max(1, demand);
      if (demand > supply) {
        missing += (demand - supply) / whole * stepSeconds;
        underSeconds += stepSeconds;
      } else if (supply > demand) {
        surplus += (supply - demand) / whole * stepSeconds;
        overSeconds += stepSeconds;
      }
    }

    Elasticity result() {
      double all = seconds == 0 ? 1 : seconds;
      double afterFirst = Math.max(1e-9, seconds - firstSeconds);
      return new Elasticity(
          100 * missing / all,
          100 * surplus / all,
          100 * underSeconds / all,
          100 * overSeconds / all,
          100 * unstableSeconds / afterFirst);
    }

    private static int sign(int value) {
      return Integer.compare(value, 0);
    }
  }
}
