package dev.highwater.kernel.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Goal: requests that really take longer than declared are seen to within half a minute, and
 * chance, losses and full replicas are not taken for it.
 */
class ServiceTimeWatchTest {
  private static final double DECLARED_MS = 20;
  private static final double PLACES = 160;

  private final ServiceTimeWatch watch = new ServiceTimeWatch();

  /** One second in which requests took {@code ratio} times as long as declared. */
  private boolean second(double perSecond, double ratio) {
    double busy = perSecond * ratio * DECLARED_MS / 1_000 / PLACES;
    return watch.observe(1, perSecond, perSecond, busy, PLACES, DECLARED_MS, 0.5);
  }

  @Test
  void whatTakesAsLongAsDeclaredChangesNothing() {
    for (int t = 0; t < 600; t++) {
      assertThat(second(2_000 + 10 * t, 1)).isFalse();
    }
    assertThat(watch.ratio()).isEqualTo(1);
  }

  @Test
  void slowerRequestsAreSeenWithinHalfAMinuteAndForgottenAsSoon() {
    for (int t = 0; t < 120; t++) {
      second(4_000, 1);
    }
    int seenAfter = 0;
    while (watch.ratio() < 1.08) {
      second(4_000, 1.12);
      seenAfter++;
    }
    assertThat(seenAfter).isLessThanOrEqualTo(45);
    for (int t = 0; t < 120; t++) {
      second(4_000, 1.12);
    }
    assertThat(watch.ratio()).isCloseTo(1.12, within(ServiceTimeWatch.STEP));
    int forgottenAfter = 0;
    while (watch.ratio() > 1.04) {
      second(4_000, 1);
      forgottenAfter++;
    }
    assertThat(forgottenAfter).isLessThanOrEqualTo(60);
  }

  @Test
  void fasterThanDeclaredIsNotBelievedAndAFaultIsBounded() {
    for (int t = 0; t < 300; t++) {
      second(4_000, 0.5);
    }
    assertThat(watch.ratio()).isEqualTo(1);
    for (int t = 0; t < 300; t++) {
      watch.observe(1, 100, 100, 0.9, PLACES, DECLARED_MS, 0.5);
    }
    assertThat(watch.ratio()).isEqualTo(ServiceTimeWatch.RATIO_MAX);
  }

  @Test
  void chanceAloneSeldomMovesAQuietService() {
    SplittableRandom random = new SplittableRandom(20_260_102);
    int moved = 0;
    for (int t = 0; t < 3_600; t++) {
      // Five exponential service times a second: their mean is off by 45 % as a rule.
      double busySeconds = 0;
      for (int i = 0; i < 5; i++) {
        busySeconds -= Math.log(1 - random.nextDouble()) * DECLARED_MS / 1_000;
      }
      moved += watch.observe(1, 5, 5, busySeconds / PLACES, PLACES, DECLARED_MS, 1) ? 1 : 0;
    }
    assertThat(watch.ratio()).isLessThan(1.3);
    assertThat(moved).as("changes in an hour").isLessThan(120);
  }

  @Test
  void lossesAndSilenceSayNothing() {
    for (int t = 0; t < 300; t++) {
      watch.observe(1, 4_000, 3_800, 0.9, PLACES, DECLARED_MS, 0.5); // one in twenty was lost
      watch.observe(1, 0, 0, 0.2, PLACES, DECLARED_MS, 0.5);
      watch.observe(0, 4_000, 4_000, 0.9, PLACES, DECLARED_MS, 0.5);
      watch.observe(1, 4_000, 4_000, Double.NaN, PLACES, DECLARED_MS, 0.5);
      watch.observe(1, Double.NaN, Double.NaN, 0.9, PLACES, DECLARED_MS, 0.5);
    }
    assertThat(watch.ratio()).isEqualTo(1);
  }

  @Test
  void aCopyLearnsForItself() {
    ServiceTimeWatch copy = watch.copy();
    for (int t = 0; t < 60; t++) {
      second(4_000, 2);
    }
    assertThat(watch.ratio()).isCloseTo(2, within(0.1));
    assertThat(copy.ratio()).isEqualTo(1);
  }
}
