package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.audit.Auditor;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.model.Cell;
import dev.highwater.model.Cordon;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Goal: what an operator says of a node is done, and users notice nothing of it. */
class CordonTest {
  private static final ServiceId WEB = new ServiceId("shop", "web");
  private static final Cordon DRAIN = new Cordon(World.CELL, "std-1", true, "fan", "kim");
  private static final Cordon CORDON = new Cordon(World.CELL, "std-1", false, "disk", "kim");

  /** Three nodes of four places each, of which a service of so many replicas fills some. */
  private static World world(int nodesMax, int replicas) {
    NodePool pool =
        PoolBuilder.pool("std").bootMs(10_000).nodes(3, nodesMax).scaleInDelayMs(20_000).build();
    World world = new World(Cell.named(World.CELL), pool, Tenant.named("shop"), web(replicas));
    return world.audited().run(40);
  }

  private static Service web(int replicas) {
    return ServiceBuilder.service("shop", "web").fixed(replicas).build();
  }

  private static NodeState node(World world) {
    return Objects.requireNonNull(world.state.node("std-1"));
  }

  @Test
  void cordonedNodeKeepsItsReplicasTakesNoneAndIsKept() {
    World world = world(3, 6);
    int before = node(world).size();
    world.apply(CORDON);
    world.apply(web(12));
    world.run(20);

    assertThat(node(world).size()).isEqualTo(before);
    ServiceExplained why = lastExplained(world);
    assertThat(why.placement()).isNotNull();
    assertThat(why.placement().refusals()).containsEntry("cordoned", 1).containsEntry("cpu", 2);

    world.apply(web(0));
    world.run(60);
    assertThat(world.nodes).containsKey("std-1");

    world.remove(CORDON);
    world.apply(web(12));
    world.run(20);
    assertThat(world.serving(WEB)).isEqualTo(12);
  }

  private static ServiceExplained lastExplained(World world) {
    List<ServiceExplained> all = new ArrayList<>();
    for (Decision decision : world.decisions) {
      decision.explanations().stream()
          .filter(ServiceExplained.class::isInstance)
          .map(ServiceExplained.class::cast)
          .forEach(all::add);
    }
    return all.get(all.size() - 1);
  }

  @Test
  void drainedNodeIsGivenBackOnceOthersServeInItsPlaceAndReplacedWhereItIsMissed() {
    World world = world(4, 12);
    assertThat(world.serving(WEB)).isEqualTo(12);
    world.apply(DRAIN);
    for (int second = 0; second < 60; second++) {
      world.second();
      assertThat(world.serving(WEB)).as("replicas that serve").isGreaterThanOrEqualTo(12);
    }

    assertThat(world.nodes).doesNotContainKey("std-1").hasSize(3);
    assertThat(world.decisions)
        .flatExtracting(Decision::explanations)
        .filteredOn(PoolExplained.class::isInstance)
        .extracting(pool -> ((PoolExplained) pool).reason())
        .contains("an operator drained nodes");
    assertThat(world.decisions)
        .flatExtracting(Decision::facts)
        .contains(new Fact.NodeLost("std-1", Fact.NodeLossReason.RELEASED, List.of()))
        .noneMatch(fact -> fact instanceof Fact.NodeDrainStarted);
    assertThat(world.state.drainingNodes()).isZero();
  }

  @Test
  void withoutRoomElsewhereADrainWaitsAndCanBeTakenBack() {
    World world = world(3, 12);
    world.apply(DRAIN);
    world.run(60);
    assertThat(world.serving(WEB)).isEqualTo(12);
    assertThat(node(world).size()).isEqualTo(4);

    world.remove(DRAIN);
    world.run(10);
    assertThat(node(world).draining()).isFalse();
    assertThat(world.state.drainingNodes()).isZero();
    assertThat(world.nodes).containsKey("std-1");
  }

  @Test
  void emptyNodeThatIsDrainedIsReplacedThoughThePoolHasItsFewest() {
    World world = world(3, 0);
    world.apply(DRAIN);
    world.run(30);
    assertThat(world.nodes).doesNotContainKey("std-1").hasSize(3);
  }

  /** A pool that has its fewest keeps a node that is emptied; the operator's is given back. */
  @Test
  void nodeThatIsBeingEmptiedIsGivenBackOnceAnOperatorDrainsItToo() {
    World world = world(4, 6);
    world.state.evolve(new Fact.NodeDrainStarted("std-1", Fact.DrainReason.EMPTIED));
    world.run(30);
    assertThat(node(world).size()).isZero();
    world.apply(DRAIN);
    world.run(30);
    assertThat(world.nodes).doesNotContainKey("std-1").hasSize(3);
  }

  @Test
  void cordonHoldsOverATakeOverAndForANodeThatComesBack() {
    World world = world(4, 12);
    world.apply(CORDON);
    world.run(2);
    world.onDecision = decision -> {};
    world.takeOver();
    world.run(5);
    assertThat(node(world).cordon()).isEqualTo(CORDON);

    World.Node there = Objects.requireNonNull(world.nodes.get("std-1"));
    there.silent = true;
    world.run(15);
    assertThat(world.state.node("std-1")).as("its lease ran out").isNull();
    there.silent = false;
    there.connected = false;
    there.replicas.clear();
    world.run(15);
    assertThat(node(world).cordon()).isEqualTo(CORDON);
    assertThat(node(world).size()).isZero();
  }

  @Test
  void whoPlacesOnACordonedNodeIsFoundOut() {
    World world = world(3, 2);
    Auditor auditor = new Auditor(World.CELL);
    auditor.replay(new Fact.EpochBegun(1, "test"));
    world.decisions.forEach(decision -> assertThat(auditor.check(decision)).isEmpty());
    auditor.replay(new Fact.SpecApplied(SpecKind.CORDON, CORDON.key(), 1, 99, CORDON));
    Decision careless =
        new Decision(
            World.CELL,
            world.state.epoch(),
            world.sequence + 1,
            world.nowMs,
            List.of(new Fact.ReplicasPlaced(WEB, 1_000, List.of(new Fact.NodeShare("std-1", 1)))),
            List.of(),
            List.of());
    assertThat(auditor.check(careless))
        .anyMatch(
            violation ->
                violation.detail().equals("shop/web on std-1, which is cordoned by kim: disk"));
  }

  private static final NodePool STD =
      PoolBuilder.pool("std").bootMs(10_000).nodes(3, 3).scaleInDelayMs(20_000).build();

  /** Twelve replicas on the three nodes of a pool, and another pool that has none yet. */
  private static World withOther(int nodesMax) {
    World world = new World(Cell.named(World.CELL), STD, Tenant.named("shop"), web(12)).audited();
    world.run(40);
    world.apply(PoolBuilder.pool("other").bootMs(10_000).nodes(0, nodesMax).build());
    return world.run(1);
  }

  @Test
  void nodesOfADeletedPoolAreGivenBackOnceOthersServeInTheirPlace() {
    World world = withOther(4);
    world.remove(STD);
    for (int second = 0; second < 90; second++) {
      world.second();
      assertThat(world.serving(WEB)).as("replicas that serve").isGreaterThanOrEqualTo(12);
    }

    assertThat(world.nodes.keySet()).hasSize(3).allMatch(name -> name.startsWith("other-"));
    assertThat(world.state.pools().get(STD.key())).extracting(PoolState::target).isEqualTo(0);
    assertThat(world.decisions)
        .flatExtracting(Decision::explanations)
        .filteredOn(PoolExplained.class::isInstance)
        .extracting(pool -> ((PoolExplained) pool).reason())
        .contains("the pool was deleted");
    assertThat(world.state.drainingNodes()).isZero();
  }

  @Test
  void nodesOfADeletedPoolWaitForRoomAndAreKeptWhereItIsDeclaredAgain() {
    World world = withOther(1);
    world.remove(STD);
    world.run(90);
    assertThat(world.serving(WEB)).isEqualTo(12);
    assertThat(world.nodes).hasSize(3).containsKey("other-0");
    assertThat(world.state.drainingNodes()).isEqualTo(2);
    CellState again = new CellState(World.CELL);
    again.evolve(new Fact.CellKept(world.state.image()));
    assertThat(again.drainingNodes()).isEqualTo(2);

    world.apply(STD);
    world.run(1);
    assertThat(world.state.drainingNodes()).isZero();
    world.run(90);
    assertThat(world.serving(WEB)).isEqualTo(12);
    assertThat(world.nodes.keySet().stream().filter(name -> name.startsWith("std-"))).hasSize(3);
  }

  @Test
  void nodesOfADeletedPoolThatStillBootAreNotWaitedFor() {
    World world = new World(Cell.named(World.CELL), STD, Tenant.named("shop"), web(12)).audited();
    world.run(2);
    assertThat(world.nodes).isEmpty();
    world.remove(STD);
    world.run(40);
    assertThat(world.nodes).isEmpty();
    assertThat(world.state.pools().get(STD.key())).extracting(PoolState::target).isEqualTo(0);
  }

  @Test
  void aCordonedNodeOfADeletedPoolIsKept() {
    World world = withOther(4);
    world.apply(CORDON);
    world.remove(STD);
    world.run(90);
    assertThat(world.nodes).hasSize(3).containsKey("std-1");
    assertThat(node(world).size()).isEqualTo(4);
    world.remove(CORDON);
    world.run(90);
    assertThat(world.nodes.keySet()).allMatch(name -> name.startsWith("other-"));
  }
}
