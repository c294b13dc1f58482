package dev.highwater.kernel.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Goal: level, trend and season follow their equations, whatever the values are. */
class HoltWintersTest {
  private static final HoltWinters.Gains CUSTOMARY = new HoltWinters.Gains(0.3, 0.1, 0.3, 0.9);

  /**
   * The beer sales of S. Nahmias, "Production and Operations Analysis", problems on Winters's
   * method: level 120, trend 14, factors 0.9, 0.8, 1.1 and 1.2 of quarters 7 to 10; 128 are sold in
   * quarter 11. The quarter after that, with 120, is ours, by the same equations.
   */
  @Test
  void theEquationsGiveTheFiguresOfATextbook() {
    HoltWinters sales = new HoltWinters(new HoltWinters.Gains(0.2, 0.2, 0.2, 1), 4);
    sales.start(120, 14, 0.8f, 1.1f, 1.2f, 0.9f);
    assertThat(sales.ahead(120 * 1.2, 10, 11)).as("quarter 11").isCloseTo(120.6, within(0.01));
    sales.add(11 % 4, 128);
    double level = 135.644;
    double factor = 0.90873;
    double present = level * factor;
    assertThat(sales.ahead(present, 11, 12)).isCloseTo(0.8 * (level + 14.329), within(0.01));
    assertThat(sales.ahead(present, 11, 13)).as("quarter 13").isCloseTo(180.73, within(0.01));
    assertThat(sales.ahead(present, 11, 15))
        .as("the factor that was updated")
        .isCloseTo(factor * (level + 4 * 14.329), within(0.01));
    sales.add(12 % 4, 120);
    double next = 0.2 * 120 / 0.8 + 0.8 * (level + 14.329);
    assertThat(sales.ahead(1.1 * next, 13, 14))
        .as("a trend of what the level rose by")
        .isCloseTo(1.2 * (next + 0.2 * (next - level) + 0.8 * 14.329), within(0.01));
  }

  @Test
  void theFirstSeasonIsTheLevelAndTheFactors() {
    HoltWinters day = new HoltWinters(CUSTOMARY, 4);
    double[] first = {80, 100, 120, 100};
    for (int i = 0; i < 4; i++) {
      assertThat(day.ahead(77, i, i + 1)).as("period %d", i).isEqualTo(77);
      day.add(i, first[i]);
    }
    assertThat(day.ahead(80, 0, 2)).isCloseTo(120, within(1e-4));
    assertThat(day.ahead(80, 0, 0.5)).as("between two").isCloseTo(90, within(1e-4));
    assertThat(day.ahead(50, 3, 4)).as("from what is known of now").isCloseTo(40, within(1e-4));
  }

  @Test
  void theTrendRunsOut() {
    HoltWinters day = new HoltWinters(new HoltWinters.Gains(0.3, 0.1, 0.3, 0.5), 4);
    day.start(100, 8, 1, 1, 1, 1);
    assertThat(day.ahead(100, 0, 0)).isEqualTo(100);
    assertThat(day.ahead(100, 0, 0.5)).isEqualTo(102);
    assertThat(day.ahead(100, 0, 1)).isEqualTo(104);
    assertThat(day.ahead(100, 0, 2.5)).isEqualTo(106.5);
    assertThat(day.ahead(100, 0, 100)).isCloseTo(108, within(1e-9));
    day.skip();
    assertThat(day.ahead(100, 1, 2)).as("after a period without a value").isEqualTo(102);
  }

  /** Each half hour of a morning that grows by a tenth an hour, on top of a day that is known. */
  @Test
  void aDayThatGrowsIsForetoldBetterThanByYesterdayOrByALine() {
    SplittableRandom random = new SplittableRandom(21);
    SeasonalHistory history = new SeasonalHistory();
    LocalTrend line = new LocalTrend(ForecastSettings.DEFAULT.slowGain());
    int aheadS = 1_800;
    double off = 0;
    double offYesterday = 0;
    double offLine = 0;
    double offPresent = 0;
    line.start(growing(0));
    for (int s = 0; s < 3 * 86_400 + 12 * 3_600; s++) {
      double load = Math.max(0, growing(s) + Math.sqrt(growing(s)) * random.nextGaussian());
      long nowMs = s * 1_000L;
      history.add(nowMs, load);
      line.add(load);
      if (s > 3 * 86_400 + 3 * 3_600) {
        long thenMs = nowMs + aheadS * 1_000L;
        double came = growing(s + aheadS);
        double yesterday = load * history.ratioAgo(nowMs, thenMs, 86_400_000);
        off += Math.abs(history.ofDay(load, nowMs, thenMs) - came);
        offYesterday += Math.abs(yesterday - came);
        offLine += Math.abs(line.ahead(aheadS, load) - came);
        offPresent += Math.abs(load - came);
      }
    }
    assertThat(off).as("against yesterday, seed 21").isLessThan(0.8 * offYesterday);
    assertThat(off).as("against a line, seed 21").isLessThan(0.8 * offLine);
    assertThat(off).as("against the load of now, seed 21").isLessThan(0.8 * offPresent);
  }

  private static double growing(int s) {
    double season = 1 + 0.5 * StrictMath.sin(2 * StrictMath.PI * s / 86_400);
    return 4_000 * season * (1 + Math.max(0, s - 3 * 86_400) / 36_000.0);
  }

  @Test
  void noValuesMakeItNegativeOrNoNumber() {
    for (long seed = 1; seed <= 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      HoltWinters day = new HoltWinters(CUSTOMARY, 6);
      for (int i = 0; i < 5_000; i++) {
        if (random.nextInt(5) == 0) {
          day.skip();
        } else {
          day.add(i % 6, anyLoad(random, i));
        }
        double present = anyLoad(random, i);
        double to = i + 12 * random.nextDouble();
        double foretold = day.ahead(present, i, to);
        assertThat(foretold).as("seed %d, period %d", seed, i).isBetween(present / 4, 4 * present);
      }
    }
  }

  /** Nothing for long stretches, now and then as much as a figure can be. */
  private static double anyLoad(SplittableRandom random, int i) {
    if (i / 500 % 2 == 1 || random.nextInt(4) == 0) {
      return 0;
    }
    return random.nextInt(50) == 0 ? Float.MAX_VALUE : StrictMath.exp(random.nextDouble(-20, 20));
  }

  /** The first idle hours count as those of a day; when the level is gone no more is unlearned. */
  @Test
  void afterAWeekOfNothingTheDayIsStillKnown() {
    int periods = SeasonalHistory.BUCKETS_PER_DAY;
    HoltWinters day = new HoltWinters(CUSTOMARY, periods);
    for (int i = 0; i < 10 * periods + periods / 2; i++) {
      boolean idle = i >= 3 * periods && i < 10 * periods;
      day.add(i % periods, idle ? 0 : 100 + 50 * (i / 24 % 2));
    }
    assertThat(day.ahead(100, 144, 168)).isCloseTo(150, within(3.0));
    assertThat(day.ahead(150, 168, 192)).isCloseTo(100, within(3.0));
  }

  @Test
  void idleNightsAndAStrayRequestInThemLeaveTheLevel() {
    HoltWinters day = new HoltWinters(CUSTOMARY, 4);
    day.start(100, 0, 2, 2, 0, 0);
    for (int i = 2; i < 4; i++) {
      day.add(i, i == 3 ? 50 : 0);
    }
    day.add(0, 240);
    // The level rises by three tenths of 120 - 100, and the trend by a tenth of that.
    double factor = 2 + 0.3 * (240 / 106.0 - 2);
    assertThat(day.ahead(240, 4, 5)).isCloseTo(2 * (240 / factor + 0.9 * 0.6), within(1e-3));
  }

  @Test
  void aCopyGoesItsOwnWay() {
    HoltWinters day = new HoltWinters(CUSTOMARY, 4);
    day.start(100, 8, 1, 1, 1, 1);
    HoltWinters copy = day.copy();
    day.add(1, 300);
    assertThat(copy.ahead(100, 0, 1)).isCloseTo(107.2, within(1e-9));
    copy.add(1, 300);
    assertThat(copy.ahead(100, 0, 5)).isEqualTo(day.ahead(100, 0, 5));
  }
}
