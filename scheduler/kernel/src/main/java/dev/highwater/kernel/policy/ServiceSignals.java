package dev.highwater.kernel.policy;

/**
 * What one tick shows of a service in a cell. Immutable.
 *
 * @param nowMs the input's time
 * @param firstAttemptsPerSecond over the last report interval, retries not counted; NaN when the
 *     front door said nothing new
 * @param target replicas wanted before this decision
 * @param ready replicas that serve
 * @param booting replicas on their way
 * @param silent ready replicas without a current report; their figures are missing below
 * @param inFlight requests in work at the ready replicas that reported
 * @param queued requests waiting there
 * @param utilisationRatio mean over the ready replicas that reported, 0..1; NaN without any
 * @param horizonMs time until a replica that is ordered now will be ready on a node that is:
 *     report, decision and boot quantile
 * @param nodeHorizonMs the same when its node must be ordered first; 0 when nodes are never ordered
 * @param cellShare part of the service's users that this cell is to serve, 0..1; declared events
 *     are scaled by it
 * @param routedPerSecond first attempts per second to be ready for because that part will grow; 0
 *     when it will not
 */
public record ServiceSignals(
    long nowMs,
    double firstAttemptsPerSecond,
    int target,
    int ready,
    int booting,
    int silent,
    double inFlight,
    double queued,
    double utilisationRatio,
    long horizonMs,
    long nodeHorizonMs,
    double cellShare,
    double routedPerSecond) {

  /** Whether demand is known in this tick; a negative or infinite figure is no figure. */
  public boolean demandKnown() {
    return firstAttemptsPerSecond >= 0 && firstAttemptsPerSecond <= Float.MAX_VALUE;
  }
}
