package dev.highwater.server.control;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.Resources;
import dev.highwater.model.SimulationCommand.Fault;
import dev.highwater.model.SimulationCommand.FaultKind;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goal: a fault that would hit nothing is refused, and one that hits something passes. */
class FaultTargetsTest {
  private static final List<CellSnapshot> NIGHT =
      List.of(
          new CellSnapshot(
              "east",
              1,
              "member-1",
              1_000,
              1,
              1,
              0,
              List.of(),
              List.of(
                  new NodeStatus(
                      "standard-1",
                      "east/standard",
                      "a",
                      NodeState.READY,
                      Resources.NONE,
                      Resources.NONE,
                      0,
                      1_000,
                      null)),
              List.of(),
              List.of(),
              0,
              0,
              0,
              0));
  private static final Set<String> SPOT = Set.of("east/standard");

  @ParameterizedTest
  @CsvSource({
    "NODE_CRASH, standard-1",
    "ZONE_CRASH, a",
    "AGENT_SILENT, standard-1",
    "AGENT_SILENT, a",
    "AGENT_SILENT, east",
    "SPOT_LOSS, standard-1",
    "SPOT_LOSS, a",
    "SPOT_LOSS, east",
    "SLOW_BOOTS, east",
    "CELL_LOSS, east",
  })
  void whatIsThereMayBeHit(FaultKind kind, String target) {
    assertThatCode(() -> FaultTargets.check(fault(kind, target), NIGHT, SPOT))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "NODE_CRASH, a, must name a node that is in cell east: a",
    "ZONE_CRASH, standard-1, must name a zone that is in cell east: standard-1",
    "AGENT_SILENT, west, must name a node or zone that is in cell east: west",
    "SLOW_BOOTS, a, 'must be east, because slow-boots hits a whole cell: a'",
    "CELL_LOSS, west, 'must be east, because cell-loss hits a whole cell: west'",
  })
  void whatIsNotThereIsNamed(FaultKind kind, String target, String message) {
    assertThatThrownBy(() -> FaultTargets.check(fault(kind, target), NIGHT, SPOT))
        .hasMessage("target " + message);
  }

  @ParameterizedTest
  @CsvSource({"standard-1", "a", "east"})
  void onlySpotNodesAreTakenBack(String target) {
    assertThatThrownBy(
            () -> FaultTargets.check(fault(FaultKind.SPOT_LOSS, target), NIGHT, Set.of()))
        .hasMessageStartingWith("target must name a spot node");
  }

  private static Fault fault(FaultKind kind, String target) {
    return new Fault(kind, "east", target, 0);
  }
}
