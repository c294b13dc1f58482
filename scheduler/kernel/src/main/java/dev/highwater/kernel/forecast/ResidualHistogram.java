package dev.highwater.kernel.forecast;

/**
 * Recent positive residuals in log-linear bins, old ones fading by half each half-life.
 *
 * <p>Eight bins an octave, over 2^-20 .. 2^28 unless said otherwise, so a quantile is right to 6 %
 * of its value, and one residual costs one addition: the weight of new ones grows instead of old
 * ones being multiplied. Residuals that are not positive share the bottom bin. Fixed size; confined
 * to its owner.
 */
final class ResidualHistogram {
  private static final int BINS_PER_OCTAVE = 8;
  private static final double RESCALE_ABOVE = 1e12;

  private final double growth;
  private final int octaveMin;
  private final float[] bins;
  private double weight = 1;
  private double total;
  private int top;

  /**
   * @param growth factor on the weight from one residual to the next, at least 1
   */
  ResidualHistogram(double growth) {
    this(growth, -20, 48);
  }

  /** One over so many octaves from 2^octaveMin; what is larger counts to the top bin. */
  ResidualHistogram(double growth, int octaveMin, int octaves) {
    this.growth = growth;
    this.octaveMin = octaveMin;
    bins = new float[octaves * BINS_PER_OCTAVE + 1];
  }

  private ResidualHistogram(ResidualHistogram other) {
    growth = other.growth;
    octaveMin = other.octaveMin;
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

  /** How many residuals are remembered; one that has faded by half counts half. */
  double known() {
    return total / weight;
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

  private int binOf(double residual) {
    if (!(residual > 0)) {
      return 0;
    }
    int exponent = Math.getExponent(residual);
    if (exponent < octaveMin) {
      return 0;
    }
    if (exponent >= octaveMin + (bins.length - 1) / BINS_PER_OCTAVE) {
      return bins.length - 1;
    }
    int part = (int) ((residual / Math.scalb(1.0, exponent) - 1) * BINS_PER_OCTAVE);
    return 1 + (exponent - octaveMin) * BINS_PER_OCTAVE + part;
  }

  private double upperEdge(int bin) {
    if (bin <= 0) {
      return 0;
    }
    int exponent = octaveMin + (bin - 1) / BINS_PER_OCTAVE;
    return Math.scalb(1 + ((bin - 1) % BINS_PER_OCTAVE + 1.0) / BINS_PER_OCTAVE, exponent);
  }
}
