package dev.highwater.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: tables draw their laws: mean, scv and the far tail. */
class ServiceTimesTest {

  private static final int DRAWS = 4_000_000;

  @ParameterizedTest
  @ValueSource(doubles = {-1, 0.25, 1, 4})
  void drawsHaveMeanScvAndTail(double scv) {
    ServiceTimes times =
        scv < 0 ? ServiceTimes.exponential(40e6) : ServiceTimes.lognormal(40e6, scv);
    ArrivalBatch batch = new ArrivalBatch();
    double sum = 0;
    double squares = 0;
    long beyond = 0;
    double far = times.quantile(1 - 1e-5);
    double gaps = 0;
    int rounds = DRAWS / ArrivalBatch.SIZE;
    for (int i = 0; i < rounds; i++) {
      batch.start(RandomStream.seed(1, (long) (scv * 100), i), new int[] {1});
      gaps += batch.draw(ArrivalBatch.SIZE, times, times.table(), 1);
      for (double unit : batch.service) {
        double time = 40e6 * unit;
        sum += time;
        squares += time * time;
        beyond += time > far ? 1 : 0;
      }
    }
    double n = (double) rounds * ArrivalBatch.SIZE;
    double mean = sum / n;
    assertThat(mean / 40e6).isCloseTo(1, within(4.5 * Math.sqrt(Math.abs(scv) / n) + 1e-5));
    assertThat(squares / n / mean / mean - 1)
        .isCloseTo(Math.abs(scv), within(scv > 1 ? 0.12 : 0.005));
    assertThat(beyond / n / 1e-5).as("tail at 1e-5").isCloseTo(1, within(0.5));
    assertThat(gaps / (n + rounds)).isCloseTo(1, within(0.0016));
  }

  @Test
  void aDeterministicTimeIsAlwaysItsMean() {
    ArrivalBatch batch = new ArrivalBatch();
    batch.start(4, new int[] {1});
    ServiceTimes times = ServiceTimes.lognormal(3e6, 0);
    batch.draw(ArrivalBatch.SIZE, times, times.table(), 1);
    assertThat(batch.service).containsOnly(1);
    assertThat(times.quantile(0.999)).isEqualTo(3e6);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-9, 1e-4, 0.02, 0.3, 0.5, 0.9, 0.9999})
  void normalQuantileInvertsItsCdf(double p) {
    assertThat(Normal.cdf(Normal.quantile(p)) / p).isCloseTo(1, within(1e-12));
  }

  @Test
  void normalCdfHasItsKnownValues() {
    assertThat(Normal.cdf(0)).isEqualTo(0.5);
    assertThat(Normal.cdf(1.959963984540054)).isCloseTo(0.975, within(1e-14));
    assertThat(Normal.cdf(-3.090232306167813)).isCloseTo(0.001, within(1e-15));
    assertThat(Normal.cdf(-6) / 9.86587645037698e-10).isCloseTo(1, within(1e-12));
  }

  @Test
  void everyOrderOfClassesIsAsLikely() {
    ArrivalBatch batch = new ArrivalBatch();
    assertThat(batch.start(9, new int[] {300, 0, 200})).isEqualTo(1);
    assertThat(batch.next(1)).isEqualTo(500);
    batch.draw(500, ServiceTimes.exponential(1e6), ServiceTimes.exponential(1).table(), 1);
    int[] seen = new int[3];
    int early = 0;
    for (int i = 0; i < 500; i++) {
      seen[batch.requestClass[i]]++;
      early += i < 250 && batch.requestClass[i] == 2 ? 1 : 0;
    }
    assertThat(seen).containsExactly(300, 0, 200);
    assertThat(batch.rest()).isZero();
    assertThat(early).as("class 2 among the first half").isBetween(70, 130);
  }
}
