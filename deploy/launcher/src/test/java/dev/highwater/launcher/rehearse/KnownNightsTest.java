package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.Rehearsal;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.Series;
import dev.highwater.rehearsal.Timeline;
import dev.highwater.rehearsal.scenario.Load;
import dev.highwater.rehearsal.scenario.OtherFidelity;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.workload.LoadEvent;
import dev.highwater.workload.TrafficSpec;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Goal: the nights that happened come out of their scenarios as they were reported: when the peaks
 * were, how high, and what went back. All in fluid fidelity: rates are what is looked at.
 */
class KnownNightsTest {
  private static final long MINUTE_MS = 60_000;

  /**
   * A part of a published scenario under its own policies, with every load in rates.
   *
   * @param edit what is changed of each load
   */
  private static RunResult part(String name, long fromMs, long lengthMs, Consumer<Load.Draft> edit)
      throws Exception {
    Path file = Path.of("../scenarios").resolve(name + ".yaml");
    ScenarioFiles.Loaded loaded = ScenarioPart.from(ScenarioFiles.read(file), fromMs);
    Scenario part =
        loaded
            .scenario()
            .ending(lengthMs)
            .edit(draft -> draft.loads = draft.loads.stream().map(l -> l.edit(edit)).toList());
    assertThat(OtherFidelity.inWords(part)).isEqualTo("fluid");
    return new Rehearsal(
            part, loaded.traces(), PolicyChoice.ofScenario(part.services()), RunObserver.NONE)
        .run();
  }

  private static Timeline of(RunResult run, String service) {
    return run.services().stream()
        .filter(result -> result.service().equals(ServiceId.parse(service)))
        .findFirst()
        .orElseThrow()
        .timeline();
  }

  /** Seconds since the start of the step with the highest mean. */
  private static double peakAt(Series series) {
    int at = 0;
    for (int i = 1; i < series.size(); i++) {
      at = series.mean(i) > series.mean(at) ? i : at;
    }
    return at * series.stepSeconds();
  }

  /** All of a rate between two moments, in minutes since the start. */
  private static double between(Series rate, double fromMinute, double untilMinute) {
    double sum = 0;
    for (int i = 0; i < rate.size(); i++) {
      double minute = i * rate.stepSeconds() / 60;
      sum += minute >= fromMinute && minute < untilMinute ? rate.mean(i) * rate.stepSeconds() : 0;
    }
    return sum;
  }

  @Test
  void ordersPeakAtMidnightAndPaymentsTenMinutesLater() throws Exception {
    RunResult run =
        part("singles-day-2016", 59 * MINUTE_MS, 13 * MINUTE_MS, load -> load.closeUp = null);

    Series orders = of(run, "shop/order").offered();
    assertThat(orders.highest()).isCloseTo(175_000, withPercentage(2));
    assertThat(peakAt(orders) - 60).as("seconds after midnight").isBetween(0.0, 30.0);
    Series payments = of(run, "shop/payment").offered();
    assertThat(payments.highest()).isCloseTo(120_000, withPercentage(3));
    assertThat(peakAt(payments) - 60).as("seconds after midnight").isBetween(540.0, 660.0);
  }

  /**
   * From a minute before the release of 8:00 on, without the later ones. Its crowd stays, so that
   * whatever comes back is bought at once. Who is too late for a seat is answered too, so that what
   * was sold is told by what is paid: within half an hour, by 57 % of the buyers.
   */
  @Test
  void ticketsThatAreNotPaidComeBackAfterThreeQuartersOfAnHour() throws Exception {
    long firstMs = MINUTE_MS;
    RunResult run =
        part(
            "spring-festival-12306",
            480 * MINUTE_MS - firstMs,
            90 * MINUTE_MS,
            load -> {
              load.crowds =
                  load.crowds.stream()
                      .filter(crowd -> crowd.startMs() <= firstMs)
                      .map(KnownNightsTest::staying)
                      .toList();
              TrafficSpec.Stock stock = load.stock;
              if (stock != null) {
                load.stock =
                    new TrafficSpec.Stock(
                        stock.initial(),
                        stock.releases().subList(0, 1),
                        stock.unpaidRatio(),
                        stock.holdMs());
              }
            });

    Series orders = of(run, "rail/order").served();
    assertThat(between(orders, 1, 15)).as("bought at 8:00").isGreaterThan(500_000);
    // Each train sells 10.32 a second, to people who have waited for 15 minutes at most.
    assertThat(between(orders, 16, 45))
        .as("sold out, but for the hot train's line")
        .isLessThan(9_300);
    assertThat(between(orders, 45, 46)).as("the first are back").isGreaterThan(200);
    Series paid = of(run, "rail/payment").offered();
    assertThat(between(paid, 0, 45) / (20_000 + 560_000)).isCloseTo(0.57, within(0.01));
    assertThat(between(paid, 45, 90) / between(paid, 0, 45)).isCloseTo(0.43, within(0.01));
  }

  private static LoadEvent staying(LoadEvent crowd) {
    return new LoadEvent(
        crowd.name(),
        crowd.startMs(),
        crowd.riseMs(),
        90 * MINUTE_MS,
        crowd.decayHalfLifeMs(),
        crowd.factor(),
        crowd.peakPerSecond());
  }
}
