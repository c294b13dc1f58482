package dev.highwater.kernel.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.forecast.ForecastSettings;
import dev.highwater.model.PeakEvent;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Goal: few violations for few replica-hours, on loads that nothing was tuned on. */
class ScalingQualityTest {
  private static final int START = 3_600;

  private static double[] day() {
    double[] rate = new double[86_400];
    for (int t = 0; t < rate.length; t++) {
      rate[t] = 6_000 - 4_500 * StrictMath.cos(2 * StrictMath.PI * t / 86_400);
    }
    return rate;
  }

  /** Calm, then a jump at a fixed second that decays over half an hour. */
  private static double[] midnight() {
    double[] rate = new double[2 * 3_600];
    for (int t = 0; t < rate.length; t++) {
      double since = t - START;
      double peak = since < 300 ? 1 : StrictMath.pow(0.5, (since - 300) / 400.0);
      rate[t] = t < START ? 2_000 : 2_000 + 18_000 * peak;
    }
    return rate;
  }

  private static List<PeakEvent> declared(double peak, long lateMs) {
    return List.of(
        new PeakEvent(
            "midnight",
            START * 1_000L + lateMs,
            0,
            300_000,
            400_000,
            List.of(new PeakEvent.EventLoad(Scenario.SERVICE.id(), peak))));
  }

  private static FluidReplay replay(String policy, double[] rate, List<PeakEvent> events) {
    return new FluidReplay(policy, events).play(rate, 1);
  }

  @Test
  void aSmoothDayCostsLittleMoreThanClairvoyance() {
    FluidReplay slo = replay("slo", day(), List.of());
    FluidReplay hpa = replay("hpa:70", day(), List.of());
    assertThat(slo.violationRatio()).isLessThan(1e-5);
    assertThat(slo.hoursOverOracle()).isLessThan(1.05);
    assertThat(slo.replicaHours()).isLessThan(0.88 * hpa.replicaHours());
  }

  @Test
  void aDeclaredJumpIsMetAndAWrongDeclarationStillHelps() {
    double none = replay("slo", midnight(), List.of()).violationRatio();
    double right = replay("slo", midnight(), declared(20_000, 0)).violationRatio();
    double small = replay("slo", midnight(), declared(16_000, 0)).violationRatio();
    double late = replay("slo", midnight(), declared(20_000, 60_000)).violationRatio();
    double early = replay("slo", midnight(), declared(20_000, -120_000)).violationRatio();
    assertThat(right).isLessThan(1e-4);
    assertThat(small).as("a fifth too small").isLessThan(1e-4);
    assertThat(late).isLessThan(none / 3);
    assertThat(early).isLessThan(1e-4);
  }

  @Test
  void aMinuteThatIsMissingFromTheLoadBreaksLittle() {
    double[] dip = day();
    for (int i = 0; i < 120; i++) {
      dip[30_000 + i] *= 1 - 0.35 * Math.min(i, 120 - i) / 60.0;
    }
    FluidReplay slo = replay("slo", dip, List.of());
    assertThat(slo.violationRatio()).isLessThan(1e-5);
    assertThat(slo.hoursOverOracle()).isLessThan(1.05);
  }

  /** Goal: no target of hpa is as cheap and as good, on ramps that nothing foretells. */
  @Test
  void noTargetOfHpaIsAsCheapAndAsGood() {
    SplittableRandom random = new SplittableRandom(7);
    double[] ramps = new double[8 * 3_600];
    double from = 4_000;
    double to = 4_000;
    for (int t = 0; t < ramps.length; t++) {
      if (t % 300 == 0) {
        from = to;
        to = 4_000 * StrictMath.exp(0.5 * random.nextGaussian());
      }
      ramps[t] = from + (to - from) * (t % 300) / 300;
    }
    FluidReplay slo = replay("slo", ramps, List.of());
    double best = Double.POSITIVE_INFINITY;
    for (int target = 20; target <= 80; target += 10) {
      FluidReplay hpa = replay("hpa:" + target, ramps, List.of());
      boolean asGood = hpa.violationRatio() <= slo.violationRatio();
      assertThat(asGood && hpa.replicaHours() <= slo.replicaHours())
          .as("seed 7, " + target)
          .isFalse();
      if (hpa.replicaHours() <= slo.replicaHours()) {
        best = Math.min(best, hpa.violationRatio());
      }
    }
    assertThat(slo.violationRatio()).as("seed 7").isLessThan(best / 2);
  }

  @Test
  void anEventThatNeverComesIsGivenBack() {
    double[] calm = new double[2 * 3_600];
    Arrays.fill(calm, 2_000);
    List<PeakEvent> never =
        List.of(
            new PeakEvent(
                "never",
                START * 1_000L,
                0,
                3_000_000,
                0,
                List.of(new PeakEvent.EventLoad(Scenario.SERVICE.id(), 20_000))));
    double held = replay("slo", calm, never).replicaHours();
    double whole = 20_000 / 186.0 * 3_000 / 3_600;
    assertThat(held).isLessThan(0.35 * whole + 2 * 13);
  }

  @Test
  void anUndeclaredJumpHurtsLessThanUnderTheBaselines() {
    double slo = replay("slo", midnight(), List.of()).violationRatio();
    for (String baseline : List.of("hpa:70", "knative", "predictive-hourly", "fixed:20")) {
      assertThat(slo)
          .as(baseline)
          .isLessThan(replay(baseline, midnight(), List.of()).violationRatio());
    }
  }

  /**
   * Ten times within seventy seconds, and again two hours later, when headroom has forgotten some
   * of it; nobody declared it. After one hour headroom alone does as much.
   */
  @Test
  void theSecondCrowdBreaksLessForLessThanWithoutAMemoryOfTheFirst() {
    double[] crowds = new double[3 * START];
    for (int t = 0; t < crowds.length; t++) {
      int age = (t < START ? t : t - 2 * START) - START / 2;
      double rise = Math.min(1, (StrictMath.exp(Math.max(0, age) / 30.0) - 1) / 9);
      double fall = Math.max(0, Math.min(1, (900 - age) / 200.0));
      crowds[t] = 2_000 + 18_000 * Math.min(rise, fall);
    }
    FluidReplay first = replay("slo", Arrays.copyOf(crowds, START), List.of());
    FluidReplay with = replay("slo", crowds, List.of());
    FluidReplay without =
        new FluidReplay("slo", List.of(), ForecastSettings.DEFAULT.withEventMemoryMs(0))
            .play(crowds, 1);
    assertThat(with.excess() - first.excess())
        .isLessThan(0.95 * (without.excess() - first.excess()));
    assertThat(with.replicaHours()).isLessThan(without.replicaHours());
  }
}
