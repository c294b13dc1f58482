package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** Goal: a confidence interval says what it promises. */
class EstimateTest {
  @Test
  void aWorkedExample() {
    // Mean 5, variance 32/7; t for 7 degrees of freedom 2.365.
    Estimate estimate = Estimate.of(List.of(2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0));
    assertThat(estimate.mean()).isEqualTo(5);
    assertThat(estimate.standardDeviation()).isCloseTo(2.1381, within(1e-4));
    assertThat(estimate.halfWidth()).isCloseTo(2.365 * 2.1381 / Math.sqrt(8), within(1e-3));
  }

  @Test
  void nineteenIntervalsOfTwentyHoldTheTrueMean() {
    long seed = 20_161_111;
    SplittableRandom random = new SplittableRandom(seed);
    int held = 0;
    for (int i = 0; i < 4_000; i++) {
      // Means of twelve uniform draws are normal enough; true mean 6.
      List<Double> runs =
          DoubleStream.generate(() -> random.doubles(12).sum()).limit(5).boxed().toList();
      Estimate estimate = Estimate.of(runs);
      held += Math.abs(estimate.mean() - 6) <= estimate.halfWidth() ? 1 : 0;
    }
    // Five standard errors of a share of 0.95 over 4,000 draws.
    assertThat(held / 4_000.0).as("seed %d", seed).isCloseTo(0.95, within(0.0173));
  }

  @Test
  void theTableAndTheExpansionMeet() {
    assertThat(Estimate.studentT(30)).isEqualTo(2.042);
    assertThat(Estimate.studentT(31)).isCloseTo(2.0395, within(1e-4));
    assertThat(Estimate.studentT(100)).isCloseTo(1.9840, within(1e-4));
    assertThat(Estimate.studentT(1_000_000)).isCloseTo(1.95997, within(1e-5));
  }

  @Test
  void whatIsNotKnownIsNotCounted() {
    assertThat(Estimate.of(List.of(Double.NaN, 3.0)).mean()).isEqualTo(3);
    assertThat(Estimate.of(List.of(Double.NaN, 3.0)).halfWidth()).isNaN();
    assertThat(Estimate.of(List.of()).mean()).isNaN();
  }
}
