package dev.highwater.workload;

import dev.highwater.model.Capacity;
import dev.highwater.model.Service;

/**
 * What a replica's queue looks like; equal for all replicas of a service. Immutable.
 *
 * @param servers requests served at once, 1..65,536
 * @param queueLimit requests that may wait, 0..1,048,576; one more is refused at once
 * @param timeoutNanos how long a client waits for its answer, up to one hour
 * @param sloNanos latency from which an answer counts as late
 * @param windowNanos length of a simulation window, 1 ms..1 h
 * @param serviceTimes law of the service time of one request
 */
public record QueueShape(
    int servers,
    int queueLimit,
    long timeoutNanos,
    long sloNanos,
    long windowNanos,
    ServiceTimes serviceTimes) {

  private static final long HOUR_NANOS = 3_600_000_000_000L;

  /** Checks the ranges. */
  public QueueShape {
    check("servers", servers, 1, 65_536);
    check("queueLimit", queueLimit, 0, 1 << 20);
    check("timeoutNanos", timeoutNanos, 1, HOUR_NANOS);
    check("sloNanos", sloNanos, 1, Long.MAX_VALUE);
    check("windowNanos", windowNanos, 1_000_000, HOUR_NANOS);
    check("windows of one timeout", timeoutNanos / windowNanos, 0, 1 << 16);
  }

  /** The queue of one replica of {@code service}. */
  public static QueueShape of(Service service, long windowMs) {
    Capacity capacity = service.capacity();
    return new QueueShape(
        capacity.concurrency(),
        capacity.queueMax(),
        capacity.clientTimeoutMs() * 1_000_000,
        (long) (service.slo().latencyMs() * 1e6),
        windowMs * 1_000_000,
        ServiceTimes.of(capacity));
  }

  private static void check(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(name + " must be in [" + min + ", " + max + "]: " + value);
    }
  }
}
