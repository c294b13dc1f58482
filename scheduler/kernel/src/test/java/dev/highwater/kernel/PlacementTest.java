package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.kernel.audit.Auditor;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.PlacementView;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Goal: each filter keeps replicas where they may be, says so, and holds up nobody else. */
class PlacementTest {
  private static NodePool pool(
      String name, Resources shape, int nodes, String label, String taint) {
    return PoolBuilder.pool(name)
        .shape(shape)
        .zones(name.equals("gpu") ? new String[] {"a"} : new String[] {"a", "b", "c"})
        .labels(label.isEmpty() ? Map.of() : Map.of("disk", label))
        .taints(taint.isEmpty() ? new String[0] : new String[] {taint})
        .bootMs(5_000)
        .nodes(nodes, nodes)
        .build();
  }

  private static NodePool pool(int nodes) {
    return pool("general", Resources.of(4_000, 16_384), nodes, "", "");
  }

  private static Service service(String name, int replicas, Resources each, PlacementRule rule) {
    return ServiceBuilder.service("shop", name)
        .fixed(replicas)
        .resources(each)
        .placement(rule)
        .build();
  }

  private static PlacementRule rule(double skew, int perNode, String... apartFrom) {
    List<ServiceId> others = new ArrayList<>();
    for (String name : apartFrom) {
      others.add(new ServiceId("shop", name));
    }
    return new PlacementRule(new TreeMap<>(), List.of(), skew, perNode, others);
  }

  private static World settled(Spec... specs) {
    World world = new World(Cell.named(World.CELL)).audited();
    for (Spec spec : specs) {
      world.apply(spec);
    }
    return world.run(40);
  }

  private static ServiceState state(World world, String name) {
    return Objects.requireNonNull(world.state.service(new ServiceId("shop", name)));
  }

  /** Replicas of a service by node, or by what a node is asked for. */
  private static SortedMap<String, Integer> by(
      World world, String name, java.util.function.Function<NodeState, String> key) {
    SortedMap<String, Integer> counts = new TreeMap<>();
    ServiceState service = state(world, name);
    for (int i = 0; i < service.size(); i++) {
      NodeState node = Objects.requireNonNull(world.state.nodeAt(service.slot(i)));
      counts.merge(key.apply(node), 1, Integer::sum);
    }
    return counts;
  }

  private static List<PlacementView> views(World world, String name) {
    List<PlacementView> views = new ArrayList<>();
    for (var decision : world.decisions) {
      for (Explanation each : decision.explanations()) {
        if (each instanceof Explanation.ServiceExplained e
            && e.service().name().equals(name)
            && e.placement() != null) {
          views.add(e.placement());
        }
      }
    }
    return views;
  }

  private static PlacementView last(World world, String name) {
    List<PlacementView> views = views(world, name);
    return views.get(views.size() - 1);
  }

  @Test
  void zonesStayWithinTheSkewAndTheRestWaitsForThat() {
    // Five nodes: zones a and b have two, c has one with room for four.
    World world = settled(pool(5), service("web", 20, Resources.of(1_000, 1_024), rule(0.1, 0)));
    SortedMap<String, Integer> zones = by(world, "web", node -> node.descriptor().zone());
    assertThat(zones.get("c")).isEqualTo(4);
    assertThat(zones.values()).allMatch(n -> n <= 4 + 2);
    PlacementView view = last(world, "web");
    assertThat(view.pending()).isEqualTo(20 - state(world, "web").size()).isPositive();
    assertThat(view.refusals()).containsKey("zone-skew");
  }

  @Test
  void noNodeHoldsMoreThanTheRuleAllows() {
    World world = settled(pool(5), service("web", 20, Resources.of(100, 128), rule(1, 3)));
    assertThat(by(world, "web", NodeState::name).values()).hasSize(5).allMatch(n -> n == 3);
    assertThat(last(world, "web").refusals()).containsEntry("replicas-per-node", 5);
  }

  @Test
  void servicesThatMustBeApartAreWhoeverOfThemSaysSo() {
    World world =
        settled(
            pool(4),
            service("first", 6, Resources.of(500, 512), rule(1, 2)),
            service("second", 6, Resources.of(500, 512), rule(1, 0, "first")));
    assertThat(state(world, "first").size()).isEqualTo(6);
    assertThat(by(world, "first", NodeState::name).keySet())
        .doesNotContainAnyElementsOf(by(world, "second", NodeState::name).keySet());
    world.apply(service("first", 40, Resources.of(500, 512), rule(1, 0)));
    world.run(20);
    assertThat(last(world, "first").refusals()).containsKey("anti-affinity");
    assertThat(new TreeSet<>(by(world, "first", NodeState::name).keySet()))
        .doesNotContainAnyElementsOf(by(world, "second", NodeState::name).keySet());
  }

  @Test
  void labelsAttractAndTaintsRepel() {
    PlacementRule fast =
        new PlacementRule(
            new TreeMap<>(Map.of("disk", "fast")), List.of("dedicated"), 1, 0, List.of());
    World world =
        settled(
            pool("plain", Resources.of(4_000, 16_384), 2, "slow", ""),
            pool("special", Resources.of(4_000, 16_384), 2, "fast", "dedicated"),
            service("database", 4, Resources.of(1_000, 1_024), fast),
            service("web", 12, Resources.of(1_000, 1_024), PlacementRule.DEFAULT));
    assertThat(by(world, "database", NodeState::pool).keySet())
        .containsExactly(World.CELL + "/special");
    assertThat(by(world, "web", NodeState::pool))
        .isEqualTo(new TreeMap<>(Map.of(World.CELL + "/plain", 8)));
    assertThat(last(world, "web").refusals()).containsEntry("taint", 2).containsEntry("cpu", 2);
    PlacementRule tape =
        new PlacementRule(new TreeMap<>(Map.of("disk", "tape")), List.of(), 1, 0, List.of());
    world.apply(service("archive", 1, Resources.of(1_000, 1_024), tape));
    world.run(20);
    assertThat(last(world, "archive").refusals()).isEqualTo(new TreeMap<>(Map.of("label", 4)));
  }

  @Test
  void partsShareADeviceAndWholesNeedFreeOnes() {
    Resources shape = new Resources(16_000, 65_536, 2_000);
    World world =
        settled(
            pool("gpu", shape, 2, "", ""),
            service("part", 3, new Resources(1_000, 1_024, 300), PlacementRule.DEFAULT));
    assertThat(by(world, "part", NodeState::name)).as("one device holds three").hasSize(1);
    ServiceState part = state(world, "part");
    assertThat(List.of(part.devices(0), part.devices(1), part.devices(2)))
        .containsOnly(part.devices(0));
    world.apply(service("pair", 2, new Resources(1_000, 1_024, 2_000), PlacementRule.DEFAULT));
    world.apply(service("single", 2, new Resources(1_000, 1_024, 1_000), PlacementRule.DEFAULT));
    world.run(20);
    assertThat(state(world, "pair").size()).as("both devices of the other node").isEqualTo(1);
    assertThat(state(world, "single").size()).as("beside the parts").isEqualTo(1);
  }

  @Test
  void restsOfDevicesAreNoWholeDevice() {
    World world =
        settled(
            pool("gpu", new Resources(16_000, 65_536, 2_000), 2, "", ""),
            service("part", 4, new Resources(1_000, 1_024, 600), PlacementRule.DEFAULT));
    assertThat(state(world, "part").size()).isEqualTo(4);
    world.apply(service("single", 1, new Resources(1_000, 1_024, 1_000), PlacementRule.DEFAULT));
    world.run(20);
    assertThat(last(world, "single").refusals()).isEqualTo(new TreeMap<>(Map.of("gpu", 2)));
  }

  @Test
  void whatFitsNowhereNowHoldsUpNothingSmaller() {
    World world = settled(pool(3), service("filler", 3, Resources.of(2_000, 1_024), rule(1, 1)));
    // Its turn comes first by name, and three nodes of 2,000 are left.
    world.apply(service("huge", 2, Resources.of(3_000, 1_024), PlacementRule.DEFAULT));
    world.apply(service("small", 6, Resources.of(1_000, 1_024), PlacementRule.DEFAULT));
    world.run(20);
    assertThat(state(world, "filler").size()).isEqualTo(3);
    assertThat(state(world, "huge").size()).isZero();
    assertThat(state(world, "small").size()).isEqualTo(6);
    assertThat(views(world, "huge"))
        .anyMatch(view -> view.pending() == 2 && view.refusals().getOrDefault("cpu", 0) == 3);
  }

  @Test
  void scoresOfTheChosenNodesAreSaid() {
    World world =
        settled(pool(3), service("web", 6, Resources.of(1_000, 4_096), PlacementRule.DEFAULT));
    SortedMap<String, Double> scores = last(world, "web").scores();
    assertThat(scores.get("packing"))
        .as("two of four cores and half the memory on each of three")
        .isCloseTo(0.5, within(1e-12));
    assertThat(scores.get("balance")).isCloseTo(1, within(1e-12));
    assertThat(scores.get("spread")).isEqualTo(1);
    assertThat(scores.get("churn")).isEqualTo(1);
  }

  @Test
  void whatNodesAreChosenForByDevicesIsSaidToo() {
    NodePool two = pool("gpu", new Resources(16_000, 65_536, 2_000), 2, "", "");
    World parts =
        settled(two, service("part", 4, new Resources(1_000, 1_024, 600), PlacementRule.DEFAULT));
    assertThat(last(parts, "part").scores().get("devices"))
        .as("400 of each device are of no use to what needs 600")
        .isCloseTo(0.6, within(1e-12));
    World wholes =
        settled(
            two,
            service("other", 1, Resources.of(1_000, 1_024), PlacementRule.DEFAULT),
            service("whole", 2, new Resources(1_000, 1_024, 1_000), PlacementRule.DEFAULT));
    assertThat(last(wholes, "whole").scores().get("devices"))
        .as("each is in use, or whole for the next")
        .isCloseTo(1, within(1e-12));
    assertThat(last(wholes, "other").scores()).doesNotContainKey("devices");
  }

  @Test
  void aServiceThatMustNotBeBesideItselfHasOneReplicaOnEachNode() {
    Service alone = service("web", 6, Resources.of(1_000, 1_024), rule(1, 0, "web"));
    World world = settled(pool(2), alone);
    assertThat(by(world, "web", NodeState::name).values()).containsExactly(1, 1);
    assertThat(last(world, "web").refusals()).isEqualTo(new TreeMap<>(Map.of("anti-affinity", 2)));

    // The auditor finds by itself what a placer without the rule would do.
    World careless = settled(pool(2), service("web", 6, Resources.of(1_000, 1_024), rule(1, 0)));
    Auditor auditor = new Auditor(World.CELL);
    auditor.replay(new Fact.EpochBegun(1, "test"));
    List<String> broken = new ArrayList<>();
    for (Decision decision : careless.decisions) {
      List<Fact> facts = new ArrayList<>();
      for (Fact fact : decision.facts()) {
        boolean spec = fact instanceof Fact.SpecApplied f && f.spec() instanceof Service;
        facts.add(spec ? new Fact.SpecApplied(SpecKind.SERVICE, alone.key(), 1, 1, alone) : fact);
      }
      auditor
          .check(
              new Decision(
                  decision.cell(),
                  decision.epoch(),
                  decision.sequence(),
                  decision.nowMs(),
                  facts,
                  decision.commands(),
                  decision.explanations()))
          .forEach(violation -> broken.add(violation.toString()));
    }
    assertThat(broken).isNotEmpty().allMatch(each -> each.contains("must not be beside itself"));
  }

  @Test
  void asManyNodesAreOrderedAsReplicasThatMayNotShareOne() {
    NodePool elastic = pool("general", Resources.of(4_000, 16_384), 10, "", "").withNodesMin(0);
    for (PlacementRule rule : List.of(rule(1, 0, "web"), rule(1, 1))) {
      World world = settled(elastic, service("web", 5, Resources.of(1_000, 1_024), rule));
      assertThat(world.journal)
          .filteredOn(fact -> fact instanceof Fact.PoolTargetSet)
          .as("all at once, not one after another")
          .containsExactly(new Fact.PoolTargetSet(elastic.key(), 5));
      assertThat(by(world, "web", NodeState::name)).as("after 40 s").hasSize(5);
    }
  }
}
