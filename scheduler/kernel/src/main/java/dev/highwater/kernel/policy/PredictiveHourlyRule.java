package dev.highwater.kernel.policy;

import dev.highwater.model.WishSource;
import java.util.Arrays;

/**
 * Hourly predictive scaling over target tracking, in the manner of AWS, as a baseline.
 *
 * <p><b>Algorithm.</b> Load is kept per hour for 14 days. Once 24 hours are known, the forecast of
 * an hour is the mean of the same hour of the last days, and of the same hour a week and two weeks
 * ago where known. It is a floor from 300 s before its hour begins until the hour ends, sized for
 * the utilisation target; it never scales in below what target tracking asks. The published
 * system's model is not public; grain, history, buffer and the rule that forecasts only scale out
 * are. On a run of less than a day it is target tracking and nothing else.
 *
 * <p><b>Source.</b> Amazon EC2 Auto Scaling user guide, "How predictive scaling works";
 * PredictiveScalingConfiguration (SchedulingBufferTime 300 s). Target tracking by {@link HpaRule},
 * which reads the metrics and the behavior of the spec.
 */
final class PredictiveHourlyRule implements Rule {
  private static final long HOUR_MS = 3_600_000;

  /** SchedulingBufferTime. */
  private static final long BUFFER_MS = 300_000;

  /** The guide: history of up to 14 days is looked at. */
  private static final int HOURS_KEPT = 14 * 24;

  /** The guide: at least 24 hours of history are needed. */
  private static final int HOURS_NEEDED = 24;

  /** Last days whose same hour counts. Chosen by us, because the model is not public. */
  private static final int DAYS_AVERAGED = 3;

  /** Target of both parts. Chosen by us: the guide leaves it to the user. */
  private static final int UTILISATION_PERCENT = 70;

  private final double utilisation;
  private final HpaRule tracking;
  private final double[] hourly;
  private int known;
  private long hour = Long.MIN_VALUE;
  private double sum;
  private int samples;

  PredictiveHourlyRule(PolicyName name) {
    int percent = name.numberOr(UTILISATION_PERCENT);
    utilisation = percent / 100.0;
    tracking = new HpaRule(new PolicyName(PolicyName.Kind.HPA, percent, 0), false);
    hourly = new double[HOURS_KEPT];
    Arrays.fill(hourly, Double.NaN);
  }

  private PredictiveHourlyRule(PredictiveHourlyRule other) {
    utilisation = other.utilisation;
    tracking = (HpaRule) other.tracking.copy();
    hourly = other.hourly.clone();
    known = other.known;
    hour = other.hour;
    sum = other.sum;
    samples = other.samples;
  }

  @Override
  public Rule copy() {
    return new PredictiveHourlyRule(this);
  }

  @Override
  public void observe(Setting setting, ServiceSignals signals) {
    tracking.observe(setting, signals);
    long now = Math.floorDiv(signals.nowMs(), HOUR_MS);
    if (now != hour) {
      if (samples > 0) {
        hourly[index(hour)] = sum / samples;
        known++;
      }
      for (long gap = Math.max(hour + 1, now - HOURS_KEPT); hour != Long.MIN_VALUE && gap < now; ) {
        hourly[index(gap++)] = Double.NaN;
      }
      hour = now;
      sum = 0;
      samples = 0;
    }
    if (signals.demandKnown()) {
      sum += signals.firstAttemptsPerSecond();
      samples++;
    }
  }

  @Override
  public void wish(Setting setting, ServiceSignals signals, Wishes wishes) {
    tracking.wish(setting, signals, wishes);
    if (known < HOURS_NEEDED) {
      return;
    }
    double load =
        Math.max(forecast(hour), forecast(Math.floorDiv(signals.nowMs() + BUFFER_MS, HOUR_MS)));
    if (load > 0) {
      double each = utilisation * setting.sizer().model().saturationPerSecond();
      wishes.add(
          WishSource.FORECAST,
          (int) Math.min(Integer.MAX_VALUE, Math.ceil(load / each - 1e-9)),
          () -> "the hour's forecast is " + Phrase.rate(load));
    }
  }

  private double forecast(long forHour) {
    double total = 0;
    int count = 0;
    for (int day = 1; day <= 2 * 7; day++) {
      boolean counts = day <= DAYS_AVERAGED || day % 7 == 0;
      double load = counts ? hourly[index(forHour - 24L * day)] : Double.NaN;
      if (load >= 0) {
        total += load;
        count++;
      }
    }
    return count == 0 ? 0 : total / count;
  }

  private static int index(long hour) {
    return (int) Math.floorMod(hour, (long) HOURS_KEPT);
  }
}
