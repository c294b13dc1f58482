package dev.highwater.workload;

import dev.highwater.model.ServiceId;
import org.jspecify.annotations.Nullable;

/**
 * Calls from one service to another that are on their way, with an Erlang-distributed lag: each
 * stage empties exponentially into the next.
 *
 * <p>Touched by one thread at a time.
 */
final class CallEdge {
  private final TrafficSpec.Call call;
  private final @Nullable ServiceDoor target;
  private final int level;
  private final double stageLeaves;
  private final long[] stages;
  private long outgoing;

  /**
   * An edge to {@code target}, whose criticality of these calls has index {@code level}; no target
   * when the called service is not behind this front door.
   */
  CallEdge(TrafficSpec.Call call, @Nullable ServiceDoor target, int level, long windowMs) {
    this.call = call;
    this.target = target;
    this.level = level;
    this.stages = new long[call.lagMs() == 0 ? 0 : call.lagStages()];
    this.stageLeaves =
        call.lagMs() == 0
            ? 1
            : -StrictMath.expm1(-(double) windowMs * call.lagStages() / call.lagMs());
  }

  ServiceId service() {
    return call.service();
  }

  @Nullable ServiceDoor target() {
    return target;
  }

  int level() {
    return level;
  }

  /** How many calls are made in a window in which {@code followers} were answered. */
  long calls(long followers, RandomStream random) {
    double ratio = call.ratio();
    long whole = (long) ratio;
    long moving = followers * whole + random.nextBinomial(followers, ratio - whole);
    for (int i = 0; i < stages.length; i++) {
      long leaves = random.nextBinomial(stages[i], stageLeaves);
      stages[i] += moving - leaves;
      moving = leaves;
    }
    return moving;
  }

  /** Mean time that a caller keeps its own place for these calls, in ns. */
  double holdNanos() {
    return call.holds() && target != null ? call.ratio() * target.recentMeanNanos() : 0;
  }

  /** Takes in calls that another cell serves. */
  void leave(long calls) {
    outgoing += calls;
  }

  /** The calls that another cell serves since the last time this was asked. */
  long takeOutgoing() {
    long leaving = outgoing;
    outgoing = 0;
    return leaving;
  }
}
