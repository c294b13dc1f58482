package dev.highwater.kernel.forecast;

/**
 * How far the share of judged bounds that the load exceeded is from the promised one. Meant are
 * bounds for the quantile {@code 1 - alphaTarget} at the horizon of a replica's boot. Immutable.
 *
 * @param error over all judged bounds, the first second's included, 0..1; NaN without any
 */
public record Coverage(double error) {
  /** That of no forecast. */
  public static final Coverage NONE = new Coverage(Double.NaN);

  /** The one with the larger error. */
  public Coverage worse(Coverage other) {
    return Double.isNaN(error) || other.error > error ? other : this;
  }
}
