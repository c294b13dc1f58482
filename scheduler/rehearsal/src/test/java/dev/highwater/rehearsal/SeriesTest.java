package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: however long a run is, its series stay small and lose no peak and no gap of one second. */
class SeriesTest {
  @Test
  void aWeekKeepsThePeakOfOneSecond() {
    Series week = new Series(604_800, 1, 1_200);
    for (int second = 0; second < 604_800; second++) {
      week.add(second == 123_456 ? 9_999 : second == 234_567 ? -5 : 100);
    }

    assertThat(week.size()).isEqualTo(1_200);
    assertThat(week.stepSeconds()).isEqualTo(504);
    assertThat(week.high(123_456 / 504)).isEqualTo(9_999);
    assertThat(week.low(234_567 / 504)).isEqualTo(-5);
    assertThat(week.highest()).isEqualTo(9_999);
    assertThat(week.mean(0)).isEqualTo(100);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void thinningLosesNoExtremeAndKeepsTheMean(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int values = 400 * (1 + random.nextInt(7));
    Series all = new Series(values, 1, 10_000);
    double lowest = Double.POSITIVE_INFINITY;
    double highest = Double.NEGATIVE_INFINITY;
    double sum = 0;
    for (int i = 0; i < values; i++) {
      double value = random.nextInt(1_000_000) - 200_000;
      all.add(value);
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
      sum += value;
    }

    Series thin = all.thinned(400);

    assertThat(thin.size()).as("seed %d", seed).isLessThanOrEqualTo(400);
    double seenLowest = Double.POSITIVE_INFINITY;
    double seenHighest = Double.NEGATIVE_INFINITY;
    double seenSum = 0;
    for (int i = 0; i < thin.size(); i++) {
      assertThat(thin.mean(i)).isBetween(thin.low(i), thin.high(i));
      seenLowest = Math.min(seenLowest, thin.low(i));
      seenHighest = Math.max(seenHighest, thin.high(i));
      seenSum += thin.mean(i) * thin.stepSeconds();
    }
    assertThat(seenLowest).as("seed %d", seed).isEqualTo(lowest);
    assertThat(seenHighest).as("seed %d", seed).isEqualTo(highest);
    assertThat(seenSum).as("seed %d", seed).isCloseTo(sum, within(1e6));
  }

  @Test
  void whatIsNotKnownStaysUnknownAndHidesNothingBesideIt() {
    Series series = new Series(6, 1, 3);
    series.add(Double.NaN);
    series.add(Double.NaN);
    series.add(Double.NaN);
    series.add(4);
    series.add(2);

    assertThat(series.size()).isEqualTo(3);
    assertThat(series.mean(0)).isNaN();
    assertThat(series.mean(1)).isEqualTo(4);
    assertThat(series.low(1)).isEqualTo(4);
    assertThat(series.mean(2)).isEqualTo(2);
    assertThat(series.thinned(1).mean(0)).isEqualTo(3);
    assertThat(series.highest()).isEqualTo(4);
  }
}
