package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Cell;
import dev.highwater.model.Explanation.MovesView;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Purchase;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Goal: scattered replicas move together when that pays, and serve all the while. */
class ConsolidationTest {
  private static final int SERVICES = 4;

  private static NodePool pool(String name, Purchase purchase, double price) {
    return PoolBuilder.pool(name).bought(purchase, price).build();
  }

  /** Emptied into a warm node, a node only changes places with it: once begun, for ever. */
  @Test
  void noNodeIsEmptiedIntoOneThatIsKeptWarm() {
    Service apart = ServiceBuilder.like(service(0, 3, 1_000)).spread(1, 1).build();
    NodePool std = PoolBuilder.pool("std").bought(Purchase.ON_DEMAND, 10).nodesWarm(1).build();
    World world = new World(Cell.named(World.CELL), std, apart);
    world.run(60);
    assertThat(world.nodes).hasSize(4);
    world.decisions.clear();
    world.run(300);
    assertThat(world.decisions)
        .allSatisfy(
            decision ->
                assertThat(decision.facts())
                    .noneMatch(fact -> fact instanceof Fact.NodeDrainStarted));
    assertThat(world.nodes).hasSize(4);
  }

  /**
   * A zone that would have one replica less than the others must get it back, and has no room left:
   * emptied all the same, its node would be ordered again, and emptied again.
   */
  @Test
  void noNodeIsEmptiedIntoZonesThatSkewThenCloses() {
    Service fills = ServiceBuilder.like(service(0, 2, 1_000)).cpuMilli(4_000).spread(0, 0).build();
    Service spread = ServiceBuilder.like(service(1, 2, 1_000)).cpuMilli(500).spread(0, 0).build();
    NodePool zones =
        PoolBuilder.pool("general")
            .bought(Purchase.ON_DEMAND, 10)
            .zones("a", "b")
            .nodes(2, 20)
            .build();
    World world = new World(Cell.named(World.CELL), zones);
    world.run(30);
    world.apply(spread);
    world.run(30);
    world.apply(fills);
    world.run(60);
    assertThat(world.nodes).hasSize(4);
    world.decisions.clear();
    world.run(300);
    assertThat(proposals(world)).isNotEmpty().noneMatch(MovesView::carriedOut);
    assertThat(world.nodes).hasSize(4);
  }

  private static Service service(int number, int replicas, long bootMs) {
    return ServiceBuilder.service("shop", "s" + number).fixed(replicas).bootMs(bootMs).build();
  }

  /**
   * Four services of eight replicas fill eight nodes and shrink to five each, which leaves one
   * replica of each alone on its node; two minutes pass.
   */
  private static World scattered(long bootMs, Spec... specs) {
    return shrunk(8, 5, bootMs, specs);
  }

  /** As many services have so many replicas and then so few; two minutes pass. */
  private static World shrunk(int from, int to, long bootMs, Spec... specs) {
    World world = new World(specs).audited();
    world.apply(Cell.named(World.CELL));
    want(world, from, bootMs);
    world.run(60);
    assertThat(serving(world)).isEqualTo(from * SERVICES);
    world.decisions.clear();
    want(world, to, bootMs);
    for (int i = 0; i < 120; i++) {
      world.second();
      assertThat(serving(world)).as("replicas that serve").isGreaterThanOrEqualTo(to * SERVICES);
    }
    return world;
  }

  private static void want(World world, int replicas, long bootMs) {
    for (int s = 0; s < SERVICES; s++) {
      world.apply(service(s, replicas, bootMs));
    }
  }

  private static int serving(World world) {
    int n = 0;
    for (int s = 0; s < SERVICES; s++) {
      n += world.serving(new ServiceId("shop", "s" + s));
    }
    return n;
  }

  private static List<MovesView> proposals(World world) {
    List<MovesView> views = new ArrayList<>();
    world.decisions.forEach(
        decision ->
            decision
                .explanations()
                .forEach(
                    each -> {
                      if (each instanceof PoolExplained pool && pool.moves() != null) {
                        views.add(pool.moves());
                      }
                    }));
    return views;
  }

  private static List<Fact.StopReason> stops(World world) {
    return world.decisions.stream()
        .flatMap(decision -> decision.facts().stream())
        .filter(fact -> fact instanceof Fact.ReplicasStopped)
        .map(fact -> ((Fact.ReplicasStopped) fact).reason())
        .distinct()
        .toList();
  }

  @Test
  void scatteredReplicasMoveTogetherAndTheirNodesAreGivenBack() {
    World world = scattered(20_000, pool("general", Purchase.ON_DEMAND, 3));
    assertThat(world.nodes("general")).isEqualTo(6);
    MovesView first = proposals(world).get(0);
    assertThat(first.carriedOut()).isTrue();
    assertThat(first.nodes()).hasSize(1);
    assertThat(first.replicas().values()).containsExactly(1);
    assertThat(first.savedPerHour()).isEqualTo(3);
    assertThat(first.bootCost())
        .as("a quarter of a node, twice for 20 s")
        .isEqualTo(3 / 4.0 * 20_000 / 3_600_000);
    assertThat(stops(world)).containsExactly(Fact.StopReason.SCALE_IN, Fact.StopReason.MOVED);
  }

  /**
   * What moves goes to nodes in use though its zone has nothing but a warm one, as the trial said:
   * from the warm node it would move on to the next one, for ever, a node's boot each time.
   */
  @Test
  void whatMovesOffANodeOpensNoWarmOne() {
    NodePool zones =
        PoolBuilder.pool("general")
            .bought(Purchase.ON_DEMAND, 3)
            .zones("a", "b", "c")
            .nodesWarm(2)
            .build();
    int carriedOut = 0;
    for (int from = 6; from <= 12; from++) {
      for (int to = 3; to < from; to++) {
        World world = shrunk(from, to, 2_000, zones);
        world.run(300);
        carriedOut += (int) proposals(world).stream().filter(MovesView::carriedOut).count();
        assertThat(targets(world))
            .as("nodes when %d of each service become %d", from, to)
            .isSortedAccordingTo(Comparator.reverseOrder());
      }
    }
    assertThat(carriedOut).isPositive();
  }

  /** What the pools were to have, in the order of the decisions. */
  private static List<Integer> targets(World world) {
    return world.decisions.stream()
        .flatMap(decision -> decision.facts().stream())
        .filter(Fact.PoolTargetSet.class::isInstance)
        .map(fact -> ((Fact.PoolTargetSet) fact).nodes())
        .toList();
  }

  @Test
  void nothingMovesWhenBootsCostMoreThanTheySave() {
    World world = scattered(3_600_000, pool("general", Purchase.ON_DEMAND, 3));
    assertThat(proposals(world)).isNotEmpty().noneMatch(MovesView::carriedOut);
    assertThat(proposals(world).get(0).because()).isEqualTo("the boots cost more than is saved");
    assertThat(stops(world)).containsExactly(Fact.StopReason.SCALE_IN);
  }

  private record Said(long nowMs, Fact.MovesProposed moves) {}

  private static List<Said> said(World world) {
    return world.decisions.stream()
        .flatMap(
            decision ->
                decision.facts().stream()
                    .filter(Fact.MovesProposed.class::isInstance)
                    .map(fact -> new Said(decision.nowMs(), (Fact.MovesProposed) fact)))
        .toList();
  }

  @Test
  void aProposalThatStandsIsSaidOnceAndExplainedAtEveryLook() {
    World world = scattered(3_600_000, pool("general", Purchase.ON_DEMAND, 3));
    world.run(600);
    List<MovesView> looks = proposals(world);
    assertThat(looks).hasSizeGreaterThan(30);
    assertThat(said(world)).hasSize(1);
    assertThat(said(world).get(0).moves().pool()).isEqualTo(World.CELL + "/general");
    assertThat(said(world).get(0).moves().nodes()).isEqualTo(looks.get(0).nodes()).isNotEmpty();

    CellState again = new CellState(World.CELL);
    again.evolve(new Fact.CellKept(world.state.image()));
    assertThat(Objects.requireNonNull(again.pools().get(World.CELL + "/general")).proposed())
        .as("who takes over says it no second time")
        .isEqualTo(looks.get(0).nodes());
  }

  @Test
  void whatIsCarriedOutIsSaidAtOnce() {
    World world = scattered(20_000, pool("general", Purchase.ON_DEMAND, 3));
    List<List<String>> carriedOut =
        proposals(world).stream().filter(MovesView::carriedOut).map(MovesView::nodes).toList();
    assertThat(carriedOut).isNotEmpty();
    assertThat(said(world).stream().map(said -> said.moves().nodes())).containsAll(carriedOut);
  }

  /** Replicas that come and go change which nodes are emptiest; nobody reads that every time. */
  @Test
  void otherNodesAreNamedEveryFewMinutesAtMost() {
    long seed = 20_261_130;
    SplittableRandom random = new SplittableRandom(seed);
    World world = scattered(3_600_000, pool("general", Purchase.RESERVED, 3));
    for (int turn = 0; turn < 40; turn++) {
      for (int i = 0; i < SERVICES; i++) {
        world.apply(service(i, 2 + random.nextInt(7), 1_000));
      }
      world.run(60);
    }
    List<MovesView> looks = proposals(world);
    int changes = 0;
    for (int i = 1; i < looks.size(); i++) {
      changes += looks.get(i).nodes().equals(looks.get(i - 1).nodes()) ? 0 : 1;
    }
    List<Said> said = said(world);
    assertThat(said).as("seed %d", seed).hasSizeBetween(3, changes);
    for (int i = 1; i < said.size(); i++) {
      assertThat(said.get(i).nowMs() - said.get(i - 1).nowMs())
          .as("seed %d: %s", seed, said)
          .isGreaterThanOrEqualTo(300_000);
    }
  }

  @Test
  void nothingMovesOffNodesThatArePaidForAnyway() {
    World world = scattered(20_000, pool("owned", Purchase.RESERVED, 3));
    assertThat(proposals(world)).isNotEmpty().noneMatch(MovesView::carriedOut);
    assertThat(proposals(world).get(0).savedPerHour()).isZero();
  }

  @Test
  void nothingMovesWhileADeclaredEventIsOnOrNear() {
    World world =
        scattered(
            20_000,
            pool("general", Purchase.ON_DEMAND, 3),
            new PeakEvent(
                "sale",
                1_400_000,
                0,
                60_000,
                0,
                List.of(new PeakEvent.EventLoad(new ServiceId("shop", "other"), 10))));
    assertThat(proposals(world)).isEmpty();
    world.run(600);
    assertThat(proposals(world)).as("after it").anyMatch(MovesView::carriedOut);
  }

  @Test
  void nothingMovesWhileAnythingWaitsForRoom() {
    Service giant = ServiceBuilder.service("shop", "giant").fixed(1).cpuMilli(64_000).build();
    World world = scattered(20_000, pool("general", Purchase.ON_DEMAND, 3), giant);
    assertThat(proposals(world)).isEmpty();
  }

  /** Its quota may be spent for months; that is no reason to pay for scattered nodes. */
  @Test
  void whatQuotaRefusesKeepsNobodyFromMoving() {
    Quota spent = new Quota(World.CELL, Resources.of(100, 1 << 20), Resources.of(0, 1 << 20), null);
    World world = new World(Cell.named(World.CELL), pool("general", Purchase.ON_DEMAND, 3));
    want(world, 8, 20_000);
    world.run(60);
    world.apply(World.tenant("zoo", spent));
    world.apply(ServiceBuilder.service("zoo", "web").fixed(3).build());
    want(world, 5, 20_000);
    world.run(120);
    assertThat(world.serving(new ServiceId("zoo", "web"))).isZero();
    assertThat(proposals(world)).anyMatch(MovesView::carriedOut);
  }

  @Test
  void withoutQuotaForBothNothingMovesAndTheReasonIsSaid() {
    World world = new World(Cell.named(World.CELL), pool("general", Purchase.ON_DEMAND, 3));
    want(world, 8, 20_000);
    world.run(60);
    world.decisions.clear();
    want(world, 5, 20_000);
    Quota justEnough =
        new Quota(World.CELL, Resources.of(20_000, 1 << 20), Resources.of(0, 1 << 20), null);
    world.apply(World.tenant("shop", justEnough));
    world.run(120);
    assertThat(proposals(world)).isNotEmpty().noneMatch(MovesView::carriedOut);
    assertThat(proposals(world).get(0).because())
        .startsWith("quota leaves no room to start before stopping shop/s");
  }

  @Test
  void proposalLeavesTheTableAsItWas() {
    World world = scattered(3_600_000, pool("general", Purchase.ON_DEMAND, 3));
    int open = 0;
    for (int slot = 0; slot < world.state.table().slots(); slot++) {
      open += world.state.nodeAt(slot) != null && world.state.table().open(slot) ? 1 : 0;
    }
    assertThat(proposals(world)).isNotEmpty();
    assertThat(open).isEqualTo(world.state.nodes().size());
    for (int slot = 0; slot < world.state.table().slots(); slot++) {
      var node = world.state.nodeAt(slot);
      int held = node == null ? 0 : node.size();
      assertThat(world.state.table().cpuFree(slot))
          .isEqualTo(node == null ? 0 : 4_000 - held * 1_000);
    }
  }
}
