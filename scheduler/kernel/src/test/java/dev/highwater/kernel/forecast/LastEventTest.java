package dev.highwater.kernel.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.PeakEvent;
import dev.highwater.model.ServiceId;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Goal: the second crowd of its kind is foretold by the first, at its own size. */
class LastEventTest {
  private static final ServiceId ORDER = new ServiceId("shop", "order");
  private static final long MEMORY_MS = ForecastSettings.DEFAULT.eventMemoryMs();
  private static final int HORIZON = 32;
  private static final int CALM = 3_600;

  private final SplittableRandom random = new SplittableRandom(9);
  private ServiceForecaster forecaster = new ServiceForecaster(ForecastSettings.DEFAULT);
  private EventCalendar calendar = EventCalendar.EMPTY;
  private long second;

  /** Up to ten times in two minutes, five minutes there, gone after two more. */
  private static double crowd(int age, double base, double above) {
    if (age < 0 || age >= 540) {
      return base;
    }
    if (age < 120) {
      return base + above * age / 120;
    }
    return base + above * Math.min(1, (540 - age) / 120.0);
  }

  private void see(double rate) {
    double load = Math.max(0, rate + Math.sqrt(rate) * random.nextGaussian());
    forecaster.observe(++second * 1_000, load, HORIZON * 1_000L, 0, calendar, 1);
  }

  private void calm(double base, int seconds) {
    for (int i = 0; i < seconds; i++) {
      see(base);
    }
  }

  /** Mean pinball loss of the expectation at the horizon, as the experts are charged it. */
  private double loss(double base, double above) {
    double sum = 0;
    for (int age = 0; age < 540; age++) {
      see(crowd(age, base, above));
      double error = crowd(age + HORIZON, base, above) - forecaster.expectedPerSecond();
      sum += error > 0 ? 0.7 * error : -0.3 * error;
    }
    return sum / 540;
  }

  private double lossOfTheSecondCrowd(long memoryMs, double base, double above) {
    forecaster = new ServiceForecaster(ForecastSettings.DEFAULT.withEventMemoryMs(memoryMs));
    second = 0;
    calm(1_000, CALM);
    loss(1_000, 9_000);
    assertThat(forecaster.share(Expert.LAST_EVENT)).as("nothing is remembered yet").isZero();
    calm(1_000, CALM);
    for (int i = 0; i < CALM; i++) {
      see(1_000 + (base - 1_000) * i / CALM);
    }
    return loss(base, above);
  }

  @Test
  void theSecondCrowdIsForetoldBetterThanWithoutTheMemory() {
    double without = lossOfTheSecondCrowd(0, 1_000, 9_000);
    double with = lossOfTheSecondCrowd(MEMORY_MS, 1_000, 9_000);
    assertThat(with).as("seed 9").isLessThan(0.75 * without);
  }

  @Test
  void aCrowdOfAnotherSizeAndLevelIsScaled() {
    double without = lossOfTheSecondCrowd(0, 2_000, 24_000);
    double with = lossOfTheSecondCrowd(MEMORY_MS, 2_000, 24_000);
    assertThat(with).as("seed 9").isLessThan(0.75 * without);
  }

  @Test
  void betweenEventsItIsSilent() {
    lossOfTheSecondCrowd(MEMORY_MS, 1_000, 9_000);
    calm(1_000, 600);
    assertThat(forecaster.share(Expert.LAST_EVENT)).isZero();
  }

  @Test
  void aDeclaredEventIsRememberedAndRecalledToo() {
    calendar =
        EventCalendar.of(
            ORDER, List.of(sale("first", CALM + 1L), sale("second", 2 * CALM + 540 + 1L)));
    calm(1_000, CALM);
    loss(1_000, 9_000);
    calm(1_000, CALM);
    double most = 0;
    for (int age = 0; age < 540; age++) {
      see(crowd(age, 1_000, 9_000));
      most = Math.max(most, forecaster.share(Expert.LAST_EVENT));
    }
    assertThat(most).as("seed 9").isGreaterThan(0.5);
    assertThat(forecaster.leader()).isEqualTo(Expert.LAST_EVENT);
  }

  private static PeakEvent sale(String name, long startSecond) {
    return new PeakEvent(
        name,
        startSecond * 1_000,
        120_000,
        300_000,
        60_000,
        List.of(new PeakEvent.EventLoad(ORDER, 10_000)));
  }

  @Test
  void aCopyRemembersOnItsOwn() {
    lossOfTheSecondCrowd(MEMORY_MS, 1_000, 9_000);
    calm(1_000, CALM);
    for (int age = 0; age < 60; age++) {
      see(crowd(age, 1_000, 9_000));
    }
    ServiceForecaster copy = forecaster.copy();
    double before = copy.expectedPerSecond();
    for (int age = 60; age < 400; age++) {
      see(1_000);
    }
    assertThat(copy.expectedPerSecond()).isEqualTo(before);
    assertThat(copy.share(Expert.LAST_EVENT)).isPositive();
    assertThat(forecaster.share(Expert.LAST_EVENT)).isZero();
  }

  @Test
  void aChangeOfLevelIsNoEventToRemember() {
    LastEvent event = new LastEvent(60_000);
    crowd(event, 0, 40);
    for (int step = 100; step < 300; step++) {
      event.observe(step, 500, false, true, 100);
      event.ahead(step, 500);
    }
    event.observe(300, 100, false, false, 100);
    assertThat(event.ahead(300, 100)).isNaN();
    event.observe(400, 200, false, true, 100);
    event.observe(401, 200, false, true, 100);
    assertThat(event.ahead(401 + 30, 200)).as("the crowd's 300 for 40 s").isBetween(190.0, 210.0);
    assertThat(event.ahead(401 + 3_000, 200)).as("the last that is known").isLessThan(210);
  }

  @Test
  void aRiseThatNoSurgeConfirmsIsForgotten() {
    LastEvent event = new LastEvent(60_000);
    crowd(event, 0, 40);
    for (int step = 100; step < 110; step++) {
      event.observe(step, 130, false, false, 100);
      assertThat(event.ahead(step + 30, 130)).isNaN();
    }
    event.observe(110, 100, false, false, 100);
    event.observe(111, 200, false, true, 100);
    assertThat(event.ahead(111 + 30, 200)).as("still the crowd").isBetween(190.0, 210.0);
  }

  /** So many seconds at 300 instead of 100, and then back. */
  private static void crowd(LastEvent event, int from, int seconds) {
    for (int step = from; step < from + seconds; step++) {
      event.observe(step, 300, false, true, 100);
      assertThat(event.ahead(step, 300)).isNaN();
    }
    event.observe(from + seconds, 100, false, false, 100);
  }
}
