package dev.highwater.model;

/**
 * What one replica can do, as its owner declares it; the scheduler sizes by it. The simulation may
 * behave otherwise. Immutable.
 *
 * @param concurrency requests worked on at once, >= 1
 * @param meanServiceMs mean time of work on one request, > 0
 * @param serviceScv squared coefficient of variation of that time, >= 0
 * @param queueMax requests that may wait at one replica; more are dropped
 * @param clientTimeoutMs after this a client gives up, > 0
 * @param balancing how requests are spread over replicas
 * @param serialRatePerSecondMax rate of a step that more replicas do not speed up (bookings of
 *     seats, say), all its shards together; 0 means none
 * @param serialShards equal parts of that step which do not wait for one another (trains and dates,
 *     say), 1 to {@link Limits#SERIAL_SHARDS_MAX}: each bears the rate divided by their number;
 *     more than one only with a rate
 */
public record Capacity(
    int concurrency,
    double meanServiceMs,
    double serviceScv,
    ServiceTimeLaw law,
    int queueMax,
    long clientTimeoutMs,
    Balancing balancing,
    BootTime boot,
    double serialRatePerSecondMax,
    int serialShards) {
  /** Eight at once, 40 ms lognormal with scv 0.25, boot 5 s. */
  public static final Capacity DEFAULT =
      new Capacity(
          8,
          40,
          0.25,
          ServiceTimeLaw.LOGNORMAL,
          1_000,
          2_000,
          Balancing.RANDOM,
          BootTime.exactly(5_000),
          0,
          1);

  public Capacity {
    Limits.range("concurrency", concurrency, 1, 1_000);
    Limits.range("meanServiceMs", meanServiceMs, 0.001, 3_600_000);
    Limits.range("serviceScv", serviceScv, 0, 100);
    Limits.range("queueMax", queueMax, 0, 1_000_000);
    Limits.range("clientTimeoutMs", clientTimeoutMs, 1, 3_600_000);
    Limits.range("serialRatePerSecondMax", serialRatePerSecondMax, 0, Limits.RATE_MAX);
    Limits.range("serialShards", serialShards, 1, Limits.SERIAL_SHARDS_MAX);
    if (serialShards > 1 && serialRatePerSecondMax == 0) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "serialShards",
          serialShards,
          "needs a serialRatePerSecondMax above 0, which is the rate of all shards together");
    }
  }

  /**
   * Rate per second of one shard of the serial step; {@code Double.MAX_VALUE} when the step is not
   * divided, or there is none.
   */
  public double shardRatePerSecond() {
    return serialShards > 1 ? serialRatePerSecondMax / serialShards : Double.MAX_VALUE;
  }
}
