package dev.highwater.kernel.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.WishSource;
import java.util.List;
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

  private static KnativeRule foundWith(int replicas) {
    KnativeRule knative = new KnativeRule(new PolicyName(PolicyName.Kind.KNATIVE, 0, 0));
    knative.begin(0, replicas);
    return knative;
  }

  /** autoscaler_test.go, TestAutoscalerUnpanicAfterSlowIncrease. */
  @Test
  void knativePanicEndsAfterAStableWindowWithoutCause() {
    KnativeRule knative = foundWith(1);
    assertThat(knative.scale(0, 10, 11, 25)).isEqualTo(25);
    assertThat(knative.scale(30_000, 40, 30, 41)).isEqualTo(41);
    assertThat(knative.scale(62_000, 55, 50, 56)).as("no longer in panic").isEqualTo(50);
  }

  /** TestAutoscalerExtendPanicWindow, and what follows from it. */
  @Test
  void knativePanicIsExtendedWhileThereIsCause() {
    KnativeRule knative = foundWith(1);
    assertThat(knative.scale(0, 10, 11, 25)).isEqualTo(25);
    assertThat(knative.scale(30_000, 40, 30, 80)).isEqualTo(80);
    assertThat(knative.scale(90_000, 80, 50, 50)).isEqualTo(80);
    assertThat(knative.scale(92_000, 80, 50, 50)).isEqualTo(50);
  }

  /** TestAutoscalerScale: PanicStableLargerThanPanic and PanicStableLessThanPanic. */
  @Test
  void knativeInPanicTakesTheLargerOfBothFigures() {
    assertThat(foundWith(5).scale(5_000, 5, 50, 30)).isEqualTo(50);
    assertThat(foundWith(5).scale(5_000, 5, 20, 30)).isEqualTo(30);
  }

  /** TestAutoscalerPanicModeExponentialTrackAndStabilize. */
  @Test
  void knativeFollowsExponentialGrowth() {
    KnativeRule knative = foundWith(1);
    int ready = 1;
    for (int wanted : new int[] {6, 36, 216, 1296, 1296}) {
      assertThat(knative.scale(0, ready, wanted, wanted)).isEqualTo(wanted);
      ready = wanted;
    }
  }

  /** TestAutoscalerStableModeDecrease and TestAutoscalerStableModeNoTrafficScaleToZero. */
  @Test
  void knativeOutsidePanicGoesByTheStableWindow() {
    KnativeRule few = foundWith(1);
    assertThat(few.scale(0, 8, 10, 10)).isEqualTo(10);
    assertThat(few.scale(0, 8, 5, 5)).isEqualTo(5);
    KnativeRule none = foundWith(1);
    assertThat(none.scale(0, 1, 0.1, 0)).isEqualTo(1);
    assertThat(none.scale(0, 1, 0, 0)).isEqualTo(0);
  }

  /** TestStartInPanicMode: not at 0 or 1, but from 2 on, and then what was found is kept. */
  @Test
  void knativeStartsInPanicWithMoreThanOneReplica() {
    assertThat(foundWith(1).scale(2_000, 1, 0, 0)).isEqualTo(0);
    KnativeRule knative = foundWith(2);
    assertThat(knative.scale(60_000, 2, 0, 0)).isEqualTo(2);
    assertThat(knative.scale(62_000, 2, 0, 0)).isEqualTo(1);
    Scenario idle = new Scenario("knative").target(10).ready(10);
    assertThat(idle.until(60_000, 0, 0).winner()).isEqualTo(WishSource.PANIC);
    assertThat(idle.until(61_000, 0, 0).target()).isEqualTo(10);
    assertThat(idle.until(62_000, 0, 0).target()).isEqualTo(5);
  }

  @Test
  void knativeWakesByWhatTheFrontDoorIsOffered() {
    Scenario asleep =
        new Scenario(Scenario.scaling("knative", 0, 1_000, 60_000, 0, List.of(), null))
            .target(0)
            .ready(0);
    assertThat(asleep.until(60_000, 0, Double.NaN).target()).isEqualTo(0);
    assertThat(asleep.until(62_000, 1, Double.NaN).target()).as("one request").isEqualTo(1);
    // 1,000/s of 40 ms each are 40 at once, and a replica is to have 5.6 of them.
    assertThat(asleep.until(70_000, 1_000, Double.NaN).target()).isEqualTo(8);
  }

  @Test
  void knativeWithoutAnyFigureKeepsWhatItFound() {
    Scenario blind =
        new Scenario(Scenario.scaling("knative", 0, 1_000, 60_000, 0, List.of(), null))
            .target(7)
            .ready(7);
    assertThat(blind.until(120_000, 1_000, Double.NaN).target()).isEqualTo(7);
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
