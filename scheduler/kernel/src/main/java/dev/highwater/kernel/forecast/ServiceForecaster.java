package dev.highwater.kernel.forecast;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Foretells one service's first attempts at the time that new capacity needs.
 *
 * <p><b>Goals.</b> A bound that the load exceeds at that horizon only as often as promised, with as
 * little headroom as that takes; a jump is believed at once; a collapse is not.
 *
 * <p><b>Hard rules.</b> Retries are never counted. A missing or impossible figure changes nothing
 * but {@link #silent}. The only knowledge of the future is the calendar. Memory is fixed.
 *
 * <p><b>Algorithm.</b> One figure a second. Seven experts speak of the horizon, one of them only
 * during events ({@link LastEvent}); their mixture is weighted by recent pinball loss ({@link
 * Experts}); conformal headroom is added ({@link ConformalHeadroom}); what declared events ask for
 * is a floor ({@link EventWatch}). What was said is kept until its moment comes and is then judged,
 * so every error is fed back at the horizon that it was made for. A rise or fall within one second
 * beyond noise is a change of level: every line is shifted by it, instead of being bent into a
 * slope that overshoots. A collapse to less than half of both the forecast and the usual load,
 * deeper than the lower quantile, is taken for an outage upstream, unless it is the first that was
 * ever judged, for what stood only for the first seconds is no level: the forecast is held until
 * the load is back or time is up, because the retries follow. A lesser fall below the lower
 * quantile is a slump: nothing is given up for a minute.
 *
 * <p><b>Source.</b> Design section 3; D. Jacobson et al., "Scryer: Netflix's Predictive Auto
 * Scaling Engine" (2013) for the outage rule.
 *
 * <p>Confined to its owner; {@link #copy} is deep.
 */
public final class ServiceForecaster {
  /** The forecaster looks at one figure in each such step. */
  public static final long STEP_MS = 1_000;

  /** Longest horizon in steps, half an hour; a longer one is treated as this. Chosen by us. */
  public static final int HORIZON_STEPS_MAX = 1_800;

  private static final long DAY_MS = 86_400_000;

  /** Poisson standard deviations that are no noise any more. Chosen by us. */
  private static final double SHIFT_SIGMAS = 4;

  /** Times the usual change that are no noise any more. Chosen by us. */
  private static final double SHIFT_CHANGES = 6;

  /** And a change must be this part of the present load. Chosen by us. */
  private static final double SHIFT_RATIO_MIN = 0.05;

  /** Gain of the usual change from one second to the next. Chosen by us. */
  private static final double CHANGE_GAIN = 0.02;

  /** Step of the usual load per second: it follows e-fold in half an hour. Chosen by us. */
  private static final double USUAL_STEP = 1.0 / 1_800;

  /** Below this part of forecast and usual load a drop may be an outage. Chosen by us. */
  private static final double OUTAGE_RATIO = 0.5;

  /** Back above this part of the load before it, the outage is over. Chosen by us. */
  private static final double OUTAGE_OVER_RATIO = 0.8;

  /** So long after the load fell below its lower bound a slump goes on. Chosen by us. */
  private static final long SLUMP_HOLD_MS = 60_000;

  private final ForecastSettings settings;
  private final LocalTrend fast;
  private final LocalTrend slow;
  private final SeasonalHistory history;
  private final EventWatch events;
  private final LastEvent lastEvent;
  private final Surge surge;
  private final Rerouting rerouting;
  private final Outlook outlook;

  /** The outlook on the horizon of nodes; null until it was ever longer than that of replicas. */
  private @Nullable Outlook nodeOutlook;

  private final double[] said = new double[Experts.COUNT];
  private long lastStep = Long.MIN_VALUE;
  private int horizonSteps;
  private double last;
  private double present = Double.NaN;
  private double usual;
  private double usualChange;
  private double asked;
  private double askedOfNodes;
  private boolean silent = true;
  private long slumpUntilMs = Long.MIN_VALUE;
  private long outageUntilMs = Long.MIN_VALUE;
  private double beforeOutage;

  public ServiceForecaster(ForecastSettings settings) {
    this.settings = settings;
    fast = new LocalTrend(settings.fastGain());
    slow = new LocalTrend(settings.slowGain());
    history = new SeasonalHistory();
    events = new EventWatch(settings.eventEarlyMs(), settings.eventLateMs());
    lastEvent = new LastEvent(settings.eventMemoryMs());
    surge = new Surge();
    rerouting = new Rerouting();
    outlook = Outlook.ofReplicas(settings);
  }

  private ServiceForecaster(ServiceForecaster other) {
    settings = other.settings;
    fast = other.fast.copy();
    slow = other.slow.copy();
    history = other.history.copy();
    events = other.events.copy();
    lastEvent = other.lastEvent.copy();
    surge = other.surge.copy();
    rerouting = other.rerouting.copy();
    outlook = other.outlook.copy();
    nodeOutlook = other.nodeOutlook == null ? null : other.nodeOutlook.copy();
    lastStep = other.lastStep;
    horizonSteps = other.horizonSteps;
    last = other.last;
    present = other.present;
    usual = other.usual;
    usualChange = other.usualChange;
    asked = other.asked;
    askedOfNodes = other.askedOfNodes;
    silent = other.silent;
    slumpUntilMs = other.slumpUntilMs;
    outageUntilMs = other.outageUntilMs;
    beforeOutage = other.beforeOutage;
  }

  public ServiceForecaster copy() {
    return new ServiceForecaster(this);
  }

  /**
   * Takes one figure in. At most one counts in each second; time never goes back, an older figure
   * is left out.
   *
   * @param load first attempts per second since the figure before; NaN when nothing was reported
   * @param horizonMs time until a replica that is ordered now will be ready on a node that is
   * @param nodeHorizonMs the same when its node must be ordered too; not above {@code horizonMs}
   *     means that nodes are never ordered
   * @param calendar declared events of the service
   * @param cellShare part of the declared loads that is expected here, 0..1
   */
  public void observe(
      long nowMs,
      double load,
      long horizonMs,
      long nodeHorizonMs,
      EventCalendar calendar,
      double cellShare) {
    long step = Math.floorDiv(nowMs + STEP_MS / 2, STEP_MS);
    int steps = stepsOf(horizonMs);
    int nodeSteps = stepsOf(nodeHorizonMs);
    asked = asked(calendar, nowMs, steps, cellShare);
    askedOfNodes = nodeSteps > steps ? asked(calendar, nowMs, nodeSteps, cellShare) : asked;
    if (step <= lastStep) {
      return;
    }
    silent = !(load >= 0 && load <= Float.MAX_VALUE);
    if (silent) {
      return;
    }
    if (Double.isNaN(present)) {
      outlook.begin(load);
      begin(load);
    }
    outlook.skip(lastStep, step);
    if (nodeOutlook != null) {
      nodeOutlook.skip(lastStep, step);
    }
    lastStep = step;
    horizonSteps = steps;
    events.observe(calendar, nowMs, cellShare > 0 ? load / cellShare : 0);
    rerouting.observe(nowMs, steps * STEP_MS, cellShare);
    outlook.reserve(steps);
    if (inOutage(nowMs, step, steps, load)) {
      last = load;
      return;
    }
    follow(load);
    history.add(nowMs, load);
    double level = outlook.levelFor(step);
    judge(nowMs, step);
    boolean declared = calendar.largestBetween(nowMs, nowMs) > 0;
    lastEvent.observe(step, load, declared, surge.clear(nowMs), level);
    speak(outlook, nowMs, step, steps, asked);
    lookAtNodes(nowMs, step, nodeSteps > steps ? nodeSteps : 0);
  }

  private void lookAtNodes(long nowMs, long step, int nodeSteps) {
    if (nodeSteps == 0) {
      nodeOutlook = null;
      return;
    }
    Outlook nodes = nodeOutlook;
    if (nodes == null) {
      nodes = Outlook.ofNodes(settings);
      nodes.begin(present);
      nodeOutlook = nodes;
    }
    nodes.reserve(nodeSteps);
    nodes.judge(step, present);
    speak(nodes, nowMs, step, nodeSteps, askedOfNodes);
  }

  private double asked(EventCalendar calendar, long nowMs, int steps, double cellShare) {
    return calendar.isEmpty() ? 0 : cellShare * events.asks(calendar, nowMs, steps * STEP_MS);
  }

  private static int stepsOf(long horizonMs) {
    long steps = (Math.max(0, horizonMs) + STEP_MS - 1) / STEP_MS;
    return (int) Math.max(1, Math.min(HORIZON_STEPS_MAX, steps));
  }

  private void begin(double load) {
    present = load;
    usual = load;
    last = load;
    surge.start(load);
    fast.start(load);
    slow.start(load);
  }

  private void follow(double load) {
    double change = load - last;
    double noise = Math.max(SHIFT_SIGMAS * Math.sqrt(load), SHIFT_CHANGES * usualChange);
    noise = Math.max(noise, SHIFT_RATIO_MIN * present);
    boolean jumped = Math.abs(change) > noise;
    if (jumped) {
      present += change;
      surge.shift(change);
      fast.shift(change);
      slow.shift(change);
    }
    usualChange += CHANGE_GAIN * (Math.min(Math.abs(change), 2 * noise) - usualChange);
    last = load;
    present = Math.max(0, present + settings.presentGain() * (load - present));
    outlook.swing(present, jumped);
    surge.add(load);
    fast.add(load);
    slow.add(load);
    usual *= present > usual ? 1 + USUAL_STEP : 1 - USUAL_STEP;
    usual = Math.max(usual, 1e-6 * present);
  }

  /** Whether the load has collapsed and is not back; then what was expected is held. */
  private boolean inOutage(long nowMs, long step, int steps, double load) {
    if (nowMs < outageUntilMs) {
      if (load < OUTAGE_OVER_RATIO * beforeOutage) {
        return true;
      }
      endOutage(load);
      return false;
    }
    if (outageUntilMs != Long.MIN_VALUE) {
      endOutage(load); // it has lasted too long: this is the load now
      return false;
    }
    double expected = outlook.expectedFor(step);
    boolean collapsed =
        outlook.headroom().judged() > steps
            && load < OUTAGE_RATIO * expected
            && load < OUTAGE_RATIO * usual
            && load < outlook.lowerFor(step)
            && !rerouting.away(nowMs);
    if (collapsed) {
      outageUntilMs = nowMs + settings.outageHoldMs();
      beforeOutage = expected;
    }
    return collapsed;
  }

  private void endOutage(double load) {
    outageUntilMs = Long.MIN_VALUE;
    outlook.forget();
    if (nodeOutlook != null) {
      nodeOutlook.forget();
    }
    begin(load);
  }

  private void judge(long nowMs, long step) {
    surge.tick(nowMs);
    boolean known = outlook.headroom().judged() > horizonSteps;
    if (known && present < outlook.lowerFor(step) && !rerouting.away(nowMs)) {
      slumpUntilMs = nowMs + SLUMP_HOLD_MS;
    }
    double reached = outlook.judge(step, present);
    if (reached > 1 && !rerouting.here(nowMs)) {
      surge.exceeded(nowMs, reached);
    }
  }

  private void speak(Outlook about, long nowMs, long step, int steps, double askedThen) {
    long targetMs = nowMs + steps * STEP_MS;
    for (int i = 0; i < Experts.COUNT; i++) {
      said[i] = said(Expert.ALL.get(i), nowMs, targetMs, steps);
    }
    about.speak(step + steps, said, askedThen);
  }

  private double said(Expert expert, long nowMs, long targetMs, int steps) {
    switch (expert) {
      case FAST_TREND:
        return fast.ahead(steps, present);
      case SLOW_TREND:
        return slow.ahead(steps, present);
      case YESTERDAY:
        return present * history.ratioAgo(nowMs, targetMs, DAY_MS);
      case LAST_WEEK:
        return present * history.ratioAgo(nowMs, targetMs, 7 * DAY_MS);
      case HOLT_WINTERS:
        return history.ofDay(present, nowMs, targetMs);
      case LAST_EVENT:
        return lastEvent.ahead(lastStep + steps, present);
      case PERSISTENCE:
      default:
        return present;
    }
  }

  /** First attempts per second now, lightly smoothed; NaN before the first figure. */
  public double presentPerSecond() {
    return present;
  }

  /** What the mixture expects at the horizon; NaN before the first figure. */
  public double expectedPerSecond() {
    return outlook.expected();
  }

  /** Expectation and headroom at the horizon, without declared events; NaN before the first. */
  public double boundPerSecond() {
    return outlook.bound();
  }

  /** The bound that is sized for: expectation, headroom, declared events; NaN before the first. */
  public double upperPerSecond() {
    return Math.max(outlook.bound(), asked);
  }

  /** The bound at the longer horizon of nodes, declared events included; NaN before the first. */
  public double nodeUpperPerSecond() {
    return nodeOutlook == null ? upperPerSecond() : Math.max(nodeOutlook.bound(), askedOfNodes);
  }

  /** What declared events ask to be ready for at the horizon; 0 when none asks. */
  public double askedByEventsPerSecond() {
    return asked;
  }

  /** What declared events ask to be ready for at another horizon, over all cells. */
  public double askedByEventsPerSecond(EventCalendar calendar, long nowMs, long horizonMs) {
    return events.asks(calendar, nowMs, horizonMs);
  }

  /** Names of the declared events that ask, the one whose word counts first. */
  public List<String> eventsAsking(EventCalendar calendar, long nowMs, long horizonMs) {
    return events.asking(calendar, nowMs, stepsOf(horizonMs) * STEP_MS);
  }

  /** What declared events ask to be ready for at the horizon of nodes; 0 when none asks. */
  public double askedOfNodesPerSecond() {
    return askedOfNodes;
  }

  /** Share of moments at which the bound may be exceeded, as corrected by what was missed. */
  public double alpha() {
    return outlook.headroom().alpha();
  }

  /** Whether no more headroom can be learned from what was seen; see ConformalHeadroom. */
  public boolean headroomExhausted() {
    return outlook.headroom().exhausted();
  }

  /** Whether bursts that were missed make headroom wider than that. */
  public boolean headroomWidened() {
    return outlook.headroom().widened(horizonSteps) > 0;
  }

  /** Share of judged bounds that the load exceeded; the promise is the target alpha. */
  public double missRatio() {
    ConformalHeadroom headroom = outlook.headroom();
    return headroom.judged() == 0 ? 0 : (double) headroom.missed() / headroom.judged();
  }

  /** Distance of {@link #missRatio} from the promise. */
  public Coverage coverage() {
    return outlook.headroom().coverage();
  }

  /** Whether the load exceeded its bound within the last minute. */
  public boolean surge(long nowMs) {
    return surge.on(nowMs);
  }

  /**
   * Whether the load fell below its lower bound within the last minute. What fell unforeseen may
   * come back as fast: the group stage of 1998 has such a minute each night, and giving nothing up
   * then leaves a sixth of what was broken there for 0.05 % more replica-hours.
   */
  public boolean slump(long nowMs) {
    return nowMs < slumpUntilMs;
  }

  /** Whether a collapse of load is taken for an outage upstream, so that nothing is scaled in. */
  public boolean outage(long nowMs) {
    return nowMs < outageUntilMs;
  }

  /** Whether the latest figure was missing or impossible. */
  public boolean silent() {
    return silent;
  }

  /** Load per second to expect at the horizon if the surge goes on; see Surge. */
  public double surgeLeadsToPerSecond() {
    return surge.leadsTo(present, horizonSteps);
  }

  /** The expert with the largest part in the mixture. */
  public Expert leader() {
    return outlook.leader();
  }

  /** An expert's part in the mixture, 0..1; 0 while it is silent. */
  public double share(Expert expert) {
    return outlook.share(expert);
  }
}
