package dev.highwater.kernel.sizing;

import dev.highwater.model.Balancing;
import dev.highwater.model.Capacity;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceTimeLaw;

/**
 * What sizing needs to know about one replica of a service and about the promise made for it.
 *
 * <p>Two services with equal models share one {@link Sizer}. Immutable.
 *
 * @param concurrency requests one replica works on at a time, at least 1
 * @param serviceMs mean service time in milliseconds, above 0
 * @param scv squared coefficient of variation of the service time, at least 0; ignored by the
 *     deterministic and the exponential law, which fix it at 0 and 1
 * @param law family of the service time
 * @param sloLatencyMs latency that the quantile of requests must not exceed, above 0
 * @param sloQuantile share of requests that must be in time, above 0 and below 1
 * @param pooled true: one queue for all replicas; false: every replica has its own queue and gets
 *     an equal random part of the arrivals
 */
public record ReplicaModel(
    int concurrency,
    double serviceMs,
    double scv,
    ServiceTimeLaw law,
    double sloLatencyMs,
    double sloQuantile,
    boolean pooled) {

  /** Largest concurrency that the tables are built for; more is refused. */
  public static final int CONCURRENCY_MAX = 10_000;

  public ReplicaModel {
    require(concurrency >= 1 && concurrency <= CONCURRENCY_MAX, "concurrency", concurrency);
    require(serviceMs > 0 && serviceMs <= Float.MAX_VALUE, "serviceMs", serviceMs);
    require(scv >= 0 && scv <= 1_000, "scv", scv);
    require(sloLatencyMs > 0 && sloLatencyMs <= Float.MAX_VALUE, "sloLatencyMs", sloLatencyMs);
    require(sloQuantile > 0 && sloQuantile < 1, "sloQuantile", sloQuantile);
    if (law == ServiceTimeLaw.DETERMINISTIC || (law == ServiceTimeLaw.LOGNORMAL && scv == 0)) {
      law = ServiceTimeLaw.DETERMINISTIC;
      scv = 0;
    } else if (law == ServiceTimeLaw.EXPONENTIAL) {
      scv = 1;
    }
  }

  /** What a service's owner declared. */
  public static ReplicaModel of(Service service) {
    Capacity capacity = service.capacity();
    return new ReplicaModel(
        capacity.concurrency(),
        capacity.meanServiceMs(),
        capacity.serviceScv(),
        capacity.law(),
        service.slo().latencyMs(),
        service.slo().quantile(),
        capacity.balancing() == Balancing.POOLED);
  }

  /** The same when each request keeps its place {@code ratio} times as long, 1 or more. */
  public ReplicaModel slower(double ratio) {
    return ratio == 1
        ? this
        : new ReplicaModel(
            concurrency, serviceMs * ratio, scv, law, sloLatencyMs, sloQuantile, pooled);
  }

  /** Requests per second that one replica finishes when it is never idle. */
  public double saturationPerSecond() {
    return concurrency * 1_000.0 / serviceMs;
  }

  private static void require(boolean holds, String name, double value) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is out of range: " + value);
    }
  }
}
