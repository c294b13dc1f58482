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
import dev.highwater.model.ScheduleFloor;
import dev.highwater.model.WishSource;
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

  /** It is looked at before the spec's first number is decided, and must not stand in its way. */
  @Test
  void whatTheSpecBeginsWithStandsUntilTheFirstSync() {
    Scenario hpa = new Scenario("hpa:50").target(0).ready(0);
    hpa.second(0, 0, 0);
    hpa.target(8).ready(8);
    assertThat(hpa.second(1_000, 100, 0.1).target()).isEqualTo(8);
    assertThat(hpa.until(14_000, 100, 0.1).target()).isEqualTo(8);
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
  void whatIsFoundAtTheStartCountsAsRecommended() {
    Scenario hpa = new Scenario("hpa:50").target(10).ready(10);
    assertThat(hpa.until(300_000, 100, 0.2).target()).as("idle from the first look").isEqualTo(10);
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

  /** By these metrics, and nothing of what it says is held back. */
  private static Scenario by(MetricTarget... metrics) {
    ScalingBehavior atOnce = new ScalingBehavior(null, rules(0L, null, null));
    return new Scenario(
            new Scaling("hpa", 1, 1_000, 1, 0, List.of(), List.of(metrics), null, 0, atOnce))
        .target(10)
        .ready(10);
  }

  /** Ten pods of 8 places each at 150/s, half of the places in use and 30 requests waiting. */
  @ParameterizedTest
  @CsvSource({
    "REQUESTS_PER_SECOND, 10, 15",
    "CONCURRENCY, 2, 20",
    "UTILISATION, 0.4, 13",
    "QUEUE_LENGTH, 2, 15"
  })
  void ofSeveralMetricsTheLargestProposalCounts(Metric metric, double target, int proposed) {
    Scenario alone = by(new MetricTarget(metric, target)).queued(30);
    alone.second(0, 150, 0.5);
    assertThat(alone.until(15_000, 150, 0.5).target()).isEqualTo(proposed);
    for (Metric other : Metric.values()) {
      if (other == metric) {
        continue;
      }
      MetricTarget wanted = new MetricTarget(metric, target);
      MetricTarget lesser = new MetricTarget(other, 1_000);
      for (Scenario both : List.of(by(wanted, lesser), by(lesser, wanted))) {
        both.queued(30).second(0, 150, 0.5);
        assertThat(both.until(15_000, 150, 0.5).target()).as("with %s", other).isEqualTo(proposed);
      }
    }
  }

  private static final MetricTarget TEN_PER_SECOND =
      new MetricTarget(Metric.REQUESTS_PER_SECOND, 10);

  @Test
  void aMetricOfRequestsWithoutFiguresIsMissingAndNotZero() {
    Scenario hpa = by(TEN_PER_SECOND);
    hpa.second(0, 100, 0.5);
    assertThat(hpa.until(60_000, 100, 0.5).target()).isEqualTo(10);
    assertThat(hpa.until(460_000, Double.NaN, 0.5).target())
        .as("the front door is silent, pods report")
        .isEqualTo(10);
  }

  @Test
  void theFrontDoorMayReportLessOftenThanPods() {
    Scenario hpa = by(TEN_PER_SECOND);
    hpa.second(0, 100, 0.5);
    ScalingDecision decision = hpa.second(500, Double.NaN, 0.5);
    for (int tick = 2; tick <= 120; tick++) {
      decision = hpa.second(tick * 500L, tick % 2 == 0 ? 100 : Double.NaN, 0.5);
    }
    assertThat(decision.target()).isEqualTo(10);
  }

  /**
   * horizontal.go, computeReplicasForMetrics: when a metric is invalid and the others ask for less,
   * nothing happens.
   */
  @Test
  void withAMetricMissingNothingIsScaledIn() {
    MetricTarget half = new MetricTarget(Metric.UTILISATION, 0.5);
    Scenario down = by(TEN_PER_SECOND, half);
    down.second(0, 100, 0.2);
    assertThat(down.until(60_000, Double.NaN, 0.2).target()).isEqualTo(10);
    assertThat(down.until(75_000, 10, 0.2).target()).as("both are here").isEqualTo(4);
  }

  @Test
  void withAMetricMissingScaleOutGoesOn() {
    MetricTarget half = new MetricTarget(Metric.UTILISATION, 0.5);
    Scenario up = by(TEN_PER_SECOND, half);
    up.second(0, Double.NaN, 0.75);
    assertThat(up.until(15_000, Double.NaN, 0.75).target()).isEqualTo(15);
  }

  /** Of ten pods, with the means of those that report. */
  @ParameterizedTest
  @CsvSource({
    // 0.2 of 0.5 in eight, two as fully used: 8 x 0.4 + 2 x 2 is 7.2 of 10.
    "UTILISATION, 0.5, 0.2, 0, 2, 8",
    // 0.25 of 0.5 in six, four as fully used: 11 of 10, turned over, so nothing.
    "UTILISATION, 0.5, 0.25, 0, 4, 10",
    // 1 of 0.5 in six, four as idle: 12 of 10.
    "UTILISATION, 0.5, 1.0, 0, 4, 12",
    // 30/s at each, also at those that say nothing: 5 x 3, five as idle: 15 of 10.
    "REQUESTS_PER_SECOND, 10, 0.5, 300, 5, 15",
    // 5/s at each: 5 x 0.5, five as at their target: 7.5 of 10.
    "REQUESTS_PER_SECOND, 10, 0.5, 50, 5, 8"
  })
  void podsThatSayNothingCountAgainstTheDirection(
      Metric metric, double target, double utilisation, double load, int silent, int expected) {
    Scenario hpa = by(new MetricTarget(metric, target)).silent(silent);
    hpa.second(0, load, utilisation);
    assertThat(hpa.until(15_000, load, utilisation).target()).isEqualTo(expected);
  }

  @Test
  void theReasonHasTheFiguresOfTheMetricThatLeads() {
    MetricTarget half = new MetricTarget(Metric.UTILISATION, 0.5);
    Scenario hpa = by(half, TEN_PER_SECOND);
    assertThat(hpa.second(0, 150, 0.5).wishes().get(0).because())
        .isEqualTo("no synchronisation yet");
    assertThat(hpa.until(15_000, 150, 0.5).wishes().get(0).because())
        .isEqualTo(
            "requests 15.0/s at each of 10 pods, target 10.0/s: proposed 15, after stabilisation 15");
    assertThat(hpa.until(45_000, Double.NaN, 0.2).wishes().get(0).because())
        .isEqualTo(
            "utilisation 20 % at each of 10 pods, target 50 %: proposed 4, another metric has no"
                + " figure, after stabilisation 10");
    assertThat(hpa.until(60_000, Double.NaN, Double.NaN).wishes().get(0).because())
        .isEqualTo("no metric has a figure, after stabilisation 10");
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

  /** On the clock of UTC from one o'clock to two. */
  private static Scenario cron(String policy, int floor, int target) {
    List<ScheduleFloor> floors = List.of(new ScheduleFloor("UTC", "0 1 * * *", "0 2 * * *", floor));
    Scenario cron =
        new Scenario(Scenario.scaling(policy, 1, 1_000, 60_000, 0, floors, null))
            .target(target)
            .ready(target)
            .instant();
    cron.second(HOUR_MS - 60_000, 1, 0.01);
    return cron;
  }

  private static final long HOUR_MS = 3_600_000;

  @Test
  void aScheduleIsOneMoreMetricThatIsClimbedToByTheScalingPolicies() {
    Scenario cron = cron("cron:50", 40, 1);
    assertThat(cron.until(HOUR_MS - 1_000, 1, 0.01).target()).isEqualTo(1);
    List<Integer> targets = new ArrayList<>();
    for (int sync = 0; sync < 5; sync++) {
      targets.add(cron.until(HOUR_MS + sync * 15_000L, 1, 0.01).target());
    }
    assertThat(targets).as("four more, then double, every 15 s").containsExactly(5, 10, 20, 40, 40);
    ScalingDecision decision = cron.until(HOUR_MS + 75_000, 1, 0.01);
    assertThat(decision.winner()).isEqualTo(WishSource.SCHEDULE);
    assertThat(decision.wishes().get(0).because())
        .isEqualTo(
            "a floor from 0 1 * * * to 0 2 * * * on the clock of UTC: proposed 40, after"
                + " stabilisation 40");
  }

  @Test
  void whatAScheduleAskedForIsHeldForFiveMinutesAfterItsEnd() {
    Scenario cron = cron("cron:50", 40, 40);
    cron.until(HOUR_MS, 1, 0.01);
    assertThat(cron.until(2 * HOUR_MS - 1_000, 1, 0.01).winner()).isEqualTo(WishSource.SCHEDULE);
    // Its last recommendation, 15 s before its end, is the last that the window of 300 s forgets.
    assertThat(cron.until(2 * HOUR_MS + 284_000, 1, 0.01).target()).isEqualTo(40);
    ScalingDecision after = cron.until(2 * HOUR_MS + 285_000, 1, 0.01);
    assertThat(after.target()).isEqualTo(1);
    assertThat(after.winner()).isEqualTo(WishSource.REACTIVE);
  }

  @Test
  void aScheduleWithinTheToleranceChangesNothing() {
    assertThat(cron("cron:50", 21, 20).until(HOUR_MS + 15_000, 1, 0.5).target()).isEqualTo(20);
    assertThat(cron("cron:50", 23, 20).until(HOUR_MS + 15_000, 1, 0.5).target()).isEqualTo(23);
  }

  @Test
  void aScheduleIsFollowedWithoutAnyOtherFigure() {
    assertThat(cron("cron:50", 40, 20).until(HOUR_MS, Double.NaN, Double.NaN).target())
        .isEqualTo(40);
    assertThat(cron("cron:50", 10, 20).until(2 * HOUR_MS, Double.NaN, Double.NaN).target())
        .as("the other metric is missing, so nothing is scaled in")
        .isEqualTo(20);
  }

  @Test
  void onlyCronFollowsSchedules() {
    for (String policy : List.of("hpa:50", "knative", "predictive-hourly")) {
      assertThat(cron(policy, 40, 2).until(HOUR_MS + 15_000, 1, 0.01).target())
          .as(policy)
          .isLessThanOrEqualTo(2);
    }
  }

  @Test
  void anIdleServiceKeepsOnePodWhateverItsMinimum() {
    Scenario idle =
        new Scenario(Scenario.scaling("hpa:50", 0, 1_000, 60_000, 0, List.of(), null))
            .target(4)
            .ready(4)
            .instant();
    idle.second(0, 0, 0);
    assertThat(idle.until(600_000, 0, 0).target()).isEqualTo(1);
    assertThat(idle.until(900_000, 0, 0).target()).isEqualTo(1);
  }

  @Test
  void aServiceSetToNothingByHandStaysThere() {
    Scenario off =
        new Scenario(Scenario.scaling("hpa:50", 0, 1_000, 60_000, 0, List.of(), null))
            .target(0)
            .ready(0)
            .instant();
    off.second(0, 1_000, Double.NaN);
    assertThat(off.until(600_000, 1_000, Double.NaN).target()).isEqualTo(0);
  }

  /**
   * replica_calculator.go, groupPods: only for CPU does a pod that just became ready count as not
   * ready. Of four pods with 30/s in all and a target of 10, three are enough.
   */
  @Test
  void ofOtherMetricsPodsThatJustBecameReadyHaveFigures() {
    Scenario hpa = by(TEN_PER_SECOND).target(4).ready(2);
    hpa.second(0, 30, 0.5);
    hpa.until(299_000, 30, 0.5);
    hpa.ready(4);
    assertThat(hpa.until(300_000, 30, 0.5).wishes().get(0).because())
        .startsWith("requests 7.5/s at each of 4 pods, target 10.0/s: proposed 3");
  }

  /** What is older than a pod says nothing of it: its load is elsewhere, and it is missing. */
  @Test
  void ofOldMetricsYoungPodsAreMissing() {
    Scenario hpa =
        new Scenario(
                new Scaling(
                    "hpa@30s", 1, 1_000, 1, 0, List.of(), List.of(TEN_PER_SECOND), null, 0, null))
            .target(4)
            .ready(2);
    hpa.second(0, 60, 0.5);
    hpa.until(299_000, 60, 0.5);
    hpa.ready(4);
    // 30/s at two pods, two more as idle: 1.5 of four.
    assertThat(hpa.until(300_000, 60, 0.5).wishes().get(0).because())
        .startsWith("requests 30.0/s at each of 2 pods, target 10.0/s: proposed 6");
    assertThat(hpa.until(345_000, 60, 0.5).wishes().get(0).because())
        .startsWith("requests 15.0/s at each of 4 pods, target 10.0/s: proposed 6");
  }
}
