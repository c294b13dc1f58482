package dev.highwater.kernel.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.model.PeakEvent;
import dev.highwater.model.ServiceId;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Goal: the parts of a forecast do what their formulas say. */
class ForecastPartsTest {
  private static final ServiceId ORDER = new ServiceId("shop", "order");

  @Test
  void theTrendFollowsALineExactlyInTheEnd() {
    LocalTrend trend = new LocalTrend(0.15);
    trend.start(100);
    for (int t = 0; t < 400; t++) {
      trend.add(100 + 3 * t);
    }
    assertThat(trend.slope()).isCloseTo(3, within(1e-6));
    assertThat(trend.level()).isCloseTo(100 + 3 * 399, within(1e-6));
    trend.shift(500);
    assertThat(trend.slope()).isCloseTo(3, within(1e-6));
    assertThat(trend.level()).isCloseTo(600 + 3 * 399, within(1e-6));
  }

  @Test
  void quantilesOfResidualsAreWithinABin() {
    SplittableRandom random = new SplittableRandom(11);
    ResidualHistogram histogram = new ResidualHistogram(1);
    double[] all = new double[20_000];
    for (int i = 0; i < all.length; i++) {
      all[i] = StrictMath.exp(random.nextDouble(-6, 6));
      histogram.add(all[i]);
    }
    Arrays.sort(all);
    for (double exceeded : new double[] {0.5, 0.1, 0.01, 0.001}) {
      double exact = all[(int) (all.length * (1 - exceeded))];
      assertThat(histogram.quantileAbove(exceeded)).isCloseTo(exact, within(0.13 * exact));
    }
    assertThat(histogram.quantileAbove(0)).isGreaterThanOrEqualTo(all[all.length - 1]);
  }

  @Test
  void oldResidualsFade() {
    ResidualHistogram histogram = new ResidualHistogram(StrictMath.pow(2, 1.0 / 100));
    for (int i = 0; i < 100; i++) {
      histogram.add(1_000);
    }
    for (int i = 0; i < 100_000; i++) {
      histogram.add(1);
    }
    assertThat(histogram.quantileAbove(0)).isLessThan(2);
    histogram.add(-5);
    histogram.add(0);
    assertThat(histogram.quantileAbove(0.5)).isPositive();
  }

  @Test
  void coverageTendsToItsTargetWhateverTheNoise() {
    for (long seed = 1; seed <= 5; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ConformalHeadroom headroom =
          new ConformalHeadroom(
              new ForecastSettings(
                  0.05, 0.01, 0, 0, 1, 3_600, 0.15, 0.03, 0.4, 900, 0.7, 0, 0, 0, 0),
              true);
      int steps = 40_000;
      for (int i = 0; i < steps; i++) {
        double spread = i < steps / 2 ? 1 : 5; // the noise changes half-way
        double forecast = 100;
        double bound = forecast + headroom.room(forecast, 30);
        headroom.judge(forecast, bound, forecast + spread * random.nextGaussian(), 30);
      }
      assertThat((double) headroom.missed() / headroom.judged())
          .as("seed %s", seed)
          .isCloseTo(0.05, within(0.01));
    }
  }

  @Test
  void atTheClipTheWidestResidualIsTheHeadroomAndSaysSo() {
    ConformalHeadroom headroom = new ConformalHeadroom(ForecastSettings.DEFAULT, true);
    for (int i = 0; i < 1_000; i++) {
      headroom.judge(100, 100, 110, 30);
    }
    assertThat(headroom.exhausted()).isTrue();
    assertThat(headroom.alpha()).isZero();
    assertThat(headroom.room(100, 30)).isBetween(10.0, 11.5);
  }

  @Test
  void oneJumpWidensNothingBeyondItsLimitAndJumpsThatGoOnDo() {
    ConformalHeadroom headroom = new ConformalHeadroom(ForecastSettings.DEFAULT, true);
    headroom.begin(100);
    for (int i = 0; i < 1_000; i++) {
      headroom.judge(100, 101, 100, 30);
    }
    for (int i = 0; i < 30; i++) {
      headroom.judge(100, 101, 2_000, 30);
    }
    assertThat(headroom.room(100, 30)).as("a jump of one horizon").isLessThan(113);
    for (int i = 0; i < 90; i++) {
      headroom.judge(100, 101, 2_000, 30);
    }
    assertThat(headroom.room(100, 30)).as("four horizons of misses").isBetween(1_850.0, 2_200.0);
    for (int i = 0; i < 150 * 90; i++) {
      headroom.judge(100, 101, 100, 30);
    }
    assertThat(headroom.room(100, 30)).as("paid").isLessThan(113);
  }

  /**
   * Misses by the second burst: 60 of 3,000 are 2.7 times the promised ones, of 6,000 1.3 times.
   */
  @Test
  void whileNewASecondBurstWidensUntilMissesAreAsPromisedAndOneAloneDoesNot() {
    ConformalHeadroom headroom = new ConformalHeadroom(ForecastSettings.DEFAULT, true);
    headroom.begin(100);
    judge(headroom, 600, 100);
    judge(headroom, 30, 2_000);
    judge(headroom, 600, 100);
    assertThat(headroom.room(100, 30)).as("one burst").isLessThan(113);
    judge(headroom, 1, 2_000);
    assertThat(headroom.room(100, 30)).as("a second").isBetween(1_850.0, 2_200.0);
    judge(headroom, 29, 2_000);
    judge(headroom, 1_740, 100);
    assertThat(headroom.room(100, 30)).as("after 50 minutes").isBetween(1_850.0, 2_200.0);
    assertThat(headroom.copy().room(100, 30)).isEqualTo(headroom.room(100, 30));
    judge(headroom, 3_000, 100);
    assertThat(headroom.room(100, 30)).as("after 100 minutes").isLessThan(113);
  }

  private static void judge(ConformalHeadroom headroom, int times, double came) {
    for (int i = 0; i < times; i++) {
      headroom.judge(100, 101, came, 30);
    }
  }

  /** A crowd adds a tenth to itself; the calm before and after it triples now and then. */
  @Test
  void headroomIsThatOfTheLevelOfLoadOnceItIsKnown() {
    ConformalHeadroom headroom = new ConformalHeadroom(ForecastSettings.DEFAULT, true);
    headroom.begin(100);
    for (int i = 0; i < 3_000; i++) {
      headroom.judge(100, 250, i % 20 == 0 ? 180 : 100, 30);
    }
    assertThat(headroom.room(10_000, 30)).as("a level never seen").isLessThan(100);
    for (int i = 0; i < 3_000; i++) {
      headroom.judge(10_000, 12_000, i % 20 == 0 ? 11_000 : 10_000, 30);
    }
    assertThat(headroom.room(10_000, 30)).as("a crowd").isBetween(950.0, 1_100.0);
    assertThat(headroom.room(100, 30)).as("calm").isBetween(75.0, 87.0);
    assertThat(headroom.copy().room(100, 30)).isEqualTo(headroom.room(100, 30));
    headroom.judge(100_000, 110_000, 100_000, 30);
    assertThat(headroom.room(100_000, 30)).as("hardly known").isLessThan(1_100);
  }

  /** Half of the loads are nothing, so no proportion of the forecast would ever cover the rest. */
  @Test
  void onAndOffLoadIsCoveredInTheLongRun() {
    SplittableRandom random = new SplittableRandom(12);
    ConformalHeadroom headroom = new ConformalHeadroom(ForecastSettings.DEFAULT, true);
    headroom.begin(0);
    for (int i = 0; i < 86_400; i++) {
      double forecast = random.nextBoolean() ? 0 : 1_000 * random.nextDouble();
      double came = random.nextBoolean() ? 0 : 1_000 * random.nextDouble();
      headroom.judge(forecast, forecast + headroom.room(forecast, 30), came, 30);
    }
    assertThat((double) headroom.missed() / headroom.judged())
        .as("seed 12")
        .isCloseTo(ForecastSettings.DEFAULT.alphaTarget(), within(0.01));
  }

  @Test
  void theBestExpertGetsTheLargestShare() {
    Experts experts = new Experts(0.99, 0.5);
    float[] said = new float[Experts.COUNT];
    for (int i = 0; i < 500; i++) {
      Arrays.fill(said, 50);
      said[0] = 100;
      experts.charge(said, 0, experts.mix(said, 0), 101);
    }
    assertThat(experts.mix(said, 0)).isGreaterThan(97);
    assertThat(experts.share(Expert.PERSISTENCE)).isGreaterThan(0.95);
    assertThat(experts.leader()).isEqualTo(Expert.PERSISTENCE);
  }

  @Test
  void aSilentExpertHasNoShareAndIsNoWorseOffWhenItSpeaks() {
    Experts experts = new Experts(0.99, 0.5);
    float[] said = new float[Experts.COUNT];
    int silent = Expert.ALL.indexOf(Expert.LAST_EVENT);
    for (int i = 0; i < 500; i++) {
      Arrays.fill(said, 100);
      said[0] = 50;
      said[silent] = Float.NaN;
      assertThat(experts.mix(said, 0)).isNotNaN();
      assertThat(experts.share(Expert.LAST_EVENT)).isZero();
      experts.charge(said, 0, experts.mix(said, 0), 101);
    }
    said[silent] = 100;
    assertThat(experts.mix(said, 0)).isGreaterThan(97);
    assertThat(experts.share(Expert.LAST_EVENT)).isBetween(0.1, experts.share(Expert.FAST_TREND));
  }

  @Test
  void theSeasonIsReadAtTheMiddleOfItsBuckets() {
    SeasonalHistory history = new SeasonalHistory();
    long day = 86_400_000;
    for (long t = 0; t < day; t += 60_000) {
      history.add(t, 100 + 50 * StrictMath.sin(2 * StrictMath.PI * t / day));
    }
    history.add(day, 100);
    long at = day + 6 * 3_600_000;
    double expected = (100 + 50 * StrictMath.sin(StrictMath.PI * 7 / 12)) / 150;
    assertThat(history.ratioAgo(at, at + 3_600_000, day)).isCloseTo(expected, within(0.003));
    assertThat(history.ratioAgo(at, at + 3_600_000, 7 * day)).isEqualTo(1);
    assertThat(history.ofDay(100, at, at + 3_600_000)).isCloseTo(100 * expected, within(0.3));
  }

  @Test
  void aDeclaredEventIsShapeTimesMagnitude() {
    PeakEvent event =
        new PeakEvent(
            "sale",
            1_000_000,
            100_000,
            200_000,
            50_000,
            List.of(new PeakEvent.EventLoad(ORDER, 1_000)));
    EventCalendar calendar = EventCalendar.of(ORDER, List.of(event));
    assertThat(calendar.largestBetween(0, 999_000)).isZero();
    assertThat(calendar.largestBetween(0, 1_050_000)).isCloseTo(500, within(1e-9));
    assertThat(calendar.largestBetween(0, 1_150_000)).isEqualTo(1_000);
    assertThat(calendar.largestBetween(1_350_000, 1_400_000)).isCloseTo(500, within(1e-9));
    assertThat(calendar.largestBetween(1_551_000, 1_600_000)).isZero();
    assertThat(EventCalendar.of(new ServiceId("rail", "query"), List.of(event)).isEmpty()).isTrue();
  }

  @Test
  void aJumpDeclaredWithoutRiseOrDecayBeginsAndEndsAtOnce() {
    PeakEvent bell =
        new PeakEvent("bell", 500_000, 0, 60_000, 0, List.of(new PeakEvent.EventLoad(ORDER, 700)));
    EventCalendar calendar = EventCalendar.of(ORDER, List.of(bell));
    assertThat(calendar.largestBetween(0, 499_999)).isZero();
    assertThat(calendar.largestBetween(0, 500_000)).isEqualTo(700);
    assertThat(calendar.largestBetween(560_000, 900_000)).isEqualTo(700);
    assertThat(calendar.largestBetween(560_001, 900_000)).isZero();
  }

  @Test
  void beforeAnythingIsJudgedSwingsAreTheHeadroomButJumpsAreNot() {
    ConformalHeadroom rough = new ConformalHeadroom(ForecastSettings.DEFAULT, true);
    rough.begin(100);
    assertThat(rough.room(100, 30)).isCloseTo(15, within(2.0));
    rough.swing(80, false);
    rough.swing(120, false);
    assertThat(rough.room(100, 30)).as("from 80 to 120").isBetween(40.0, 45.0);

    ConformalHeadroom jumped = new ConformalHeadroom(ForecastSettings.DEFAULT, true);
    jumped.begin(100);
    jumped.swing(500, true);
    jumped.swing(510, false);
    assertThat(jumped.room(100, 30)).isCloseTo(15, within(2.0));
  }

  @Test
  void coverageIsToldFromTheFirstJudgedBoundOn() {
    ConformalHeadroom headroom = new ConformalHeadroom(ForecastSettings.DEFAULT, true);
    assertThat(headroom.coverage()).isEqualTo(Coverage.NONE);
    double promised = ForecastSettings.DEFAULT.alphaTarget();
    for (int i = 0; i < 1_000; i++) {
      headroom.judge(100, 110, i < 90 ? 120 : 100, 30);
    }
    Coverage coverage = headroom.coverage();
    assertThat(coverage.error()).isCloseTo(0.09 - promised, within(1e-9));
    assertThat(coverage.worse(new Coverage(0.5))).isEqualTo(new Coverage(0.5));
    assertThat(coverage.worse(Coverage.NONE)).isEqualTo(coverage);
    assertThat(Coverage.NONE.worse(coverage)).isEqualTo(coverage);
  }
}
