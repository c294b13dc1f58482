package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.highwater.model.Fact;
import dev.highwater.rehearsal.scenario.Mistake;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioEdit;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: what breaks in the simulated world on a scenario's timeline breaks what its name says,
 * hurts as it must, and is decided soundly and the same at each run and at each replay. What it
 * cannot hit is refused, or told.
 */
class WorldFaultsTest {
  /** The peak needs nodes that boot, and fills those that are there. */
  private static final String NIGHT =
      """
      formatVersion: 1
      duration: 5m
      cells: [{name: local}]
      pools:
        - {cell: local, name: general, zones: [a, b, c], boot: 20s, nodesMin: 3, nodesMax: 12}
      tenants: [{name: shop}]
      services:
        - tenant: shop
          name: web
          resources: {cpuMilli: 4_000, memoryMib: 4_096}
          capacity: {boot: {median: 4s, p99: 5s}}
          scaling: {stabilisation: 20s, replicasInitial: 5}
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

  private static Scenario night(String fault) throws ScenarioException {
    return ScenarioReader.read(
        NIGHT, "night.yaml", List.of(new ScenarioEdit("faults", "[" + fault + "]")));
  }

  private static String fault(String fault, String target, String rest) {
    return "{fault: " + fault + ", cell: local, target: " + target + ", " + rest + "}";
  }

  @ParameterizedTest
  @CsvSource({
    "node-crash, local-general-1, start: 180s, 1, 10",
    "zone-crash, b, start: 180s, 4, 50",
    "slow-boots, local, 'start: 30s, duration: 170s', 0, 1000",
    "agent-silent, b, 'start: 165s, duration: 30s', 4, 0",
    "agent-silent, local-general-1, 'start: 165s, duration: 5s', 0, 0",
  })
  void itBreaksWhatItsNameSaysAndIsDecidedSoundly(
      String fault, String target, String rest, int nodesLost, long violationsMin)
      throws Exception {
    RunResult calm = Watched.run(ScenarioReader.read(NIGHT, "night.yaml"), RunObserver.NONE);
    Scenario night = night(fault(fault, target, rest));
    Watched watched = new Watched(night);
    RunResult result = watched.run();

    assertThat(watched.facts(Fact.NodeLost.class).toList()).hasSize(nodesLost);
    assertThat(result.violations())
        .as("calm: %d", calm.violations())
        .isGreaterThanOrEqualTo(calm.violations() + violationsMin);
    assertThat(result.auditViolations()).isZero();
    assertThat(result.hitNothing()).isEmpty();
    assertThat(watched.replays().cells()).containsEntry("local", result.decisionLogSha256());
    assertThat(Watched.run(night, RunObserver.NONE).decisionLogSha256())
        .isEqualTo(result.decisionLogSha256());
  }

  @Test
  void aNodeThatIsNotThereIsToldAndChangesNothing() throws Exception {
    Scenario night = night(fault("node-crash", "local-general-90", "start: 90s"));
    RunResult result = Watched.run(night, RunObserver.NONE);

    assertThat(result.hitNothing()).containsExactlyElementsOf(night.faults());
    assertThat(night.faults().get(0).inWords())
        .isEqualTo("node-crash of local/local-general-90 at 90s");
    assertThat(result.decisionLogSha256())
        .isEqualTo(
            Watched.run(ScenarioReader.read(NIGHT, "night.yaml"), RunObserver.NONE)
                .decisionLogSha256());
  }

  @ParameterizedTest
  @CsvSource({
    "node-crash, nonsense, no pool has nodes called nonsense",
    "node-crash, b, no pool has nodes called b",
    "node-crash, local, no pool has nodes called local",
    "node-crash, local-general-, no pool has nodes called local-general-",
    "zone-crash, zzz, 'no zone zzz, use one of a, b, c'",
    "zone-crash, local, 'no zone local, use one of a, b, c'",
    "zone-crash, local-general-0, no zone local-general-0",
    "agent-silent, west, 'no pool has nodes called west, write CELL-POOL-NUMBER such as"
        + " local-general-0, a zone, or the cell'",
    "spot-loss, local, no spot pool in cell local",
    "slow-boots, b, 'must be local, slow-boots hits a whole cell'",
    "cell-loss, b, 'must be local, cell-loss hits a whole cell'",
  })
  void aTargetThatCannotBeIsRefused(String fault, String target, String told) {
    List<Mistake> mistakes =
        assertThrows(
                ScenarioException.class,
                () -> night(fault(fault, target, "start: 90s, duration: 5s")))
            .mistakes();
    assertThat(mistakes)
        .singleElement()
        .extracting(Mistake::toString, STRING)
        .contains("faults[0].target: " + told);
  }
}
