package dev.highwater.kernel.sizing;

import dev.highwater.model.ServiceTimeLaw;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Request-level truth that the sizer is held against: Poisson arrivals, first come first served,
 * nobody gives up. Random balancing draws a replica for each arrival; pooled, all replicas serve
 * one queue. Stateless and seeded.
 */
final class QueueSimulation {
  /** Part of the requests that fills the queues and is not counted. */
  private static final int WARM_PART = 20;

  private QueueSimulation() {}

  /** What a scv is simulated by: deterministic at 0, exponential at 1, else lognormal. */
  static ServiceTimeLaw law(double scv) {
    return scv == 0
        ? ServiceTimeLaw.DETERMINISTIC
        : scv == 1 ? ServiceTimeLaw.EXPONENTIAL : ServiceTimeLaw.LOGNORMAL;
  }

  /** Share of requests that end later than the promised latency. */
  static double lateRatio(
      ReplicaModel model, int replicas, double ratePerSecond, int requests, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int queues = model.pooled() ? 1 : replicas;
    int servers = model.concurrency() * (model.pooled() ? replicas : 1);
    List<PriorityQueue<Double>> free = new ArrayList<>();
    for (int q = 0; q < queues; q++) {
      PriorityQueue<Double> each = new PriorityQueue<>(servers);
      for (int i = 0; i < servers; i++) {
        each.add(0.0);
      }
      free.add(each);
    }
    double now = 0;
    int late = 0;
    int warm = requests / WARM_PART;
    for (int i = 0; i < requests; i++) {
      now += -1_000 * StrictMath.log(1 - random.nextDouble()) / ratePerSecond;
      PriorityQueue<Double> queue = free.get(queues == 1 ? 0 : random.nextInt(queues));
      double end = Math.max(now, queue.remove()) + serviceMs(model, random);
      queue.add(end);
      late += i >= warm && end - now > model.sloLatencyMs() ? 1 : 0;
    }
    return (double) late / (requests - warm);
  }

  private static double serviceMs(ReplicaModel model, SplittableRandom random) {
    switch (model.law()) {
      case DETERMINISTIC:
        return model.serviceMs();
      case EXPONENTIAL:
        return -model.serviceMs() * StrictMath.log(1 - random.nextDouble());
      case LOGNORMAL:
      default:
        double sigma = Math.sqrt(StrictMath.log1p(model.scv()));
        return model.serviceMs()
            * StrictMath.exp(sigma * random.nextGaussian() - sigma * sigma / 2);
    }
  }
}
