package dev.highwater.kernel.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.MetricTarget;
import dev.highwater.model.MetricTarget.Metric;
import dev.highwater.model.Scaling;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goal: the baseline does what autoscaling/v2 documents and its own tests show. */
class HpaRuleTest {
  /**
   * Cases of replica_calculator_test.go, in ratios to the target: pods ready, not ready, without
   * metrics. A pod without metrics counts as 100 % of its request, here given over the target.
   */
  @ParameterizedTest
  @CsvSource({
    // TestReplicaCalcScaleUp: 300, 500, 700 of 1000 against 30 %: 3 -> 5
    "3, 1.66666666, 3, 0, 0, 3.3333, 5",
    // TestReplicaCalcScaleUpUnreadyLessScale: 500, 700 and one unready against 30 %: 3 -> 4
    "3, 2.0, 2, 1, 0, 3.3333, 4",
    // TestReplicaCalcScaleUpUnreadyNoScale: 400 and two unready against 30 %: 3 -> 3
    "3, 1.3333333, 1, 2, 0, 3.3333, 3",
    // TestReplicaCalcScaleDown: 100, 300, 500, 250, 250 against 50 %: 5 -> 3
    "5, 0.56, 5, 0, 0, 2, 3",
    // TestReplicaCalcTolerance: 1010, 1030, 1020 against 100 %: 3 -> 3
    "3, 1.02, 3, 0, 0, 1, 3",
    // TestReplicaCalcMissingMetricsNoChangeEq: 1000 and one missing against 100 %: 2 -> 2
    "2, 1.0, 1, 0, 1, 1, 2",
    // TestReplicaCalcMissingMetricsNoChangeGt: 1900 and one missing against 100 %: 2 -> 2
    "2, 1.9, 1, 0, 1, 1, 2",
    // TestReplicaCalcMissingMetricsNoChangeLt: 600 and one missing against 100 %: 2 -> 2
    "2, 0.6, 1, 0, 1, 1, 2",
    // TestReplicaCalcMissingMetricsUnreadyChange: 450, one unready, one missing against 50 %: 3 ->
    // 3
    "3, 0.9, 1, 1, 1, 2, 3",
    // TestReplicaCalcMissingMetricsUnreadyScaleUp: 2000, one unready, one missing, 50 %: 3 -> 4
    "3, 4.0, 1, 1, 1, 2, 4"
  })
  void proposalsMatchThePublishedCases(
      int current, double ratio, int pods, int unready, int silent, double assumed, int expected) {
    assertThat(HpaRule.proposal(current, ratio, pods, unready, silent, assumed))
        .isEqualTo(expected);
  }

  @Test
  void theDocumentedFormulaScalesTwoPodsAtTwiceTheTargetToFour() {
    Scenario hpa = new Scenario("hpa:50").target(2).ready(2);
    hpa.second(0, 100, 1.0);
    assertThat(hpa.until(15_000, 100, 1.0).target()).isEqualTo(4);
  }

  @Test
  void nothingHappensBetweenSyncs() {
    Scenario hpa = new Scenario("hpa:50").target(2).ready(2);
    hpa.second(0, 100, 1.0);
    assertThat(hpa.until(14_000, 100, 1.0).target()).isEqualTo(2);
  }

  @Test
  void scaleOutIsLimitedToDoubleOrFourMore() {
    Scenario few = new Scenario("hpa:10").target(1).ready(1);
    few.second(0, 100, 1.0);
    assertThat(few.until(15_000, 100, 1.0).target()).isEqualTo(5);
    Scenario many = new Scenario("hpa:10").target(20).ready(20);
    many.second(0, 100, 1.0);
    assertThat(many.until(15_000, 100, 1.0).target()).isEqualTo(40);
  }

  @Test
  void scaleInUsesTheHighestRecommendationOfFiveMinutes() {
    Scenario hpa = new Scenario("hpa:50").target(10).ready(10);
    hpa.second(0, 100, 0.5);
    assertThat(hpa.until(15_000, 100, 0.5).target()).isEqualTo(10);
    assertThat(hpa.until(300_000, 100, 0.2).target()).isEqualTo(10);
    assertThat(hpa.until(330_000, 100, 0.2).target()).isEqualTo(4);
  }

  @Test
  void theDefaultTargetIsEightyPercent() {
    Scenario hpa = new Scenario("hpa").target(10).ready(10);
    hpa.second(0, 100, 0.96);
    assertThat(hpa.until(15_000, 100, 0.96).target()).isEqualTo(12);
  }

  @Test
  void replicasThatJustBecameReadyCountAsNotReady() {
    Scenario hpa = new Scenario("hpa:50").target(4).ready(2);
    hpa.second(0, 100, 0.75);
    hpa.until(14_000, 100, 0.75);
    hpa.ready(4);
    // 2 pods at 1.5 and 2 that count as idle: 0.75 would turn the direction over, so nothing.
    assertThat(hpa.until(15_000, 100, 0.75).target()).isEqualTo(4);
  }

  @Test
  void withoutAnyFigureNothingHappens() {
    Scenario hpa = new Scenario("hpa:50").target(10).ready(10);
    hpa.second(0, Double.NaN, Double.NaN);
    assertThat(hpa.until(600_000, Double.NaN, Double.NaN).target()).isEqualTo(10);
  }

  @Test
  void ofSeveralMetricsTheLargestProposalCounts() {
    Scaling scaling =
        new Scaling(
            "hpa",
            1,
            1_000,
            1,
            0,
            List.of(),
            List.of(
                new MetricTarget(Metric.UTILISATION, 0.5),
                new MetricTarget(Metric.REQUESTS_PER_SECOND, 10)),
            null,
            0);
    Scenario hpa = new Scenario(scaling).target(10).ready(10);
    hpa.second(0, 150, 0.5);
    assertThat(hpa.until(15_000, 150, 0.5).target()).isEqualTo(15);
  }
}
