package dev.highwater.kernel.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.Capacity;
import dev.highwater.model.Criticality;
import dev.highwater.model.Explanation.AdmissionView;
import dev.highwater.model.ServiceTimeLaw;
import org.junit.jupiter.api.Test;

/** Goal: no more is let in than ready replicas and the slowest serial step can answer in time. */
class AdmissionTest {
  private static final Sizer SIZER =
      new Sizer(new ReplicaModel(8, 40, 0.25, ServiceTimeLaw.LOGNORMAL, 250, 0.99, false));

  private static AdmissionView admit(
      Criticality criticality, int ready, double serial, double shortage, double before) {
    return Admission.admit(
        SIZER,
        criticality,
        ready,
        serial(serial, 1),
        shortage,
        Double.NaN,
        before,
        Admission.UNLIMITED);
  }

  private static Capacity serial(double perSecond, int shards) {
    Capacity c = Capacity.DEFAULT;
    return new Capacity(
        c.concurrency(),
        c.meanServiceMs(),
        c.serviceScv(),
        c.law(),
        c.queueMax(),
        c.clientTimeoutMs(),
        c.balancing(),
        c.boot(),
        perSecond,
        shards);
  }

  @Test
  void theRateIsWhatReadyReplicasAnswerInTime() {
    AdmissionView view = admit(Criticality.NORMAL, 10, 0, 0, Admission.UNLIMITED);
    assertThat(view.ratePerSecond()).isEqualTo(SIZER.overloadRate(10));
    assertThat(view.ratePerSecond()).isBetween(SIZER.safeRate(10), 2_000.0);
    assertThat(view.serialPerSecond()).isEqualTo(Admission.UNLIMITED);
    assertThat(admit(Criticality.NORMAL, 0, 0, 0, 100).ratePerSecond()).isZero();
  }

  @Test
  void theSlowestSerialStepIsACeiling() {
    assertThat(admit(Criticality.CRITICAL, 10, 300, 0, Admission.UNLIMITED).ratePerSecond())
        .isEqualTo(300);
  }

  @Test
  void eachShardOfTheSerialStepHasItsPartOfTheRateWhateverIsReady() {
    for (int ready : new int[] {0, 1, 10}) {
      AdmissionView view =
          Admission.admit(
              SIZER,
              Criticality.CRITICAL,
              ready,
              serial(300, 60),
              0,
              Double.NaN,
              Admission.UNLIMITED,
              Admission.UNLIMITED);
      assertThat(view.ratePerSecond()).isEqualTo(Math.min(300, SIZER.overloadRate(ready)));
      assertThat(view.serialPerSecond()).isEqualTo(300);
      assertThat(view.shardPerSecond()).isEqualTo(5);
    }
    assertThat(admit(Criticality.CRITICAL, 10, 300, 0, 0).shardPerSecond())
        .as("a step that is not divided")
        .isEqualTo(Admission.UNLIMITED);
  }

  @Test
  void whatMattersLessGivesWayFirst() {
    double full = SIZER.overloadRate(10);
    assertThat(admit(Criticality.CRITICAL, 10, 0, 0.4, 0).ratePerSecond()).isEqualTo(full);
    assertThat(admit(Criticality.NORMAL, 10, 0, 0.4, 0).ratePerSecond())
        .isCloseTo(0.8 * full, within(1e-6));
    assertThat(admit(Criticality.SHEDDABLE, 10, 0, 0.4, 0).ratePerSecond())
        .isCloseTo(0.6 * full, within(1e-6));
    assertThat(admit(Criticality.SHEDDABLE, 10, 0, Double.NaN, 0).ratePerSecond()).isEqualTo(full);
  }

  @Test
  void aSmallRiseIsNotToldButEveryFallIs() {
    double full = SIZER.overloadRate(100);
    assertThat(admit(Criticality.NORMAL, 101, 0, 0, full).ratePerSecond()).isEqualTo(full);
    assertThat(admit(Criticality.NORMAL, 103, 0, 0, full).ratePerSecond()).isGreaterThan(full);
    assertThat(admit(Criticality.NORMAL, 99, 0, 0, full).ratePerSecond()).isLessThan(full);
  }

  @Test
  void retriesLiveOnWhatFirstAttemptsLeaveFree() {
    assertThat(Admission.retryRatio(1_000, 900, Admission.UNLIMITED)).isEqualTo(0.1);
    assertThat(Admission.retryRatio(1_000, 700, Admission.UNLIMITED)).isEqualTo(0.2);
    assertThat(Admission.retryRatio(1_000, 1_000, Admission.UNLIMITED)).isZero();
    assertThat(Admission.retryRatio(1_000, 5_000, Admission.UNLIMITED)).isZero();
    assertThat(Admission.retryRatio(1_000, 200, 0)).isEqualTo(Admission.UNLIMITED);
    assertThat(Admission.retryRatio(1_000, 0, 0)).isEqualTo(Admission.UNLIMITED);
    assertThat(Admission.retryRatio(0, 0, 0.5)).isEqualTo(Admission.UNLIMITED);
  }

  @Test
  void retryBudgetFallsAtOnceRisesLateAndStaysOnSilence() {
    assertThat(Admission.retryRatio(1_000, 970, 0.1)).isZero();
    assertThat(Admission.retryRatio(1_000, 900, 0)).as("just enough is free").isZero();
    assertThat(Admission.retryRatio(1_000, 890, 0)).as("enough to spare is free").isEqualTo(0.1);
    assertThat(Admission.retryRatio(1_000, Double.NaN, 0.2)).isEqualTo(0.2);
  }

  @Test
  void shortageIsThePartOfWantedReplicasThatCannotBeHad() {
    assertThat(Admission.shortageRatio(10, 10)).isZero();
    assertThat(Admission.shortageRatio(10, 12)).isZero();
    assertThat(Admission.shortageRatio(10, 6)).isCloseTo(0.4, within(1e-12));
    assertThat(Admission.shortageRatio(0, 0)).isZero();
  }
}
