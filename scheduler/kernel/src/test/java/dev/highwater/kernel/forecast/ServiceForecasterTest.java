package dev.highwater.kernel.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: the bound holds as often as promised; jumps are believed at once, collapses are not. */
class ServiceForecasterTest {
  private static final long HORIZON_MS = 32_000;

  private final ServiceForecaster forecaster = new ServiceForecaster(ForecastSettings.DEFAULT);
  private long nowMs;

  private void see(double load) {
    see(load, 1);
  }

  private void see(double load, double cellShare) {
    nowMs += 1_000;
    forecaster.observe(nowMs, load, HORIZON_MS, 0, EventCalendar.EMPTY, cellShare);
  }

  private static double poisson(SplittableRandom random, double rate) {
    return Math.max(0, rate + Math.sqrt(rate) * random.nextGaussian());
  }

  @Test
  void aSteadyLoadGetsLittleHeadroom() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 20_000; i++) {
      see(poisson(random, 5_000));
    }
    assertThat(forecaster.expectedPerSecond()).isCloseTo(5_000, within(100.0));
    assertThat(forecaster.upperPerSecond()).isBetween(5_050.0, 5_300.0);
  }

  @Test
  void aJumpIsBelievedAtOnceAndNotBentIntoASlope() {
    for (int i = 0; i < 1_000; i++) {
      see(1_000);
    }
    see(4_000);
    assertThat(forecaster.presentPerSecond()).isEqualTo(4_000);
    assertThat(forecaster.expectedPerSecond()).isCloseTo(4_000, within(40.0));
    assertThat(forecaster.surge(nowMs)).isTrue();
    assertThat(forecaster.surgeLeadsToPerSecond()).isEqualTo(2.5 * 4_000);
    for (int i = 0; i < 200; i++) {
      see(4_000);
    }
    assertThat(forecaster.surge(nowMs)).isFalse();
  }

  @Test
  void aSurgeThatRisesLeadsToItsLineAtTheHorizonAndNoiseLeadsNowhere() {
    SplittableRandom random = new SplittableRandom(6);
    for (int i = 0; i < 3_000; i++) {
      see(poisson(random, 1_000));
      if (forecaster.surge(nowMs)) {
        assertThat(forecaster.surgeLeadsToPerSecond()).as("seed 6").isLessThan(1_250);
      }
    }
    for (int i = 0; i < 10; i++) {
      see(1_000 + 100 * i);
    }
    assertThat(forecaster.surge(nowMs)).isTrue();
    double then = 1_000 + 100 * (9 + 32);
    assertThat(forecaster.expectedPerSecond()).as("the calm's mixture").isLessThan(0.7 * then);
    assertThat(forecaster.surgeLeadsToPerSecond()).isBetween(0.9 * then, 1.1 * then);
  }

  @Test
  void whatStoodForTheFirstSecondsOnlyIsNoLevelToHold() {
    for (int i = 0; i < 3; i++) {
      see(30_000);
    }
    for (int i = 0; i < 300; i++) {
      see(150);
      assertThat(forecaster.outage(nowMs)).as("second %d", i).isFalse();
      assertThat(forecaster.slump(nowMs)).as("second %d", i).isFalse();
    }
    assertThat(forecaster.upperPerSecond()).isLessThan(300);
  }

  @Test
  void aRampIsForetoldAtTheHorizon() {
    for (int i = 0; i < 600; i++) {
      see(1_000);
    }
    for (int i = 0; i < 300; i++) {
      see(1_000 + 20 * i);
    }
    double then = 1_000 + 20 * (299 + 32);
    assertThat(forecaster.upperPerSecond()).isBetween(then, 1.2 * then);
  }

  /**
   * The load goes up and down each hour; at the weekend it goes down when it goes up on the other
   * days. On a Monday yesterday is wrong and the smoothed day is mostly right, and last week is
   * right. Days are counted from a Monday.
   */
  @Test
  void afterAWeekendLastWeekLeads() {
    long horizonMs = 300_000;
    ServiceForecaster weekly = new ServiceForecaster(ForecastSettings.DEFAULT);
    long day = 86_400_000;
    for (long atMs = 0; atMs < 14 * day + day / 2; atMs += 10_000) {
      double sign = atMs / day % 7 < 5 ? 1 : -1;
      double wave = StrictMath.sin(2 * StrictMath.PI * atMs / 3_600_000);
      weekly.observe(atMs, 1_000 + sign * 500 * wave, horizonMs, 0, EventCalendar.EMPTY, 1);
      if (atMs == 4 * day) {
        assertThat(weekly.leader()).as("within the first week").isNotEqualTo(Expert.LAST_WEEK);
      }
    }
    assertThat(weekly.leader()).isEqualTo(Expert.LAST_WEEK);
    assertThat(weekly.share(Expert.LAST_WEEK)).isGreaterThan(2 * weekly.share(Expert.YESTERDAY));
  }

  @Test
  void coverageOfADayWithNoiseIsAsPromised() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 2 * 86_400; i++) {
      double rate = 2_000 + 1_500 * StrictMath.sin(2 * StrictMath.PI * i / 86_400);
      see(poisson(random, rate));
    }
    assertThat(forecaster.missRatio())
        .isCloseTo(ForecastSettings.DEFAULT.alphaTarget(), within(0.01));
  }

  /**
   * Calm of 100 and every few minutes ten times as much, for a minute or two. Two bursts of which
   * nobody knows are 64 misses or a few more, and a point too many in all of an hour; in an hour
   * and a quarter not, if all later ones are covered.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void aServiceThatBurstsFromTheStartIsCoveredWithinAPoint(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int burstAt = 30 + random.nextInt(180);
    int burstUntil = burstAt + 60 + random.nextInt(60);
    for (int i = 0; i < 4_500; i++) {
      if (i == burstUntil) {
        burstAt = i + 90 + random.nextInt(180);
        burstUntil = burstAt + 60 + random.nextInt(60);
      }
      see(poisson(random, i < burstAt ? 100 : 1_000));
    }
    assertThat(forecaster.coverage().error()).as("seed %d", seed).isLessThanOrEqualTo(0.01);
  }

  @Test
  void aMissingOrImpossibleFigureChangesNothingButSilence() {
    for (int i = 0; i < 100; i++) {
      see(1_000);
    }
    double upper = forecaster.upperPerSecond();
    for (double odd : new double[] {Double.NaN, -1, Double.POSITIVE_INFINITY, 1e300}) {
      see(odd);
      assertThat(forecaster.silent()).isTrue();
      assertThat(forecaster.upperPerSecond()).isEqualTo(upper);
    }
    see(1_000);
    assertThat(forecaster.silent()).isFalse();
  }

  /** Forecasts are kept for 64 s here, so the silence ends before their places are used again. */
  @Test
  void whatWasSaidOfASilenceIsNotHeldAgainstWhatComesAfterIt() {
    for (int i = 0; i < 200; i++) {
      see(1_000);
    }
    nowMs += 40_000;
    for (int i = 0; i < 60; i++) {
      see(3_000);
      assertThat(forecaster.surge(nowMs)).as("second %d", i).isFalse();
    }
    assertThat(forecaster.missRatio()).isZero();
  }

  @Test
  void anOlderFigureIsLeftOut() {
    for (int i = 0; i < 100; i++) {
      see(1_000);
    }
    forecaster.observe(nowMs - 50_000, 9_000, HORIZON_MS, 0, EventCalendar.EMPTY, 1);
    assertThat(forecaster.presentPerSecond()).isCloseTo(1_000, within(1e-9));
  }

  @Test
  void aCollapseIsHeldAndItsReturnIsFollowed() {
    for (int i = 0; i < 3_000; i++) {
      see(1_000);
    }
    double upper = forecaster.upperPerSecond();
    for (int i = 0; i < 60; i++) {
      see(10);
    }
    assertThat(forecaster.outage(nowMs)).isTrue();
    assertThat(forecaster.upperPerSecond()).isEqualTo(upper);
    see(990);
    assertThat(forecaster.outage(nowMs)).isFalse();
    assertThat(forecaster.presentPerSecond()).isEqualTo(990);
  }

  @Test
  void theEndOfAShortBurstIsNoOutage() {
    for (int i = 0; i < 3_000; i++) {
      see(1_000);
    }
    for (int i = 0; i < 300; i++) {
      see(20_000);
    }
    see(1_000);
    assertThat(forecaster.outage(nowMs)).isFalse();
  }

  @Test
  void usersWhoAreSentElsewhereAreNoOutageAndThoseWhoAreSentHereNoSurge() {
    for (int i = 0; i < 1_000; i++) {
      see(1_000, 0.25);
    }
    for (int i = 0; i < 20; i++) {
      see(0, 0);
      assertThat(forecaster.outage(nowMs)).isFalse();
    }
    assertThat(forecaster.presentPerSecond()).isLessThan(1);
    for (int i = 0; i < 100; i++) {
      see(4_000, 1);
      assertThat(forecaster.surge(nowMs)).as("second %d", i).isFalse();
    }
    // What the routes do not explain is what it was before.
    see(9_000, 1);
    assertThat(forecaster.surge(nowMs)).isTrue();
  }

  @Test
  void yesterdayHelpsWhenTheHorizonIsLong() {
    SplittableRandom random = new SplittableRandom(8);
    for (int i = 0; i < 3 * 86_400; i++) {
      double hour = i % 86_400 / 3_600.0;
      double rate = hour >= 9 && hour < 17 ? 4_000 : 1_000;
      double smooth = hour >= 8 && hour < 9 ? 1_000 + 3_000 * (hour - 8) : rate;
      nowMs += 1_000;
      forecaster.observe(nowMs, poisson(random, smooth), 900_000, 0, EventCalendar.EMPTY, 1);
    }
    assertThat(forecaster.share(Expert.YESTERDAY) + forecaster.share(Expert.HOLT_WINTERS))
        .isGreaterThan(2.0 / Experts.COUNT);
  }

  /**
   * A noisy day of 24 hours, larger and smaller by turns over 40: yesterday and last week show
   * another part of that wave, a line shows noise, and what is left is the day with its trend.
   */
  @Test
  void theSmoothedDayLeadsWhereTheDayHasATrendOfItsOwn() {
    SplittableRandom random = new SplittableRandom(9);
    double[] shares = new double[Experts.COUNT];
    for (int i = 0; i < 6 * 86_400; i++) {
      double season = 1 + 0.5 * StrictMath.sin(2 * StrictMath.PI * i / 86_400);
      double size = 1 + 0.6 * StrictMath.sin(2 * StrictMath.PI * i / 144_000);
      nowMs += 1_000;
      double load = poisson(random, 2_000 * season * size);
      forecaster.observe(nowMs, load, 1_200_000, 0, EventCalendar.EMPTY, 1);
      for (int k = 0; i >= 5 * 86_400 && k < shares.length; k++) {
        shares[k] += forecaster.share(Expert.ALL.get(k)) / 86_400;
      }
    }
    double own = shares[Expert.ALL.indexOf(Expert.HOLT_WINTERS)];
    assertThat(own).as("of the sixth day, seed 9").isGreaterThan(0.5);
  }

  @Test
  void aCopyGoesItsOwnWay() {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 1_000; i++) {
      see(poisson(random, 1_000));
    }
    ServiceForecaster copy = forecaster.copy();
    double before = copy.upperPerSecond();
    for (int i = 0; i < 100; i++) {
      see(5_000);
    }
    assertThat(copy.upperPerSecond()).isEqualTo(before);
    long then = nowMs;
    nowMs -= 100_000;
    for (int i = 0; i < 100; i++) {
      nowMs += 1_000;
      copy.observe(nowMs, 5_000, HORIZON_MS, 0, EventCalendar.EMPTY, 1);
    }
    assertThat(nowMs).isEqualTo(then);
    assertThat(copy.upperPerSecond()).isEqualTo(forecaster.upperPerSecond());
    assertThat(copy.alpha()).isEqualTo(forecaster.alpha());
  }
}
