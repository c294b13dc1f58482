package dev.highwater.kernel.policy;

import static dev.highwater.kernel.policy.Scenario.scaling;
import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.BootTime;
import dev.highwater.model.Explanation.Wish;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.MetricTarget;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Scaling;
import dev.highwater.model.ScheduleFloor;
import dev.highwater.model.WishSource;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: one decision from many wishes, explained; scale-out at once, scale-in late. */
class ServiceScalerTest {
  private static final Sizer SIZER = new Sizer(ReplicaModel.of(Scenario.SERVICE));

  private static Scaling slo(int min, int max, long stabilisationMs) {
    return scaling("slo", min, max, stabilisationMs, 0, List.of(), null);
  }

  @Test
  void beforeTheFirstReportTheInitialNumberIsWanted() {
    ScalingDecision decision = new Scenario(slo(1, 100, 60_000)).second(0, Double.NaN, Double.NaN);
    assertThat(decision.target()).isEqualTo(3);
    assertThat(decision.winner()).isEqualTo(WishSource.INITIAL);
  }

  @Test
  void scaleOutFollowsTheLoadAtOnce() {
    Scenario slo = new Scenario(slo(1, 1_000, 60_000)).instant();
    slo.until(30_000, 1_000);
    ScalingDecision decision = slo.second(31_000, 5_000, 1);
    assertThat(decision.target()).isGreaterThanOrEqualTo(SIZER.replicasFor(5_000));
    assertThat(decision.target()).isLessThanOrEqualTo(SIZER.replicasFor(2.5 * 5_000));
  }

  @Test
  void scaleInWaitsForTheWholeWindowAndSaysSo() {
    Scenario slo = new Scenario(slo(1, 1_000, 60_000)).instant();
    int high = slo.until(900_000, 5_000).target();
    ScalingDecision held = slo.until(940_000, 3_500);
    assertThat(held.target()).isEqualTo(high);
    assertThat(held.winner()).isEqualTo(WishSource.HOLD);
    assertThat(held.wishes().get(0).source()).isEqualTo(WishSource.HOLD);
    assertThat(held.wishes())
        .anySatisfy(
            wish -> {
              assertThat(wish.source()).isEqualTo(WishSource.REACTIVE);
              assertThat(wish.lostBy()).isEqualTo(high - wish.replicas());
            });
    assertThat(slo.until(1_020_000, 3_500).target()).isLessThan(high);
  }

  @Test
  void nothingIsScaledInOnSilence() {
    Scenario slo = new Scenario(slo(1, 1_000, 10_000)).instant();
    int before = slo.until(100_000, 5_000).target();
    ScalingDecision silent = slo.until(900_000, Double.NaN, Double.NaN);
    assertThat(silent.target()).isEqualTo(before);
    assertThat(silent.wishes())
        .anySatisfy(
            wish -> {
              assertThat(wish.source()).isEqualTo(WishSource.HOLD);
              assertThat(wish.because()).contains("no report of load");
            });
    Scenario neverHeard = new Scenario(slo(1, 1_000, 10_000)).target(50).ready(50);
    assertThat(neverHeard.until(900_000, Double.NaN, Double.NaN).target()).isEqualTo(50);
  }

  @Test
  void aCollapseOfLoadIsTakenForAnOutageAndHeld() {
    Scenario slo = new Scenario(slo(1, 1_000, 10_000)).instant();
    int before = slo.until(2_400_000, 5_000).target();
    ScalingDecision collapsed = slo.until(2_500_000, 100);
    assertThat(collapsed.target()).isEqualTo(before);
    assertThat(collapsed.wishes())
        .anySatisfy(wish -> assertThat(wish.because()).contains("outage"));
    assertThat(slo.until(2_520_000, 5_000).target()).isGreaterThanOrEqualTo(before - 1);
  }

  @Test
  void anOutageThatLastsIsBelievedInTheEnd() {
    Scenario slo = new Scenario(slo(1, 1_000, 10_000)).instant();
    int before = slo.until(2_400_000, 5_000).target();
    assertThat(slo.until(3_200_000, 100).target()).isLessThan(before / 5);
  }

  @Test
  void aTakenOverServiceKeepsItsTargetOnTheFirstLook() {
    Scenario slo = new Scenario(slo(1, 1_000, 60_000)).target(50).ready(50);
    assertThat(slo.second(0, 1_000, 0.1).target()).isEqualTo(50);
  }

  @Test
  void declaredEventsArePreparedByTheTimeCapacityNeeds() {
    PeakEvent sale =
        new PeakEvent(
            "sale",
            600_000,
            0,
            300_000,
            0,
            List.of(new PeakEvent.EventLoad(Scenario.SERVICE.id(), 20_000)));
    Scenario slo = new Scenario(slo(1, 1_000, 60_000)).horizonMs(30_000).instant().events(sale);
    assertThat(slo.until(500_000, 1_000).target()).isLessThan(20);
    ScalingDecision ahead = slo.until(575_000, 1_000);
    assertThat(ahead.winner()).isEqualTo(WishSource.CALENDAR);
    // Until the crowd has shown its size, with a quarter of room.
    assertThat(ahead.target()).isEqualTo(SIZER.replicasFor(25_000));
    assertThat(slo.scaler().replicasAhead()).isEqualTo(SIZER.replicasFor(25_000));
    ScalingDecision there = slo.until(700_000, 20_000);
    assertThat(there.target())
        .as("the room is given back once as much came as was declared")
        .isBetween(SIZER.replicasFor(20_000), SIZER.replicasFor(21_500));
  }

  @Test
  void nodesAreAskedForAtTheirOwnLongerHorizon() {
    PeakEvent sale =
        new PeakEvent(
            "sale",
            600_000,
            0,
            300_000,
            0,
            List.of(new PeakEvent.EventLoad(Scenario.SERVICE.id(), 20_000)));
    Scenario slo =
        new Scenario(slo(1, 1_000, 60_000))
            .horizonMs(30_000)
            .nodeHorizonMs(150_000)
            .instant()
            .events(sale);
    ScalingDecision early = slo.until(400_000, 1_000);
    assertThat(early.target()).isLessThan(20);
    assertThat(slo.scaler().replicasAhead()).isEqualTo(SIZER.replicasFor(25_000));
  }

  @Test
  void nothingIsGivenUpForAMinuteAfterAFallThatNobodyForetold() {
    Scenario slo = new Scenario(slo(1, 1_000, 10_000)).horizonMs(30_000).instant();
    int before = slo.until(1_800_000, 6_000).target();
    ScalingDecision dip = slo.until(1_845_000, 4_000);
    assertThat(dip.target()).isEqualTo(before);
    assertThat(dip.wishes().get(0).because()).contains("fell faster");
    assertThat(slo.until(2_000_000, 4_000).target()).as("but not for good").isLessThan(before);
  }

  @Test
  void nodesAreAskedForAsARampWillNeedThem() {
    Scenario slo =
        new Scenario(slo(1, 1_000, 60_000)).horizonMs(30_000).nodeHorizonMs(150_000).instant();
    slo.until(600_000, 2_000);
    for (int i = 1; i <= 400; i++) {
      slo.second(600_000 + i * 1_000L, 2_000 + 20 * i, 0.5);
    }
    assertThat(slo.scaler().replicasAhead())
        .isBetween(SIZER.replicasFor(2_000 + 20 * 540), SIZER.replicasFor(2_000 + 20 * 700));
  }

  @Test
  void aFloorOfTheTimeOfDayHoldsWhileItLastsAlsoPastMidnight() {
    Scaling scaling =
        scaling(
            "slo",
            1,
            100,
            0,
            0,
            List.of(new ScheduleFloor("UTC", "0 23 * * *", "15 0 * * *", 40)),
            null);
    Scenario slo = new Scenario(scaling);
    assertThat(slo.second(500_000, 10, 0.1).winner()).isEqualTo(WishSource.SCHEDULE);
    assertThat(slo.second(500_000, 10, 0.1).target()).isEqualTo(40);
    Scenario later = new Scenario(scaling);
    assertThat(later.second(2_000_000, 10, 0.1).target()).isEqualTo(1);
    Scenario through = new Scenario(scaling).instant();
    assertThat(through.until(899_000, 10).target()).isEqualTo(40);
    assertThat(through.until(1_100_000, 10).target()).as("it ended at 00:15").isEqualTo(1);
  }

  @Test
  void anOperatorsCapPinAndPauseAreCeilingsUntilTheyExpire() {
    for (ManualOverride.Kind kind :
        List.of(ManualOverride.Kind.CAP, ManualOverride.Kind.PIN, ManualOverride.Kind.PAUSE)) {
      Scenario slo =
          new Scenario(
                  scaling(
                      "slo",
                      1,
                      1_000,
                      0,
                      0,
                      List.of(),
                      new ManualOverride(kind, 5, 60_000, "frozen for the fair", "kim")))
              .target(5)
              .ready(5);
      ScalingDecision decision = slo.until(59_000, 5_000);
      assertThat(decision.target()).as("%s", kind).isEqualTo(5);
      assertThat(decision.winner()).isEqualTo(WishSource.MANUAL);
      assertThat(decision.clamps().get(0).bound()).isEqualTo("manual " + kind);
      assertThat(slo.second(60_000, 5_000, 1).target()).as("%s", kind).isGreaterThan(20);
    }
  }

  @Test
  void whenAnOperatorsWordComesAndGoesIsSaidOnce() {
    ManualOverride pause = new ManualOverride(ManualOverride.Kind.PAUSE, 0, 60_000, "fair", "kim");
    Scenario slo = new Scenario(slo(1, 1_000, 0)).target(5).ready(5);
    assertThat(slo.until(30_000, 500).overrideChanged()).isFalse();
    slo.respec(scaling("slo", 1, 1_000, 0, 0, List.of(), pause));

    ScalingDecision begins = slo.second(31_000, 500, 1);
    assertThat(begins.overrideChanged()).isTrue();
    assertThat(begins.override()).isEqualTo(pause);
    assertThat(slo.second(32_000, 500, 1).overrideChanged()).isFalse();
    assertThat(slo.second(59_000, 500, 1).override()).isEqualTo(pause);
    ScalingDecision ends = slo.second(60_000, 500, 1);
    assertThat(ends.overrideChanged()).isTrue();
    assertThat(ends.override()).isNull();
  }

  @Test
  void anOperatorsFloorIsOneWishAmongOthers() {
    Scenario slo =
        new Scenario(
            scaling(
                "slo",
                1,
                1_000,
                0,
                0,
                List.of(),
                new ManualOverride(ManualOverride.Kind.FLOOR, 12, 60_000, "fair", "")));
    assertThat(slo.second(0, 100, 0.1).target()).isEqualTo(12);
    assertThat(slo.until(30_000, 5_000).target()).isGreaterThan(20);
  }

  @Test
  void theSpecsBoundsHaveTheLastWord() {
    Scenario slo = new Scenario(slo(4, 10, 0));
    assertThat(slo.second(0, 1, 0.1).target()).isEqualTo(4);
    ScalingDecision decision = slo.until(30_000, 50_000);
    assertThat(decision.target()).isEqualTo(10);
    assertThat(decision.clamps()).hasSize(1);
    assertThat(decision.clamps().get(0).bound()).isEqualTo("replicasMax");
  }

  @Test
  void aSpentFlapBudgetKeepsReplicas() {
    Scaling scaling = scaling("slo", 1, 1_000, 1_000, 2, List.of(), null);
    Scenario slo = new Scenario(scaling).instant();
    slo.until(100_000, 1_000);
    long now = slo.nowMs();
    for (int i = 0; i < 3; i++) {
      slo.until(now += 60_000, 2_000);
      slo.until(now += 60_000, 1_200);
    }
    ScalingDecision decision = slo.until(now + 60_000, 1_200);
    assertThat(decision.wishes().get(0).because()).contains("flap budget");
    assertThat(decision.target()).isGreaterThanOrEqualTo(SIZER.replicasFor(2_000));
  }

  @Test
  void aServiceThatMayHaveNoReplicaLosesItsLastAfterAQuietWindow() {
    Scenario slo = new Scenario(slo(0, 100, 60_000)).instant();
    assertThat(slo.until(60_000, 50).target()).isEqualTo(1);
    assertThat(slo.until(100_000, 0).target()).isEqualTo(1);
    assertThat(slo.until(900_000, 0).target()).isZero();
    assertThat(slo.until(901_000, 50).target()).isPositive();
  }

  /** Ten replicas of 8 places each, half of them in use, at 100/s and with 30 requests waiting. */
  @ParameterizedTest
  @CsvSource({
    "REQUESTS_PER_SECOND, 5, 'requests 100/s over all replicas, target 5.0/s for one'",
    "CONCURRENCY, 2, 'concurrency 40.0 over all replicas, target 2.0 for one'",
    "UTILISATION, 0.25, 'utilisation 500 % over all replicas, target 25 % for one'",
    "QUEUE_LENGTH, 1.5, 'queue length 30.0 over all replicas, target 1.5 for one'"
  })
  void furtherMetricsAreWishesToo(MetricTarget.Metric metric, double target, String because) {
    Scaling scaling =
        new Scaling(
            "slo", 1, 1_000, 1, 0, List.of(), List.of(new MetricTarget(metric, target)), null, 0);
    Scenario slo = new Scenario(scaling).target(10).ready(10).queued(30);
    ScalingDecision decision = slo.second(0, 100, 0.5);
    assertThat(decision.winner()).isEqualTo(WishSource.METRIC);
    assertThat(decision.target()).isEqualTo(20);
    assertThat(decision.wishes().get(0).because()).isEqualTo(because);
  }

  /** The load stays, so that no fall of it holds anything; its requests become shorter. */
  @Test
  void nothingIsGivenUpForTwoBootsHoweverShortTheWindow() {
    Scaling atOnce =
        new Scaling(
            "slo",
            1,
            1_000,
            1,
            0,
            List.of(),
            List.of(new MetricTarget(MetricTarget.Metric.CONCURRENCY, 2)),
            null,
            0);
    Scenario slo =
        new Scenario(atOnce).boot(BootTime.exactly(30_000)).target(20).ready(20).instant();
    slo.second(0, 100, 0.25);
    assertThat(slo.until(300_000, 100, 0.25).target()).isEqualTo(20);
    ScalingDecision held = slo.until(360_000, 100, 0.05);
    assertThat(held.target()).isEqualTo(20);
    assertThat(held.winner()).isEqualTo(WishSource.HOLD);
    assertThat(held.wishes().get(0).because()).isEqualTo("the largest wish of the last 60 s");
    assertThat(slo.until(366_000, 100, 0.05).target()).isLessThan(20);
  }

  @Test
  void constantPoliciesKeepTheirNumber() {
    assertThat(new Scenario("fixed").until(60_000, 50_000).target()).isEqualTo(3);
    assertThat(new Scenario("fixed:12").until(60_000, 50_000).target()).isEqualTo(12);
    assertThat(new Scenario("static-peak").until(60_000, 5).target()).isEqualTo(1_000);
    assertThat(new Scenario("static-peak:172").until(60_000, 5).target()).isEqualTo(172);
  }

  @Test
  void anUnknownPolicyKeepsTheInitialNumberAndSaysWhy() {
    ScalingDecision decision = new Scenario("magic").until(60_000, 50_000);
    assertThat(decision.target()).isEqualTo(3);
    assertThat(decision.wishes().get(0).because()).contains("no such policy");
    assertThat(PolicyName.parse("hpa:0")).isEmpty();
    assertThat(PolicyName.parse("hpa:101")).isEmpty();
    assertThat(PolicyName.parse("hpa:")).isEmpty();
    assertThat(PolicyName.parse("hpa:70")).hasValue(new PolicyName(PolicyName.Kind.HPA, 70, 0));
  }

  /**
   * Property: whatever comes, targets stay in bounds, wishes are ranked, and deciding leaves no
   * trace.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {"slo", "hpa:70", "knative", "cron", "predictive-hourly", "static-peak", "fixed"})
  void anythingMayCome(String policy) {
    for (long seed = 1; seed <= 10; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Scenario scenario =
          new Scenario(scaling(policy, 2, 500, 30_000, 5, List.of(), null)).instant();
      for (int i = 0; i < 2_000; i++) {
        double load =
            switch (random.nextInt(20)) {
              case 0 -> Double.NaN;
              case 1 -> -5;
              case 2 -> Double.POSITIVE_INFINITY;
              case 3 -> 0;
              default -> StrictMath.exp(random.nextDouble(12));
            };
        ScalingDecision decision =
            scenario.second(i * 1_000L + random.nextInt(900), load, random.nextDouble());
        assertThat(decision.target()).as("seed %s step %s", seed, i).isBetween(2, 500);
        assertThat(decision.wishes())
            .isSortedAccordingTo((a, b) -> Integer.compare(b.replicas(), a.replicas()));
        for (Wish wish : decision.wishes()) {
          assertThat(wish.lostBy()).isNotNegative();
        }
      }
    }
  }

  @Test
  void theExplanationNamesTheExpertThatLeads() {
    Scenario slo = new Scenario(slo(1, 1_000, 60_000)).horizonMs(32_000).instant();
    slo.until(1_800_000, 1_000);
    assertThat(forecastReason(crowd(slo))).doesNotContain("the last event's shape");
    slo.until(5_400_000, 1_000);
    assertThat(forecastReason(crowd(slo))).contains(" % by the last event's shape");
    assertThat(forecastReason(slo.until(9_000_000, 1_000)))
        .contains(" % by ")
        .doesNotContain("the last event's shape");
  }

  /** Up to ten times in two minutes and three minutes there; the decision after these. */
  private static ScalingDecision crowd(Scenario slo) {
    for (int age = 0; age < 120; age++) {
      slo.until(slo.nowMs() + 1_000, 1_000 + 75.0 * age);
    }
    return slo.until(slo.nowMs() + 180_000, 10_000);
  }

  private static String forecastReason(ScalingDecision decision) {
    return decision.wishes().stream()
        .filter(wish -> wish.source() == WishSource.FORECAST)
        .map(Wish::because)
        .findFirst()
        .orElse("");
  }
}
