package dev.highwater.kernel.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.model.ServiceTimeLaw;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goal: sizing is the fewest replicas that keep the promise, by published formulas. */
class SizerTest {
  private static ReplicaModel model(
      ServiceTimeLaw law, double scv, int concurrency, boolean pooled) {
    return new ReplicaModel(concurrency, 40, scv, law, 250, 0.99, pooled);
  }

  /** Textbook values of Erlang's second formula. */
  @ParameterizedTest
  @CsvSource({"1, 0.5, 0.5", "2, 1, 0.333333", "5, 4, 0.554113", "10, 8, 0.409180"})
  void probabilityOfWaitingIsErlangs(int servers, double load, double expected) {
    assertThat(ErlangC.waits(servers, load)).isCloseTo(expected, within(1e-6));
  }

  @Test
  void theLateStartOfTheRecursionForgetsWhereItBegan() {
    for (int load : new int[] {200, 1_000, 5_000}) {
      double blocked = 1;
      int servers = load + 10;
      for (int n = 1; n <= servers; n++) {
        blocked = load * blocked / (n + load * blocked);
      }
      double exact = blocked / (1 - (double) load / servers * (1 - blocked));
      assertThat(ErlangC.waits(servers, load)).isCloseTo(exact, within(1e-12));
    }
  }

  /** Fewest servers with P(wait > 0.4 mean service times) <= 1 %, memoryless. */
  @ParameterizedTest
  @CsvSource({"10, 16", "200, 210", "2000, 2011", "8750, 8762"})
  void fewestServersForAWaitMatchTheWorkedExample(double load, int expected) {
    int servers = (int) load + 1;
    while (ErlangC.waits(servers, load) * StrictMath.exp(-(servers - load) * 0.4) > 0.01) {
      servers++;
    }
    assertThat(servers).isEqualTo(expected);
  }

  /** With one server and memoryless service the time in the system is exponential, exactly. */
  @Test
  void aSingleMemorylessServerIsExact() {
    ReplicaModel one = new ReplicaModel(1, 40, 1, ServiceTimeLaw.EXPONENTIAL, 250, 0.99, false);
    Sizer sizer = new Sizer(one);
    for (double rate : new double[] {2, 6, 10, 15, 20}) {
      double exact = StrictMath.exp(-(25 - rate) * 0.25);
      assertThat(sizer.violationRatio(rate, 1)).isCloseTo(exact, within(0.01 * exact));
    }
    assertThat(sizer.safeRate(1)).isCloseTo(25 + StrictMath.log(0.01) / 0.25, within(0.01));
  }

  @ParameterizedTest
  @CsvSource({
    "LOGNORMAL, 0.25, 8, false",
    "LOGNORMAL, 0.25, 8, true",
    "LOGNORMAL, 2, 4, true",
    "EXPONENTIAL, 1, 1, false",
    "EXPONENTIAL, 1, 16, true",
    "DETERMINISTIC, 0, 1, true",
    "DETERMINISTIC, 0, 64, false"
  })
  void replicasAreTheFewestThatKeepThePromise(
      ServiceTimeLaw law, double scv, int concurrency, boolean pooled) {
    Sizer sizer = new Sizer(model(law, scv, concurrency, pooled));
    double allowed = Math.max(0.01, sizer.violationFloor() + 0.001);
    SplittableRandom random = new SplittableRandom(7);
    int before = 0;
    double rateBefore = 0;
    for (int i = 0; i < 300; i++) {
      double rate = StrictMath.exp(random.nextDouble(StrictMath.log(200_000)));
      int replicas = sizer.replicasFor(rate);
      assertThat(sizer.violationRatio(rate, replicas))
          .as("rate %s replicas %s", rate, replicas)
          .isLessThanOrEqualTo(allowed * 1.02);
      if (replicas > 1) {
        assertThat(sizer.violationRatio(rate, replicas - 1))
            .as("rate %s one fewer than %s", rate, replicas)
            .isGreaterThan(allowed * 0.98);
      }
      assertThat(sizer.safeRate(replicas)).isGreaterThanOrEqualTo(rate * (1 - 1e-9));
      assertThat(sizer.replicasFor(sizer.safeRate(replicas))).isEqualTo(replicas);
      assertThat(replicas >= before).isEqualTo(rate >= rateBefore || replicas == before);
      before = replicas;
      rateBefore = rate;
    }
  }

  @Test
  void poolingNeedsFewerReplicasThanRandomBalancing() {
    Sizer random = new Sizer(model(ServiceTimeLaw.LOGNORMAL, 0.25, 8, false));
    Sizer pooled = new Sizer(model(ServiceTimeLaw.LOGNORMAL, 0.25, 8, true));
    assertThat(random.replicasFor(32_000)).isEqualTo(172);
    assertThat(pooled.replicasFor(32_000)).isEqualTo(161);
  }

  @Test
  void whereServiceTimesBreakThePromiseWaitingAddsATenthOfItsBudget() {
    ReplicaModel slow = new ReplicaModel(8, 200, 1, ServiceTimeLaw.EXPONENTIAL, 250, 0.99, false);
    Sizer sizer = new Sizer(slow);
    assertThat(sizer.violationFloor()).isCloseTo(StrictMath.exp(-1.25), within(1e-12));
    int replicas = sizer.replicasFor(1_000);
    assertThat(replicas).isBetween(1_000 / 40 + 1, 3 * 1_000 / 40);
    assertThat(sizer.violationRatio(1_000, replicas))
        .isBetween(sizer.violationFloor(), sizer.violationFloor() + 0.001);
  }

  /** A service that gets slower needs more, however little of it is still in time. */
  @ParameterizedTest
  @CsvSource({
    "LOGNORMAL, 0.01, 8, false",
    "LOGNORMAL, 0.25, 8, true",
    "LOGNORMAL, 2, 4, false",
    "EXPONENTIAL, 1, 16, true",
    "DETERMINISTIC, 0, 8, false",
    "DETERMINISTIC, 0, 1, true"
  })
  void slowerServiceNeedsMoreUpToWhereNobodyIsInTime(
      ServiceTimeLaw law, double scv, int concurrency, boolean pooled) {
    double before = 1e9;
    for (double serviceMs = 10; serviceMs < 2_000; serviceMs *= 1.2) {
      Sizer sizer =
          new Sizer(new ReplicaModel(concurrency, serviceMs, scv, law, 120, 0.99, pooled));
      double safe = sizer.safeRate(100);
      assertThat(safe).as("safe rate at %s ms", serviceMs).isLessThan(before);
      assertThat(safe * serviceMs / 1_000).as("busy at %s ms", serviceMs).isGreaterThan(0.5);
      assertThat(sizer.overloadRate(100)).as("at %s ms", serviceMs).isGreaterThanOrEqualTo(safe);
      before = safe;
    }
  }

  @Test
  void oddQuestionsGetSafeAnswers() {
    Sizer sizer = new Sizer(model(ServiceTimeLaw.LOGNORMAL, 0.25, 8, true));
    assertThat(sizer.replicasFor(0)).isZero();
    assertThat(sizer.replicasFor(Double.NaN)).isZero();
    assertThat(sizer.replicasFor(-1)).isZero();
    assertThat(sizer.replicasFor(1e-9)).isEqualTo(1);
    assertThat(sizer.replicasFor(Double.POSITIVE_INFINITY)).isEqualTo(Sizer.REPLICAS_MAX);
    assertThat(sizer.safeRate(0)).isZero();
    assertThat(sizer.violationRatio(1, 0)).isEqualTo(1);
    assertThat(sizer.violationRatio(1e9, 1_000_000)).isEqualTo(1);
    assertThatThrownBy(() -> new ReplicaModel(0, 40, 1, ServiceTimeLaw.LOGNORMAL, 250, 0.99, true))
        .hasMessageContaining("concurrency");
    assertThatThrownBy(
            () -> new ReplicaModel(1, Double.NaN, 1, ServiceTimeLaw.LOGNORMAL, 250, 0.99, true))
        .hasMessageContaining("serviceMs");
  }

  @Test
  void theOverloadRateAnswersMostInTime() {
    Sizer sizer = new Sizer(model(ServiceTimeLaw.LOGNORMAL, 0.25, 8, false));
    double best = sizer.overloadRate(10);
    double inTime = best * (1 - sizer.violationRatio(best, 10));
    assertThat(best).isBetween(sizer.safeRate(10), 2_000.0);
    for (double rate = 1_700; rate < 2_000; rate += 10) {
      assertThat(rate * (1 - sizer.violationRatio(rate, 10))).isLessThan(inTime * 1.001);
    }
  }

  @Test
  void equalModelsShareOneSizer() {
    Sizers sizers = new Sizers();
    assertThat(sizers.of(model(ServiceTimeLaw.LOGNORMAL, 0.25, 8, false)))
        .isSameAs(sizers.of(model(ServiceTimeLaw.LOGNORMAL, 0.25, 8, false)));
  }
}
