package dev.highwater.kernel.forecast;

/**
 * How far the share of judged bounds that the load exceeded is from the promised one, 0..1. Meant
 * are bounds for the quantile {@code 1 - alphaTarget} at the horizon of a replica's boot. NaN
 * without a judged bound. Immutable.
 *
 * @param error over all judged bounds, the first second's included
 * @param errorOnceLearned without those of the first {@value #LEARNING_SECONDS} judged seconds:
 *     residuals are what the bound is made of, and by then there are enough for one in 133 to be
 *     told from the largest
 */
public record Coverage(double error, double errorOnceLearned) {
  /** A quarter of an hour. Chosen by us. */
  public static final int LEARNING_SECONDS = 900;

  /** That of no forecast. */
  public static final Coverage NONE = new Coverage(Double.NaN, Double.NaN);

  /** The larger of each. */
  public Coverage worse(Coverage other) {
    return new Coverage(
        larger(error, other.error), larger(errorOnceLearned, other.errorOnceLearned));
  }

  private static double larger(double one, double other) {
    if (Double.isNaN(one)) {
      return other;
    }
    return Double.isNaN(other) ? one : Math.max(one, other);
  }
}
