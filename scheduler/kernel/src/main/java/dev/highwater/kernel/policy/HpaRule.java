package dev.highwater.kernel.policy;

import dev.highwater.model.MetricTarget;
import dev.highwater.model.MetricTarget.Metric;
import dev.highwater.model.ScalingBehavior;
import dev.highwater.model.ScalingBehavior.Rules;
import dev.highwater.model.ScheduleFloor;
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
 * and 4 more in 15 s. What is found at the start counts as recommended then. How old metrics are is
 * part of the policy's name: 0 unless it says so. Of utilisation, a pod that became ready since its
 * metrics were sampled counts as not ready, as it does there for CPU; of the other metrics it has a
 * figure, or none while metrics are older than it. A pod that boots is taken as pending, which is
 * not ready for every metric.
 *
 * <p>It never asks for less than one pod, because minReplicas of 0 is for object and external
 * metrics only; a service that somebody set to 0 it leaves there.
 *
 * <p>With schedules it is KEDA's cron scaler: an external metric whose average value is to be 1 and
 * whose value is the largest floor that holds, or 1 while none does. Its proposal is one of
 * several, so the tolerance, the scaling policies and the stabilisation windows apply to both edges
 * of a floor.
 *
 * <p><b>Source.</b> kubernetes/kubernetes, pkg/controller/podautoscaler: replica_calculator.go
 * (groupPods for pods that are not ready, GetExternalPerPodMetricReplicas), horizontal.go,
 * config/v1alpha1/defaults.go; pkg/apis/autoscaling/v2/defaults.go, validation of minReplicas.
 * kedacore/keda, pkg/scalers/cron_scaler.go.
 */
final class HpaRule implements Rule {
  /** horizontal-pod-autoscaler-sync-period. */
  private static final long SYNC_MS = 15_000;

  /** DefaultCPUUtilization. */
  private static final int UTILISATION_PERCENT = 80;

  private final double utilisationTarget;

  /** Time-of-day floors that count; null when none do. */
  private @Nullable Schedules schedules;

  private final Recommendations recommendations = new Recommendations();
  private final ScalingRates rates = new ScalingRates();
  private final MetricSamples samples;

  /** Ready pods at the last syncs, as many as metrics are old, the oldest first. */
  private final int[] readyAtSyncs;

  private long syncs = Long.MIN_VALUE;
  private int stabilised;
  private boolean synchronised;
  private int desired;

  /** What the last synchronisation went by; null before the first. */
  private @Nullable Proposed proposed;

  /**
   * @param scheduled whether time-of-day floors count: then KEDA's cron scaler feeds it
   */
  HpaRule(PolicyName name, boolean scheduled) {
    utilisationTarget = name.numberOr(UTILISATION_PERCENT) / 100.0;
    schedules = scheduled ? new Schedules(List.of()) : null;
    samples = new MetricSamples(name.lagMs());
    readyAtSyncs = new int[1 + (int) ((name.lagMs() + SYNC_MS - 1) / SYNC_MS)];
    Arrays.fill(readyAtSyncs, -1);
  }

  private HpaRule(HpaRule other) {
    utilisationTarget = other.utilisationTarget;
    schedules = other.schedules == null ? null : other.schedules.copy();
    recommendations.takeOver(other.recommendations);
    rates.takeOver(other.rates);
    samples = other.samples.copy();
    readyAtSyncs = other.readyAtSyncs.clone();
    syncs = other.syncs;
    stabilised = other.stabilised;
    synchronised = other.synchronised;
    desired = other.desired;
    proposed = other.proposed;
  }

  @Override
  public Rule copy() {
    return new HpaRule(this);
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
    if (!first) {
      synchronise(setting, signals, metrics);
    }
    System.arraycopy(readyAtSyncs, 1, readyAtSyncs, 0, readyAtSyncs.length - 1);
    readyAtSyncs[readyAtSyncs.length - 1] = signals.ready();
  }

  private void synchronise(Setting setting, ServiceSignals signals, MetricSamples.Sample samples) {
    int current = signals.target();
    synchronised = true;
    if (current == 0) {
      desired = 0; // scaled to nothing by hand: the autoscaler stays away
      return;
    }
    if (recommendations.none()) {
      recommendations.add(syncs * SYNC_MS, current); // as if what it finds had been recommended
    }
    int pending = Math.max(0, current - signals.ready());
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
      boolean utilisation = metric.metric() == Metric.UTILISATION;
      int young = readySinceSampled(signals.ready(), utilisation ? 0 : 1);
      int serving = signals.ready() - young;
      int silent = Math.min(signals.silent(), serving);
      int pods = serving - silent;
      double mean = samples.mean(metric.metric(), pods, serving);
      if (Double.isNaN(mean) || pods == 0) {
        missing = true;
        continue;
      }
      double assumed = utilisation ? Math.max(1, metric.target()) : metric.target();
      int proposal =
          proposal(
              current,
              mean / metric.target(),
              pods,
              utilisation ? pending + young : pending,
              utilisation ? silent : silent + young,
              assumed / metric.target(),
              up.tolerance(),
              down.tolerance());
      if (proposal > largest.replicas) {
        largest = new Proposed(metric, mean, pods, null, proposal, missing);
      }
    }
    Proposed scheduled = scheduled(setting, signals.nowMs(), current, up, down);
    if (scheduled.replicas > largest.replicas) {
      largest = scheduled;
    }
    int most = largest.replicas;
    proposed = largest.where(missing);
    if (most < 0 || (missing && most < current)) {
      stabilised = current; // no figures: no action, and none remembered
      desired = current;
      return;
    }
    long nowMs = syncs * SYNC_MS;
    recommendations.add(nowMs, most);
    stabilised = recommendations.stabilised(nowMs, up.windowMs(), down.windowMs(), current);
    desired = Math.max(1, rates.limited(nowMs, current, stabilised, up, down));
    int allowed = Math.min(desired, setting.service().scaling().replicasMax());
    rates.changed(nowMs, current, allowed);
  }

  /** What KEDA's cron scaler makes the autoscaler propose. */
  private Proposed scheduled(Setting setting, long nowMs, int current, Rules up, Rules down) {
    if (schedules == null) {
      return Proposed.NOTHING;
    }
    schedules = schedules.following(setting.service().scaling().schedules());
    if (schedules.none()) {
      return Proposed.NOTHING;
    }
    ScheduleFloor floor = schedules.largest(nowMs);
    int value = floor == null ? 1 : floor.replicasMin();
    boolean near = within((double) value / current, up.tolerance(), down.tolerance());
    return new Proposed(null, Double.NaN, 0, floor, near ? current : value, false);
  }

  /**
   * Ready pods that were not when metrics were sampled.
   *
   * @param less how many syncs less than since the one before metrics were sampled
   */
  private int readySinceSampled(int ready, int less) {
    return less < readyAtSyncs.length ? Math.max(0, ready - Math.max(0, readyAtSyncs[less])) : 0;
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
    if (!synchronised) {
      // What it finds stands until then; where it finds nothing, what the spec begins with.
      if (signals.target() > 0) {
        wishes.add(WishSource.REACTIVE, signals.target(), () -> "no synchronisation yet");
      }
      return;
    }
    boolean scheduled = proposed != null && proposed.floor != null;
    wishes.add(scheduled ? WishSource.SCHEDULE : WishSource.REACTIVE, desired, this::because);
  }

  private String because() {
    Proposed last = proposed;
    return last == null ? "scaled to nothing" : last + ", after stabilisation " + stabilised;
  }

  /**
   * What a synchronisation proposed, and by which metric or scheduled floor.
   *
   * @param metric whose proposal was the largest; null when none has a figure or a floor leads
   * @param mean of it over the pods with figures
   * @param pods with figures
   * @param floor whose proposal was the largest; null when it was a metric's
   * @param replicas proposed; negative without any proposal
   * @param missing whether a metric has no figure
   */
  private record Proposed(
      @Nullable MetricTarget metric,
      double mean,
      int pods,
      @Nullable ScheduleFloor floor,
      int replicas,
      boolean missing) {
    static final Proposed NOTHING = new Proposed(null, Double.NaN, 0, null, -1, true);

    Proposed where(boolean anyMissing) {
      return new Proposed(metric, mean, pods, floor, replicas, anyMissing);
    }

    @Override
    public String toString() {
      return leader() + (replicas >= 0 && missing ? ", another metric has no figure" : "");
    }

    private String leader() {
      if (floor != null) {
        return Phrase.floor(floor) + ": proposed " + replicas;
      }
      if (metric == null) {
        return replicas < 0 ? "no metric has a figure" : "no schedule holds: proposed " + replicas;
      }
      return Phrase.metric(metric.metric(), mean)
          + " at each of "
          + pods
          + (pods == 1 ? " pod" : " pods")
          + ", target "
          + Phrase.value(metric.metric(), metric.target())
          + ": proposed "
          + replicas;
    }
  }
}
