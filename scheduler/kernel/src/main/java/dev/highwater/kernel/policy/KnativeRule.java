package dev.highwater.kernel.policy;

import dev.highwater.model.WishSource;
import java.util.Arrays;

/**
 * The pod autoscaler of Knative with its defaults, as a baseline.
 *
 * <p><b>Algorithm.</b> Every 2 s: the concurrency (in work and waiting) of all replicas, averaged
 * over a stable window of 60 s and a panic window of 6 s, each against the target of one replica
 * (70 % of what it works on at once). When the panic figure asks for at least twice the ready
 * replicas, panic begins: the count only rises until 60 s have passed without cause. A tick may
 * multiply the ready replicas by 1,000 or halve them.
 *
 * <p><b>Source.</b> knative/serving: pkg/autoscaler/scaling/autoscaler.go,
 * config/core/configmaps/autoscaler.yaml.
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
    }
    long now = Math.floorDiv(signals.nowMs(), TICK_MS);
    if (now == tick) {
      return;
    }
    boolean first = tick == Long.MIN_VALUE;
    tick = now;
    if (first) {
      desired = signals.target();
    }
    if (samples == 0) {
      return; // no figures: the last decision stays
    }
    concurrency[(int) Math.floorMod(now, (long) STABLE_TICKS)] = sum / samples;
    filled = Math.min(STABLE_TICKS, filled + 1);
    sum = 0;
    samples = 0;
    double target = utilisation * setting.service().capacity().concurrency();
    step(signals, mean(now, STABLE_TICKS) / target, mean(now, PANIC_TICKS) / target);
  }

  private void step(ServiceSignals signals, double stable, double panic) {
    int ready = Math.max(1, signals.ready());
    int most = (int) Math.min(Integer.MAX_VALUE, Math.ceil(SCALE_UP_RATE_MAX * ready));
    int least = (int) Math.floor(ready / SCALE_DOWN_RATE_MAX);
    int byStable = bounded(stable, least, most);
    int byPanic = bounded(panic, least, most);
    boolean over = Math.ceil(panic - 1e-9) / ready >= PANIC_THRESHOLD;
    if (over) {
      panicSinceMs = signals.nowMs();
    } else if (panicSinceMs != Long.MIN_VALUE && signals.nowMs() - panicSinceMs > STABLE_MS) {
      panicSinceMs = Long.MIN_VALUE;
      panicMost = 0;
    }
    if (panicSinceMs == Long.MIN_VALUE) {
      desired = byStable;
    } else {
      panicMost = Math.max(panicMost, byPanic);
      desired = panicMost;
    }
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
    if (filled > 0) {
      wishes.add(
          panicSinceMs == Long.MIN_VALUE ? WishSource.REACTIVE : WishSource.PANIC,
          desired,
          () ->
              Arrays.stream(concurrency).anyMatch(c -> c > 0)
                  ? "concurrency against "
                      + Phrase.percent(utilisation)
                      + " of what a replica works on"
                  : "no concurrency for a whole window");
    }
  }
}
