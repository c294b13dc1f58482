package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.Explanation.LoadView;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.Purchase;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Goal: nodes are there when a load that grows needs them, whatever a replica is bound by. */
class RoomAheadTest {
  private static final ServiceId WEB = new ServiceId("shop", "web");

  /** Four replicas on each node by cores. */
  private static final Resources BY_CPU = Resources.of(4_000, 1_024);

  /** Four on each node by whole devices. */
  private static final Resources BY_DEVICES = new Resources(100, 128, 1_000);

  /** Four on each node, one on each device: what is left of a device holds no second one. */
  private static final Resources BY_PARTS = new Resources(100, 128, 600);

  private static World world(Resources each, String policy, int initial) {
    return world(each, policy, initial, PlacementRule.DEFAULT);
  }

  private static World world(Resources each, String policy, int initial, PlacementRule rule) {
    return new World(
        Cell.named(World.CELL),
        devices("devices").labels(Map.of("disk", "fast")).bootMs(60_000).nodes(0, 60).build(),
        ServiceBuilder.service("shop", "web")
            .resources(each)
            .policy(policy, initial)
            .placement(rule)
            .build());
  }

  /** A pool of nodes with sixteen cores and four devices. */
  private static PoolBuilder devices(String name) {
    return PoolBuilder.pool(name).shape(new Resources(16_000, 65_536, 4_000)).zones("a", "b");
  }

  /**
   * Nodes after ten minutes of steady growth, the seconds in which a replica waited for room until
   * then, and the nodes that are left when the load has been gone for half an hour.
   */
  private static List<Integer> ramp(Resources each) {
    return ramp(world(each, "slo", 1));
  }

  private static List<Integer> ramp(World world) {
    world.rates.put(WEB, 500.0);
    world.run(400);
    int waited = 0;
    for (int i = 0; i < 600; i++) {
      world.rates.put(WEB, 500.0 + 20 * i);
      world.second();
      ServiceState service = Objects.requireNonNull(world.state.service(WEB));
      waited += service.target() > service.active() ? 1 : 0;
    }
    int most = nodes(world);
    world.rates.put(WEB, 500.0);
    world.run(1_800);
    return List.of(most, waited, nodes(world));
  }

  /** Nodes of the pool that {@link #world} has. */
  private static int nodes(World world) {
    return (int)
        world.nodes.values().stream()
            .filter(node -> node.descriptor.pool().equals(World.CELL + "/devices"))
            .count();
  }

  /** The same beside ten empty nodes where the service may not run. */
  private static World besideOthers(Resources each, boolean byTaint) {
    PlacementRule fast =
        new PlacementRule(new TreeMap<>(Map.of("disk", "fast")), List.of(), 0.5, 0, List.of());
    World world = world(each, "slo", 1, byTaint ? PlacementRule.DEFAULT : fast);
    world.apply(
        devices("closed")
            .taints(byTaint ? new String[] {"night"} : new String[0])
            .bought(Purchase.RESERVED, 1)
            .bootMs(1_000)
            .nodes(10, 10)
            .build());
    return world;
  }

  @Test
  void aRampFindsItsNodesBesideEmptyOnesWhereItMayNotRun() {
    for (Resources each : List.of(BY_CPU, BY_DEVICES)) {
      List<Integer> alone = ramp(each);
      assertThat(ramp(besideOthers(each, false))).as("tied by label").isEqualTo(alone);
      assertThat(ramp(besideOthers(each, true))).as("kept out by taint").isEqualTo(alone);
    }
  }

  @Test
  void aRampFindsItsNodesWhetherCoresOrDevicesRunOut() {
    List<Integer> byCpu = ramp(BY_CPU);
    assertThat(ramp(BY_DEVICES)).isEqualTo(byCpu);
    assertThat(ramp(BY_PARTS)).isEqualTo(byCpu);
  }

  @Test
  void asManyNodesAreOrderedAsDevicesHoldParts() {
    World world = world(BY_PARTS, "fixed", 5);
    world.run(2);
    assertThat(Objects.requireNonNull(world.pools.get(World.CELL + "/devices")).nodes())
        .isEqualTo(2);
  }

  private static List<PoolExplained> explained(World world) {
    return world.decisions.stream()
        .flatMap(decision -> decision.explanations().stream())
        .filter(PoolExplained.class::isInstance)
        .map(PoolExplained.class::cast)
        .filter(e -> e.target() > e.targetBefore())
        .toList();
  }

  @Test
  void whatWaitsIsToldFromWhatIsForetold() {
    World world = world(BY_CPU, "slo", 1);
    world.rates.put(WEB, 500.0);
    world.run(400);
    world.decisions.clear();
    for (int i = 0; i < 600; i++) {
      world.rates.put(WEB, 500.0 + 20 * i);
      world.second();
    }
    assertThat(explained(world))
        .anyMatch(
            e ->
                e.reason().equals("ordered ahead of the forecast")
                    && e.neededForForecast() > 0
                    && e.neededForPending() == 0)
        .allMatch(e -> e.neededForCalendar() == 0 && !e.reason().contains("event"));

    World fixed = world(BY_CPU, "fixed", 8);
    fixed.run(2);
    assertThat(explained(fixed))
        .singleElement()
        .matches(e -> e.reason().equals("replicas wait for room"))
        .matches(e -> e.neededForPending() == 2 && e.neededForForecast() == 0);
  }

  @Test
  void nodesForADeclaredEventAreExplainedByItsName() {
    World world = world(BY_CPU, "slo", 1);
    world.rates.put(WEB, 500.0);
    world.run(400);
    world.decisions.clear();
    world.apply(
        new PeakEvent(
            "sale",
            world.nowMs + 300_000,
            0,
            60_000,
            0,
            List.of(new PeakEvent.EventLoad(WEB, 10_000))));
    world.run(290);
    assertThat(explained(world)).isNotEmpty();
    assertThat(explained(world).get(0).reason()).isEqualTo("ordered ahead of event sale");
    assertThat(explained(world).get(0).neededForCalendar()).isGreaterThan(5);
    assertThat(explained(world).get(0).neededForPending()).isZero();
  }

  @Test
  void theBoundThatNodesAreOrderedForIsExplainedWithItsHorizon() {
    World world = world(BY_CPU, "slo", 1);
    for (int i = 0; i < 600; i++) {
      world.rates.put(WEB, 500.0 + 20 * i);
      world.second();
    }
    LoadView load =
        world.decisions.stream()
            .flatMap(decision -> decision.explanations().stream())
            .filter(ServiceExplained.class::isInstance)
            .map(e -> ((ServiceExplained) e).load())
            .reduce((before, after) -> after)
            .orElseThrow();
    assertThat(load.nodeHorizonMs()).isEqualTo(load.horizonMs() + 60_000);
    assertThat(load.nodeUpperPerSecond()).isGreaterThan(load.upperPerSecond());
  }

  /** As long as it holds when such nodes would be ready; what it kept away comes after it. */
  @Test
  void nothingIsOrderedAheadOfWhatAnOperatorForbids() {
    World world = world(BY_CPU, "slo", 1).run(1);
    Service web = Objects.requireNonNull(world.state.service(WEB)).spec();
    ManualOverride cap =
        new ManualOverride(ManualOverride.Kind.CAP, 3, world.nowMs + 900_000, "", "kim");
    world.apply(ServiceBuilder.like(web).scaling(web.scaling().withOverride(cap)).build());
    for (int second = 0; second < 900; second++) {
      world.rates.put(WEB, 100.0 + second);
      world.second();
      if (world.nowMs < cap.expiresAtMs() - 120_000) {
        assertThat(world.nodes("devices")).as("second %d", second).isLessThanOrEqualTo(1);
      }
    }
    assertThat(world.nodes("devices")).as("when it ends").isGreaterThan(1);
  }
}
