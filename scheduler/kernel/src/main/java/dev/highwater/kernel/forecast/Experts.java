package dev.highwater.kernel.forecast;

import java.util.Arrays;

/**
 * The point forecasts of one service and their mixture.
 *
 * <p>Each expert is charged the pinball loss of its own forecast when the moment that it spoke of
 * has come; charges fade by half each half-life. Shares are in proportion to loss to the power -4,
 * so that an expert twice as wrong counts a sixteenth. An expert that says nothing (NaN) has no
 * share, and its loss stays in proportion to the mixture's own, so that what was right in the last
 * event is believed when the next one begins. Fixed size; confined to its owner.
 *
 * <p><b>Source.</b> Y. Freund et al., "Using and combining predictors that specialize" (1997), for
 * the silent ones.
 */
final class Experts {
  static final int COUNT = Expert.ALL.size();

  private final double fade;
  private final double quantile;
  private final double[] loss = new double[COUNT];
  private double mixedLoss;
  private final double[] weight = new double[COUNT];

  /** Shares in the mixture that was made last. */
  private final double[] share = new double[COUNT];

  Experts(double fade, double quantile) {
    this.fade = fade;
    this.quantile = quantile;
    Arrays.fill(weight, 1);
  }

  private Experts(Experts other) {
    this(other.fade, other.quantile);
    mixedLoss = other.mixedLoss;
    System.arraycopy(other.loss, 0, loss, 0, COUNT);
    System.arraycopy(other.weight, 0, weight, 0, COUNT);
    System.arraycopy(other.share, 0, share, 0, COUNT);
  }

  Experts copy() {
    return new Experts(this);
  }

  /**
   * Charges the forecasts in {@code said[from ..]}, one per expert, and their mixture with what
   * came.
   */
  void charge(float[] said, int from, double mixed, double came) {
    double before = mixedLoss;
    mixedLoss = fade * mixedLoss + (1 - fade) * pinball(came - mixed);
    double best = Double.MAX_VALUE;
    for (int i = 0; i < COUNT; i++) {
      double forecast = said[from + i];
      if (Double.isNaN(forecast)) {
        loss[i] = before > 0 ? loss[i] / before * mixedLoss : mixedLoss;
      } else {
        loss[i] = fade * loss[i] + (1 - fade) * pinball(came - forecast);
      }
      best = Math.min(best, loss[i]);
    }
    double floor = best * 1e-3 + 1e-12;
    for (int i = 0; i < COUNT; i++) {
      double relative = (best + floor) / (loss[i] + floor);
      weight[i] = relative * relative * relative * relative;
    }
  }

  private double pinball(double error) {
    return error > 0 ? quantile * error : (quantile - 1) * error;
  }

  /** The mixture of those who said something. */
  double mix(float[] said, int from) {
    double sum = 0;
    double awake = 0;
    for (int i = 0; i < COUNT; i++) {
      share[i] = Float.isNaN(said[from + i]) ? 0 : weight[i];
      awake += share[i];
      sum += share[i] > 0 ? share[i] * said[from + i] : 0;
    }
    for (int i = 0; i < COUNT; i++) {
      share[i] /= awake;
    }
    return sum / awake;
  }

  /** The expert with the largest share. */
  Expert leader() {
    int leader = 0;
    for (int i = 1; i < COUNT; i++) {
      leader = share[i] > share[leader] ? i : leader;
    }
    return Expert.ALL.get(leader);
  }

  double share(Expert expert) {
    return share[Expert.ALL.indexOf(expert)];
  }
}
