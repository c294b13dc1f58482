package dev.highwater.kernel.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.MetricTarget;
import dev.highwater.model.MetricTarget.Metric;
import dev.highwater.model.Scaling;
import dev.highwater.model.ScalingBehavior;
import dev.highwater.model.ScalingBehavior.HpaPolicy;
import dev.highwater.model.ScalingBehavior.PolicyType;
import dev.highwater.model.ScalingBehavior.ScalingRules;
import dev.highwater.model.ScalingBehavior.SelectPolicy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
    assertThat(HpaRule.proposal(current, ratio, pods, unready, silent, assumed, 0.1, 0.1))
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

  private static Scenario under(String policy, ScalingBehavior behavior) {
    return new Scenario(
        new Scaling(policy, 1, 1_000, 1, 0, List.of(), List.of(), null, 0, behavior));
  }

  private static ScalingRules rules(
      @Nullable Long windowSeconds,
      @Nullable SelectPolicy select,
      @Nullable Double tolerance,
      HpaPolicy... policies) {
    return new ScalingRules(windowSeconds, select, List.of(policies), tolerance);
  }

  /**
   * The worked example of the documentation: 80 replicas, 10 wanted, 4 pods or 10 % a minute. 8 go
   * first, then 10 % of 72 is 7.2 and 8 go; below 40 it is 4 at a time.
   */
  @Test
  void scalingPoliciesLimitScaleInAsDocumented() {
    ScalingRules down =
        rules(
            0L,
            null,
            null,
            new HpaPolicy(PolicyType.PODS, 4, 60),
            new HpaPolicy(PolicyType.PERCENT, 10, 60));
    Scenario hpa = under("hpa:50", new ScalingBehavior(null, down)).target(80).ready(80).instant();
    hpa.second(0, 100, 0.06);
    List<Integer> targets = new ArrayList<>();
    for (int minute = 0; minute < 12; minute++) {
      targets.add(hpa.until(15_000 + 60_000 * minute, 100, 0.06).target());
    }
    assertThat(targets).containsExactly(72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16);
  }

  @Test
  void selectPolicyTakesTheLeastOrDisables() {
    HpaPolicy pods = new HpaPolicy(PolicyType.PODS, 4, 60);
    HpaPolicy percent = new HpaPolicy(PolicyType.PERCENT, 100, 60);
    Scenario least =
        under(
                "hpa:50",
                new ScalingBehavior(rules(null, SelectPolicy.MIN, null, pods, percent), null))
            .target(20)
            .ready(20);
    least.second(0, 100, 1.0);
    assertThat(least.until(15_000, 100, 1.0).target()).isEqualTo(24);
    Scenario never =
        under("hpa:50", new ScalingBehavior(rules(null, SelectPolicy.DISABLED, null), null))
            .target(20)
            .ready(20);
    never.second(0, 100, 1.0);
    assertThat(never.until(300_000, 100, 1.0).target()).isEqualTo(20);
  }

  @Test
  void aWindowForScaleOutUsesItsLowestRecommendation() {
    Scenario hpa =
        under("hpa:50", new ScalingBehavior(rules(60L, null, null), null)).target(10).ready(10);
    hpa.second(0, 100, 0.5);
    hpa.until(15_000, 100, 0.5);
    assertThat(hpa.until(60_000, 100, 1.0).target()).as("10 is still in the window").isEqualTo(10);
    assertThat(hpa.until(75_000, 100, 1.0).target()).isEqualTo(20);
  }

  @Test
  void toleranceIsThatOfItsDirection() {
    Scenario fine =
        under("hpa:50", new ScalingBehavior(rules(null, null, 0.01), null)).target(100).ready(100);
    fine.second(0, 100, 0.52);
    assertThat(fine.until(15_000, 100, 0.52).target()).isEqualTo(104);
    Scenario coarse = new Scenario("hpa:50").target(100).ready(100);
    coarse.second(0, 100, 0.52);
    assertThat(coarse.until(15_000, 100, 0.52).target()).isEqualTo(100);
  }

  @Test
  void metricsMayBeAsOldAsTheNameSays() {
    Scenario fresh = new Scenario("hpa:50").target(10).ready(10);
    Scenario late = new Scenario("hpa:50@30s").target(10).ready(10);
    for (Scenario each : List.of(fresh, late)) {
      each.second(0, 100, 0.5);
      each.until(45_000, 100, 0.5);
    }
    assertThat(fresh.until(60_000, 100, 1.0).target()).isEqualTo(20);
    assertThat(late.until(75_000, 100, 1.0).target())
        .as("it still sees the old load")
        .isEqualTo(10);
    assertThat(late.until(90_000, 100, 1.0).target()).isEqualTo(20);
    assertThat(PolicyName.parse("hpa:70@30s"))
        .hasValue(new PolicyName(PolicyName.Kind.HPA, 70, 30_000));
    assertThat(PolicyName.parse("slo@30s")).isEmpty();
    assertThat(PolicyName.parse("hpa@30")).isEmpty();
    assertThat(PolicyName.parse("hpa@601s")).isEmpty();
  }
}
