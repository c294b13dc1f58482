package dev.highwater.server.metrics;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.EventPhase;
import dev.highwater.model.CellSnapshot.EventStatus;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.Resources;
import dev.highwater.model.ServiceId;
import dev.highwater.model.WishSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Hand-made snapshots and decisions. Stateless. */
final class SampleCells {
  static final ServiceId ORDER = new ServiceId("shop", "order");
  static final ServiceId QUERY = new ServiceId("rail", "query");

  private SampleCells() {}

  /** A cell with two services, three nodes and an event one minute ahead. */
  static CellSnapshot peak(long nowMs, long ticks) {
    return cell(
        nowMs,
        ticks,
        List.of(service(ORDER, 900, ticks), service(QUERY, Double.MAX_VALUE, ticks)),
        List.of(
            node("n1", NodeState.READY, 12_000, 0, nowMs),
            node("n2", NodeState.SILENT, 4_000, 0, nowMs - 4_000),
            node("n3", NodeState.DRAINING, 0, 2_000, nowMs)),
        List.of(
            new EventStatus(
                "flash-sale", nowMs + 60_000, EventPhase.PREWARMING, List.of(ORDER), 0.75)));
  }

  static CellSnapshot cell(
      long nowMs,
      long ticks,
      List<ServiceStatus> services,
      List<NodeStatus> nodes,
      List<EventStatus> events) {
    return new CellSnapshot(
        "c1",
        3,
        "member-a",
        nowMs,
        40 + ticks,
        ticks,
        0,
        services,
        nodes,
        List.of(new PoolStatus("main", 4, 2, 1, 1, 20, 1.5)),
        events,
        4.5,
        12.25,
        2,
        0);
  }

  static ServiceStatus service(ServiceId id, double admissionPerSecond, long ticks) {
    return new ServiceStatus(
        id,
        "slo",
        1_000,
        1_100,
        950,
        20,
        7,
        12,
        10,
        2,
        0,
        1,
        2,
        40,
        0.7,
        40,
        180,
        250,
        0.99,
        admissionPerSecond,
        0.75,
        1_200,
        1_000 * ticks,
        950 * ticks,
        5 * ticks,
        0.005,
        WishSource.CALENDAR,
        1.25,
        7.5,
        null);
  }

  static NodeStatus node(
      String name, NodeState state, long cpuMilli, long gpuMilli, long lastReportMs) {
    return new NodeStatus(
        name,
        "main",
        "a",
        state,
        new Resources(16_000, 65_536, gpuMilli),
        new Resources(cpuMilli, 1_024, 0),
        3,
        lastReportMs,
        null);
  }

  static List<NodeStatus> nodes(int count) {
    List<NodeStatus> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      nodes.add(node("n" + i, NodeState.READY, 0, 0, 0));
    }
    return nodes;
  }

  /** A decision with one of everything that is counted. */
  static Decision decision() {
    SortedMap<String, Integer> refusals = new TreeMap<>();
    refusals.put("cpu", 3);
    refusals.put("taint", 1);
    return new Decision(
        "c1",
        3,
        8,
        1_000,
        List.of(
            new Fact.TargetSet(ORDER, 12, WishSource.CALENDAR),
            new Fact.TargetSet(QUERY, 20, WishSource.FORECAST),
            new Fact.ReplicasPlaced(
                ORDER, 5, List.of(new Fact.NodeShare("n1", 2), new Fact.NodeShare("n3", 1))),
            new Fact.ReplicasStopped(QUERY, List.of(1L, 2L), Fact.StopReason.SCALE_IN),
            new Fact.NodeLost("n9", Fact.NodeLossReason.LEASE_EXPIRED, List.of()),
            new Fact.InputRefused(ErrorCode.UNRESOLVED_REFERENCE, "rail/order", "no such cell")),
        List.of(new Command.AdmitRates(3, 9, List.of())),
        List.of(
            new Explanation.ServiceExplained(
                ORDER,
                "slo",
                new Explanation.LoadView(1_000, 1_200, 1_300, 20_000, 1_400, 35_000, 0.01, 100, 1),
                List.of(new Explanation.Wish(WishSource.CALENDAR, 12, 0, "flash-sale in 60 s")),
                WishSource.CALENDAR,
                List.of(),
                10,
                12,
                10,
                null,
                new Explanation.PlacementView(3, 2, 1, refusals, new TreeMap<>()),
                null,
                1.25,
                null)));
  }
}
