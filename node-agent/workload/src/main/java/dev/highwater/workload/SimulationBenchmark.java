package dev.highwater.workload;

/**
 * A fixed load on request-level replicas, for measuring how many requests a core simulates.
 *
 * <p>Everything a rehearsal needs is on: three request classes, bounded queues, client timeouts,
 * SLO test, histogram, outcomes per window. Replicas take turns window by window, as in a
 * rehearsal. It reads no clock: the caller times {@link #run} and runs one object per thread. Load:
 * utilisation 0.9 of lognormal service times (mean 40 ms, scv 0.25); about 1,000 requests per
 * replica and window. Touched by one thread at a time.
 */
public final class SimulationBenchmark {

  private static final double MEAN_NANOS = 40e6;
  private static final double UTILISATION = 0.9;
  private static final int REQUESTS_PER_VISIT = 1_000;

  private final ReplicaQueue[] queues;
  private final ArrivalBatch batch = new ArrivalBatch();
  private final OutcomeTally tally = new OutcomeTally(3);
  private final int[] counts = {
    REQUESTS_PER_VISIT * 90 / 100, REQUESTS_PER_VISIT * 8 / 100, REQUESTS_PER_VISIT * 2 / 100
  };
  private final long seed;
  private long window;

  /**
   * Idle replicas.
   *
   * @param concurrency requests that a replica works on at once, 1..1,024
   * @param replicas that take turns, 1..100,000
   */
  public SimulationBenchmark(int concurrency, int replicas, long seed) {
    this.seed = seed;
    long windowNanos = (long) (REQUESTS_PER_VISIT * MEAN_NANOS / (concurrency * UTILISATION));
    QueueShape shape =
        new QueueShape(
            concurrency,
            20 * concurrency,
            500_000_000L,
            250_000_000L,
            windowNanos,
            ServiceTimes.lognormal(MEAN_NANOS, 0.25));
    this.queues = new ReplicaQueue[replicas];
    for (int i = 0; i < replicas; i++) {
      queues[i] = new ReplicaQueue(shape);
    }
  }

  /**
   * Simulates {@code windows} windows of every replica.
   *
   * @return the requests simulated
   */
  public long run(int windows) {
    for (int i = 0; i < windows; i++, window++) {
      for (int replica = 0; replica < queues.length; replica++) {
        queues[replica].serve(
            window, counts, RandomStream.seed(seed, replica, window), 1, batch, tally);
      }
    }
    return (long) windows * queues.length * REQUESTS_PER_VISIT;
  }

  /** What became of the requests so far. */
  public OutcomeTally tally() {
    return tally;
  }
}
