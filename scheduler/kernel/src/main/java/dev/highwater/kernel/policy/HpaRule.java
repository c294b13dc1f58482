package dev.highwater.kernel.policy;

import dev.highwater.model.MetricTarget;
import dev.highwater.model.MetricTarget.Metric;
import dev.highwater.model.WishSource;
import java.util.List;

/**
 * The horizontal autoscaler of Kubernetes, autoscaling/v2, with its defaults, as a baseline.
 *
 * <p><b>Goals.</b> To do what it does, not what it should do.
 *
 * <p><b>Algorithm.</b> Every 15 s, for each metric: {@code ceil(ratio x pods)} where ratio is the
 * mean over ready pods against the target; nothing within a tolerance of 0.1. Pods that are not
 * ready count as idle when the ratio asks for more; pods without a figure count as idle when it
 * asks for more and as fully used (the request, or the target if larger) when it asks for less; if
 * that turns the ratio over or brings it within the tolerance, nothing happens. Of several metrics
 * the largest proposal counts; if one is missing and the others ask for less, nothing happens. Then
 * the largest recommendation of 300 s is the least for scaling in, and scaling out is limited to
 * the larger of double and 4 more in 15 s. A pod that became ready since the last sync counts as
 * not ready, because its sample covers the time before.
 *
 * <p><b>Source.</b> kubernetes/kubernetes, pkg/controller/podautoscaler: replica_calculator.go,
 * horizontal.go, config/v1alpha1/defaults.go; pkg/apis/autoscaling/v2/defaults.go.
 */
final class HpaRule implements Rule {
  /** horizontal-pod-autoscaler-sync-period. */
  private static final long SYNC_MS = 15_000;

  /** horizontal-pod-autoscaler-tolerance. */
  private static final double TOLERANCE = 0.1;

  /** behavior.scaleDown.stabilizationWindowSeconds. */
  private static final long STABILISATION_MS = 300_000;

  /** behavior.scaleUp.policies: 100 % and 4 pods, each in 15 s, the larger one. */
  private static final int SCALE_UP_FACTOR = 2;

  private static final int SCALE_UP_PODS = 4;

  /** DefaultCPUUtilization. */
  private static final int UTILISATION_PERCENT = 80;

  private final double utilisationTarget;
  private final boolean scheduled;
  private final Recommendations recommendations = new Recommendations();
  private long syncs = Long.MIN_VALUE;
  private int readyAtSync = -1;
  private double utilisationSum;
  private double inFlightSum;
  private double queuedSum;
  private double rateSum;
  private int samples;
  private int proposed = -1;
  private int stabilised;
  private int desired;
  private int pods;

  /**
   * @param scheduled whether time-of-day floors count: then this is KEDA's cron scaler over it
   */
  HpaRule(PolicyName name, boolean scheduled) {
    utilisationTarget = name.numberOr(UTILISATION_PERCENT) / 100.0;
    this.scheduled = scheduled;
  }

  private HpaRule(HpaRule other) {
    utilisationTarget = other.utilisationTarget;
    scheduled = other.scheduled;
    recommendations.takeOver(other.recommendations);
    syncs = other.syncs;
    readyAtSync = other.readyAtSync;
    utilisationSum = other.utilisationSum;
    inFlightSum = other.inFlightSum;
    queuedSum = other.queuedSum;
    rateSum = other.rateSum;
    samples = other.samples;
    proposed = other.proposed;
    stabilised = other.stabilised;
    desired = other.desired;
    pods = other.pods;
  }

  @Override
  public Rule copy() {
    return new HpaRule(this);
  }

  @Override
  public boolean scheduled() {
    return scheduled;
  }

  @Override
  public void observe(Setting setting, ServiceSignals signals) {
    if (signals.utilisationRatio() >= 0) {
      utilisationSum += signals.utilisationRatio();
      inFlightSum += signals.inFlight();
      queuedSum += signals.queued();
      rateSum += signals.demandKnown() ? signals.firstAttemptsPerSecond() : 0;
      samples++;
    }
    long sync = Math.floorDiv(signals.nowMs(), SYNC_MS);
    if (sync == syncs) {
      return;
    }
    if (syncs != Long.MIN_VALUE) {
      synchronise(setting, signals);
    } else {
      desired = signals.target();
    }
    syncs = sync;
    readyAtSync = signals.ready();
    utilisationSum = 0;
    inFlightSum = 0;
    queuedSum = 0;
    rateSum = 0;
    samples = 0;
  }

  private void synchronise(Setting setting, ServiceSignals signals) {
    int current = signals.target();
    if (current == 0) {
      desired = 0; // scaled to nothing by hand: the autoscaler stays away
      return;
    }
    int warming = Math.max(0, signals.ready() - Math.max(0, readyAtSync));
    int silent = Math.min(signals.silent(), signals.ready() - warming);
    pods = signals.ready() - warming - silent;
    int unready = Math.max(0, current - signals.ready()) + warming;
    List<MetricTarget> metrics = setting.service().scaling().metrics();
    boolean missing = false;
    int most = -1;
    if (metrics.isEmpty()) {
      metrics = List.of(new MetricTarget(Metric.UTILISATION, utilisationTarget));
    }
    for (MetricTarget metric : metrics) {
      if (samples == 0 || pods == 0) {
        missing = true;
        continue;
      }
      double mean = meanOf(metric.metric(), signals.ready() - silent);
      double assumed =
          metric.metric() == Metric.UTILISATION ? Math.max(1, metric.target()) : metric.target();
      most =
          Math.max(
              most,
              proposal(
                  current,
                  mean / metric.target(),
                  pods,
                  unready,
                  silent,
                  assumed / metric.target()));
    }
    if (most < 0 || (missing && most < current)) {
      proposed = current; // no figures: no action, and none remembered
      desired = current;
      return;
    }
    proposed = most;
    stabilised = recommendations.leastAllowed(signals.nowMs(), STABILISATION_MS, most, current);
    int limit =
        (int)
            Math.min(
                Integer.MAX_VALUE,
                Math.max((long) current * SCALE_UP_FACTOR, (long) current + SCALE_UP_PODS));
    desired = Math.min(stabilised, limit);
  }

  private double meanOf(Metric metric, int reporting) {
    double count = (double) samples * Math.max(1, reporting);
    switch (metric) {
      case REQUESTS_PER_SECOND:
        return rateSum / count;
      case CONCURRENCY:
        return inFlightSum / count;
      case QUEUE_LENGTH:
        return queuedSum / count;
      case UTILISATION:
      default:
        return Math.floor(utilisationSum / samples * 100 + 1e-6) / 100; // whole percent, cut off
    }
  }

  /**
   * One metric's proposal.
   *
   * @param ratio mean over the pods with figures against the target
   * @param pods pods with figures
   * @param unready pods that are not ready
   * @param silent ready pods without figures
   * @param assumed ratio that a silent pod is taken to have when the proposal would be for less
   */
  static int proposal(
      int current, double ratio, int pods, int unready, int silent, double assumed) {
    boolean countUnready = unready > 0 && ratio > 1;
    if (!countUnready && silent == 0) {
      return Math.abs(ratio - 1) <= TOLERANCE ? current : ceil(ratio * pods);
    }
    double sum = ratio * pods;
    int counted = pods;
    if (silent > 0 && ratio != 1) {
      counted += silent;
      sum += ratio < 1 ? assumed * silent : 0;
    }
    if (countUnready) {
      counted += unready;
    }
    double damped = sum / counted;
    boolean turned = (ratio < 1 && damped > 1) || (ratio > 1 && damped < 1);
    if (turned || Math.abs(damped - 1) <= TOLERANCE) {
      return current;
    }
    int count = ceil(damped * counted);
    boolean against = (damped < 1 && count > current) || (damped > 1 && count < current);
    return against ? current : count;
  }

  /** The controller's floating point rounds like this; the epsilon only swallows its last bits. */
  private static int ceil(double count) {
    return (int) Math.min(Integer.MAX_VALUE, Math.ceil(count - 1e-9));
  }

  @Override
  public void wish(Setting setting, ServiceSignals signals, Wishes wishes) {
    if (syncs == Long.MIN_VALUE) {
      return;
    }
    wishes.add(WishSource.REACTIVE, desired, this::because);
  }

  private String because() {
    return proposed < 0
        ? "no synchronisation yet"
        : "proposed " + proposed + " from " + pods + " pods, after stabilisation " + stabilised;
  }
}
