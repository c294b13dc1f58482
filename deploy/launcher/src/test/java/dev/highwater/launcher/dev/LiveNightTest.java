package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Observation;
import dev.highwater.model.ServiceId;
import dev.highwater.model.WishSource;
import dev.highwater.model.json.ModelJson;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import dev.highwater.workload.LatencyHistogram;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: what a night came to is weighted by time, and counts from the moment users come. */
class LiveNightTest {
  private static final ServiceId SITE = ServiceId.parse("web/site");

  @Test
  void weighsByTimeSinceUsersCame() throws Exception {
    LiveNight night = new LiveNight();
    night.usersComeAt(100_000);
    // Before users come nothing counts; then 10 s of target 4 and 30 s of target 8.
    night.onSnapshot(StateLinesTest.snapshot(60_000, StateLinesTest.service(4, 0, 90), READY));
    night.onSnapshot(StateLinesTest.snapshot(110_000, StateLinesTest.service(8, 0, 90), READY));
    night.onSnapshot(StateLinesTest.snapshot(140_000, StateLinesTest.service(2, 0, 90), READY));
    night.onDecision(target(99_000));
    night.onDecision(target(120_000));
    LatencyHistogram latencies = new LatencyHistogram();
    for (int ms = 1; ms <= 100; ms++) {
      latencies.add(ms * 1_000_000L);
    }
    LiveReport report = report(night, latencies);

    LiveReport.ServiceRun run = report.services().get(0);
    assertThat(run.targetMean()).isEqualTo((10 * 4 + 30 * 8) / 40.0);
    assertThat(run.targetPeak()).isEqualTo(8);
    assertThat(run.violationRatio()).isEqualTo(0.05);
    assertThat(run.p99Ms()).isNotNull().isCloseTo(99, within(1.6));
    // One node that is ready and one that boots, at 3 an hour each, for 40 s.
    assertThat(report.nodeHours()).isCloseTo(80 / 3_600.0, within(1e-9));
    assertThat(report.cost()).isCloseTo(240 / 3_600.0, within(1e-9));
    assertThat(report.decisionsByWish()).containsOnlyKeys("forecast").containsValue(1L);
    assertThat(ModelJson.read(ModelJson.write(report), LiveReport.class)).isEqualTo(report);
  }

  @Test
  void whatStandsWhenUsersComeCountsThoughTheNightEndsBeforeItIsShownAgain() throws Exception {
    LiveNight night = new LiveNight();
    night.usersComeAt(100_000);
    night.onSnapshot(StateLinesTest.snapshot(99_500, StateLinesTest.service(4, 0, 90), READY));
    LiveReport report = report(night, new LatencyHistogram());
    assertThat(report.nodesPeak()).isEqualTo(1);
    assertThat(report.services().get(0).targetPeak()).isEqualTo(4);
  }

  private static LiveReport report(LiveNight night, LatencyHistogram latencies) throws Exception {
    return night.report(
        new LivePlan(
            "night.yaml", ScenarioReader.read(Files.readString(DevTest.NIGHT), "night.yaml"), null),
        List.of(
            new Observation.FrontDoorReport(
                140_000,
                100_000,
                List.of(
                    new Observation.ServiceTraffic(
                        SITE, 200, 210, 190, 3, 4, 5, 6, 0, 0, 10, 0, latencies.toSparse())))));
  }

  private static final NodeState READY = NodeState.READY;

  private static Decision target(long atMs) {
    return new Decision(
        "local",
        1,
        1,
        atMs,
        List.of(new Fact.TargetSet(SITE, 4, WishSource.FORECAST)),
        List.of(),
        List.of());
  }
}
