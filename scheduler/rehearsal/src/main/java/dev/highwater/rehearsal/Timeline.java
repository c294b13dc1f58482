package dev.highwater.rehearsal;

import java.util.Arrays;

/**
 * What happened to one service over a run, thinned to a bounded number of steps: for charts, never
 * for decisions. For one thread.
 */
public final class Timeline {
  /** Steps kept at most. */
  public static final int STEPS_MAX = 1_200;

  private final double stepSeconds;
  private final int ticksPerStep;
  private final double[] offered;
  private final double[] served;
  private final double[] violations;
  private final double[] target;
  private final double[] ready;
  private final double[] needed;
  private final double[] p99Ms;
  private int ticks;

  /**
   * @param ticks of one second that the run has
   */
  Timeline(long ticks) {
    ticksPerStep = (int) Math.max(1, (ticks + STEPS_MAX - 1) / STEPS_MAX);
    stepSeconds = ticksPerStep;
    int steps = (int) ((ticks + ticksPerStep - 1) / ticksPerStep);
    offered = new double[steps];
    served = new double[steps];
    violations = new double[steps];
    target = new double[steps];
    ready = new double[steps];
    needed = new double[steps];
    p99Ms = new double[steps];
    Arrays.fill(p99Ms, Double.NaN);
  }

  void add(
      double offeredNow,
      double servedNow,
      double violationsNow,
      int targetNow,
      int readyNow,
      int neededNow) {
    int i = Math.min(offered.length - 1, ticks / ticksPerStep);
    ticks++;
    offered[i] += offeredNow / ticksPerStep;
    served[i] += servedNow / ticksPerStep;
    violations[i] += violationsNow / ticksPerStep;
    target[i] = Math.max(target[i], targetNow);
    ready[i] = Math.max(ready[i], readyNow);
    needed[i] = Math.max(needed[i], neededNow);
  }

  /** The 99th percentile of the step that ended last. */
  void p99(double ms) {
    p99Ms[Math.max(0, size() - 1)] = ms;
  }

  /** Whether the last tick given to {@link #add} ended a step. */
  boolean endedStep() {
    return ticks % ticksPerStep == 0;
  }

  /** Seconds of one step. */
  public double stepSeconds() {
    return stepSeconds;
  }

  /** Steps that have begun. */
  public int size() {
    return Math.min(offered.length, (ticks + ticksPerStep - 1) / ticksPerStep);
  }

  /** Mean first attempts per second of a step. */
  public double offered(int i) {
    return offered[i];
  }

  /** Mean answers per second of a step. */
  public double served(int i) {
    return served[i];
  }

  /** Mean violations per second of a step. */
  public double violations(int i) {
    return violations[i];
  }

  /** Largest target of a step. */
  public double target(int i) {
    return target[i];
  }

  /** Most ready replicas of a step. */
  public double ready(int i) {
    return ready[i];
  }

  /** Most replicas that the load of a step needs. */
  public double needed(int i) {
    return needed[i];
  }

  /** 99th percentile of the latencies that ended in a step; NaN without any. */
  public double p99Ms(int i) {
    return p99Ms[i];
  }
}
