package dev.highwater.kernel.policy;

import dev.highwater.kernel.forecast.EventCalendar;
import dev.highwater.kernel.forecast.ForecastSettings;
import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Plays a load to a policy, one tick a second, with replicas that boot in 30 s, and counts what
 * exceeds the safe rate of the ready ones. No nodes, no quota, no admission.
 */
final class FluidReplay {
  private static final int BOOT_SECONDS = 30;

  private final Sizer sizer;
  private final ServiceScaler scaler;
  private double requests;
  private double excess;
  private double replicaSeconds;
  private double oracleSeconds;

  FluidReplay(String policy, List<PeakEvent> events) {
    this(policy, events, ForecastSettings.DEFAULT);
  }

  FluidReplay(String policy, List<PeakEvent> events, ForecastSettings settings) {
    Service service =
        Scenario.SERVICE.withScaling(
            Scenario.scaling(policy, 1, 1_000_000, 60_000, 0, List.of(), null));
    sizer = new Sizer(ReplicaModel.of(service));
    scaler = new ServiceScaler(service, sizer, EventCalendar.of(service.id(), events), settings);
  }

  /**
   * @param rate {@code rate[t]} is the load per second in second t
   */
  FluidReplay play(double[] rate, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Deque<int[]> booting = new ArrayDeque<>(); // {second when ready, replicas}
    int target = Math.max(1, sizer.replicasFor(rate[0]));
    int ready = target;
    int ordered = 0;
    for (int t = 0; t < rate.length; t++) {
      while (!booting.isEmpty() && booting.getFirst()[0] <= t) {
        int[] boot = booting.removeFirst();
        ready += boot[1];
        ordered -= boot[1];
      }
      requests += rate[t];
      excess += Math.max(0, rate[t] - sizer.safeRate(ready));
      double seen = Math.max(0, rate[t] + Math.sqrt(rate[t]) * random.nextGaussian());
      double busy = Math.min(1, seen / (ready * 200.0));
      scaler.observe(
          new ServiceSignals(
              t * 1_000L,
              seen,
              target,
              ready,
              ordered,
              0,
              busy * 8 * ready,
              0,
              busy,
              32_000,
              0,
              1,
              0));
      int wanted = scaler.decide().target();
      if (wanted > target) {
        booting.addLast(new int[] {t + 1 + BOOT_SECONDS, wanted - target});
        ordered += wanted - target;
      }
      for (int less = target - wanted; less > 0; ) {
        int[] boot = booting.peekLast();
        if (boot == null) {
          ready -= less;
          break;
        }
        int cut = Math.min(less, boot[1]);
        boot[1] -= cut;
        ordered -= cut;
        less -= cut;
        if (boot[1] == 0) {
          booting.removeLast();
        }
      }
      target = wanted;
      replicaSeconds += target;
      int most = 0;
      for (int ahead = t; ahead <= Math.min(rate.length - 1, t + BOOT_SECONDS); ahead++) {
        most = Math.max(most, sizer.replicasFor(rate[ahead]));
      }
      oracleSeconds += Math.max(1, most);
    }
    return this;
  }

  /** Requests beyond the safe rate of the ready replicas. */
  double excess() {
    return excess;
  }

  double violationRatio() {
    return excess / requests;
  }

  double hoursOverOracle() {
    return replicaSeconds / oracleSeconds;
  }

  double replicaHours() {
    return replicaSeconds / 3_600;
  }
}
