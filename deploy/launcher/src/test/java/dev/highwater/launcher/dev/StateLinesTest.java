package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.EventPhase;
import dev.highwater.model.CellSnapshot.EventStatus;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.Resources;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.WishSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Goal: each change of state is one line, and what stays the same is none. */
class StateLinesTest {
  private static final ServiceId SITE = ServiceId.parse("web/site");

  private final List<String> said = new ArrayList<>();
  private final StateLines lines = new StateLines(line -> said.add(line.substring(10)));

  private static Decision decision(List<Fact> facts, Explanation... explanations) {
    return new Decision("local", 1, 7, 5_000, facts, List.of(), List.of(explanations));
  }

  static CellSnapshot snapshot(long nowMs, ServiceStatus service, NodeState node) {
    return snapshot(nowMs, service, node, 1, "m");
  }

  private static CellSnapshot snapshot(
      long nowMs, ServiceStatus service, NodeState node, long epoch, String owner) {
    return new CellSnapshot(
        "local",
        epoch,
        owner,
        nowMs,
        1,
        1,
        0,
        List.of(service),
        List.of(
            new NodeStatus(
                "n1",
                "local/std",
                "a",
                node,
                Resources.of(16_000, 65_536),
                Resources.NONE,
                0,
                nowMs,
                null)),
        List.of(new PoolStatus("local/std", 2, 1, 1, 0, 5, 3.0)),
        List.of(new EventStatus("sale", 65_000, EventPhase.PREWARMING, List.of(SITE), 0)),
        3,
        0,
        0,
        0);
  }

  static ServiceStatus service(int target, double refused, double p99Ms) {
    return service(target, refused, 0, p99Ms);
  }

  private static ServiceStatus service(int target, double refused, long waiting, double p99Ms) {
    return new ServiceStatus(
        SITE,
        "slo",
        100,
        110,
        100,
        refused,
        waiting,
        target,
        target,
        0,
        0,
        0,
        1,
        20,
        0.5,
        40,
        p99Ms,
        250,
        0.99,
        90,
        1,
        100,
        1_000,
        990,
        10,
        0.01,
        WishSource.FORECAST,
        1,
        0,
        null);
  }

  @Test
  void aNodeThatIsSilentInOneOfTwoCellsIsToldOnceAndWithItsCell() {
    CellSnapshot here = snapshot(1_000, service(8, 0, 90), NodeState.SILENT, 1, "m-1");
    CellSnapshot there = elsewhere(here);
    for (int i = 0; i < 3; i++) {
      lines.onSnapshot(there);
      lines.onSnapshot(here);
    }

    assertThat(said).filteredOn(line -> line.contains("silent")).hasSize(1);
    assertThat(said).anyMatch(line -> line.endsWith("silent    n1 in local"));
  }

  @Test
  void aTakeOverThatMakesAllNodesSilentIsOneLineEachWay() {
    CellSnapshot few = snapshot(1_000, service(8, 0, 90), NodeState.SILENT, 1, "m-1");
    for (NodeState state : List.of(NodeState.READY, NodeState.SILENT, NodeState.READY)) {
      lines.onSnapshot(with(few, "local", heard(few, 5, state == NodeState.READY ? 5 : 0)));
    }

    assertThat(said)
        .filteredOn(line -> line.contains("n1"))
        .containsExactly(
            "silent    5 nodes: n1, n2, n3 and 2 more", "speaks    5 nodes: n1, n2, n3 and 2 more");
  }

  @Test
  void nodesThatANewOwnerHearsOneAfterTheOtherAreOneLine() {
    CellSnapshot before = snapshot(1_000, service(8, 0, 90), NodeState.READY, 1, "m-1");
    CellSnapshot after = snapshot(2_000, service(8, 0, 90), NodeState.READY, 2, "m-2");
    lines.onSnapshot(with(before, "local", heard(before, 9, 9)));
    for (int heard : List.of(0, 4, 8, 9)) {
      lines.onSnapshot(with(after, "local", heard(after, 9, heard)));
    }

    assertThat(said)
        .filteredOn(line -> line.startsWith("silent ") || line.startsWith("speaks "))
        .containsExactly(
            "silent    9 nodes: n1, n2, n3 and 6 more", "speaks    9 nodes: n1, n2, n3 and 6 more");
  }

  /** So many nodes, of which the first ones are heard. */
  private static List<NodeStatus> heard(CellSnapshot like, int count, int heard) {
    NodeStatus node = like.nodes().get(0);
    List<NodeStatus> nodes = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      nodes.add(
          new NodeStatus(
              "n" + i,
              node.pool(),
              node.zone(),
              i <= heard ? NodeState.READY : NodeState.SILENT,
              node.total(),
              node.allocated(),
              0,
              node.lastReportMs(),
              null));
    }
    return nodes;
  }

  /** The same hour in another cell, where no node is silent. */
  private static CellSnapshot elsewhere(CellSnapshot like) {
    return with(like, "east", List.of());
  }

  private static CellSnapshot with(CellSnapshot like, String cell, List<NodeStatus> nodes) {
    return new CellSnapshot(
        cell,
        like.epoch(),
        like.owner(),
        like.nowMs(),
        like.position(),
        like.ticksTotal(),
        like.auditViolationsTotal(),
        like.services(),
        nodes,
        like.pools(),
        like.events(),
        like.costPerHour(),
        like.costTotal(),
        like.nodeHoursTotal(),
        like.costSinceMs());
  }

  @Test
  void targetTellsTheLoadAndTheWinner() {
    lines.onDecision(
        decision(
            List.of(new Fact.TargetSet(SITE, 38, WishSource.FORECAST)),
            explained(
                new Explanation.PlacementView(
                    24, 20, 4, new TreeMap<>(Map.of("cpu", 3)), new TreeMap<>()))));
    assertThat(said)
        .containsExactly(
            "target    web/site 14 -> 38  offered 2.1k/s, expected 3.6k/s, ready 14, won by forecast"
                + "  decision 7",
            "pending   web/site 4 of 24: cpu refused 3 nodes  decision 7");
  }

  private static Explanation.ServiceExplained explained(Explanation.PlacementView placement) {
    return new Explanation.ServiceExplained(
        SITE,
        "slo",
        new Explanation.LoadView(2_100, 3_600, 4_000, 7_000, 4_500, 22_000, 0.01, 250, 1),
        List.of(),
        WishSource.FORECAST,
        List.of(),
        14,
        38,
        14,
        null,
        placement,
        null,
        1,
        null);
  }

  @Test
  void whatWasTakenBackWaitsThoughNothingWasAskedFor() {
    TreeMap<String, Integer> refusals = new TreeMap<>(Map.of("taken-back", 7));
    lines.onDecision(
        decision(
            List.of(),
            explained(new Explanation.PlacementView(0, 0, 7, refusals, new TreeMap<>()))));
    assertThat(said).hasSize(1);
    assertThat(said.get(0)).startsWith("pending   web/site 7: ").endsWith("  decision 7");
  }

  @Test
  void nodesOfOneDecisionAreOneLine() {
    List<Fact> joined = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      joined.add(
          new Fact.NodeJoined(
              new NodeDescriptor(
                  "local",
                  "n" + i,
                  "local/std",
                  "a",
                  Resources.of(16_000, 65_536),
                  new TreeMap<>(),
                  List.of())));
    }
    lines.onDecision(decision(joined));
    lines.onDecision(
        decision(
            List.of(
                new Fact.NodeLost("n0", Fact.NodeLossReason.RELEASED, List.of()),
                new Fact.NodeLost("n1", Fact.NodeLossReason.LEASE_EXPIRED, List.of()))));
    assertThat(said)
        .containsExactly(
            "joined    local/std 3, 3 in all",
            "lost      n1, lease-expired",
            "released  local/std 1, 1 in all");
  }

  @Test
  void anotherOwnerIsOneLine() {
    lines.onSnapshot(snapshot(5_000, service(4, 0, 100), NodeState.READY));
    said.clear();
    lines.onSnapshot(snapshot(8_000, service(4, 0, 100), NodeState.READY, 2, "other"));
    lines.onSnapshot(snapshot(9_000, service(4, 0, 100), NodeState.READY, 2, "other"));
    assertThat(said).containsExactly("owner     local is decided by other, epoch 2");
  }

  @Test
  void snapshotsTellOnlyWhatChanged() {
    lines.onSnapshot(snapshot(5_000, service(4, 0, 100), NodeState.READY));
    assertThat(said).containsExactly("event     sale prewarming, begins in 1:00");
    said.clear();

    lines.onSnapshot(snapshot(6_000, service(4, 0, 100), NodeState.READY));
    assertThat(said).isEmpty();

    lines.onSnapshot(snapshot(7_000, service(4, 20, 100), NodeState.SILENT));
    lines.onSnapshot(snapshot(8_000, service(4, 20, 100), NodeState.SILENT));
    lines.onSnapshot(snapshot(9_000, service(4, 0, 100), NodeState.READY));
    assertThat(said)
        .containsExactly(
            "silent    n1",
            "admit     web/site lets in 90/s of 110/s, refuses 20/s, 0 wait",
            "speaks    n1",
            "admit     web/site lets everybody in again");
  }

  @Test
  void aMomentsWaitIsNoNews() {
    long[] waiting = {0, 1, 2, 1, 1, 0, 1, 0};
    for (int i = 0; i < waiting.length; i++) {
      lines.onSnapshot(snapshot(1_000L * i, service(4, 0, waiting[i], 100), NodeState.READY));
    }
    assertThat(said)
        .filteredOn(line -> line.startsWith("admit"))
        .as("90/s are let in, 1.8 in 20 ms")
        .containsExactly(
            "admit     web/site lets in 90/s of 110/s, refuses 0.0/s, 2 wait",
            "admit     web/site lets everybody in again");
  }

  @Test
  void oneSlowSecondIsNoBrokenPromise() {
    double[] p99Ms = {300, 300, 100, 300, 300, 300, 300, 100, 100, 300, 100, 100, 100};
    List<Integer> at = new ArrayList<>();
    for (int i = 0; i < p99Ms.length; i++) {
      lines.onSnapshot(snapshot(1_000L * i, service(4, 0, p99Ms[i]), NodeState.READY));
      if (said.removeIf(line -> line.startsWith("slo "))) {
        at.add(i);
      }
    }
    assertThat(at).as("told at the third in a row").containsExactly(5, 12);
  }

  @Test
  void whatIsDoneToTheWorldIsTold() {
    lines.onSimulated(5_000, new SimulationCommand.Surge(SITE, 2.5, 10_000, 12_000, 0), true);
    lines.onSimulated(
        5_000,
        new SimulationCommand.Fault(SimulationCommand.FaultKind.NODE_CRASH, "local", "n1", 0),
        true);
    lines.onSimulated(
        6_000,
        new SimulationCommand.Fault(SimulationCommand.FaultKind.NODE_CRASH, "local", "n9", 0),
        false);
    assertThat(said)
        .containsExactly(
            "surge     web/site x2.50 within 0:10 for 0:12, declared by nobody",
            "fault     node-crash n1",
            "fault     node-crash n9 hit nothing, no such thing is there");
  }

  @Test
  void whatCouldMoveIsALineWhenItIsNews() {
    Explanation.MovesView moves =
        new Explanation.MovesView(
            List.of("n1"),
            new TreeMap<>(Map.of("web/site", 1)),
            0.5,
            3,
            false,
            "the boots cost more than is saved");
    Explanation pool =
        new Explanation.PoolExplained("local/std", 2, 2, 2, 0, 0, 0, 0, "replicas", moves);
    lines.onDecision(decision(List.of(new Fact.MovesProposed("local/std", moves.nodes())), pool));
    lines.onDecision(decision(List.of(), pool));
    assertThat(said)
        .singleElement()
        .asString()
        .contains(
            "local/std  could save 3.00/h for 0.50: 1 replica leaves 1 node; not done, the"
                + " boots cost more than is saved");
  }
}
