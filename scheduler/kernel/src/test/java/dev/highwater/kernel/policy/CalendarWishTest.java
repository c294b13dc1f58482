package dev.highwater.kernel.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Explanation.Wish;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.WishSource;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: a calendar that overlaps itself says whose word counts. */
class CalendarWishTest {
  private static PeakEvent event(String name, long startMs, double peakPerSecond) {
    return new PeakEvent(
        name,
        startMs,
        0,
        300_000,
        0,
        List.of(new PeakEvent.EventLoad(Scenario.SERVICE.id(), peakPerSecond)));
  }

  private static String wish(PeakEvent... events) {
    Scenario slo = new Scenario("slo").horizonMs(30_000).instant().events(events);
    return slo.until(590_000, 1_000).wishes().stream()
        .filter(wish -> wish.source() == WishSource.CALENDAR)
        .map(Wish::because)
        .findFirst()
        .orElse("no wish");
  }

  @Test
  void theEventIsNamed() {
    assertThat(wish(event("sale", 600_000, 20_000)))
        .isEqualTo("event sale asks 25000/s within 90 s");
    assertThat(wish(event("sale", 6_000_000, 20_000))).isEqualTo("no wish");
  }

  @Test
  void ofEventsAtOnceTheLargestCountsAndTheOthersAreNamed() {
    assertThat(
            wish(
                event("sale-again", 500_000, 8_000),
                event("sale", 600_000, 20_000),
                event("later", 6_000_000, 90_000)))
        .isEqualTo("event sale asks 25000/s within 90 s, no less than sale-again");
    assertThat(
            wish(
                event("a", 600_000, 5_000),
                event("b", 600_000, 6_000),
                event("c", 600_000, 7_000),
                event("d", 600_000, 8_000),
                event("e", 600_000, 9_000)))
        .isEqualTo("event e asks 11250/s within 90 s, no less than d, c, b and 1 more");
  }

  @Test
  void anEventThatIsWithdrawnMeanwhileIsNotNamed() {
    Scenario slo = new Scenario("slo").horizonMs(30_000).events(event("sale", 600_000, 20_000));
    slo.second(590_000, 1_000, 0.5);
    slo.events();
    assertThat(slo.scaler().decide().wishes())
        .anySatisfy(
            wish ->
                assertThat(wish.because()).isEqualTo("declared events asked 25000/s within 90 s"));
  }
}
