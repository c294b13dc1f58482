package dev.highwater.kernel.sizing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.ServiceTimeLaw;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: the safe rate is that of a request-level simulation, first come first served. The whole
 * grid and its errors are in scheduler/kernel/sizing.md; these cells are repeated on every build.
 */
class SizerCalibrationTest {
  private static final double SERVICE_MS = 40;
  private static final int REQUESTS = 400_000;

  /** Servers of one queue: a replica's with random balancing, all replicas' when pooled. */
  @ParameterizedTest
  @CsvSource({
    "4, 0, 250, 0.02",
    "4, 0.25, 250, 0.02",
    "4, 1, 250, 0.02",
    "8, 0, 100, 0.02",
    "8, 0.25, 250, 0.02",
    "8, 1, 250, 0.02",
    "8, 4, 500, 0.03",
    "32, 0.25, 250, 0.02",
    "1, 1, 250, 0.03",
    "1, 0.25, 250, 0.07"
  })
  void theSafeRateIsThatOfTheSimulation(int servers, double scv, double limitMs, double tolerance) {
    ServiceTimeLaw law =
        scv == 0
            ? ServiceTimeLaw.DETERMINISTIC
            : scv == 1 ? ServiceTimeLaw.EXPONENTIAL : ServiceTimeLaw.LOGNORMAL;
    ReplicaModel model = new ReplicaModel(servers, SERVICE_MS, scv, law, limitMs, 0.99, false);
    double safe = new Sizer(model).safeRate(1);
    assertThat(lateRatio(model, safe * (1 - tolerance))).isLessThan(0.01);
    double beyond = Math.min(safe * (1 + tolerance), 0.999 * model.saturationPerSecond());
    assertThat(lateRatio(model, beyond)).isGreaterThan(0.01 * 0.9);
  }

  private static double lateRatio(ReplicaModel model, double ratePerSecond) {
    SplittableRandom random = new SplittableRandom(20_260_101);
    PriorityQueue<Double> free = new PriorityQueue<>();
    for (int i = 0; i < model.concurrency(); i++) {
      free.add(0.0);
    }
    double now = 0;
    int late = 0;
    int warm = REQUESTS / 20;
    for (int i = 0; i < REQUESTS; i++) {
      now += -1_000 * StrictMath.log(1 - random.nextDouble()) / ratePerSecond;
      double start = Math.max(now, free.remove());
      double end = start + serviceMs(model, random);
      free.add(end);
      late += i >= warm && end - now > model.sloLatencyMs() ? 1 : 0;
    }
    return (double) late / (REQUESTS - warm);
  }

  private static double serviceMs(ReplicaModel model, SplittableRandom random) {
    switch (model.law()) {
      case DETERMINISTIC:
        return SERVICE_MS;
      case EXPONENTIAL:
        return -SERVICE_MS * StrictMath.log(1 - random.nextDouble());
      case LOGNORMAL:
      default:
        double sigma = Math.sqrt(StrictMath.log1p(model.scv()));
        return SERVICE_MS * StrictMath.exp(sigma * random.nextGaussian() - sigma * sigma / 2);
    }
  }
}
