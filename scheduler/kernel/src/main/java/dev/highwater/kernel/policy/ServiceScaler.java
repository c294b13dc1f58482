package dev.highwater.kernel.policy;

import dev.highwater.kernel.forecast.Coverage;
import dev.highwater.kernel.forecast.EventCalendar;
import dev.highwater.kernel.forecast.ForecastSettings;
import dev.highwater.kernel.forecast.ServiceForecaster;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.Explanation.Clamp;
import dev.highwater.model.Explanation.LoadView;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.WishSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Chooses one service's number of replicas: the soft state of its policy and the one decision.
 *
 * <p><b>Goals.</b> One number from many wishes, with a winner, what every loser lost by, and every
 * bound that changed the number; scale-out at once, scale-in late.
 *
 * <p><b>Hard rules.</b> Wishes are floors of one decision: the largest wins. An operator's cap or
 * pin is its ceiling, and the spec's bounds have the last word. Nothing is scaled in without a
 * report. {@link #decide} changes nothing; {@link #observe}, {@link #targetSet} and {@link #respec}
 * are the writers, called when facts and observations are evolved.
 *
 * <p><b>Algorithm.</b> Scale-in waits: the largest wish of the stabilisation window is a wish of
 * its own (HOLD), so it shows who holds the number up. The window is never shorter than twice the
 * time that a replica needs to boot (delayed-off): giving a replica up and needing it again within
 * that time costs more than keeping it.
 *
 * <p><b>Source.</b> A. Gandhi, M. Harchol-Balter et al., "AutoScale" (2012), for DELAYEDOFF; design
 * section 3.
 *
 * <p>Confined to its owner; {@link #copy} is deep.
 */
public final class ServiceScaler {
  /** Multiple of the boot time below which scale-in never waits. Chosen by us. */
  private static final long DELAYED_OFF_BOOTS = 2;

  private final ForecastSettings settings;
  private Setting setting;
  private Schedules schedules;
  private Rule rule;
  private ScaleInHold hold = new ScaleInHold();
  private FlapLog flaps = new FlapLog();
  private @Nullable ServiceSignals last;
  private boolean everKnown;
  private @Nullable ManualOverride overrideSeen;
  private boolean overrideChanged;

  /**
   * @param calendar declared events of this service, {@link EventCalendar#EMPTY} without any
   */
  public ServiceScaler(Service service, Sizer sizer, EventCalendar calendar) {
    this(service, sizer, calendar, ForecastSettings.DEFAULT);
  }

  public ServiceScaler(
      Service service, Sizer sizer, EventCalendar calendar, ForecastSettings settings) {
    this.settings = settings;
    setting = new Setting(service, sizer, calendar);
    schedules = new Schedules(service.scaling().schedules());
    rule = ruleFor(service.scaling());
  }

  private ServiceScaler(ServiceScaler other) {
    settings = other.settings;
    setting = other.setting;
    schedules = other.schedules.copy();
    rule = other.rule.copy();
    hold = other.hold.copy();
    flaps = other.flaps.copy();
    last = other.last;
    everKnown = other.everKnown;
    overrideSeen = other.overrideSeen;
    overrideChanged = other.overrideChanged;
  }

  public ServiceScaler copy() {
    return new ServiceScaler(this);
  }

  /** Takes a changed spec, sizer or calendar; what was learned stays unless the policy changed. */
  public void respec(Service service, Sizer sizer, EventCalendar calendar) {
    Scaling before = setting.service().scaling();
    setting = new Setting(service, sizer, calendar);
    if (!before.schedules().equals(service.scaling().schedules())) {
      schedules = new Schedules(service.scaling().schedules());
    }
    boolean constant = rule instanceof ConstantRule;
    if (constant || !before.policy().equals(service.scaling().policy())) {
      rule = ruleFor(service.scaling());
    }
  }

  /** Takes in what a tick shows; once a tick, before {@link #decide}. */
  public void observe(ServiceSignals signals) {
    ServiceSignals before = last;
    if (before != null && signals.nowMs() < before.nowMs()) {
      return; // time never goes back
    }
    last = signals;
    ManualOverride override = activeOverride(setting.service().scaling(), signals.nowMs());
    overrideChanged = before != null && !Objects.equals(override, overrideSeen);
    overrideSeen = override;
    boolean firstKnown = !everKnown && signals.demandKnown();
    everKnown |= signals.demandKnown();
    rule.observe(setting, signals);
    if (firstKnown || before == null) {
      hold.add(signals.nowMs(), holdMs(), signals.target()); // nothing falls on the first look
    }
    hold.add(signals.nowMs(), holdMs(), wishes(signals).most());
  }

  /** Takes in that a target was set, for the flap budget. */
  public void targetSet(long nowMs, int from, int to) {
    flaps.changed(nowMs, from, to, setting.service().scaling().flapsPerHourMax());
  }

  /**
   * The number of replicas for the tick last observed.
   *
   * @throws IllegalStateException when no tick was ever observed
   */
  public ScalingDecision decide() {
    ServiceSignals signals = last;
    if (signals == null) {
      throw new IllegalStateException("decide before the first observe");
    }
    Scaling scaling = setting.service().scaling();
    Wishes wishes = wishes(signals);
    holdBack(signals, wishes);
    ManualOverride override = activeOverride(scaling, signals.nowMs());
    List<Clamp> clamps = new ArrayList<>();
    int replicas = wishes.most();
    WishSource winner = wishes.winner();
    if (override != null && override.kind() != ManualOverride.Kind.FLOOR) {
      int said = said(override, signals.target());
      boolean binds = override.kind() != ManualOverride.Kind.CAP || said < replicas;
      if (binds && said != replicas) {
        clamps.add(new Clamp("manual " + override.kind(), replicas, said));
        replicas = said;
      }
      winner = binds ? WishSource.MANUAL : winner;
    }
    if (replicas < scaling.replicasMin()) {
      clamps.add(new Clamp("replicasMin", replicas, scaling.replicasMin()));
      replicas = scaling.replicasMin();
      winner = WishSource.BOUNDS;
    } else if (replicas > scaling.replicasMax()) {
      clamps.add(new Clamp("replicasMax", replicas, scaling.replicasMax()));
      replicas = scaling.replicasMax();
    }
    return new ScalingDecision(
        replicas,
        winner == null ? WishSource.BOUNDS : winner,
        wishes.ranked(),
        clamps,
        loadView(signals, replicas),
        override,
        overrideChanged);
  }

  /**
   * Replicas that forecast and declared events may want by the time that a node ordered now carries
   * them, so that nodes can be ordered ahead of replicas; at least 0, at most {@link #mostAt} then.
   * Changes nothing.
   */
  public int replicasAhead() {
    ServiceForecaster forecaster = rule.forecaster();
    ServiceSignals signals = last;
    if (forecaster == null || signals == null) {
      return 0;
    }
    double load = forecaster.nodeUpperPerSecond();
    int ahead = setting.sizer().replicasFor(load >= 0 ? load : forecaster.askedOfNodesPerSecond());
    return Math.min(mostWithin(signals.nodeHorizonMs(), signals), ahead);
  }

  /**
   * The most replicas that a service may be scaled to at a moment: what the spec allows, and less
   * where an operator's word holds then. Changes nothing.
   *
   * @param target that it has now, which it keeps while it is paused
   */
  public int mostAt(long atMs, int target) {
    Scaling scaling = setting.service().scaling();
    ManualOverride override = activeOverride(scaling, atMs);
    int most = scaling.replicasMax();
    if (override != null && override.kind() != ManualOverride.Kind.FLOOR) {
      most = Math.min(most, said(override, target));
    }
    return Math.max(scaling.replicasMin(), most);
  }

  /**
   * The fewest replicas that it has at a moment, whatever the load is: the spec's minimum, what a
   * constant policy holds, and an operator's word where it holds then. What schedules and declared
   * events ask is not counted. Changes nothing.
   *
   * @param target that it has now, which it keeps while it is paused
   */
  public int leastAt(long atMs, int target) {
    Scaling scaling = setting.service().scaling();
    ManualOverride override = activeOverride(scaling, atMs);
    int least = rule.constant();
    if (override != null) {
      int said = said(override, target);
      least =
          switch (override.kind()) {
            case FLOOR -> Math.max(least, said);
            case CAP -> Math.min(least, said);
            case PIN, PAUSE -> said;
          };
    }
    return Math.max(scaling.replicasMin(), Math.min(scaling.replicasMax(), least));
  }

  private int mostWithin(long horizonMs, ServiceSignals signals) {
    return mostAt(signals.nowMs() + Math.max(horizonMs, signals.horizonMs()), signals.target());
  }

  /** Whether the policy looks ahead, so that declared events are prepared for. */
  public boolean looksAhead() {
    return rule.forecaster() != null;
  }

  /**
   * Upper bound of first attempts per second at the time that a node ordered now carries replicas;
   * what was last measured, or 0, under a policy that does not forecast. Changes nothing.
   */
  public double forecastOfNodesPerSecond() {
    ServiceForecaster forecaster = rule.forecaster();
    if (forecaster == null) {
      return 0;
    }
    double upper = forecaster.nodeUpperPerSecond();
    return Math.max(0, upper >= 0 ? upper : forecaster.upperPerSecond());
  }

  /** What declared events ask of this cell at the same time; 0 without any. Changes nothing. */
  public double askedOfNodesPerSecond() {
    ServiceForecaster forecaster = rule.forecaster();
    return forecaster == null ? 0 : forecaster.askedOfNodesPerSecond();
  }

  /** The part of {@link #replicasAhead} that declared events alone ask for. Changes nothing. */
  public int calendarReplicasAhead() {
    ServiceForecaster forecaster = rule.forecaster();
    ServiceSignals signals = last;
    if (forecaster == null || signals == null) {
      return 0;
    }
    int ahead = setting.sizer().replicasFor(forecaster.askedOfNodesPerSecond());
    return Math.min(mostWithin(signals.nodeHorizonMs(), signals), ahead);
  }

  /**
   * Name of the declared event that asks for most of {@link #calendarReplicasAhead}; empty when
   * none asks. Changes nothing.
   */
  public String eventAhead() {
    ServiceForecaster forecaster = rule.forecaster();
    ServiceSignals signals = last;
    if (forecaster == null || signals == null) {
      return "";
    }
    long horizonMs = Math.max(signals.horizonMs(), signals.nodeHorizonMs());
    List<String> asking = forecaster.eventsAsking(setting.calendar(), signals.nowMs(), horizonMs);
    return asking.isEmpty() ? "" : asking.get(0);
  }

  /**
   * Replicas that declared events alone will need within another horizon, at most {@link #mostAt}
   * then. Changes nothing.
   */
  public int calendarReplicas(long horizonMs) {
    ServiceForecaster forecaster = rule.forecaster();
    ServiceSignals signals = last;
    if (forecaster == null || signals == null) {
      return 0;
    }
    double load =
        signals.cellShare()
            * forecaster.askedByEventsPerSecond(setting.calendar(), signals.nowMs(), horizonMs);
    return Math.min(mostWithin(horizonMs, signals), setting.sizer().replicasFor(load));
  }

  /** How well the bound that is sized for kept its promise so far. */
  public Coverage coverage() {
    ServiceForecaster forecaster = rule.forecaster();
    return forecaster == null ? Coverage.NONE : forecaster.coverage();
  }

  /** Every wish but HOLD, which is made from the others over time. */
  private Wishes wishes(ServiceSignals signals) {
    Scaling scaling = setting.service().scaling();
    Wishes wishes = new Wishes();
    rule.wish(setting, signals, wishes);
    if (!everKnown) {
      wishes.add(WishSource.INITIAL, scaling.replicasInitial(), () -> "no report yet");
    }
    if (rule.scheduled()) {
      schedules.wish(signals.nowMs(), wishes);
    }
    ManualOverride override = activeOverride(scaling, signals.nowMs());
    if (override != null && override.kind() == ManualOverride.Kind.FLOOR) {
      wishes.add(WishSource.MANUAL, override.replicas(), override::phrase);
    }
    return wishes;
  }

  private void holdBack(ServiceSignals signals, Wishes wishes) {
    String frozen = rule.frozen(signals);
    if (frozen != null) {
      wishes.add(WishSource.HOLD, signals.target(), () -> frozen);
    }
    int most = wishes.most();
    if (!rule.stabilised() || most >= signals.target()) {
      return;
    }
    if (flaps.spent(signals.nowMs(), setting.service().scaling().flapsPerHourMax())) {
      wishes.add(WishSource.HOLD, signals.target(), () -> "the hour's flap budget is spent");
    } else {
      int held = Math.min(signals.target(), hold.most());
      if (held > most) {
        wishes.add(
            WishSource.HOLD,
            held,
            () -> "the largest wish of the last " + Phrase.seconds(holdMs()));
      }
    }
  }

  private long holdMs() {
    return Math.max(
        setting.service().scaling().stabilisationMs(),
        DELAYED_OFF_BOOTS * setting.service().capacity().boot().p99Ms());
  }

  private LoadView loadView(ServiceSignals signals, int replicas) {
    ServiceForecaster forecaster = rule.forecaster();
    Sizer sizer = setting.sizer();
    return new LoadView(
        signals.firstAttemptsPerSecond(),
        forecaster == null ? Double.NaN : forecaster.expectedPerSecond(),
        forecaster == null ? Double.NaN : forecaster.upperPerSecond(),
        signals.horizonMs(),
        forecaster == null ? Double.NaN : forecaster.nodeUpperPerSecond(),
        signals.nodeHorizonMs(),
        forecaster == null ? 0 : forecaster.alpha(),
        sizer.safeRatePerReplica(replicas),
        sizer.model().serviceMs() / setting.service().capacity().meanServiceMs());
  }

  private Rule ruleFor(Scaling scaling) {
    PolicyName name = PolicyName.parse(scaling.policy()).orElse(null);
    if (name == null) {
      return new ConstantRule(scaling.replicasInitial(), "no such policy, initial replicas kept");
    }
    switch (name.kind()) {
      case HPA:
        return new HpaRule(name, false);
      case CRON:
        return new HpaRule(name, true);
      case KNATIVE:
        return new KnativeRule(name);
      case PREDICTIVE_HOURLY:
        return new PredictiveHourlyRule(name);
      case STATIC_PEAK:
        return new ConstantRule(
            name.numberOr(scaling.replicasMax()), "sized for the peak for good");
      case FIXED:
        return new ConstantRule(name.numberOr(scaling.replicasInitial()), "a fixed number");
      case SLO:
      default:
        return new SloRule(settings);
    }
  }

  private static int said(ManualOverride override, int target) {
    return override.kind() == ManualOverride.Kind.PAUSE ? target : override.replicas();
  }

  private static @Nullable ManualOverride activeOverride(Scaling scaling, long nowMs) {
    ManualOverride override = scaling.override();
    return override != null && override.holdsAt(nowMs) ? override : null;
  }
}
