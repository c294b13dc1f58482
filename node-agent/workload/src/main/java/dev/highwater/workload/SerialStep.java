package dev.highwater.workload;

import dev.highwater.model.Service;

/**
 * A step that more replicas do not speed up, such as booking seats one after the other; its shards,
 * such as trains, do not wait for one another.
 *
 * <p>A request holds its place while it waits for its turn, so the step shows as extra service
 * time: a backlog of {@code b} requests at a shard of {@code r} per second adds {@code b / r}. The
 * turn itself is a part of the service time. Per window a shard's backlog grows by what starts and
 * falls by what the shard does. What starts is the most, over all shards alike because they share
 * one queue, for which those in service and those in a backlog have places; that is solved at the
 * window's end (implicit Euler), since the explicit form swings when a window is longer than a
 * service. Fluid: the turn of a single request is not simulated, and a wait that ends within its
 * window is not seen. Touched by one thread at a time.
 */
final class SerialStep {

  private static final int BISECTIONS = 40;

  private final double perNano;
  private final double placesPerReplica;
  private final double serviceWindows;
  private final double timeoutNanos;
  private final double windowNanos;
  private final double[] backlog;
  private final double[] waiting;
  private final double[] share;
  private final ExtraTimes extras;
  private double held;

  SerialStep(Service service, long windowMs) {
    int shards = service.capacity().serialShards();
    this.perNano = service.capacity().serialRatePerSecondMax() / shards / 1e9;
    this.placesPerReplica = service.capacity().concurrency();
    this.serviceWindows = service.capacity().meanServiceMs() / windowMs;
    this.timeoutNanos = service.capacity().clientTimeoutMs() * 1e6;
    this.windowNanos = windowMs * 1e6;
    this.backlog = new double[shards];
    this.waiting = new double[shards];
    this.share = new double[shards];
    this.extras =
        perNano == 0 ? ExtraTimes.NONE : new ExtraTimes(service.capacity().meanServiceMs() * 1e6);
  }

  /** Extra service times of the window's requests by shard; empty when nobody has any. */
  ExtraTimes extras() {
    return extras;
  }

  /** Places of all replicas that are held by requests which wait for their turn. */
  double held() {
    return held;
  }

  /**
   * One more window.
   *
   * @param shardCounts arrivals of all replicas by shard; of another number of shards, they are
   *     taken as even
   */
  void advance(int[] shardCounts, int replicas) {
    if (perNano == 0 || replicas == 0) {
      return;
    }
    double demand = demand(shardCounts);
    double places = placesPerReplica * replicas;
    double started = demand;
    if (held(started) + started * serviceWindows > places) {
      double low = 0;
      double high = demand;
      for (int i = 0; i < BISECTIONS; i++) {
        started = (low + high) / 2;
        if (held(started) + started * serviceWindows > places) {
          high = started;
        } else {
          low = started;
        }
      }
    }
    settle(demand, started);
    tellExtras(shardCounts);
  }

  /** What wants to start, and each shard's share of it. */
  private double demand(int[] shardCounts) {
    int shards = share.length;
    long arrivals = 0;
    for (int count : shardCounts) {
      arrivals += count;
    }
    double demand = 0;
    for (int s = 0; s < shards; s++) {
      double here = shardCounts.length == shards ? shardCounts[s] : (double) arrivals / shards;
      share[s] = waiting[s] + here;
      demand += share[s];
    }
    for (int s = 0; s < shards; s++) {
      share[s] = demand == 0 ? 1.0 / shards : share[s] / demand;
    }
    return demand;
  }

  private double backlogAfter(int shard, double started) {
    return Math.max(0, backlog[shard] + started * share[shard] - perNano * windowNanos);
  }

  private double held(double started) {
    double sum = 0;
    for (int s = 0; s < share.length; s++) {
      sum += backlogAfter(s, started);
    }
    return sum;
  }

  private void settle(double demand, double started) {
    double largest = 0;
    for (double each : share) {
      largest = Math.max(largest, each);
    }
    // Whoever waits longer than the timeout is gone; the busiest shard says how fast they start.
    double left = Math.min(demand - started, perNano * timeoutNanos / largest);
    held = 0;
    for (int s = 0; s < share.length; s++) {
      backlog[s] = backlogAfter(s, started);
      waiting[s] = left * share[s];
      held += backlog[s];
    }
  }

  private void tellExtras(int[] shardCounts) {
    boolean even = shardCounts.length != share.length;
    extras.clear();
    for (int s = 0; s < share.length; s++) {
      extras.add(backlog[s] / perNano, even ? 1 : shardCounts[s]);
    }
    extras.close();
  }
}
