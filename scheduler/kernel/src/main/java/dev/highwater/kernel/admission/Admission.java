package dev.highwater.kernel.admission;

import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.Capacity;
import dev.highwater.model.Criticality;
import dev.highwater.model.Explanation.AdmissionView;

/**
 * How many requests per second a service's front door may let in.
 *
 * <p><b>Goals.</b> Under overload the replicas keep answering as many requests in time as they can;
 * who does not get in waits in the waiting room or is refused at once, instead of all failing
 * together.
 *
 * <p><b>Hard rules.</b> Never more than ready capacity, never more than the serial step bears in
 * all, and for each of its shards never more than that one bears, whatever the others leave free;
 * booting replicas count nothing. The limit is always in force, so that a jump meets it before the
 * first report of it arrives. The waiting room's outflow is this same rate, because those who wait
 * and those who come share it.
 *
 * <p><b>Algorithm.</b> Ready capacity is the rate at which the ready replicas answer the most
 * requests in time ({@link Sizer#overloadRate}): beyond it each further request makes more than one
 * other late. When services that matter more are short of replicas for want of room or quota, a
 * service gives up the same part of its rate: sheddable ones all of that part, normal ones half of
 * it, critical ones nothing; so the replicas they need less are free for those. A rise by less than
 * 2 % is not told, so that the journal is not filled with noise; a fall always is.
 *
 * <p><b>Retries.</b> Retries live on what first attempts leave free: with an admitted rate of r and
 * first attempts at f there may be (r - f) / f retries per first attempt, in steps, so that noise
 * does not change it. Without the limit a short fault makes every client try several times, and
 * that load outlives the fault.
 *
 * <p><b>Source.</b> Ours; N. Bronson et al., "Metastable Failures in Distributed Systems" (2021)
 * for shedding hard and early; retry budgets as a ratio of first attempts from Google's SRE book,
 * chapter 21 (10 %), and Finagle's RetryBudget (20 %), where the ratio is a constant.
 *
 * <p>Stateless.
 */
public final class Admission {
  /** No limit, as the model writes it. */
  public static final double UNLIMITED = Double.MAX_VALUE;

  /** A rise that is smaller is not told. Chosen by us. */
  private static final double STEP_RATIO = 0.02;

  /** Part of a shortage of more critical services that a normal one gives up. Chosen by us. */
  private static final double NORMAL_GIVES = 0.5;

  /** What a retry budget can be, in retries per first attempt. Chosen by us. */
  private static final double[] RETRY_STEPS = {0, 0.1, 0.2, 0.5, 1, 3};

  /** A step up is told when this much more is free than it needs. Chosen by us. */
  private static final double RETRY_RISE = 1.2;

  private Admission() {}

  /**
   * @param ready replicas that serve
   * @param declared with the rate and the shards of the serial step
   * @param shortageRatio how short the same tenant's more critical services in this cell are for
   *     want of room or quota, see {@link #shortageRatio}; 0 when there are none
   * @param offeredPerSecond first attempts per second; NaN when unknown
   * @param ratePerSecondBefore the rate in force; {@link #UNLIMITED} for none
   * @param retryRatioBefore the retry budget in force; {@link #UNLIMITED} for none
   */
  public static AdmissionView admit(
      Sizer sizer,
      Criticality criticality,
      int ready,
      Capacity declared,
      double shortageRatio,
      double offeredPerSecond,
      double ratePerSecondBefore,
      double retryRatioBefore) {
    double capacity = sizer.overloadRate(ready);
    double serial =
        declared.serialRatePerSecondMax() > 0 ? declared.serialRatePerSecondMax() : UNLIMITED;
    double rate = Math.min(capacity, serial) * (1 - given(criticality, shortageRatio));
    boolean stays =
        rate >= ratePerSecondBefore
            && rate - ratePerSecondBefore < STEP_RATIO * ratePerSecondBefore;
    double told = stays ? ratePerSecondBefore : rate;
    return new AdmissionView(
        told,
        capacity,
        serial,
        declared.shardRatePerSecond(),
        retryRatio(told, offeredPerSecond, retryRatioBefore));
  }

  /** Retries per first attempt for which an admitted rate leaves room beside first attempts. */
  static double retryRatio(double ratePerSecond, double offeredPerSecond, double before) {
    if (!(offeredPerSecond >= 0)) {
      return before;
    }
    double free = offeredPerSecond == 0 ? UNLIMITED : ratePerSecond / offeredPerSecond - 1;
    double step = step(free);
    return step < before ? step : Math.max(before, step(free / RETRY_RISE));
  }

  /** The largest step for which so much is free; beyond the last there is no limit. */
  private static double step(double free) {
    double step = 0;
    for (double each : RETRY_STEPS) {
      step = each <= free ? each : step;
    }
    return step == RETRY_STEPS[RETRY_STEPS.length - 1] ? UNLIMITED : step;
  }

  /**
   * How short of replicas services are: 0 when everything wanted is ready or on its way, 1 when
   * nothing is.
   *
   * @param wanted replicas that their load needs
   * @param obtainable replicas that are ready or booting
   */
  public static double shortageRatio(int wanted, int obtainable) {
    return wanted <= 0 ? 0 : Math.max(0, Math.min(1, 1 - (double) obtainable / wanted));
  }

  private static double given(Criticality criticality, double shortageRatio) {
    double shortage = shortageRatio > 0 ? Math.min(1, shortageRatio) : 0;
    switch (criticality) {
      case SHEDDABLE:
        return shortage;
      case NORMAL:
        return NORMAL_GIVES * shortage;
      case CRITICAL:
      default:
        return 0;
    }
  }
}
