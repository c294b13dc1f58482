package dev.highwater.kernel.policy;

import dev.highwater.kernel.forecast.Expert;
import dev.highwater.kernel.forecast.ForecastSettings;
import dev.highwater.kernel.forecast.ServiceForecaster;
import dev.highwater.model.MetricTarget;
import dev.highwater.model.WishSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Our own policy: replicas from the latency promise, for the load of now, of the horizon, of
 * declared events, of surges, and of users who will be sent here.
 *
 * <p><b>Goals.</b> The promise is kept through peaks, declared or not, at the fewest replica-hours.
 *
 * <p><b>Hard rules.</b> Nothing is scaled in while demand is unknown or while a collapse of load
 * looks like an outage, or just fell faster than was to be expected. Retries never raise a target.
 *
 * <p><b>Algorithm.</b> Every wish is a load, turned into replicas by the sizer: REACTIVE the load
 * of now; ROUTE what the routes will send here from other cells; FORECAST the conformal bound at
 * the horizon; CALENDAR what declared events ask; PANIC, during a surge, where it leads, but never
 * more than a multiple of present need; METRIC the further targets of the spec.
 *
 * <p><b>Source.</b> Design section 3.
 */
final class SloRule implements Rule {
  /** Of events beside the one that counts so many are named. Chosen by us. */
  private static final int OTHERS_NAMED_MAX = 3;

  private final ServiceForecaster forecaster;
  private final long eventEarlyMs;
  private long lastLoadMs = Long.MIN_VALUE;

  SloRule(ForecastSettings settings) {
    forecaster = new ServiceForecaster(settings);
    eventEarlyMs = settings.eventEarlyMs();
  }

  private SloRule(SloRule other) {
    forecaster = other.forecaster.copy();
    eventEarlyMs = other.eventEarlyMs;
    lastLoadMs = other.lastLoadMs;
  }

  @Override
  public Rule copy() {
    return new SloRule(this);
  }

  @Override
  public void observe(Setting setting, ServiceSignals signals) {
    if (lastLoadMs == Long.MIN_VALUE || signals.firstAttemptsPerSecond() > 0) {
      lastLoadMs = signals.nowMs();
    }
    forecaster.observe(
        signals.nowMs(),
        signals.demandKnown() ? signals.firstAttemptsPerSecond() : Double.NaN,
        signals.horizonMs(),
        signals.nodeHorizonMs(),
        setting.calendar(),
        signals.cellShare());
  }

  @Override
  public void wish(Setting setting, ServiceSignals signals, Wishes wishes) {
    double asked = forecaster.askedByEventsPerSecond();
    if (asked > 0) {
      wishes.add(
          WishSource.CALENDAR, replicas(setting, asked), () -> events(setting, signals, asked));
    }
    double routed = signals.routedPerSecond();
    if (routed > 0) {
      wishes.add(
          WishSource.ROUTE,
          replicas(setting, routed),
          () -> "the routes will bring up to " + Phrase.rate(routed) + " here");
    }
    double present = forecaster.presentPerSecond();
    if (Double.isNaN(present)) {
      return;
    }
    if (quiet(setting, signals)) {
      wishes.add(WishSource.REACTIVE, 0, () -> "no load for " + since(signals));
    } else {
      wishes.add(
          WishSource.REACTIVE,
          replicas(setting, present),
          () -> "load now is " + Phrase.rate(present));
      double bound = forecaster.boundPerSecond();
      if (bound >= 0) {
        wishes.add(
            WishSource.FORECAST,
            replicas(setting, bound),
            () -> "at most " + Phrase.rate(bound) + ahead(signals) + led() + headroom());
      }
      if (forecaster.surge(signals.nowMs())) {
        double led = forecaster.surgeLeadsToPerSecond();
        wishes.add(
            WishSource.PANIC, replicas(setting, led), () -> "a surge leads to " + Phrase.rate(led));
      }
    }
    for (MetricTarget metric : setting.service().scaling().metrics()) {
      double total = setting.total(metric.metric(), signals);
      if (total >= 0) {
        wishes.add(
            WishSource.METRIC,
            (int) Math.min(Integer.MAX_VALUE, Math.ceil(total / metric.target() - 1e-9)),
            () ->
                Phrase.metric(metric.metric(), total)
                    + " over all replicas, target "
                    + Phrase.value(metric.metric(), metric.target())
                    + " for one");
      }
    }
  }

  @Override
  public boolean stabilised() {
    return true;
  }

  @Override
  public boolean scheduled() {
    return true;
  }

  @Override
  public @Nullable String frozen(ServiceSignals signals) {
    if (!signals.demandKnown()) {
      return "no report of load since the last decision, nothing is scaled in on silence";
    }
    if (forecaster.outage(signals.nowMs())) {
      return "load collapsed like in an outage, retries may follow";
    }
    if (forecaster.slump(signals.nowMs())) {
      return "load fell faster than was to be expected, it may come back";
    }
    return null;
  }

  @Override
  public ServiceForecaster forecaster() {
    return forecaster;
  }

  /** Admission lets no more through than the slowest serial step bears, so no more is sized for. */
  private static int replicas(Setting setting, double load) {
    double serial = setting.service().capacity().serialRatePerSecondMax();
    return setting.sizer().replicasFor(serial > 0 ? Math.min(load, serial) : load);
  }

  /** Which event's word counts, and over which others, because an overlap may be a slip. */
  private String events(Setting setting, ServiceSignals signals, double asked) {
    String what = Phrase.rate(asked) + within(signals.horizonMs() + eventEarlyMs);
    List<String> asking =
        forecaster.eventsAsking(setting.calendar(), signals.nowMs(), signals.horizonMs());
    if (asking.isEmpty()) {
      return "declared events asked " + what; // and were withdrawn since
    }
    int others = asking.size() - 1;
    int named = Math.min(others, OTHERS_NAMED_MAX);
    return "event "
        + asking.get(0)
        + " asks "
        + what
        + (others > 0 ? ", no less than " + String.join(", ", asking.subList(1, 1 + named)) : "")
        + (others > named ? " and " + (others - named) + " more" : "");
  }

  private String led() {
    Expert leader = forecaster.leader();
    return ", " + Phrase.percent(forecaster.share(leader)) + " by " + leader.phrase();
  }

  private String headroom() {
    if (forecaster.headroomWidened()) {
      return ", widened since bursts were missed";
    }
    return forecaster.headroomExhausted() ? ", the widest headroom seen" : "";
  }

  private static String ahead(ServiceSignals signals) {
    return within(signals.horizonMs());
  }

  private static String within(long ms) {
    return " within " + Phrase.seconds(ms);
  }

  private String since(ServiceSignals signals) {
    return Phrase.seconds(signals.nowMs() - lastLoadMs);
  }

  /** A service that may have no replica loses its last one after a whole window without load. */
  private boolean quiet(Setting setting, ServiceSignals signals) {
    long window = Math.max(60_000, setting.service().scaling().stabilisationMs());
    return setting.service().scaling().replicasMin() == 0 && signals.nowMs() - lastLoadMs >= window;
  }
}
