package dev.highwater.kernel;

import static dev.highwater.kernel.PoolBuilder.pool;
import static dev.highwater.kernel.ServiceBuilder.service;
import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.model.Cell;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.Purchase;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a pool gives up nodes when its own replicas need fewer, whatever is free or wanted where
 * they may not go.
 */
class SurplusTest {
  private static final Map<String, String> KEPT = Map.of("for", "kept");

  /** Its nodes are for those alone that ask for them. */
  private static PoolBuilder kept() {
    return pool("kept").labels(KEPT).taints("kept");
  }

  /** Replicas of one core. */
  private static Service on(String pool, int number, int replicas) {
    ServiceBuilder plain = service(pool, "s" + number).fixed(replicas).bootMs(5_000);
    return (pool.equals("kept") ? plain.on(KEPT, "kept") : plain).build();
  }

  /** Four services of a pool want so many replicas each. */
  private static void want(World world, String pool, int replicas) {
    for (int s = 0; s < 4; s++) {
      world.apply(on(pool, s, replicas));
    }
  }

  private static World world(Spec... specs) {
    World world = new World(specs).audited();
    world.apply(Cell.named(World.CELL));
    return world;
  }

  private static PoolState state(World world, String pool) {
    return Objects.requireNonNull(world.state.pools().get(World.CELL + "/" + pool));
  }

  /** Names of the nodes that were emptied, in order. */
  private static List<String> emptied(World world) {
    List<String> names = new ArrayList<>();
    for (Fact fact : world.journal) {
      if (fact instanceof Fact.NodeDrainStarted drain) {
        names.add(drain.node());
      }
    }
    return names;
  }

  /**
   * Much of the general pool is free and stays so, because its nodes are paid for anyway. All nodes
   * of the kept one are full, its replicas may not go elsewhere, and then some of them stop.
   */
  @Test
  void poolWaitsItsDelayHoweverLongAnotherHasBeenFree() {
    World world =
        world(
            pool("general").bought(Purchase.RESERVED, 1).build(),
            kept().bought(Purchase.ON_DEMAND, 3).scaleInDelayMs(120_000).build());
    want(world, "general", 8);
    want(world, "kept", 8);
    world.run(60);
    want(world, "general", 5);
    world.run(200);
    assertThat(state(world, "general").surplusNodes()).isPositive();
    want(world, "kept", 5);
    world.run(110);
    assertThat(emptied(world)).isEmpty();
    world.run(40);
    assertThat(emptied(world)).isNotEmpty().allMatch(name -> name.startsWith("kept-"));
  }

  /**
   * What the forecast of a service asks for in one pool, which has empty nodes for it, takes
   * nothing from another.
   */
  @Test
  void poolIsEmptiedWhateverForecastsAskOfAnother() {
    World world = world(pool("general").bought(Purchase.ON_DEMAND, 3).build());
    world.apply(kept().nodes(10, 10).build());
    Service busy = service("kept", "busy").policy("slo", 1).on(KEPT, "kept").build();
    world.apply(
        World.tenant(
            "kept", new Quota(World.CELL, busy.resources().times(2), Resources.NONE, null)));
    world.apply(busy);
    world.rates.put(busy.id(), 3_000.0);
    want(world, "general", 8);
    world.run(60);
    assertThat(world.serving(busy.id())).isEqualTo(2);
    want(world, "general", 5);
    world.run(120);
    ServiceScaler scaler = Objects.requireNonNull(world.state.service(busy.id())).scaler();
    assertThat(Objects.requireNonNull(scaler).replicasAhead())
        .as("more than find room on all nodes in use")
        .isGreaterThan(14);
    assertThat(emptied(world)).isNotEmpty().allMatch(name -> name.startsWith("general-"));
    for (int s = 0; s < 4; s++) {
      assertThat(world.serving(new ServiceId("general", "s" + s))).isEqualTo(5);
    }
  }

  /** Eight nodes of which three places of four are free, for those that may go there. */
  private static World roomyBeside(NodePool full) {
    Map<String, String> roomy = Map.of("for", "roomy");
    World world = world(pool("roomy").labels(roomy).taints("roomy").nodes(8, 8).build(), full);
    world.run(40);
    // One on each node, so that all eight are in use.
    PlacementRule apart =
        new PlacementRule(new TreeMap<>(roomy), List.of("roomy"), 1, 1, List.of());
    world.apply(service("shop", "thin").fixed(8).placement(apart).build());
    world.run(20);
    assertThat(state(world, "roomy").surplusNodes()).isEqualTo(5);
    return world;
  }

  @ParameterizedTest
  @ValueSource(strings = {"label", "taint", "size", "devices"})
  void roomWhereReplicasMayNotGoIsNoSurplus(String by) {
    Resources shape =
        switch (by) {
          case "size" -> Resources.of(8_000, 32_768);
          case "devices" -> new Resources(4_000, 16_384, 4_000);
          default -> Resources.of(4_000, 16_384);
        };
    Resources each =
        switch (by) {
          case "size" -> Resources.of(8_000, 1_024);
          case "devices" -> new Resources(1_000, 1_024, 1_000);
          default -> Resources.of(1_000, 1_024);
        };
    Map<String, String> labels = by.equals("label") ? KEPT : Map.of();
    World world = roomyBeside(pool("full").labels(labels).shape(shape).build());
    String[] tolerations = by.equals("taint") ? new String[0] : new String[] {"roomy"};
    world.apply(service("shop", "tied").fixed(8).resources(each).on(labels, tolerations).build());
    world.run(60);
    assertThat(world.serving(new ServiceId("shop", "tied"))).isEqualTo(8);
    assertThat(state(world, "full").surplusNodes()).isZero();
  }

  /** Of eight replicas on two nodes one may go; when three others stop, that is a node. */
  @Test
  void roomElsewhereCountsForNoMoreThanMayGoThere() {
    World world =
        roomyBeside(pool("full").labels(KEPT).bought(Purchase.RESERVED, 1).nodes(2, 2).build());
    world.apply(service("shop", "tied").fixed(7).on(KEPT).build());
    world.apply(service("shop", "free").fixed(1).build());
    world.run(20);
    world.apply(service("shop", "free").fixed(1).on(Map.of(), "roomy").build());
    world.run(2);
    assertThat(state(world, "full").surplusNodes()).isZero();
    world.apply(service("shop", "tied").fixed(4).on(KEPT).build());
    world.run(20);
    assertThat(state(world, "full").surplusNodes()).isEqualTo(1);
  }

  /**
   * The last node of a pool is given back when another pool that is paid for takes its replicas.
   */
  @Test
  void roomOfAnotherPoolThatTakesThemCounts() {
    World world =
        world(
            pool("owned").bought(Purchase.RESERVED, 1).nodes(2, 2).build(),
            pool("rented").bought(Purchase.ON_DEMAND, 3).build());
    world.apply(on("shop", 0, 6));
    world.apply(on("shop", 1, 3));
    world.run(60);
    assertThat(world.nodes("rented")).isEqualTo(1);
    world.apply(on("shop", 0, 1));
    world.run(100);
    assertThat(emptied(world)).containsExactly("rented-0");
    assertThat(world.nodes("rented")).isZero();
    assertThat(world.serving(new ServiceId("shop", "s1"))).isEqualTo(3);
  }
}
