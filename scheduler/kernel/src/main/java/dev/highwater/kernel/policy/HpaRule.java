package dev.highwater.kernel.policy;

import dev.highwater.model.MetricTarget;
import dev.highwater.model.MetricTarget.Metric;
import dev.highwater.model.ScalingBehavior;
import dev.highwater.model.ScalingBehavior.Rules;
import dev.highwater.model.WishSource;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
 * come the spec's behavior fields: stabilisation windows and scaling policies of each direction, by
 * default the largest recommendation of 300 s for fewer, and for more at most the larger of double
 * and 4 more in 15 s. What is found at the start counts as recommended then. A pod that became
 * ready since its metrics were sampled counts as not ready. How old metrics are is part of the
 * policy's name: 0 unless it says so.
 *
 * <p><b>Source.</b> kubernetes/kubernetes, pkg/controller/podautoscaler: replica_calculator.go,
 * horizontal.go, config/v1alpha1/defaults.go; pkg/apis/autoscaling/v2/defaults.go.
 */
final class HpaRule implements Rule {
  /** horizontal-pod-autoscaler-sync-period. */
  private static final long SYNC_MS = 15_000;

  /** DefaultCPUUtilization. */
  private static final int UTILISATION_PERCENT = 80;

  private final double utilisationTarget;
  private final boolean scheduled;
  private final Recommendations recommendations = new Recommendations();
  private final ScalingRates rates = new ScalingRates();
  private final MetricSamples samples;

  /** Ready pods at the last syncs, as many as metrics are old, the oldest first. */
  private final int[] readyAtSyncs;

  private long syncs = Long.MIN_VALUE;
  private int stabilised;
  private int desired;

  /** What the last synchronisation went by; null before the first. */
  private @Nullable Proposed proposed;

  /**
   * @param scheduled whether time-of-day floors count: then this is KEDA's cron scaler over it
   */
  HpaRule(PolicyName name, boolean scheduled) {
    utilisationTarget = name.numberOr(UTILISATION_PERCENT) / 100.0;
    this.scheduled = scheduled;
    samples = new MetricSamples(name.lagMs());
    readyAtSyncs = new int[1 + (int) ((name.lagMs() + SYNC_MS - 1) / SYNC_MS)];
    Arrays.fill(readyAtSyncs, -1);
  }

  private HpaRule(HpaRule other) {
    utilisationTarget = other.utilisationTarget;
    scheduled = other.scheduled;
    recommendations.takeOver(other.recommendations);
    rates.takeOver(other.rates);
    samples = other.samples.copy();
    readyAtSyncs = other.readyAtSyncs.clone();
    syncs = other.syncs;
    stabilised = other.stabilised;
    desired = other.desired;
    proposed = other.proposed;
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
    samples.observe(signals);
    long sync = Math.floorDiv(signals.nowMs(), SYNC_MS);
    if (sync == syncs) {
      return;
    }
    boolean first = syncs == Long.MIN_VALUE;
    syncs = sync;
    MetricSamples.Sample metrics = samples.take();
    if (first) {
      desired = signals.target();
    } else {
      synchronise(setting, signals, metrics);
    }
    System.arraycopy(readyAtSyncs, 1, readyAtSyncs, 0, readyAtSyncs.length - 1);
    readyAtSyncs[readyAtSyncs.length - 1] = signals.ready();
  }

  private void synchronise(Setting setting, ServiceSignals signals, MetricSamples.Sample samples) {
    int current = signals.target();
    if (current == 0) {
      desired = 0; // scaled to nothing by hand: the autoscaler stays away
      return;
    }
    if (recommendations.none()) {
      recommendations.add(syncs * SYNC_MS, current); // as if what it finds had been recommended
    }
    int warming = Math.max(0, signals.ready() - Math.max(0, readyAtSyncs[0]));
    int silent = Math.min(signals.silent(), signals.ready() - warming);
    int pods = signals.ready() - warming - silent;
    int unready = Math.max(0, current - signals.ready()) + warming;
    List<MetricTarget> metrics = setting.service().scaling().metrics();
    ScalingBehavior behavior = setting.service().scaling().behavior();
    behavior = behavior == null ? ScalingBehavior.DEFAULT : behavior;
    Rules up = behavior.up();
    Rules down = behavior.down();
    Proposed largest = Proposed.NOTHING;
    boolean missing = false;
    if (metrics.isEmpty()) {
      metrics = List.of(new MetricTarget(Metric.UTILISATION, utilisationTarget));
    }
    for (MetricTarget metric : metrics) {
      double mean = samples.mean(metric.metric());
      if (Double.isNaN(mean) || pods == 0) {
        missing = true;
        continue;
      }
      double assumed =
          metric.metric() == Metric.UTILISATION ? Math.max(1, metric.target()) : metric.target();
      int proposal =
          proposal(
              current,
              mean / metric.target(),
              pods,
              unready,
              silent,
              assumed / metric.target(),
              up.tolerance(),
              down.tolerance());
      if (proposal > largest.replicas) {
        largest = new Proposed(metric, mean, pods, proposal, missing);
      }
    }
    int most = largest.replicas;
    proposed = new Proposed(largest.metric, largest.mean, pods, most, missing);
    if (most < 0 || (missing && most < current)) {
      stabilised = current; // no figures: no action, and none remembered
      desired = current;
      return;
    }
    long nowMs = syncs * SYNC_MS;
    recommendations.add(nowMs, most);
    stabilised = recommendations.stabilised(nowMs, up.windowMs(), down.windowMs(), current);
    desired = rates.limited(nowMs, current, stabilised, up, down);
    int allowed = Math.min(desired, setting.service().scaling().replicasMax());
    rates.changed(nowMs, current, allowed);
  }

  /**
   * One metric's proposal.
   *
   * @param ratio mean over the pods with figures against the target
   * @param pods pods with figures
   * @param unready pods that are not ready
   * @param silent ready pods without figures
   * @param assumed ratio that a silent pod is taken to have when the proposal would be for less
   * @param up relative distance above the target that is no reason to act
   * @param down the same below it
   */
  static int proposal(
      int current,
      double ratio,
      int pods,
      int unready,
      int silent,
      double assumed,
      double up,
      double down) {
    boolean countUnready = unready > 0 && ratio > 1;
    if (!countUnready && silent == 0) {
      return within(ratio, up, down) ? current : ceil(ratio * pods);
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
    if (turned || within(damped, up, down)) {
      return current;
    }
    int count = ceil(damped * counted);
    boolean against = (damped < 1 && count > current) || (damped > 1 && count < current);
    return against ? current : count;
  }

  private static boolean within(double ratio, double up, double down) {
    return ratio >= 1 ? ratio - 1 <= up : 1 - ratio <= down;
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
    Proposed last = proposed;
    return last == null ? "no synchronisation yet" : last + ", after stabilisation " + stabilised;
  }

  /**
   * What a synchronisation proposed, and by which metric.
   *
   * @param metric whose proposal was the largest; null when none has a figure
   * @param mean of it over the pods with figures
   * @param pods with figures
   * @param replicas proposed; negative without a metric
   * @param missing whether a metric has no figure
   */
  private record Proposed(
      @Nullable MetricTarget metric, double mean, int pods, int replicas, boolean missing) {
    static final Proposed NOTHING = new Proposed(null, Double.NaN, 0, -1, true);

    @Override
    public String toString() {
      if (metric == null) {
        return "no metric has a figure";
      }
      return Phrase.metric(metric.metric(), mean)
          + " at each of "
          + pods
          + (pods == 1 ? " pod" : " pods")
          + ", target "
          + Phrase.value(metric.metric(), metric.target())
          + ": proposed "
          + replicas
          + (missing ? ", another metric has no figure" : "");
    }
  }
}
