package dev.highwater.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * Goal: bins are narrow and gapless, quantiles are right within a bin, sums and differences hold.
 */
class LatencyHistogramTest {

  @Test
  void binsAreGaplessAndAtMostThreePerCentWide() {
    for (int bin = 0; bin + 1 < LatencyHistogram.BINS; bin++) {
      long lower = LatencyHistogram.lowerNanos(bin);
      long upper = LatencyHistogram.lowerNanos(bin + 1);
      assertThat(LatencyHistogram.bin(lower)).isEqualTo(bin);
      assertThat(LatencyHistogram.bin(upper - 1)).isEqualTo(bin);
      if (lower >= 1_000) {
        assertThat((upper - lower) / (double) lower).isLessThan(0.03);
      }
    }
    assertThat(LatencyHistogram.lowerNanos(LatencyHistogram.BINS - 1))
        .isGreaterThan(4L * 3_600 * 1_000_000_000);
    assertThat(LatencyHistogram.bin(Long.MAX_VALUE)).isEqualTo(LatencyHistogram.BINS - 1);
    assertThat(LatencyHistogram.bin(-5)).isZero();
  }

  @Test
  void quantilesAgreeWithSortedValues() {
    RandomStream random = new RandomStream(3);
    LatencyHistogram histogram = new LatencyHistogram();
    double[] values = new double[200_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1e6 * random.nextExponential();
      histogram.add((long) values[i]);
    }
    Arrays.sort(values);
    for (double q : new double[] {0.01, 0.5, 0.9, 0.99, 0.999}) {
      double exact = values[(int) (q * values.length)];
      assertThat(histogram.quantileNanos(q)).as("q=%s", q).isCloseTo(exact, within(0.012 * exact));
    }
    assertThat(histogram.meanNanos())
        .isCloseTo(Arrays.stream(values).average().orElseThrow(), within(3e3));
  }

  @Test
  void sparseFormsMergeAndDifferencesGiveTheInterval() {
    LatencyHistogram first = new LatencyHistogram();
    first.add(1_000);
    first.add(5_000_000);
    LatencyHistogram later = new LatencyHistogram();
    later.addSparse(first.toSparse());
    later.add(5_000_000);
    later.add(9_000_000_000L);
    LatencyHistogram interval = later.minus(first);
    assertThat(interval.total()).isEqualTo(2);
    assertThat(interval.count(LatencyHistogram.bin(5_000_000))).isEqualTo(1);
    first.addAll(interval);
    assertThat(first.toSparse()).isEqualTo(later.toSparse());
    assertThatThrownBy(() -> new LatencyHistogram().minus(later))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("went back");
    assertThat(new LatencyHistogram().quantileNanos(0.5)).isNaN();
  }
}
