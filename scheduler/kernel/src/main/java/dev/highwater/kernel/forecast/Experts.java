package dev.highwater.kernel.forecast;

import java.util.Arrays;

/**
 * The point forecasts of one service and their mixture.
 *
 * <p>Each expert is charged the pinball loss of its own forecast when the moment that it spoke of
 * has come; charges fade by half each half-life. Shares are in proportion to loss to the power -4,
 * so that an expert twice as wrong counts a sixteenth. Fixed size; confined to its owner.
 */
final class Experts {
  static final int COUNT = Expert.ALL.size();

  private final double fade;
  private final double quantile;
  private final double[] loss = new double[COUNT];
  private final double[] share = new double[COUNT];

  Experts(double fade, double quantile) {
    this.fade = fade;
    this.quantile = quantile;
    Arrays.fill(share, 1.0 / COUNT);
  }

  private Experts(Experts other) {
    this(other.fade, other.quantile);
    System.arraycopy(other.loss, 0, loss, 0, COUNT);
    System.arraycopy(other.share, 0, share, 0, COUNT);
  }

  Experts copy() {
    return new Experts(this);
  }

  /** Charges the forecasts in {@code said[from ..]}, one per expert, with what came. */
  void charge(float[] said, int from, double came) {
    double best = Double.MAX_VALUE;
    for (int i = 0; i < COUNT; i++) {
      double error = came - said[from + i];
      double pinball = error > 0 ? quantile * error : (quantile - 1) * error;
      loss[i] = fade * loss[i] + (1 - fade) * pinball;
      best = Math.min(best, loss[i]);
    }
    double sum = 0;
    double floor = best * 1e-3 + 1e-12;
    for (int i = 0; i < COUNT; i++) {
      double relative = (best + floor) / (loss[i] + floor);
      share[i] = relative * relative * relative * relative;
      sum += share[i];
    }
    for (int i = 0; i < COUNT; i++) {
      share[i] /= sum;
    }
  }

  double mix(float[] said, int from) {
    double sum = 0;
    for (int i = 0; i < COUNT; i++) {
      sum += share[i] * said[from + i];
    }
    return sum;
  }

  double share(Expert expert) {
    return share[Expert.ALL.indexOf(expert)];
  }
}
