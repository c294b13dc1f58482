package dev.highwater.workload;

import dev.highwater.model.Balancing;
import dev.highwater.model.Service;

/**
 * The replicas of one service in one cell, as its front door sees them: attempts in, outcomes out.
 *
 * <p>It exists so that a rehearsal may choose how exactly replicas are simulated while everything
 * around them stays the same. Windows go forward by one or more. Touched by one thread at a time.
 */
public interface Fleet {

  /**
   * A fleet without replicas.
   *
   * @param service what its replicas run
   * @param behaviour beyond what the service declares
   * @param seed of this service in this cell
   * @param classes request classes of every call of {@link #serve}
   */
  static Fleet of(
      Fidelity fidelity,
      Service service,
      TrafficSpec.ReplicaBehaviour behaviour,
      long seed,
      long windowMs,
      int classes) {
    if (fidelity == Fidelity.FLUID) {
      return new FluidFleet(service, behaviour, windowMs, classes);
    }
    if (service.capacity().balancing() == Balancing.POOLED) {
      // One shared queue has no exchangeable parts to sample.
      return new PooledFleet(service, behaviour, seed, windowMs, classes);
    }
    return fidelity == Fidelity.SAMPLED
        ? new SampledFleet(service, behaviour, seed, windowMs, classes)
        : new RequestFleet(service, behaviour, seed, windowMs, classes);
  }

  /** The service's spec changed: replicas that join from now on are of this one. */
  void use(Service service);

  /**
   * A replica is ready from {@code window} on.
   *
   * @return its seat, by which it is named from now on
   */
  long join(long ordinal, long window);

  /** A replica takes no new attempts and finishes those it has. */
  void drain(long seat);

  /** Whether a replica has nothing left to do. */
  boolean drained(long seat);

  /** A replica is gone; what it had not finished fails. */
  void leave(long seat, OutcomeTally tally);

  /** Serves one window of requests that hold no place for others. */
  default void serve(long window, int[] classCounts, OutcomeTally tally) {
    int sum = 0;
    for (int count : classCounts) {
      sum += count;
    }
    serve(window, classCounts, new int[] {sum}, 0, tally);
  }

  /**
   * Serves one window: spreads the attempts over ready replicas and tells what ended in it. Without
   * a ready replica every attempt fails.
   *
   * @param shardCounts the same attempts by the shard of the serial step that they need; one number
   *     when it is not divided
   * @param holdNanos added to the service time of each request, >= 0
   */
  void serve(
      long window, int[] classCounts, int[] shardCounts, double holdNanos, OutcomeTally tally);

  /** Busy share of a replica's concurrency in the last window, 0..1; nothing is counted anew. */
  double busyRatio(long seat);

  /**
   * A replica's service times in the next window are multiplied by {@code factor}, because its node
   * is crowded. One that is not told anything keeps what it was told last.
   */
  void crowd(long seat, double factor);

  /** What a replica has to do; the utilisation is counted anew from here. */
  ReplicaLoad load(long seat);

  /** Replicas that take new attempts. */
  int ready();

  /** Requests that were simulated one by one so far. */
  long simulatedRequests();
}
