package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.Criticality;
import dev.highwater.model.Decision;
import dev.highwater.model.Digest;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Quota;
import dev.highwater.model.Residency;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.WishSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelTest {
  private static final ServiceId WEB = new ServiceId("shop", "web");

  private static Scaling fixed(int replicas) {
    return new Scaling("fixed", 0, 1_000, replicas, 0, List.of(), List.of(), null, 0);
  }

  private static Service web(int replicas) {
    return Service.named("shop", "web").withScaling(fixed(replicas));
  }

  private static NodePool pool(int nodesMin, int nodesMax, int nodesWarm) {
    return PoolBuilder.pool("general")
        .zones("a", "b", "c")
        .nodes(nodesMin, nodesMax)
        .nodesWarm(nodesWarm)
        .build();
  }

  private static World world(int replicas) {
    return new World(Cell.named(World.CELL), pool(0, 20, 0), web(replicas));
  }

  private static ServiceState service(World world) {
    ServiceState service = world.state.service(WEB);
    assertThat(service).isNotNull();
    return service;
  }

  @Test
  void nodesAreBootedAndReplicasServe() {
    World world = world(10).run(30);
    assertThat(world.serving(WEB)).isEqualTo(10);
    assertThat(world.nodes).hasSizeBetween(3, 4);
    assertThat(service(world).active()).isEqualTo(10);
  }

  @Test
  void replicasSpreadOverZones() {
    World world = world(12).run(30);
    for (int zone = 0; zone < 3; zone++) {
      assertThat(service(world).onZone(zone)).as("zone %d", zone).isEqualTo(4);
    }
  }

  @Test
  void scaleInStopsReplicasAndGivesEmptyNodesBack() {
    World world = world(40).run(40);
    assertThat(world.nodes).hasSize(10);
    world.apply(web(4));
    world.run(120);
    assertThat(world.serving(WEB)).isEqualTo(4);
    assertThat(service(world).size()).isEqualTo(4);
    assertThat(world.nodes.size()).isLessThanOrEqualTo(3);
  }

  @Test
  void lostNodeIsReplacedAndItsReplicasPlacedElsewhere() {
    World world = world(12).run(40);
    World.Node victim = world.nodes.get("general-0");
    assertThat(victim).isNotNull();
    int held = victim.replicas.size();
    victim.crashed = true;
    world.run(12);
    assertThat(world.decisions.stream().flatMap(d -> d.facts().stream()))
        .contains(
            new Fact.NodeLost(
                "general-0",
                Fact.NodeLossReason.LEASE_EXPIRED,
                List.of(new Fact.ServiceShare(WEB, held))));
    world.run(30);
    assertThat(world.serving(WEB)).isEqualTo(12);
  }

  @Test
  void nodeThatWasOnlySilentComesBack() {
    World world = world(12).run(40);
    World.Node node = world.nodes.get("general-0");
    assertThat(node).isNotNull();
    node.silent = true;
    world.run(20);
    assertThat(world.state.node("general-0")).isNull();
    node.silent = false;
    world.run(30);
    assertThat(world.state.node("general-0")).isNotNull();
    assertThat(node.replicas.size()).isLessThanOrEqualTo(4);
    assertThat(world.serving(WEB)).isEqualTo(12);
  }

  @Test
  void nodeThatDidNotHearIsToldAgain() {
    World world = world(0).run(3);
    world.apply(pool(3, 20, 0));
    world.run(25);
    world.nodes.values().forEach(node -> node.deaf = true);
    world.apply(web(6));
    world.run(4);
    assertThat(service(world).active()).isEqualTo(6);
    world.nodes.values().forEach(node -> node.deaf = false);
    world.run(12);
    assertThat(world.serving(WEB)).isEqualTo(6);
  }

  @Test
  void residencyHolds() {
    Residency elsewhere = new Residency(List.of("elsewhere"), false);
    Service bound = ServiceBuilder.service("shop", "web").fixed(5).residency(elsewhere).build();
    World world = new World(Cell.named(World.CELL), pool(3, 20, 0), bound).run(40);
    assertThat(service(world).size()).isZero();
    assertThat(world.serving(WEB)).isZero();
  }

  @Test
  void quotaCapsWhatIsPlacedAndSaysSo() {
    Tenant shop =
        new Tenant(
            "shop",
            "",
            1,
            100,
            "default",
            List.of(
                new Quota(
                    World.CELL, Resources.of(4_000, 1 << 20), Resources.of(2_000, 1 << 20), null)),
            0);
    World world = new World(Cell.named(World.CELL), pool(3, 20, 0), shop, web(10)).run(40);
    assertThat(service(world).active()).isEqualTo(6);
    Explanation.ServiceExplained explained =
        (Explanation.ServiceExplained) world.last.explanations().get(0);
    assertThat(explained.placement()).isNotNull();
    assertThat(explained.placement().refusals()).containsEntry("quota", 4);
    assertThat(world.nodes.size())
        .as("no node is booted for what quota forbids")
        .isLessThanOrEqualTo(3);
  }

  @Test
  void serviceLargerThanAnyNodeStaysPendingAndHoldsUpNobody() {
    Service huge = ServiceBuilder.service("shop", "huge").fixed(1).cpuMilli(400_000).build();
    World world = new World(Cell.named(World.CELL), pool(0, 20, 0), huge, web(8)).run(40);
    assertThat(world.serving(WEB)).isEqualTo(8);
    assertThat(world.nodes).hasSizeLessThanOrEqualTo(4);
    Explanation.ServiceExplained explained =
        (Explanation.ServiceExplained) world.last.explanations().get(0);
    assertThat(explained.placement()).isNotNull();
    assertThat(explained.placement().refusals()).containsKey("larger-than-any-node");
  }

  @Test
  void removedServiceIsStopped() {
    World world = world(6).run(40);
    world.remove(web(6));
    world.run(10);
    assertThat(world.serving(WEB)).isZero();
    assertThat(service(world).size()).isZero();
  }

  @Test
  void warmNodesAreKept() {
    World world = new World(Cell.named(World.CELL), pool(0, 20, 2), web(4)).run(120);
    long empty = world.nodes.values().stream().filter(node -> node.replicas.isEmpty()).count();
    assertThat(empty).isEqualTo(2);
    assertThat(world.decisions)
        .as("a pool that grows for its warm nodes says so")
        .flatExtracting(Decision::explanations)
        .anySatisfy(
            explained ->
                assertThat(explained)
                    .asInstanceOf(type(Explanation.PoolExplained.class))
                    .extracting(Explanation.PoolExplained::reason)
                    .isEqualTo("warm nodes are in use"));
  }

  @Test
  void decideLeavesTheStateAsItWasAndReplays() {
    World world = world(15).run(10);
    Input input = new Input(World.CELL, 1, 1_000, world.nowMs + 1_000, List.of(), List.of());
    world.kernel.observe(world.state, input);
    Decision first = world.kernel.decide(world.state, input);
    Decision second = world.kernel.decide(world.state, input);
    Decision ofCopy = world.kernel.decide(world.state.copy(), input);
    assertThat(new Digest().add(second).hex()).isEqualTo(new Digest().add(first).hex());
    assertThat(new Digest().add(ofCopy).hex()).isEqualTo(new Digest().add(first).hex());
  }

  @Test
  void theJournalAloneRebuildsPlacements() {
    World world = world(15).run(60);
    world.apply(web(7));
    world.run(60);
    CellState rebuilt = new CellState(World.CELL);
    rebuilt.evolve(new Fact.EpochBegun(1, "test"));
    world.decisions.forEach(decision -> Kernel.evolve(rebuilt, decision));
    ServiceState was = service(world);
    ServiceState is = rebuilt.service(WEB);
    assertThat(is).isNotNull();
    assertThat(is.size()).isEqualTo(was.size());
    for (int i = 0; i < was.size(); i++) {
      assertThat(is.ordinal(i)).isEqualTo(was.ordinal(i));
      assertThat(is.slot(i)).isEqualTo(was.slot(i));
    }
    assertThat(rebuilt.factCount()).isEqualTo(world.state.factCount());
  }

  @Test
  void newOwnerCommandsUnderItsEpochAndMovesNothing() {
    World world = world(12).run(40);
    CellState before = world.state.copy();
    world.state.evolve(new Fact.EpochBegun(2, "other"));
    world.nodes.values().forEach(node -> node.connected = false);
    world.run(15);
    assertThat(world.nodes.values()).allMatch(node -> node.epoch == 2);
    ServiceState was = before.service(WEB);
    assertThat(was).isNotNull();
    assertThat(service(world).ordinal(11)).isEqualTo(was.ordinal(11));
    assertThat(world.serving(WEB)).isEqualTo(12);
  }

  @Test
  void newOwnerThatHasHeardNobodyAdmitsNoLess() {
    World world = world(12).run(40);
    CellState rebuilt = new CellState(World.CELL);
    rebuilt.evolve(new Fact.EpochBegun(1, "test"));
    world.decisions.forEach(decision -> Kernel.evolve(rebuilt, decision));
    double before = service(world).admissionPerSecond();
    assertThat(before).isBetween(1.0, 1e6);
    rebuilt.evolve(new Fact.EpochBegun(2, "other"));

    Input empty = new Input(World.CELL, 2, 1, world.nowMs + 1_000, List.of(), List.of());
    Decision first = world.kernel.step(rebuilt, empty);

    assertThat(first.facts()).noneMatch(fact -> fact instanceof Fact.AdmissionRateSet);
    assertThat(first.commands())
        .noneMatch(
            command ->
                command instanceof Command.AdmitRates c
                    && c.rates().stream().anyMatch(rate -> rate.ratePerSecond() < before));
  }

  @Test
  void badInputIsRefusedByName() {
    World world = world(6).run(40);
    world.said.add(
        new Observation.NodeReport(
            world.nowMs,
            "general-0",
            1,
            Long.MAX_VALUE,
            0,
            List.of(
                new Observation.ReplicaReport(
                    WEB,
                    service(world).ordinal(0),
                    dev.highwater.model.ReplicaState.READY,
                    0,
                    0,
                    Double.NaN))));
    world.second();
    assertThat(world.last.facts())
        .anyMatch(
            fact -> fact instanceof Fact.InputRefused f && f.code() == ErrorCode.INVALID_VALUE);
    world.nowMs -= 30_000;
    world.second();
    assertThat(world.last.facts())
        .anyMatch(fact -> fact instanceof Fact.InputRefused f && f.subject().equals("nowMs"));
    assertThat(world.last.facts()).noneMatch(fact -> fact instanceof Fact.NodeLost);
    world.nowMs += 30_000;
    world.run(3);
    assertThat(service(world).active()).isEqualTo(6);
  }

  @Test
  void commandsOfAnotherCellOrEpochAreNotMade() {
    World world = world(6).run(40);
    Decision other =
        world.kernel.decide(
            world.state, new Input(World.CELL, 7, 1, world.nowMs, List.of(), List.of()));
    assertThat(other.commands()).isEmpty();
    assertThat(other.facts()).hasOnlyElementsOfType(Fact.InputRefused.class);
  }

  @Test
  void commandsHoldEveryReplicaOfTheirNode() {
    World world = world(12).run(40);
    world.state.evolve(new Fact.EpochBegun(2, "other"));
    world.nodes.values().forEach(node -> node.connected = false);
    int before = world.decisions.size();
    world.run(15);
    long orders =
        world.decisions.stream()
            .skip(before)
            .flatMap(d -> d.commands().stream())
            .filter(c -> c instanceof Command.RunReplicas)
            .mapToLong(c -> ((Command.RunReplicas) c).replicas().size())
            .sum();
    assertThat(orders).isGreaterThanOrEqualTo(12);
  }

  private static Service slo(int initial) {
    return Service.named("shop", "web")
        .withScaling(new Scaling("slo", 1, 1_000, initial, 30_000, List.of(), List.of(), null, 0));
  }

  @Test
  void targetFollowsTheLoadAndNodesFollowTheTarget() {
    World world = new World(Cell.named(World.CELL), pool(0, 40, 0), slo(2));
    world.rates.put(WEB, 500.0);
    world.run(60);
    int small = world.serving(WEB);
    assertThat(small).isBetween(3, 10);
    world.rates.put(WEB, 5_000.0);
    world.run(90);
    assertThat(world.serving(WEB)).isGreaterThanOrEqualTo(small * 7);
    world.rates.put(WEB, 500.0);
    world.run(200);
    assertThat(world.serving(WEB)).isLessThanOrEqualTo(small * 2);
    assertThat(world.nodes.size()).isLessThanOrEqualTo(6);
  }

  /** One surge is let go of, as above; with a second one the service is one that surges. */
  @Test
  void aNewServiceThatSurgedTwiceKeepsWhatItNeededAndSaysWhy() {
    World world = new World(Cell.named(World.CELL), pool(0, 40, 0), slo(2));
    world.rates.put(WEB, 500.0);
    world.run(60);
    for (int surge = 0; surge < 2; surge++) {
      world.rates.put(WEB, 5_000.0);
      world.run(90);
      world.rates.put(WEB, 500.0);
      world.run(300);
    }
    assertThat(world.serving(WEB)).isGreaterThan(20);
    Explanation.Wish held =
        explained(world).wishes().stream()
            .filter(wish -> wish.source() == WishSource.FORECAST)
            .findFirst()
            .orElseThrow();
    assertThat(held.replicas()).isGreaterThan(20);
    assertThat(held.because()).endsWith(", widened since bursts were missed");
  }

  /**
   * Crowded nodes make requests longer than declared: the same load needs more, and it says why.
   */
  @Test
  void whatTakesLongerThanDeclaredIsSizedForAsItIs() {
    World world = new World(Cell.named(World.CELL), pool(0, 40, 0), slo(2));
    world.rates.put(WEB, 5_000.0);
    world.run(300);
    int asDeclared = service(world).target();
    assertThat(explained(world).load().serviceTimeRatio()).isEqualTo(1);

    world.slowness.put(WEB, 1.2);
    world.run(120);
    Explanation.LoadView slow = explained(world).load();
    assertThat(slow.serviceTimeRatio()).isBetween(1.15, 1.22);
    assertThat(service(world).target()).isBetween((int) (asDeclared * 1.15), asDeclared * 13 / 10);
    assertThat(slow.safeRatePerReplica() * service(world).target()).isGreaterThan(5_000);

    world.slowness.remove(WEB);
    world.run(300);
    assertThat(explained(world).load().serviceTimeRatio()).isEqualTo(1);
    assertThat(service(world).target()).isLessThanOrEqualTo(asDeclared + 1);
  }

  /** The last explanation of the service. */
  private static Explanation.ServiceExplained explained(World world) {
    for (int i = world.decisions.size() - 1; i >= 0; i--) {
      for (Explanation explanation : world.decisions.get(i).explanations()) {
        if (explanation instanceof Explanation.ServiceExplained told
            && told.service().equals(WEB)) {
          return told;
        }
      }
    }
    throw new AssertionError("nothing was explained");
  }

  @Test
  void nodesAreReadyBeforeADeclaredEvent() {
    World world = new World(Cell.named(World.CELL), pool(0, 60, 0), slo(2));
    world.rates.put(WEB, 500.0);
    world.run(60);
    long start = world.nowMs + 60_000;
    world.apply(
        new PeakEvent("sale", start, 0, 60_000, 0, List.of(new PeakEvent.EventLoad(WEB, 10_000))));
    world.run(58);
    assertThat(world.serving(WEB)).as("replicas that serve 2 s before the event").isGreaterThan(50);
  }

  /** The last replica goes, and with it the node; who comes afterwards waits for both to boot. */
  @Test
  void scaleToZeroPaysTheColdStart() {
    Service idle =
        Service.named("shop", "web")
            .withScaling(new Scaling("slo", 0, 100, 1, 0, List.of(), List.of(), null, 0));
    World world = new World(Cell.named(World.CELL), pool(0, 20, 0), idle);
    world.rates.put(WEB, 50.0);
    world.run(60);
    assertThat(world.serving(WEB)).isPositive();
    world.rates.put(WEB, 0.0);
    world.run(1_800);
    assertThat(service(world).target()).isZero();
    assertThat(world.serving(WEB)).isZero();
    assertThat(world.nodes).isEmpty();

    world.rates.put(WEB, 50.0);
    int cold = 0;
    while (world.serving(WEB) == 0 && cold < 120) {
      world.second();
      cold++;
    }
    assertThat(service(world).target()).isPositive();
    assertThat(cold).as("node boot 15 s and replica boot 5 s, and no miracle").isBetween(20, 26);
  }

  @Test
  void admissionFollowsReadyCapacity() {
    World world = new World(Cell.named(World.CELL), pool(2, 2, 0), slo(2));
    world.rates.put(WEB, 50_000.0);
    world.run(60);
    Command.AdmitRates rates =
        world.decisions.stream()
            .flatMap(d -> d.commands().stream())
            .filter(c -> c instanceof Command.AdmitRates)
            .map(c -> (Command.AdmitRates) c)
            .reduce((a, b) -> b)
            .orElseThrow();
    double each = 200;
    assertThat(rates.rates().get(0).ratePerSecond()).isBetween(each, 8 * each);
    assertThat(rates.rates().get(0).retryRatio())
        .as("first attempts alone are more than ready replicas bear")
        .isZero();
  }

  /** Room for eight replicas; a critical service wants twenty, whatever its load. */
  @Test
  void othersGiveWayToWhatCriticalServicesNeedNowNotToWhatTheyWantAhead() {
    Service web = web(2);
    Service pay = of("pay", 20, Criticality.CRITICAL);
    World world = new World(Cell.named(World.CELL), pool(2, 2, 0), web, pay);
    world.rates.put(WEB, 100.0);
    world.rates.put(pay.id(), 100.0);
    world.run(60);
    ServiceState waits = world.state.service(pay.id());
    assertThat(waits).isNotNull();
    assertThat(waits.ready()).as("no room for all").isLessThan(8);
    Sizer sizer = service(world).sizer();
    assertThat(sizer).isNotNull();
    double whole = sizer.overloadRate(service(world).ready());
    assertThat(service(world).admissionPerSecond()).isEqualTo(whole);
    world.rates.put(pay.id(), 3_000.0);
    world.run(10);
    assertThat(service(world).admissionPerSecond()).isLessThan(0.9 * whole);
  }

  @Test
  void whenCriticalReplicasCannotBeHadTheSheddableServiceGivesWay() {
    Service hints = of("hints", 2, Criticality.SHEDDABLE);
    World world = new World(Cell.named(World.CELL), pool(2, 2, 0), hints);
    world.run(40);
    ServiceState state = world.state.service(hints.id());
    assertThat(state).isNotNull();
    double alone = state.admissionPerSecond();
    assertThat(alone).isEqualTo(sizer(state).overloadRate(2));
    world.apply(of("order", 20, Criticality.CRITICAL));
    world.run(40);
    ServiceState order = world.state.service(new ServiceId("shop", "order"));
    assertThat(order).isNotNull();
    assertThat(state.ready()).isEqualTo(2);
    double obtained = order.ready() / 20.0;
    assertThat(obtained).as("the cell is full").isBetween(0.1, 0.9);
    assertThat(state.admissionPerSecond()).isCloseTo(alone * obtained, within(0.02 * alone));
    assertThat(order.admissionPerSecond()).isEqualTo(sizer(order).overloadRate(order.ready()));
  }

  private static Sizer sizer(ServiceState service) {
    Sizer sizer = service.sizer();
    assertThat(sizer).isNotNull();
    return sizer;
  }

  private static Service of(String name, int replicas, Criticality criticality) {
    return ServiceBuilder.service("shop", name).fixed(replicas).criticality(criticality).build();
  }

  @Test
  void kernelWithoutAdmissionLimitsNothing() {
    CellState state = new CellState(World.CELL);
    state.evolve(new Fact.EpochBegun(1, "test"));
    state.evolve(new Fact.SpecApplied(SpecKind.CELL, World.CELL, 1, 1, Cell.named(World.CELL)));
    state.evolve(new Fact.SpecApplied(SpecKind.SERVICE, "shop/web", 1, 2, slo(2)));
    Kernel kernel = Kernel.withoutAdmission();
    for (int i = 1; i < 5; i++) {
      Decision d =
          kernel.step(state, new Input(World.CELL, 1, i, i * 1_000L, List.of(), List.of()));
      assertThat(d.commands()).noneMatch(c -> c instanceof Command.AdmitRates);
      Kernel.evolve(state, d);
    }
  }
}
