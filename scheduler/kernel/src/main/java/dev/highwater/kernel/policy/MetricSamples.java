package dev.highwater.kernel.policy;

import dev.highwater.model.MetricTarget.Metric;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What an autoscaler's metrics say at a sync: the mean over the samples since the last one, all of
 * them as old as its metrics pipeline is slow. Bounded: samples of one second are added up, and
 * none is kept for longer than the lag. Confined to its owner.
 *
 * <p>What requests do is kept as totals, because pods that became ready meanwhile have taken their
 * part of them; utilisation as a mean, because a young pod's is not looked at.
 */
final class MetricSamples {
  private static final long GRAIN_MS = 1_000;

  private final long lagMs;
  private final Deque<Sample> late = new ArrayDeque<>();
  private Sample seen = Sample.NONE;

  MetricSamples(long lagMs) {
    this.lagMs = lagMs;
  }

  MetricSamples copy() {
    MetricSamples copy = new MetricSamples(lagMs);
    copy.late.addAll(late);
    copy.seen = seen;
    return copy;
  }

  /** Takes what a tick shows, and lets what is old enough be seen. */
  void observe(ServiceSignals signals) {
    if (signals.utilisationRatio() >= 0) {
      Sample now =
          new Sample(
              signals.nowMs(),
              1,
              signals.utilisationRatio(),
              signals.inFlight(),
              signals.queued(),
              signals.demandKnown() ? 1 : 0,
              signals.demandKnown() ? signals.firstAttemptsPerSecond() : 0);
      Sample last = late.peekLast();
      boolean same = last != null && lagMs > 0 && now.atMs - last.atMs < GRAIN_MS;
      if (same) {
        late.removeLast();
      }
      late.addLast(same ? now.plus(last) : now);
    }
    while (!late.isEmpty() && late.getFirst().atMs <= signals.nowMs() - lagMs) {
      seen = late.removeFirst().plus(seen);
    }
  }

  /** The sum of what was seen since the last call. */
  Sample take() {
    Sample taken = seen;
    seen = Sample.NONE;
    return taken;
  }

  /**
   * Sums over samples.
   *
   * @param atMs of the first
   * @param utilisation the mean of the pods that reported
   * @param inFlight requests in work at all of them
   * @param queued requests that wait there
   * @param rates how many of the samples have a figure of requests: the front door says one less
   *     often than pods report, and none while it is silent
   * @param rate requests per second to all ready pods, silent ones too
   */
  record Sample(
      long atMs,
      int count,
      double utilisation,
      double inFlight,
      double queued,
      int rates,
      double rate) {
    static final Sample NONE = new Sample(0, 0, 0, 0, 0, 0, 0);

    Sample plus(Sample other) {
      return new Sample(
          other.count == 0 ? atMs : other.atMs,
          count + other.count,
          utilisation + other.utilisation,
          inFlight + other.inFlight,
          queued + other.queued,
          rates + other.rates,
          rate + other.rate);
    }

    /**
     * The mean over the samples of one pod; NaN when none has a figure.
     *
     * @param pods with figures
     * @param serving those and the silent ones
     */
    double mean(Metric metric, int pods, int serving) {
      switch (metric) {
        case REQUESTS_PER_SECOND:
          return rate / rates / serving;
        case CONCURRENCY:
          return inFlight / count / pods;
        case QUEUE_LENGTH:
          return queued / count / pods;
        case UTILISATION:
        default:
          // Whole percent, cut off.
          return Math.floor(utilisation / count * 100 + 1e-6) / 100;
      }
    }
  }
}
