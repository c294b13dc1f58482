package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.rehearsal.scenario.Mistake;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioEdit;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Goal: what befalls the scheduler itself is rehearsed like everything else: owners are lost and
 * come back from the journal alone, reports arrive late, calendars are wrong; and all of it is the
 * same at each run and at each replay.
 */
class SchedulerFaultsTest {
  private static final String NIGHT =
      """
      formatVersion: 1
      duration: 4m
      cells: [{name: local}]
      pools: [{cell: local, name: general, boot: 15s, nodesMin: 6, nodesMax: 20}]
      tenants: [{name: shop}]
      services:
        - {tenant: shop, name: web, scaling: {stabilisation: 20s, replicasInitial: 5}}
      loads:
        - service: shop/web
          basePerSecond: 400
          crowds: [{name: sale, start: 150s, rise: 10s, hold: 60s, peakPerSecond: 6000}]
      events:
        - name: sale
          start: 150s
          rise: 10s
          hold: 60s
          loads: [{service: shop/web, peakPerSecond: 6000}]
      """;

  static Scenario night(String... edits) throws ScenarioException {
    List<ScenarioEdit> all = new ArrayList<>();
    for (String edit : edits) {
      int equals = edit.indexOf('=');
      all.add(new ScenarioEdit(edit.substring(0, equals), edit.substring(equals + 1)));
    }
    return ScenarioReader.read(NIGHT, "night.yaml", all);
  }

  @Test
  void aLostOwnerDecidesNothingAndTheNextBeginsFromTheJournalAlone() throws Exception {
    Scenario night =
        night(
            "faults=[{start: 100s, fault: owner-lost, cell: local, target: local, duration: 8s}]");
    Watched watched = new Watched(night);
    RunResult result = watched.run();

    assertThat(watched.decisions.subMap(100L, 108L)).isEmpty();
    assertThat(watched.decisions).containsKeys(99L, 108L, 240L);
    assertThat(watched.decisionAt(99).epoch()).isEqualTo(1);
    assertThat(watched.decisionAt(108).epoch()).isEqualTo(2);
    List<Fact> journal = new ArrayList<>(watched.begun.get(0));
    watched.decisions.headMap(100L).values().forEach(d -> journal.addAll(d.facts()));
    journal.add(new Fact.EpochBegun(2, "rehearsal"));
    assertThat(watched.begun.get(1)).isEqualTo(journal);
    // The last snapshot of what front doors said is at most a minute old.
    List<Input> soft = watched.relearned.get(1);
    assertThat(soft).isNotEmpty();
    assertThat(soft.get(soft.size() - 1).nowMs())
        .isBetween(night.startsAtMs() + 39_000, night.startsAtMs() + 99_000);
    // Nothing was lost by it: nodes and replicas of before are known again.
    assertThat(watched.decisions.tailMap(108L).values().stream().flatMap(d -> d.facts().stream()))
        .noneMatch(Fact.NodeLost.class::isInstance);
    assertThat(result.auditViolations()).as("%s", result.auditMessages()).isZero();
    assertThat(result.violationRatio()).isLessThan(0.02);

    assertThat(Watched.run(night, RunObserver.NONE).decisionLogSha256())
        .isEqualTo(result.decisionLogSha256());
    watched.replays();
  }

  @Test
  void anOwnerLostThroughTheRiseIsMissedMoreThanOneLostForFiveSeconds() throws Exception {
    String lost = "faults=[{start: 20s, fault: owner-lost, cell: local, target: local, duration: ";
    RunResult shortly = Watched.run(night(lost + "5s}]"), RunObserver.NONE);
    RunResult longer = Watched.run(night(lost + "170s}]"), RunObserver.NONE);
    assertThat(longer.violationRatio()).isGreaterThan(10 * shortly.violationRatio() + 0.002);
    assertThat(longer.auditViolations()).as("%s", longer.auditMessages()).isZero();
  }

  @Test
  void staleReportsArriveInOrderThatMuchLater() throws Exception {
    Scenario night =
        night(
            "faults=[{start: 60s, fault: stale-reports, cell: local, target: local, duration: 30s,"
                + " lag: 4s}]");
    Watched watched = new Watched(night);
    RunResult result = watched.run();
    for (long second = 55; second < 100; second++) {
      long age = second < 60 || second >= 90 ? 0 : second < 64 ? -1 : 4_000;
      assertThat(frontDoorAge(Objects.requireNonNull(watched.inputs.get(second))))
          .as("at %d s", second)
          .isEqualTo(age);
    }
    assertThat(result.auditViolations()).as("%s", result.auditMessages()).isZero();
    watched.replays();
  }

  /** Age of the newest report; -1 without one. */
  private static long frontDoorAge(Input input) {
    long newest = -1;
    for (Observation observation : input.observations()) {
      if (observation instanceof Observation.FrontDoorReport report) {
        newest = Math.max(newest, report.atMs());
      }
    }
    return newest < 0 ? -1 : input.nowMs() - newest;
  }

  @Test
  void aWrongCalendarIsAnEditOfWhatIsDeclaredAgainstWhatComes() throws Exception {
    RunResult right = Watched.run(night(), RunObserver.NONE);
    RunResult late = Watched.run(night("events.sale.start=225s"), RunObserver.NONE);
    RunResult small =
        Watched.run(night("events.sale.loads.shop/web.peakPerSecond=500"), RunObserver.NONE);
    assertThat(right.requests()).isEqualTo(late.requests()).isEqualTo(small.requests());
    assertThat(late.violations()).isGreaterThan(right.violations());
    assertThat(small.violations()).isGreaterThan(right.violations());
  }

  @Test
  void eachMistakeIsTold() {
    List<String> mistakes =
        assertThrows(
                ScenarioException.class,
                () ->
                    night(
                        "faults=[{start: 1s, fault: owner-lost, cell: local, target: n-1, lag: 2s},"
                            + " {start: 1s, fault: stale-reports, cell: local, target: local}]"))
            .mistakes()
            .stream()
            .map(Mistake::toString)
            .toList();
    assertThat(mistakes).hasSize(5);
    assertThat(String.join("\n", mistakes))
        .contains("faults[0].duration: is required for owner-lost")
        .contains("faults[0].target: must be local, owner-lost hits a whole cell")
        .contains("faults[0].lag: belongs to stale-reports")
        .contains("faults[1].duration: is required for stale-reports")
        .contains("faults[1].lag: belongs to stale-reports");
  }
}
