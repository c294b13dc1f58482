package dev.highwater.kernel.forecast;

/**
 * Recent positive residuals in log-linear bins, old ones fading by half each half-life.
 *
 * <p>Eight bins an octave over 2^-20 .. 2^28, so a quantile is right to 6 % of its value, and one
 * residual costs one addition: the weight of new ones grows instead of old ones being multiplied.
 * Residuals that are not positive share the bottom bin. Fixed size; confined to its owner.
 */
final class ResidualHistogram {
  private static final int OCTAVE_MIN = -20;
  private static final int OCTAVES = 48;
  private static final int BINS_PER_OCTAVE = 8;
  private static final double RESCALE_ABOVE = 1e12;

  private final double growth;
  private final float[] bins;
  private double weight = 1;
  private double total;
  private int top;

  /**
   * @param growth factor on the weight from one residual to the next, at least 1
   */
  ResidualHistogram(double growth) {
    this.growth = growth;
    bins = new float[OCTAVES * BINS_PER_OCTAVE + 1];
  }

  private ResidualHistogram(ResidualHistogram other) {
    growth = other.growth;
    bins = other.bins.clone();
    weight = other.weight;
    total = other.total;
    top = other.top;
  }

  ResidualHistogram copy() {
    return new ResidualHistogram(this);
  }

  void add(double residual) {
    weight *= growth;
    if (weight > RESCALE_ABOVE) {
      rescale();
    }
    int bin = binOf(residual);
    bins[bin] += (float) weight;
    total += weight;
    top = Math.max(top, bin);
  }

  /**
   * @param exceeded share of the weight that may lie above, 0..1; 0 asks for the largest residual
   *     that is remembered
   * @return at least 0; 0 when nothing was added
   */
  double quantileAbove(double exceeded) {
    double left = exceeded * total;
    for (int bin = top; bin > 0; bin--) {
      if (bins[bin] > left) {
        return upperEdge(bin) - (upperEdge(bin) - upperEdge(bin - 1)) * left / bins[bin];
      }
      left -= bins[bin];
    }
    return 0;
  }

  private void rescale() {
    total = 0;
    int highest = 0;
    for (int bin = 0; bin < bins.length; bin++) {
      bins[bin] = (float) (bins[bin] / weight);
      if (bins[bin] < 1e-9f) {
        bins[bin] = 0; // older than thirty half-lives
      }
      total += bins[bin];
      highest = bins[bin] > 0 ? bin : highest;
    }
    top = highest;
    weight = 1;
  }

  private static int binOf(double residual) {
    if (!(residual > 0)) {
      return 0;
    }
    int exponent = Math.getExponent(residual);
    if (exponent < OCTAVE_MIN) {
      return 0;
    }
    if (exponent >= OCTAVE_MIN + OCTAVES) {
      return OCTAVES * BINS_PER_OCTAVE;
    }
    int part = (int) ((residual / Math.scalb(1.0, exponent) - 1) * BINS_PER_OCTAVE);
    return 1 + (exponent - OCTAVE_MIN) * BINS_PER_OCTAVE + part;
  }

  private static double upperEdge(int bin) {
    if (bin <= 0) {
      return 0;
    }
    int exponent = OCTAVE_MIN + (bin - 1) / BINS_PER_OCTAVE;
    return Math.scalb(1 + ((bin - 1) % BINS_PER_OCTAVE + 1.0) / BINS_PER_OCTAVE, exponent);
  }
}
