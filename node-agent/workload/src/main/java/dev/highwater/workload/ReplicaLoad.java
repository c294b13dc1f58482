package dev.highwater.workload;

/**
 * What a replica has to do. Immutable.
 *
 * @param inFlight requests in work at the end of the last window
 * @param queued requests that wait at the end of the last window
 * @param utilisationRatio busy share of its concurrency since this was asked last, 0..1
 */
public record ReplicaLoad(long inFlight, long queued, double utilisationRatio) {
  /** Nothing to do. */
  public static final ReplicaLoad NONE = new ReplicaLoad(0, 0, 0);
}
