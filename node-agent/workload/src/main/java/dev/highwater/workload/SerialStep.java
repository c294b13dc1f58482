package dev.highwater.workload;

import dev.highwater.model.Service;

/**
 * A step that more replicas do not speed up, such as booking one train's seats one after the other.
 *
 * <p>A request holds its place while it waits for its turn, so the step shows as extra service
 * time: a backlog of {@code b} requests at {@code r} per second adds {@code b / r}. Per window the
 * backlog grows by what starts and falls by what the step does; what starts is the smaller of what
 * is there and what the places allow at that service time. That is solved at the window's end
 * (implicit Euler), since the explicit form swings when a window is longer than a service. Fluid:
 * the turn of a single request is not simulated. Touched by one thread at a time.
 */
final class SerialStep {

  private static final int BISECTIONS = 40;

  private final double perNano;
  private final double placesPerReplica;
  private final double serviceNanos;
  private final double timeoutNanos;
  private final double windowNanos;
  private double backlog;
  private double waiting;

  SerialStep(Service service, long windowMs) {
    this.perNano = service.capacity().serialRatePerSecondMax() / 1e9;
    this.placesPerReplica = service.capacity().concurrency();
    this.serviceNanos = service.capacity().meanServiceMs() * 1e6;
    this.timeoutNanos = service.capacity().clientTimeoutMs() * 1e6;
    this.windowNanos = windowMs * 1e6;
  }

  /**
   * Extra service time of the requests of one more window.
   *
   * @param arrivals of all replicas
   * @return ns; 0 without such a step
   */
  double extraNanos(long arrivals, int replicas) {
    if (perNano == 0 || replicas == 0) {
      return 0;
    }
    double demand = waiting + arrivals;
    double places = placesPerReplica * replicas;
    double extra = 0;
    if (backlog + started(0, demand, places) > perNano * windowNanos) {
      double low = 0;
      double high = (backlog + demand) / perNano;
      for (int i = 0; i < BISECTIONS; i++) {
        extra = (low + high) / 2;
        double after = backlog + started(extra, demand, places) - perNano * windowNanos;
        if (after > extra * perNano) {
          low = extra;
        } else {
          high = extra;
        }
      }
    }
    // Whoever waits longer than the timeout is gone.
    waiting = Math.min(demand - started(extra, demand, places), perNano * timeoutNanos);
    backlog = extra * perNano;
    return extra;
  }

  private double started(double extra, double demand, double places) {
    return Math.min(demand, places * windowNanos / (serviceNanos + extra));
  }
}
