package dev.highwater.http.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.EventPhase;
import dev.highwater.model.CellSnapshot.EventStatus;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.Cordon;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.Clamp;
import dev.highwater.model.Explanation.LoadView;
import dev.highwater.model.Explanation.PlacementView;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Explanation.SharingView;
import dev.highwater.model.Explanation.Wish;
import dev.highwater.model.Fact;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.Tenant;
import dev.highwater.model.WishSource;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.DatedRoute;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A made-up night in one cell, for tests and screenshots of what shows snapshots: a flash sale at
 * {@link #SALE_S}, more load than replicas for some seconds, then calm. Nothing of it is computed
 * by a scheduler. Immutable; equal seconds give equal values.
 */
public final class SampleNight {
  /** The night's only cell. */
  public static final String CELL = "east";

  /** Second of the night at which the declared sale begins. */
  public static final int SALE_S = 420;

  private static final Resources NODE = Resources.of(16_000, 65_536);
  private static final double SAFE_RATE = 140;

  private static final List<Load> LOADS =
      List.of(
          new Load("rail", "order", 900, 2.2, 200),
          new Load("rail", "payment", 420, 1.8, 300),
          new Load("rail", "query", 9_000, 3.1, 150),
          new Load("shop", "catalogue", 4_200, 2.6, 120),
          new Load("shop", "order", 1_300, 5.2, 200));

  private final long startMs;

  /**
   * Describes a service's load.
   *
   * @param base first attempts per second before the sale
   * @param peak factor at the sale's height
   */
  private record Load(String tenant, String name, double base, double peak, double sloMs) {
    ServiceId id() {
      return new ServiceId(tenant, name);
    }
  }

  /** A night whose second 0 is at the given epoch milliseconds. */
  public SampleNight(long startMs) {
    this.startMs = startMs;
  }

  /** What was declared for the night. */
  public List<Spec> specs() {
    List<Spec> specs = new ArrayList<>();
    specs.add(Cell.named(CELL));
    specs.add(NodePool.named(CELL, "standard"));
    specs.add(Tenant.named("rail"));
    specs.add(Tenant.named("shop"));
    LOADS.forEach(load -> specs.add(Service.named(load.tenant(), load.name())));
    specs.add(
        new PeakEvent(
            "flash-sale",
            startMs + SALE_S * 1_000L,
            20_000,
            60_000,
            30_000,
            List.of(new PeakEvent.EventLoad(new ServiceId("shop", "order"), 6_500))));
    return specs;
  }

  /** What the cell looks like after second {@code second}. */
  public CellSnapshot snapshot(int second) {
    long nowMs = startMs + second * 1_000L;
    List<ServiceStatus> services = new ArrayList<>();
    int replicas = 0;
    for (Load load : LOADS) {
      ServiceStatus status = status(load, second);
      services.add(status);
      replicas += status.ready();
    }
    int nodesReady = Math.min(60, 4 + replicas / 12);
    List<NodeStatus> nodes = new ArrayList<>();
    for (int i = 0; i < nodesReady; i++) {
      long cpu = Math.min(16_000, Math.max(0, (replicas - i * 12L) * 1_000));
      NodeState state =
          i == 7 && second % 90 > 80
              ? NodeState.SILENT
              : i == nodesReady - 1 && second > SALE_S + 90 ? NodeState.DRAINING : NodeState.READY;
      nodes.add(
          new NodeStatus(
              "standard-" + i,
              CELL + "/standard",
              "abc".substring(i % 3, i % 3 + 1),
              state,
              NODE,
              Resources.of(cpu, cpu * 2),
              (int) (cpu / 1_000),
              nowMs - 300,
              null));
    }
    int wanted = Math.min(60, 4 + ready(LOADS.get(4), second + 12) / 4 + replicas / 14);
    return new CellSnapshot(
        CELL,
        3,
        "member-1",
        nowMs,
        5_000L + second * 4L,
        second,
        0,
        services,
        nodes,
        List.of(
            new PoolStatus(
                CELL + "/standard",
                Math.max(nodesReady, wanted),
                nodesReady,
                Math.max(0, wanted - nodesReady),
                2,
                60,
                1.25)),
        List.of(
            new EventStatus(
                "flash-sale",
                startMs + SALE_S * 1_000L,
                phase(second),
                List.of(LOADS.get(4).id()),
                1.5),
            new EventStatus(
                "ticket-release",
                startMs + (SALE_S + 2_400) * 1_000L,
                EventPhase.AHEAD,
                List.of(LOADS.get(2).id()),
                0)),
        nodesReady * 1.25,
        second * nodesReady * 1.25 / 3_600,
        second * nodesReady / 3_600.0,
        startMs);
  }

  /** Two of so many replicas of two cores each are more than the tenant may borrow. */
  private static SharingView quota(int wanted) {
    return new SharingView(
        Resources.of(40_000, 163_840),
        Resources.of(44_000, 90_112),
        Resources.of(4_000, 0),
        Resources.of(44_000, 327_680),
        Resources.of(51_000, 163_840),
        wanted,
        wanted - 2,
        "quota allows " + (wanted - 2) + " of " + wanted,
        null);
  }

  /** What was decided in a second, the scale-out of each service in turn. */
  public Decision decision(int second) {
    Load load = LOADS.get(Math.floorMod(second / 7, LOADS.size()));
    int before = target(load, second - 1);
    int target = target(load, second) + (second % 3 == 0 ? 0 : 2);
    boolean sale = second >= SALE_S - 40 && load.name().equals("order");
    WishSource winner =
        sale ? WishSource.CALENDAR : target >= before ? WishSource.FORECAST : WishSource.REACTIVE;
    int pending = second % 5 == 0 ? 3 : 0;
    TreeMap<String, Integer> refusals = new TreeMap<>();
    if (pending > 0) {
      refusals.put("cpu", 9);
      refusals.put("quota", 2);
      refusals.put("zone-skew", 1);
    }
    List<Wish> wishes = new ArrayList<>();
    wishes.add(new Wish(winner, target, 0, sale ? "flash-sale peaks at 6500/s" : "6180/s in 20 s"));
    wishes.add(
        new Wish(WishSource.REACTIVE, Math.max(1, target - 6), 6, "4910/s now at 140/s each"));
    wishes.add(new Wish(WishSource.BOUNDS, 2, target - 2, "replicasMin 2"));
    List<Explanation> explanations = new ArrayList<>();
    explanations.add(
        new ServiceExplained(
            load.id(),
            "slo",
            new LoadView(
                offered(load, second), 6_180, 6_702, 20_000, 7_120, 80_000, 0.004, SAFE_RATE, 1),
            wishes,
            winner,
            second % 4 == 0 ? List.of(new Clamp("quota", target + 4, target)) : List.of(),
            before,
            target,
            ready(load, second),
            pending == 0 ? null : quota(pending),
            new PlacementView(
                Math.max(0, target - before) + pending,
                Math.max(0, target - before),
                pending,
                refusals,
                new TreeMap<>()),
            null,
            target * 0.1,
            null));
    if (second % 4 == 0) {
      explanations.add(
          new PoolExplained(
              CELL + "/standard",
              14,
              18,
              14,
              1,
              3,
              0,
              0,
              "replicas wait for room; ordered ahead of event flash-sale",
              null));
    }
    return new Decision(
        CELL,
        3,
        second,
        startMs + second * 1_000L,
        List.of(new Fact.TargetSet(load.id(), target, winner)),
        List.of(),
        explanations);
  }

  /** The same while an operator holds a service. */
  public static CellSnapshot held(CellSnapshot like, String service, ManualOverride word) {
    ObjectNode tree = (ObjectNode) ModelJson.toTree(like);
    for (JsonNode status : tree.get("services")) {
      if (status.get("service").asText().equals(service)) {
        ((ObjectNode) status).put("winner", "manual").set("override", ModelJson.toTree(word));
      }
    }
    return ModelJson.read(tree, CellSnapshot.class);
  }

  /** The same without a node. */
  public static CellSnapshot without(CellSnapshot like, String node) {
    ObjectNode tree = (ObjectNode) ModelJson.toTree(like);
    Iterator<JsonNode> nodes = tree.get("nodes").iterator();
    while (nodes.hasNext()) {
      if (nodes.next().get("node").asText().equals(node)) {
        nodes.remove();
      }
    }
    return ModelJson.read(tree, CellSnapshot.class);
  }

  /** The same while an operator closes a node. */
  public static CellSnapshot cordoned(CellSnapshot like, Cordon cordon) {
    ObjectNode tree = (ObjectNode) ModelJson.toTree(like);
    for (JsonNode node : tree.get("nodes")) {
      if (node.get("node").asText().equals(cordon.node())) {
        ((ObjectNode) node)
            .put("state", cordon.drain() ? "draining" : "cordoned")
            .set("cordon", ModelJson.toTree(cordon));
      }
    }
    return ModelJson.read(tree, CellSnapshot.class);
  }

  /** The same, won by an operator's word, and the number stays. */
  public static Decision held(Decision like, ManualOverride word) {
    ObjectNode tree = (ObjectNode) ModelJson.toTree(like);
    ObjectNode explained = (ObjectNode) tree.get("explanations").get(0);
    explained.put("winner", "manual").set("override", ModelJson.toTree(word));
    explained.set("targetBefore", explained.get("target"));
    return ModelJson.read(tree, Decision.class);
  }

  /** A service whose users burst to a public cell. */
  public static DatedRoute route() {
    ServiceId query = new ServiceId("rail", "query");
    return new DatedRoute(
        2,
        900,
        1_478_793_600_000L,
        new Explanation.ServiceRouted(
            query,
            1_250,
            1_600,
            List.of(
                new Explanation.CellRouted(
                    CELL,
                    Explanation.RouteReason.PRIVATE_FIRST,
                    5,
                    1_250,
                    1_000,
                    0,
                    1_000,
                    1,
                    0.8,
                    0.625),
                new Explanation.CellRouted(
                    "rented",
                    Explanation.RouteReason.BURST,
                    12,
                    0,
                    600,
                    100,
                    5_000,
                    0,
                    0.2,
                    0.375))));
  }

  private ServiceStatus status(Load load, int second) {
    double offered = offered(load, second);
    int target = target(load, second);
    int ready = ready(load, second);
    double bearable = ready * SAFE_RATE * 1.15;
    double served = Math.min(offered, bearable);
    double utilisation = Math.min(1, offered / (ready * SAFE_RATE * 1.3));
    double p99 =
        load.sloMs()
            * Math.min(6, 0.25 / Math.max(0.05, 1.12 - utilisation))
            * noise(load, second, 0.06);
    long first = (long) (second * load.base());
    return new ServiceStatus(
        load.id(),
        "slo",
        offered,
        offered + (offered - served) * 1.4,
        served,
        offered - served,
        (long) ((offered - served) * 2),
        target,
        ready,
        Math.max(0, target - ready),
        Math.max(0, ready - target),
        0,
        2,
        400,
        utilisation,
        p99 / 3,
        p99,
        load.sloMs(),
        0.99,
        offered > bearable ? bearable : Double.MAX_VALUE,
        1,
        offered(load, second + 20),
        first,
        first - first / 900,
        first / 900,
        1 / 900.0,
        second > SALE_S - 40 && load.name().equals("order")
            ? WishSource.CALENDAR
            : WishSource.FORECAST,
        ready * 0.1,
        second * ready * 0.1 / 3_600,
        null);
  }

  private static double offered(Load load, int second) {
    double since = second - SALE_S;
    double height =
        since < 0
            ? 0
            : since < 20 ? since / 20 : since < 80 ? 1 : StrictMath.exp((80 - since) / 40);
    double hum = 1 + 0.05 * StrictMath.sin(second / 37.0 + load.base());
    return load.base() * hum * (1 + (load.peak() - 1) * height) * noise(load, second, 0.02);
  }

  private static int target(Load load, int second) {
    double ahead = 0;
    for (int s = second; s <= second + 25; s++) {
      ahead = Math.max(ahead, offered(load, s));
    }
    return (int) Math.ceil(ahead * 1.08 / SAFE_RATE);
  }

  private static int ready(Load load, int second) {
    // Rail's query was not declared with enough: its replicas come late and it is short for a
    // while.
    int late = load.name().equals("query") ? 34 : 8;
    return Math.max(2, Math.min(target(load, second - late), target(load, second) + 6));
  }

  private static double noise(Load load, int second, double size) {
    long seed = load.id().toString().hashCode() * 31L + second;
    return 1 + size * (new SplittableRandom(seed).nextDouble() * 2 - 1);
  }

  private static EventPhase phase(int second) {
    int since = second - SALE_S;
    if (since < -60) {
      return EventPhase.AHEAD;
    }
    if (since < 0) {
      return EventPhase.PREWARMING;
    }
    if (since < 20) {
      return EventPhase.RISING;
    }
    return since < 80 ? EventPhase.HOLDING : EventPhase.DECAYING;
  }
}
