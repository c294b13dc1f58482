package dev.highwater.kernel.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.WishSource;
import org.junit.jupiter.api.Test;

/** Goal: knative and predictive-hourly do what their documentation says. */
class BaselineRulesTest {
  /** A replica works on 8 at once; 70 % of that, 5.6, is its target. */
  @Test
  void knativeDividesMeanConcurrencyByTheTarget() {
    Scenario knative = new Scenario("knative").target(10).ready(10);
    ScalingDecision decision = knative.until(120_000, 1_000, 0.5);
    assertThat(decision.target()).isEqualTo(8); // 10 x 8 x 0.5 = 40; 40 / 5.6 = 7.1
    assertThat(decision.winner()).isEqualTo(WishSource.REACTIVE);
  }

  @Test
  void knativePanicsAtTwiceTheReadyReplicasAndOnlyRisesUntilAStableWindowHasPassed() {
    Scenario knative = new Scenario("knative").target(4).ready(4);
    knative.until(120_000, 100, 0.35);
    long calm = knative.nowMs();
    ScalingDecision panic = knative.until(calm + 8_000, 100, 2.0);
    assertThat(panic.winner()).isEqualTo(WishSource.PANIC);
    assertThat(panic.target()).isEqualTo(12); // 4 x 8 x 2 = 64; 64 / 5.6 = 11.4
    ScalingDecision after = knative.until(calm + 50_000, 100, 0.35);
    assertThat(after.winner()).isEqualTo(WishSource.PANIC);
    assertThat(after.target()).isEqualTo(12);
    ScalingDecision over = knative.until(calm + 140_000, 100, 0.35);
    assertThat(over.winner()).isEqualTo(WishSource.REACTIVE);
    assertThat(over.target()).isEqualTo(2);
  }

  @Test
  void knativeHalvesTheReadyReplicasAtMost() {
    Scenario knative = new Scenario("knative").target(40).ready(40);
    assertThat(knative.until(120_000, 0, 0).target()).isEqualTo(20);
  }

  @Test
  void predictiveNeedsADayAndThenPreparesAnHourFiveMinutesAhead() {
    Scenario predictive = new Scenario("predictive-hourly").target(2).ready(2);
    long hour = 3_600_000;
    for (int h = 0; h < 24; h++) {
      double load = h == 12 ? 14_000 : 140;
      for (long t = h * hour; t < (h + 1) * hour; t += 60_000) {
        predictive.second(t, load, 0.35);
      }
    }
    for (long t = 24 * hour; t < 36 * hour - 301_000; t += 60_000) {
      assertThat(predictive.second(t, 140, 0.35).winner()).isEqualTo(WishSource.REACTIVE);
    }
    ScalingDecision ahead = predictive.second(36 * hour - 300_000, 140, 0.35);
    assertThat(ahead.winner()).isEqualTo(WishSource.FORECAST);
    assertThat(ahead.target()).isEqualTo(100); // 14,000 / (0.7 x 200)
    assertThat(predictive.second(37 * hour - 1_000, 140, 0.35).target()).isEqualTo(100);
    assertThat(predictive.second(37 * hour, 140, 0.35).target()).isLessThan(10);
  }
}
