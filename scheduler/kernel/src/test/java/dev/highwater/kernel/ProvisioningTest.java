package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.Criticality;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.Purchase;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Goal: the least cost of nodes that carries what is wanted, and none is missed when it leaves. */
class ProvisioningTest {
  private static final ServiceId WEB = new ServiceId("shop", "web");

  private static PoolBuilder pool(
      String name, Purchase purchase, double price, long cores, int max) {
    return PoolBuilder.pool(name)
        .shape(Resources.of(cores * 1_000, cores * 4_096))
        .zones("a", "b", "c")
        .bought(purchase, price)
        .nodes(0, max);
  }

  private static Service web(int replicas, Criticality criticality) {
    return ServiceBuilder.service("shop", "web").fixed(replicas).criticality(criticality).build();
  }

  /** Active replicas on nodes of a pool. */
  private static long on(World world, String pool) {
    ServiceState service = Objects.requireNonNull(world.state.service(WEB));
    long n = 0;
    for (int i = 0; i < service.size(); i++) {
      var node = world.state.nodeAt(service.slot(i));
      n += node != null && node.pool().endsWith("/" + pool) && !service.stopped(i) ? 1 : 0;
    }
    return n;
  }

  @Test
  void reservedComesBeforeOnDemandBeforeSpotWhateverTheyCost() {
    World world =
        new World(
            Cell.named(World.CELL),
            pool("spare", Purchase.SPOT, 1, 4, 20).build(),
            pool("rented", Purchase.ON_DEMAND, 2, 4, 2).build(),
            pool("owned", Purchase.RESERVED, 3, 4, 2).build(),
            web(20, Criticality.NORMAL));
    world.run(60);
    assertThat(world.serving(WEB)).isEqualTo(20);
    assertThat(List.of(world.nodes("owned"), world.nodes("rented"), world.nodes("spare")))
        .isEqualTo(List.of(2, 2, 1));
  }

  @Test
  void ofEqualPoolsThoseCarryThePendingThatCostLeastForWhatIsUsedOfThem() {
    World world =
        new World(
            Cell.named(World.CELL),
            pool("large", Purchase.ON_DEMAND, 7, 16, 20).build(),
            pool("small", Purchase.ON_DEMAND, 2, 4, 20).build(),
            web(18, Criticality.NORMAL));
    world.run(60);
    assertThat(world.serving(WEB)).isEqualTo(18);
    // 16 on a large node cost 7/16 each; the last two cost 1 each on a small one, 3.5 on a large.
    assertThat(List.of(world.nodes("large"), world.nodes("small"))).isEqualTo(List.of(1, 1));
  }

  @Test
  void ofPoolsOfNearlyEqualPriceTheOneThatBootsInTimeIsOrdered() {
    World world =
        new World(
            Cell.named(World.CELL),
            pool("quick", Purchase.ON_DEMAND, 1.01, 4, 20).bootMs(10_000).build(),
            pool("slow", Purchase.ON_DEMAND, 1, 4, 20).bootMs(600_000).build(),
            web(8, Criticality.NORMAL));
    world.run(60);
    assertThat(world.serving(WEB)).isEqualTo(8);
    assertThat(world.nodes("quick")).isEqualTo(2);
  }

  @Test
  void aSlowerPoolIsOrderedWhereItsPriceMakesUpForTheWait() {
    World world =
        new World(
            Cell.named(World.CELL),
            pool("quick", Purchase.ON_DEMAND, 1.5, 4, 20).bootMs(10_000).build(),
            pool("slow", Purchase.ON_DEMAND, 1, 4, 20).bootMs(60_000).build(),
            web(8, Criticality.NORMAL));
    world.run(80);
    assertThat(world.nodes("slow")).isEqualTo(2);
  }

  @Test
  void ofSpotPoolsTheSteadierIsOrderedUnlessThePriceMakesUpForItsLosses() {
    // A minute and five seconds of boots six times an hour are a tenth of the time.
    NodePool steady = pool("steady", Purchase.SPOT, 1, 4, 20).bootMs(60_000).build();
    World near =
        new World(
            Cell.named(World.CELL),
            pool("often", Purchase.SPOT, 0.95, 4, 20).bootMs(60_000).lossPerHour(6).build(),
            steady,
            web(8, Criticality.NORMAL));
    near.run(3);
    assertThat(ordered(near)).containsExactly(World.CELL + "/steady");
    World far =
        new World(
            Cell.named(World.CELL),
            pool("often", Purchase.SPOT, 0.85, 4, 20).bootMs(60_000).lossPerHour(6).build(),
            steady,
            web(8, Criticality.NORMAL));
    far.run(3);
    assertThat(ordered(far)).containsExactly(World.CELL + "/often");
  }

  /** Keys of the pools that shall have nodes. */
  private static List<String> ordered(World world) {
    return world.state.pools().values().stream()
        .filter(pool -> pool.target() > 0)
        .map(PoolState::key)
        .toList();
  }

  @Test
  void aPoolThatAServiceMayNotUseDoesNotStretchItsHorizon() {
    PoolBuilder slow = pool("slow", Purchase.ON_DEMAND, 1, 4, 20).bootMs(600_000);
    NodePool kept = slow.taints("kept").build();
    World world =
        new World(
            Cell.named(World.CELL),
            pool("general", Purchase.ON_DEMAND, 1, 4, 20).build(),
            kept,
            web(8, Criticality.NORMAL));
    world.run(3);
    ServiceState service = Objects.requireNonNull(world.state.service(WEB));
    assertThat(world.state.nodeBootMs(service)).isEqualTo(15_000);
    world.apply(slow.taints().build());
    world.run(2);
    assertThat(world.state.nodeBootMs(service)).as("now that it may").isEqualTo(600_000);
  }

  @Test
  void noticedNodesAreReplacedBeforeTheirProviderTakesThem() {
    World world =
        new World(
            Cell.named(World.CELL),
            pool("spare", Purchase.SPOT, 1, 4, 12).build(),
            web(20, Criticality.NORMAL));
    world.audited().run(60);
    assertThat(world.serving(WEB)).isEqualTo(20);
    List<String> noticed = new ArrayList<>(world.nodes.keySet());
    world.nodes.values().forEach(node -> node.leavesAtMs = world.nowMs + 120_000);
    int fewest = Integer.MAX_VALUE;
    for (int i = 0; i < 150; i++) {
      world.second();
      fewest = Math.min(fewest, world.serving(WEB));
    }
    assertThat(fewest).as("replicas that served all the while").isEqualTo(20);
    assertThat(world.nodes.keySet()).doesNotContainAnyElementsOf(noticed);
    assertThat(world.journal)
        .filteredOn(fact -> fact instanceof Fact.NodeDrainStarted)
        .hasSameSizeAs(noticed)
        .allMatch(
            fact ->
                fact instanceof Fact.NodeDrainStarted drain
                    && drain.reason() == Fact.DrainReason.WITHDRAWN);
  }

  @Test
  void criticalServiceKeepsMostOfItsReplicasOffSpotNodes() {
    World world =
        new World(
            Cell.named(World.CELL),
            pool("spare", Purchase.SPOT, 1, 4, 20).build(),
            pool("owned", Purchase.RESERVED, 3, 4, 2).build(),
            web(20, Criticality.CRITICAL));
    world.run(60);
    assertThat(on(world, "owned")).isEqualTo(8);
    assertThat(on(world, "spare")).as("30 % of 20").isEqualTo(6);
    assertThat(world.nodes("spare")).as("none is booted for what may not go there").isEqualTo(2);
    world.apply(web(20, Criticality.NORMAL));
    world.run(60);
    assertThat(on(world, "spare")).isEqualTo(12);
  }

  /**
   * Of nodes that are lost six times an hour and take 65 s to replace, a tenth is lost by then; one
   * request of a hundred may be late, so a tenth of the replicas may be on them.
   */
  @Test
  void theMoreOftenSpotNodesAreLostTheFewerOfACriticalServiceAreOnThem() {
    World world =
        new World(
            Cell.named(World.CELL),
            pool("spare", Purchase.SPOT, 1, 4, 40).bootMs(60_000).lossPerHour(6).build(),
            pool("owned", Purchase.RESERVED, 3, 4, 2).build(),
            web(40, Criticality.CRITICAL));
    world.run(120);
    assertThat(on(world, "owned")).isEqualTo(8);
    assertThat(on(world, "spare")).as("9.7 % of 40").isEqualTo(3);
    assertThat(world.nodes("spare")).isEqualTo(1);
    assertThat(refusals(world)).containsEntry("spot-share", 1).containsEntry("cpu", 2);
  }

  /** Why replicas were left pending when that was said last. */
  private static Map<String, Integer> refusals(World world) {
    Map<String, Integer> last = Map.of();
    for (Decision decision : world.decisions) {
      for (Explanation explanation : decision.explanations()) {
        if (explanation instanceof Explanation.ServiceExplained service
            && service.placement() != null) {
          last = service.placement().refusals();
        }
      }
    }
    return last;
  }

  @Test
  void theLeastFilledNodeIsEmptiedAndGivenBackWhenOthersHaveRoom() {
    World world =
        new World(
            Cell.named(World.CELL),
            pool("general", Purchase.ON_DEMAND, 1, 4, 20).build(),
            web(24, Criticality.NORMAL));
    world.run(60);
    assertThat(world.nodes("general")).isEqualTo(6);
    world.apply(web(12, Criticality.NORMAL));
    int fewest = Integer.MAX_VALUE;
    for (int i = 0; i < 200; i++) {
      world.second();
      fewest = Math.min(fewest, world.serving(WEB));
    }
    assertThat(fewest).as("replicas that served all the while").isGreaterThanOrEqualTo(12);
    assertThat(world.nodes("general")).isLessThanOrEqualTo(4);
  }

  private static NodePool inZone(String zone, int min, int max) {
    return PoolBuilder.pool(zone).zones(zone).bootMs(2_000).nodes(min, max).build();
  }

  /** One node of zone b is all there may be, so no more than five replicas fit the skew in a. */
  @Test
  void noNodesAreOrderedWhereTheZonesSkewLetsNobodyIn() {
    Service even = ServiceBuilder.like(web(12, Criticality.NORMAL)).spread(0, 0).build();
    World world = new World(Cell.named(World.CELL), inZone("a", 0, 10), inZone("b", 1, 1), even);
    world.run(60);
    assertThat(world.serving(WEB)).isEqualTo(9);
    assertThat(world.nodes("a")).isEqualTo(2);
    long ordered =
        world.decisions.stream()
            .skip(30)
            .flatMap(decision -> decision.facts().stream())
            .filter(fact -> fact instanceof Fact.PoolTargetSet)
            .count();
    assertThat(ordered).as("targets of pools that change for ever").isZero();
  }
}
