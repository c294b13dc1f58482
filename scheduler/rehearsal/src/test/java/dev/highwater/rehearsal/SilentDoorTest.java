package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation.FrontDoorReport;
import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.ServiceId;
import dev.highwater.model.json.Recording;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: what users did while nobody heard a front door is told of the seconds in which it was. */
class SilentDoorTest {
  private static final ServiceId SHOP = new ServiceId("shop", "order");

  private static ServiceTraffic totals(long requests) {
    return new ServiceTraffic(
        SHOP, requests, requests, requests, 0, 0, 0, 0, 0, 0, requests / 10, 0, null);
  }

  private static FrontDoorReport report(long atMs, long startedAtMs, long requests) {
    return new FrontDoorReport(atMs, startedAtMs, List.of(totals(requests)));
  }

  private static RecordedWorld world(FrontDoorReport... reports) throws IOException {
    StringBuilder lines = new StringBuilder();
    Recording.Writer writer = new Recording.Writer(lines);
    writer.begin("east", true, List.of(new Fact.EpochBegun(1, "m-1")), List.of());
    long sequence = 0;
    for (FrontDoorReport report : reports) {
      sequence++;
      writer.step(
          new Input("east", 1, sequence, report.atMs(), List.of(), List.of(report)),
          new Decision("east", 1, sequence, report.atMs(), List.of(), List.of(), List.of()));
    }
    RecordedWorld world = new RecordedWorld();
    lines.toString().lines().forEach(world::take);
    return world;
  }

  @Test
  void aSilenceIsKnownByTheReportBeforeIt() throws IOException {
    FrontDoorReport after = report(12_000, 1, 11_000);
    RecordedWorld world = world(report(1_000, 1, 0), report(2_000, 1, 1_000), after);

    assertThat(world.afterSilence("east", 1_000)).as("it spoke each second").isNull();
    assertThat(world.afterSilence("east", 2_000)).isEqualTo(after);
    assertThat(world.afterSilence("west", 2_000)).isNull();
  }

  @Test
  void aFrontDoorThatStartedAgainDoesNotSayWhatWasBefore() throws IOException {
    RecordedWorld world = world(report(2_000, 1, 1_000), report(12_000, 11_000, 500));

    assertThat(world.afterSilence("east", 2_000)).isNull();
  }

  @Test
  void usersOfASilenceAreSpreadOverIt() {
    DoorCount count = new DoorCount(SHOP);
    count.report(totals(1_000));
    count.begin();
    count.report(totals(3_000));

    assertThat(count.sum(totals(13_000), 0)).isEqualTo(count.sum());
    assertThat(count.sum(totals(13_000), 0.25).firstAttempts()).isEqualTo(4_500);
    assertThat(count.sum(totals(13_000), 0.25).violations()).isEqualTo(450);
    ServiceTraffic all = count.sum(totals(13_000), 1);
    count.report(totals(13_000));
    assertThat(all).as("nothing is lost and nothing twice").isEqualTo(count.sum());
  }
}
