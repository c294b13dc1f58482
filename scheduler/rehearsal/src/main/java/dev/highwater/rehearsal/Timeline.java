package dev.highwater.rehearsal;

/**
 * What happened to one service over a run, thinned to a bounded number of steps: for charts, never
 * for decisions. For one thread.
 */
public final class Timeline {
  /** Steps kept at most. */
  public static final int STEPS_MAX = 1_200;

  private final Series offered;
  private final Series served;
  private final Series refused;
  private final Series violations;
  private final Series target;
  private final Series ready;
  private final Series needed;
  private final Series p99Ms;
  private int ticks;

  /**
   * @param ticks of one second that the run has
   */
  Timeline(long ticks) {
    offered = new Series(ticks, 1, STEPS_MAX);
    served = new Series(ticks, 1, STEPS_MAX);
    refused = new Series(ticks, 1, STEPS_MAX);
    violations = new Series(ticks, 1, STEPS_MAX);
    target = new Series(ticks, 1, STEPS_MAX);
    ready = new Series(ticks, 1, STEPS_MAX);
    needed = new Series(ticks, 1, STEPS_MAX);
    double step = offered.stepSeconds();
    p99Ms = new Series((long) StrictMath.ceil(ticks / step), step, STEPS_MAX);
  }

  /** Adds a second of traffic; {@link #capacity} follows. */
  void traffic(long offeredNow, long servedNow, long refusedNow, long violationsNow) {
    offered.add((double) offeredNow);
    served.add((double) servedNow);
    refused.add((double) refusedNow);
    violations.add((double) violationsNow);
    ticks++;
  }

  /** Adds the same second's capacity. */
  void capacity(int targetNow, int readyNow, int neededNow) {
    target.add(targetNow);
    ready.add(readyNow);
    needed.add(neededNow);
  }

  /** The 99th percentile of the step that ended last. */
  void p99(double ms) {
    p99Ms.add(ms);
  }

  /** Whether the last second ended a step. */
  boolean endedStep() {
    return ticks % offered.valuesPerStep() == 0;
  }

  /** First attempts per second. */
  public Series offered() {
    return offered;
  }

  /** Answers per second. */
  public Series served() {
    return served;
  }

  /** Attempts per second that were rejected, shed, or given up waiting. */
  public Series refused() {
    return refused;
  }

  /** Violations per second, in the second in which they are known. */
  public Series violations() {
    return violations;
  }

  /** Target replicas. */
  public Series target() {
    return target;
  }

  /** Ready replicas. */
  public Series ready() {
    return ready;
  }

  /** Replicas that the load needs. */
  public Series needed() {
    return needed;
  }

  /** 99th percentile of the latencies that ended in a step; NaN without any. */
  public Series p99Ms() {
    return p99Ms;
  }
}
