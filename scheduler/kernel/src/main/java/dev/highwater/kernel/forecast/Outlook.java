package dev.highwater.kernel.forecast;

import java.util.Arrays;

/**
 * What is said about one horizon: the mixture of the experts, its headroom, and the forecasts whose
 * moment has not come.
 *
 * <p>{@code pending} holds one slot per second up to the horizon, at target step modulo the number
 * of slots: one forecast for each expert, the mixture, the bound. What was not said is NaN.
 * Confined to its owner.
 */
final class Outlook {
  private static final int NOW = Expert.ALL.indexOf(Expert.PERSISTENCE);
  private static final int WIDTH = Experts.COUNT + 2;
  private static final int MIXED = Experts.COUNT;
  private static final int BOUND = Experts.COUNT + 1;

  private final double headroomMin;
  private final Experts experts;
  private final ConformalHeadroom headroom;
  private float[] pending = new float[0];
  private double expected = Double.NaN;
  private double bound = Double.NaN;
  private int steps;

  /** One for the horizon of replicas. */
  static Outlook ofReplicas(ForecastSettings settings) {
    return new Outlook(settings, settings.headroomMin(), true);
  }

  /** One for the longer horizon of nodes. */
  static Outlook ofNodes(ForecastSettings settings) {
    return new Outlook(settings, settings.nodeHeadroomMin(), false);
  }

  private Outlook(ForecastSettings settings, double headroomMin, boolean byLevel) {
    this.headroomMin = headroomMin;
    experts =
        new Experts(
            StrictMath.pow(0.5, 1 / settings.expertHalfLifeSeconds()), settings.pinballQuantile());
    headroom = new ConformalHeadroom(settings, byLevel);
  }

  private Outlook(Outlook other) {
    headroomMin = other.headroomMin;
    experts = other.experts.copy();
    headroom = other.headroom.copy();
    pending = other.pending.clone();
    expected = other.expected;
    bound = other.bound;
    steps = other.steps;
  }

  Outlook copy() {
    return new Outlook(this);
  }

  void begin(double load) {
    headroom.begin(load);
  }

  /** Takes in the load of now while nothing could be judged yet. */
  void swing(double load, boolean jumped) {
    if (headroom.judged() == 0) {
      headroom.swing(load, jumped);
    }
  }

  /**
   * Sets the horizon and makes room for its forecasts; what was pending is forgotten when it grows.
   */
  void reserve(int steps) {
    this.steps = steps;
    if ((steps + 1) * WIDTH > pending.length) {
      pending = new float[Integer.highestOneBit(steps + 1) * 2 * WIDTH];
      forget();
    }
  }

  void forget() {
    Arrays.fill(pending, Float.NaN);
  }

  /**
   * Forgets what was said of the steps between two: nothing came to hold it against, and a round
   * later it would be taken for what was said of another moment.
   */
  void skip(long after, long before) {
    long slots = pending.length / WIDTH;
    for (long step = Math.max(after + 1, before - slots); step < before; step++) {
      int at = slot(step);
      Arrays.fill(pending, at, at + WIDTH, Float.NaN);
    }
  }

  /** The lowest load that was to be expected at this step; NaN when nothing was said. */
  double lowerFor(long step) {
    double mixed = pending[slot(step) + MIXED];
    return mixed - headroom.shortfall(mixed);
  }

  /**
   * The load that was expected at this step or came when that was said, the larger; NaN when
   * nothing was said.
   */
  double levelFor(long step) {
    int at = slot(step);
    return Math.max(pending[at + MIXED], pending[at + NOW]);
  }

  /** The load that was expected at this step; NaN when nothing was said. */
  double expectedFor(long step) {
    return pending[slot(step) + MIXED];
  }

  /**
   * Holds what was said of this step against what came.
   *
   * @return what came over its bound; 0 when nothing was said
   */
  double judge(long step, double came) {
    int at = slot(step);
    double said = pending[at + BOUND];
    if (Double.isNaN(said)) {
      return 0;
    }
    experts.charge(pending, at, pending[at + MIXED], came);
    headroom.judge(pending[at + MIXED], said, came, steps);
    Arrays.fill(pending, at, at + WIDTH, Float.NaN);
    return came / Math.max(said, 1e-9);
  }

  /**
   * Says what is to be expected.
   *
   * @param said one forecast for each expert, NaN for one that is silent
   * @param asked what declared events ask for then; part of the bound that is judged
   */
  void speak(long step, double[] said, double asked) {
    int at = slot(step);
    for (int i = 0; i < Experts.COUNT; i++) {
      pending[at + i] = (float) said[i];
    }
    expected = experts.mix(pending, at);
    bound = expected + Math.max(headroom.room(expected, steps), headroomMin * expected);
    pending[at + MIXED] = (float) expected;
    pending[at + BOUND] = (float) Math.max(bound, asked);
  }

  double expected() {
    return expected;
  }

  /** Expectation and headroom, without declared events. */
  double bound() {
    return bound;
  }

  ConformalHeadroom headroom() {
    return headroom;
  }

  Expert leader() {
    return experts.leader();
  }

  double share(Expert expert) {
    return experts.share(expert);
  }

  private int slot(long step) {
    return (int) Math.floorMod(step, (long) (pending.length / WIDTH)) * WIDTH;
  }
}
