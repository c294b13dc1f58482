package dev.highwater.kernel.policy;

import dev.highwater.model.WishSource;

/**
 * The pod autoscaler of Knative with its defaults, as a baseline.
 *
 * <p><b>Algorithm.</b> Every 2 s: the concurrency (in work and waiting) of all replicas, averaged
 * over a stable window of 60 s and a panic window of 6 s, each against the target of one replica
 * (70 % of what it works on at once). When the panic figure asks for at least twice the ready
 * replicas, panic begins: the larger of both figures counts, and the count only rises until 60 s
 * have passed without cause. What is found at the start, if it is more than one replica, is such a
 * panic, so that no window that is still short scales it in. A tick may multiply the ready replicas
 * by 1,000 or halve them.
 *
 * <p>While no replica is ready, the activator measures instead of replicas. It would hold requests;
 * our front door may refuse them, so what counts is the concurrency that first attempts would have
 * by Little's law at the declared service time. The cold start is paid in full.
 *
 * <p><b>Source.</b> knative/serving: pkg/autoscaler/scaling/autoscaler.go (newAutoscaler, Scale),
 * config/core/configmaps/autoscaler.yaml; docs/scaling/SYSTEM.md, scaling from zero.
 */
final class KnativeRule implements Rule {
  private static final long TICK_MS = 2_000;
  private static final int STABLE_TICKS = 30;
  private static final int PANIC_TICKS = 3;
  private static final double PANIC_THRESHOLD = 2;
  private static final double SCALE_UP_RATE_MAX = 1_000;
  private static final double SCALE_DOWN_RATE_MAX = 2;
  private static final int UTILISATION_PERCENT = 70;
  private static final long STABLE_MS = STABLE_TICKS * TICK_MS;

  private final double utilisation;
  private final double[] concurrency = new double[STABLE_TICKS];
  private int filled;
  private long tick = Long.MIN_VALUE;
  private double sum;
  private int samples;
  private long panicSinceMs = Long.MIN_VALUE;
  private int panicMost;
  private int desired;

  KnativeRule(PolicyName name) {
    utilisation = name.numberOr(UTILISATION_PERCENT) / 100.0;
  }

  private KnativeRule(KnativeRule other) {
    utilisation = other.utilisation;
    System.arraycopy(other.concurrency, 0, concurrency, 0, STABLE_TICKS);
    filled = other.filled;
    tick = other.tick;
    sum = other.sum;
    samples = other.samples;
    panicSinceMs = other.panicSinceMs;
    panicMost = other.panicMost;
    desired = other.desired;
  }

  @Override
  public Rule copy() {
    return new KnativeRule(this);
  }

  @Override
  public void observe(Setting setting, ServiceSignals signals) {
    if (signals.utilisationRatio() >= 0) {
      sum += signals.inFlight() + signals.queued();
      samples++;
    } else if (signals.ready() == 0 && signals.demandKnown()) {
      double serviceSeconds = setting.service().capacity().meanServiceMs() / 1_000;
      sum += signals.firstAttemptsPerSecond() * serviceSeconds;
      samples++;
    }
    long now = Math.floorDiv(signals.nowMs(), TICK_MS);
    if (now == tick) {
      return;
    }
    tick = now;
    if (filled == 0) {
      // After a take-over not all that are ready have been heard of yet, so the target counts.
      begin(signals.nowMs(), signals.target());
    }
    if (samples == 0) {
      return; // no figures: the last decision stays
    }
    concurrency[(int) Math.floorMod(now, (long) STABLE_TICKS)] = sum / samples;
    filled = Math.min(STABLE_TICKS, filled + 1);
    sum = 0;
    samples = 0;
    double target = utilisation * setting.service().capacity().concurrency();
    scale(
        signals.nowMs(),
        signals.ready(),
        mean(now, STABLE_TICKS) / target,
        mean(now, PANIC_TICKS) / target);
  }

  /** With the first figures: an autoscaler that finds more than one replica begins in panic. */
  void begin(long nowMs, int replicas) {
    desired = replicas;
    panicMost = replicas;
    panicSinceMs = replicas > 1 ? nowMs : Long.MIN_VALUE;
  }

  /**
   * One tick.
   *
   * @param stable replicas that the stable window asks for, with fractions
   * @param panic the same for the panic window
   * @return replicas wanted
   */
  int scale(long nowMs, int readyReplicas, double stable, double panic) {
    int ready = Math.max(1, readyReplicas);
    int most = (int) Math.min(Integer.MAX_VALUE, Math.ceil(SCALE_UP_RATE_MAX * ready));
    int least = (int) Math.floor(ready / SCALE_DOWN_RATE_MAX);
    int byStable = bounded(stable, least, most);
    int byPanic = bounded(panic, least, most);
    boolean over = Math.ceil(panic - 1e-9) / ready >= PANIC_THRESHOLD;
    if (over) {
      panicSinceMs = nowMs;
    } else if (panicSinceMs != Long.MIN_VALUE && nowMs - panicSinceMs > STABLE_MS) {
      panicSinceMs = Long.MIN_VALUE;
      panicMost = 0;
    }
    if (panicSinceMs == Long.MIN_VALUE) {
      desired = byStable;
    } else {
      panicMost = Math.max(panicMost, Math.max(byStable, byPanic));
      desired = panicMost;
    }
    return desired;
  }

  private static int bounded(double replicas, int least, int most) {
    return (int) Math.min(most, Math.max(least, Math.ceil(replicas - 1e-9)));
  }

  private double mean(long now, int ticks) {
    int count = Math.min(ticks, filled);
    double total = 0;
    for (int i = 0; i < count; i++) {
      total += concurrency[(int) Math.floorMod(now - i, (long) STABLE_TICKS)];
    }
    return total / count;
  }

  @Override
  public void wish(Setting setting, ServiceSignals signals, Wishes wishes) {
    if (tick != Long.MIN_VALUE) {
      wishes.add(
          panicSinceMs == Long.MIN_VALUE ? WishSource.REACTIVE : WishSource.PANIC,
          desired,
          this::because);
    }
  }

  private String because() {
    if (filled == 0) {
      return "no figures yet";
    }
    return mean(tick, STABLE_TICKS) > 0
        ? "concurrency against " + Phrase.percent(utilisation) + " of what a replica works on"
        : "no concurrency for a whole window";
  }
}
