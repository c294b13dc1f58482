package dev.highwater.rehearsal;

import java.util.Arrays;

/**
 * A quantity over time, thinned to a bounded number of equal steps that keep their lowest, mean and
 * highest value, so that a peak of one second is still seen in the chart of a week: for charts,
 * never for decisions. For one thread.
 *
 * <p>Step {@code i} covers {@code stepSeconds} from {@code i * stepSeconds} on; a step without a
 * known value is NaN.
 */
public final class Series {
  private final int valuesPerStep;
  private final double stepSeconds;
  private final float[] low;
  private final float[] sum;
  private final float[] high;
  private final int[] known;
  private int values;

  /**
   * An empty series.
   *
   * @param values that will be added, one per {@code secondsPerValue}
   * @param stepsMax steps kept at most
   */
  public Series(long values, double secondsPerValue, int stepsMax) {
    valuesPerStep = (int) Math.max(1, (values + stepsMax - 1) / stepsMax);
    stepSeconds = valuesPerStep * secondsPerValue;
    int steps = (int) Math.max(1, (values + valuesPerStep - 1) / valuesPerStep);
    low = new float[steps];
    sum = new float[steps];
    high = new float[steps];
    known = new int[steps];
    Arrays.fill(low, Float.NaN);
    Arrays.fill(high, Float.NaN);
  }

  /** Adds the next value; NaN when it is not known. */
  public void add(double value) {
    put(value, value, value);
  }

  private void put(double lowest, double mean, double highest) {
    int i = Math.min(low.length - 1, values / valuesPerStep);
    values++;
    if (Double.isNaN(mean)) {
      return;
    }
    low[i] = known[i] == 0 ? (float) lowest : Math.min(low[i], (float) lowest);
    high[i] = known[i] == 0 ? (float) highest : Math.max(high[i], (float) highest);
    sum[i] += (float) mean;
    known[i]++;
  }

  /** The same in at most {@code stepsMax} steps; no lowest or highest value is lost. */
  public Series thinned(int stepsMax) {
    Series thin = new Series(size(), stepSeconds, stepsMax);
    for (int i = 0; i < size(); i++) {
      thin.put(low(i), mean(i), high(i));
    }
    return thin;
  }

  /** Values added per step. */
  int valuesPerStep() {
    return valuesPerStep;
  }

  /** Seconds of one step. */
  public double stepSeconds() {
    return stepSeconds;
  }

  /** Steps that have begun. */
  public int size() {
    return Math.min(low.length, (values + valuesPerStep - 1) / valuesPerStep);
  }

  /** Lowest value of a step. */
  public double low(int i) {
    return low[i];
  }

  /** Mean of the known values of a step. */
  public double mean(int i) {
    return known[i] == 0 ? Double.NaN : sum[i] / known[i];
  }

  /** Highest value of a step. */
  public double high(int i) {
    return high[i];
  }

  /** Highest value of all; NaN without any. */
  public double highest() {
    double highest = Double.NaN;
    for (int i = 0; i < size(); i++) {
      if (!Double.isNaN(high[i])) {
        highest = Double.isNaN(highest) ? high[i] : Math.max(highest, high[i]);
      }
    }
    return highest;
  }
}
