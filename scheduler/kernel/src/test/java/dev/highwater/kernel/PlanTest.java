package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.kernel.forecast.EventCalendar;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.BootTime;
import dev.highwater.model.Capacity;
import dev.highwater.model.Cell;
import dev.highwater.model.Digest;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Ownership;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Purchase;
import dev.highwater.model.Quota;
import dev.highwater.model.Residency;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.ScheduleFloor;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.EventReadinessList;
import dev.highwater.model.view.Plan.CellPlan;
import dev.highwater.model.view.PlanSpan;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanTest {
  private static final ServiceId WEB = new ServiceId("shop", "web");

  private static final Cell PUBLIC = new Cell(World.CELL, "world", "any", Ownership.PUBLIC, 10);

  private static Service web(String policy, int replicas) {
    return service("web", policy, replicas).build();
  }

  private static ServiceBuilder service(String name, String policy, int replicas) {
    return ServiceBuilder.service("shop", name).policy(policy, replicas);
  }

  private static World world() {
    World world =
        new World(Cell.named(World.CELL), NodePool.named(World.CELL, "general"), web("slo", 4));
    world.rates.put(WEB, 300.0);
    return world.run(40);
  }

  private static PeakEvent sale(World world, double peak) {
    return new PeakEvent(
        "sale", world.nowMs + 600_000, 0, 60_000, 0, List.of(new PeakEvent.EventLoad(WEB, peak)));
  }

  @Test
  void planShowsTheNextDecisionAndChangesNothing() {
    World world = world();
    Input probe = new Input(World.CELL, 1, 9, world.nowMs, List.of(), List.of());
    String before = new Digest().add(world.kernel.decide(world.state, probe)).hex();
    SpecChange more = new SpecChange(SpecKind.SERVICE, "shop/web", 9, 9, web("fixed", 12));
    CellPlan plan = Plan.of(world.kernel, world.state, List.of(more), 0);
    assertThat(plan.facts()).anyMatch(f -> f instanceof Fact.TargetSet t && t.replicas() == 12);
    assertThat(new Digest().add(world.kernel.decide(world.state, probe)).hex()).isEqualTo(before);
  }

  @Test
  void planLeavesOutWhatWouldBeDecidedAnyway() {
    World world = world();
    world.rates.put(WEB, 3_000.0);
    world.nowMs += 1_000; // a report that nobody has decided on yet
    world.kernel.observe(
        world.state,
        new Input(World.CELL, 1, 90, world.nowMs, List.of(), List.of(world.traffic(world.nowMs))));
    CellPlan rail =
        Plan.of(
            world.kernel,
            world.state,
            List.of(new SpecChange(SpecKind.TENANT, "rail", 1, 9, Tenant.named("rail"))),
            0);
    assertThat(rail.facts()).allMatch(Fact.SpecApplied.class::isInstance).hasSize(1);
    assertThat(rail.explanations()).isEmpty();
    assertThat(rail.nodesPerHour()).isEqualTo(1);
  }

  @Test
  void planGoesByTheLoadThatGoesOn() {
    World world =
        new World(Cell.named(World.CELL), NodePool.named(World.CELL, "general"), web("fixed", 2));
    world.rates.put(WEB, 3_000.0);
    world.run(40);
    CellPlan plan =
        Plan.of(
            world.kernel,
            world.state,
            List.of(new SpecChange(SpecKind.SERVICE, "shop/web", 9, 9, web("slo", 2))),
            0);
    assertThat(plan.facts())
        .as("a policy that has just been chosen has seen no load but that of the plan")
        .anyMatch(f -> f instanceof Fact.TargetSet t && t.replicas() >= 15);
    assertThat(plan.facts()).anyMatch(Fact.ReplicasPlaced.class::isInstance);
    assertThat(plan.explanations()).isNotEmpty();
    assertThat(plan.nodesPerHourAfter()).isGreaterThan(plan.nodesPerHour());
  }

  @Test
  void planNamesWhatTheCellWouldRefuse() {
    World world = world();
    Service larger = service("web", "slo", 4).resources(Resources.of(2_000, 2_048)).build();
    CellPlan plan =
        Plan.of(
            world.kernel,
            world.state,
            List.of(new SpecChange(SpecKind.SERVICE, "shop/web", 9, 9, larger)),
            0);
    assertThat(plan.facts())
        .singleElement()
        .isInstanceOfSatisfying(
            Fact.InputRefused.class,
            refused -> assertThat(refused.detail()).contains("resources cannot change"));
  }

  @Test
  void planOfAnEventTellsWhetherItCanBeMet() {
    World world = world();
    PeakEvent sale = sale(world, 5_000);
    CellPlan plan =
        Plan.of(
            world.kernel,
            world.state,
            List.of(new SpecChange(SpecKind.PEAK_EVENT, "sale", 1, 9, sale)),
            0);
    assertThat(plan.events()).singleElement().satisfies(event -> assertThat(event.go()).isTrue());
    assertThat(world.state.events()).isEmpty();
  }

  private static PlanSpan span(World world, long forMs, SpecChange... changes) {
    return Objects.requireNonNull(
        Plan.of(world.kernel, world.state, List.of(changes), forMs).span());
  }

  /** The bound that set a target is named, not a wish that it put aside. */
  @Test
  void momentNamesTheBoundThatWon() {
    Service more =
        Service.named("shop", "site")
            .withScaling(new Scaling("slo", 4, 10, 1, 0, List.of(), List.of(), null, 0));
    SpecChange change = new SpecChange(SpecKind.SERVICE, "shop/site", 99, 99, more);
    PlanSpan.ServiceSpan site = span(world(), 10_000, change).services().get(0);
    assertThat(site.moments().get(0).because()).isEqualTo("bounds: replicasMin 4 instead of 1");
  }

  /** What a plan foresees is what comes when nodes and users then do as it supposed. */
  @Test
  void whatIsForeseenIsWhatComes() {
    World world = world();
    Service more = web("fixed", 40);
    SpecChange change = new SpecChange(SpecKind.SERVICE, "shop/web", 99, 99, more);
    PlanSpan span = span(world, 120_000, change);
    PlanSpan.ServiceSpan web = span.services().get(0);
    assertThat(span.services()).hasSize(1);
    assertThat(web.target()).isEqualTo(40);
    assertThat(web.moments()).hasSize(1);
    assertThat(web.moments().get(0).because()).contains("a fixed number");
    assertThat(web.pending()).isZero();
    assertThat(span.pools()).hasSize(1);
    assertThat(span.pools().get(0).target()).isGreaterThan(span.pools().get(0).targetBefore());
    assertThat(span.cost()).isGreaterThan(span.costAnyway());

    world.apply(more);
    world.run(121);
    assertThat(world.serving(WEB)).isEqualTo(web.ready()).isEqualTo(40);
    assertThat(world.nodes).hasSize(span.pools().get(0).ready());
  }

  @Test
  void lookingAheadChangesNothingAndIsTheSameAgain() {
    World world = world();
    Input probe = new Input(World.CELL, 1, 9, world.nowMs, List.of(), List.of());
    String before = new Digest().add(world.kernel.decide(world.state, probe)).hex();
    SpecChange change = new SpecChange(SpecKind.SERVICE, "shop/web", 9, 9, web("fixed", 12));
    PlanSpan once = span(world, 60_000, change);
    assertThat(span(world, 60_000, change)).isEqualTo(once);
    assertThat(new Digest().add(world.kernel.decide(world.state, probe)).hex()).isEqualTo(before);
    assertThat(Plan.of(world.kernel, world.state, List.of(change), 0).span()).isNull();
    PlanSpan nothing =
        span(world, 60_000, new SpecChange(SpecKind.TENANT, "x", 9, 9, Tenant.named("x")));
    assertThat(nothing.services()).isEmpty();
    assertThat(nothing.pools()).isEmpty();
    assertThat(nothing.cost()).isEqualTo(nothing.costAnyway());
  }

  @Test
  void removingAServiceGivesItsNodesBack() {
    World world =
        new World(Cell.named(World.CELL), NodePool.named(World.CELL, "general"), web("fixed", 40));
    world.run(60);
    int nodes = world.nodes.size();
    PlanSpan span = span(world, 300_000, new SpecChange(SpecKind.SERVICE, "shop/web", 9, 9, null));
    assertThat(span.services())
        .singleElement()
        .satisfies(
            web -> {
              assertThat(web.stopped()).isEqualTo(40);
              assertThat(web.target()).isZero();
              assertThat(web.ready()).isZero();
            });
    assertThat(nodes).isGreaterThan(1);
    assertThat(span.pools()).singleElement().satisfies(pool -> assertThat(pool.ready()).isZero());
    assertThat(span.cost()).isLessThan(span.costAnyway());
  }

  @Test
  void whatFitsNowhereWaitsWithItsReasons() {
    World world = world();
    NodePool general = NodePool.named(World.CELL, "general");
    world.apply(PoolBuilder.like(general).nodes(0, 2).scaleInDelayMs(10_000).build());
    world.run(2);
    PlanSpan.ServiceSpan web =
        span(world, 60_000, new SpecChange(SpecKind.SERVICE, "shop/web", 99, 99, web("fixed", 100)))
            .services()
            .get(0);
    assertThat(web.target()).isEqualTo(100);
    assertThat(web.pending()).isEqualTo(100 - web.ready()).isPositive();
    assertThat(web.refusals()).isNotEmpty();
  }

  @Test
  void aDeclaredEventComesAndRoomForItIsTakenBack() {
    World world = lent(1_000);
    world.rates.put(WEB, 0.0);
    world.run(3);
    PeakEvent sale =
        new PeakEvent(
            "sale",
            world.nowMs + 60_000,
            0,
            60_000,
            0,
            List.of(new PeakEvent.EventLoad(WEB, 3_000)));
    PlanSpan span = span(world, 100_000, new SpecChange(SpecKind.PEAK_EVENT, "sale", 9, 9, sale));
    PlanSpan.ServiceSpan web =
        span.services().stream().filter(s -> s.service().equals(WEB)).findFirst().orElseThrow();
    assertThat(web.ready()).isGreaterThanOrEqualTo(15);
    assertThat(web.moments().get(0).afterMs()).as("before the event").isLessThan(60_000);
    assertThat(span.reclaimed())
        .singleElement()
        .satisfies(
            taken -> {
              assertThat(taken.service()).isEqualTo(new ServiceId("batch", "work"));
              assertThat(taken.replicas()).isGreaterThanOrEqualTo(15);
            });
  }

  @Test
  void eventThatFitsIsGo() {
    World world = world();
    world.apply(sale(world, 5_000));
    world.run(3);
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    assertThat(readiness.go()).isTrue();
    assertThat(readiness.services().get(0).needed()).isBetween(25, 40);
    assertThat(readiness.services().get(0).lastMomentMs()).isGreaterThan(world.nowMs);
  }

  @Test
  void eventThatIsOverIsNoGoAndHasNoFigures() {
    World world = world();
    PeakEvent ahead = sale(world, 5_000);
    PeakEvent over =
        new PeakEvent("sale", world.nowMs - 20_000, 1_000, 2_000, 1_000, ahead.loads());
    world.apply(over);
    world.run(3);
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    assertThat(readiness.go()).isFalse();
    assertThat(readiness.services()).isEmpty();
    assertThat(readiness.overSinceMs()).isEqualTo(over.startMs() + 13_000);
    assertThat(over.left(over.startMs() + 13_000)).isNotNull();
    assertThat(over.left(over.startMs() + 13_001)).isNull();

    world.apply(ahead);
    world.run(3);
    assertThat(Readiness.of(world.state, "sale"))
        .satisfies(
            again -> {
              assertThat(again.go()).isTrue();
              assertThat(again.overSinceMs()).isNull();
            });
  }

  @Test
  void slowNodesThatAServiceMayNotUseMakeItNoLater() {
    World world = world();
    world.apply(sale(world, 5_000));
    world.run(3);
    EventReadiness alone = Readiness.of(world.state, "sale");
    assertThat(alone).isNotNull();
    assertThat(alone.services().get(0).onNewNodes()).isPositive();
    assertThat(alone.lateProbability()).isLessThan(0.05);

    world.apply(PoolBuilder.pool("others").taints("others").bootMs(300_000).build());
    world.run(3);
    EventReadiness beside = Readiness.of(world.state, "sale");
    assertThat(beside).isNotNull();
    assertThat(beside.lateProbability()).isEqualTo(alone.lateProbability());
  }

  /** Half of all requests take longer than the SLO's 250 ms, so replicas do not help. */
  @Test
  void eventOfAServiceThatCannotKeepItsSloIsNoGo() {
    World world = world();
    Service web = web("slo", 4);
    Capacity was = web.capacity();
    Capacity slow =
        new Capacity(
            was.concurrency(),
            400,
            was.serviceScv(),
            was.law(),
            was.queueMax(),
            was.clientTimeoutMs(),
            was.balancing(),
            was.boot(),
            was.serialRatePerSecondMax(),
            was.serialShards());
    world.apply(web.withCapacity(slow));
    world.apply(sale(world, 500));
    world.run(3);
    EventReadiness answer = Readiness.of(world.state, "sale");
    assertThat(answer).isNotNull();
    assertThat(answer.go()).isFalse();
    assertThat(answer.uncoveredRatio()).isEqualTo(1);
    assertThat(answer.services().get(0).shortOf()).startsWith("slo: ");
  }

  @Test
  void eventBeyondThePoolsIsNoGo() {
    World world = world();
    world.apply(sale(world, 500_000));
    world.run(3);
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    assertThat(readiness.go()).isFalse();
    assertThat(readiness.services().get(0).shortOf()).contains("replicasMax");
  }

  /** What somebody said an hour ago and forgot is what a go or no-go is for. */
  @ParameterizedTest
  @CsvSource({
    "CAP, 12, 700000, 12",
    "CAP, 12, 595000, 12",
    "PIN, 12, 700000, 12",
    "PAUSE, 0, 700000, 2",
    "CAP, 12, 500000, -1",
    "FLOOR, 12, 700000, -1"
  })
  void eventThatAnOperatorsWordForbidsIsNoGo(
      ManualOverride.Kind kind, int replicas, long forMs, int ready) {
    World world = world();
    ManualOverride said =
        new ManualOverride(kind, replicas, world.nowMs + forMs, "quiet night", "kim");
    Service web = web("slo", 4);
    world.apply(ServiceBuilder.like(web).scaling(web.scaling().withOverride(said)).build());
    world.apply(sale(world, 5_000));
    world.run(3);
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    EventReadiness.ServiceReadiness of = readiness.services().get(0);
    assertThat(readiness.go()).isEqualTo(ready < 0);
    if (ready < 0) {
      assertThat(of.readyAtStart()).isEqualTo(of.needed());
    } else {
      assertThat(of.readyAtStart()).isEqualTo(ready);
      assertThat(of.shortOf()).isEqualTo("an operator's word holds: " + said.phrase());
      assertThat(of.uncoveredRatio()).isGreaterThan(0.5);
    }
  }

  /** Whatever it has now, such a policy scales in before the start, but for what is sure. */
  @ParameterizedTest
  @CsvSource({
    "hpa, 4, 100, 0, ''",
    "hpa, 4, 3000, 0, ''",
    "knative, 60, 100, 0, ''",
    "cron, 4, 100, 0, ', schedules not counted'",
    "fixed, 12, 100, 12, ''"
  })
  void eventOfAServiceWhosePolicyReadsNoneIsNoGo(
      String policy, int initial, double load, int sure, String schedules) {
    World world = world();
    List<ScheduleFloor> night =
        schedules.isEmpty()
            ? List.of()
            : List.of(new ScheduleFloor("UTC", "0 1 * * *", "0 2 * * *", 9));
    world.apply(
        service("web", policy, initial)
            .scaling(new Scaling(policy, 0, 1_000, initial, 0, night, List.of(), null, 0))
            .build());
    world.rates.put(WEB, load);
    world.apply(sale(world, 5_000));
    world.run(60);
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    assertThat(readiness.go()).isFalse();
    EventReadiness.ServiceReadiness of = readiness.services().get(0);
    assertThat(of.readyAtStart()).isEqualTo(sure);
    assertThat(of.shortOf())
        .isEqualTo(
            "policy %s reads no events, sure at the start are %d%s"
                .formatted(policy, sure, schedules));
    assertThat(readiness.lastMomentMs())
        .as("a boot and more before")
        .isLessThan(readiness.startMs() - 1_000);
  }

  /** What is sure at the start is promised, though it still has to be ordered. */
  @ParameterizedTest
  @CsvSource({"FLOOR, 700000, true", "PIN, 700000, true", "FLOOR, 500000, false"})
  void eventOfSuchAServiceIsGoWhereEnoughAreSure(ManualOverride.Kind kind, long forMs, boolean go) {
    World world = world();
    Service web = web("hpa", 4);
    ManualOverride said = new ManualOverride(kind, 60, world.nowMs + forMs, "", "kim");
    world.apply(ServiceBuilder.like(web).scaling(web.scaling().withOverride(said)).build());
    world.apply(sale(world, 5_000));
    for (int second = 0; second < 60; second++) {
      world.second();
      EventReadiness readiness = Readiness.of(world.state, "sale");
      assertThat(readiness).isNotNull();
      assertThat(readiness.go()).as("second %d", second).isEqualTo(go);
    }
  }

  @Test
  void eventBeyondQuotaIsNoGo() {
    World world = world();
    world.apply(
        World.tenant(
            "shop",
            new Quota(
                World.CELL, Resources.of(10_000, 1 << 20), Resources.of(2_000, 1 << 20), null)));
    world.apply(sale(world, 5_000));
    world.run(3);
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    assertThat(readiness.go()).isFalse();
    assertThat(readiness.services().get(0).shortOf()).isEqualTo("quota allows 12");
  }

  /** Four services of one core each on 40 cores that cannot grow, all lent to one tenant. */
  private static World lent(long bootMs, Spec... first) {
    NodePool full = general(4).bought(Purchase.RESERVED, 1).bootMs(bootMs).nodes(10, 10).build();
    World world =
        new World(
            Cell.named(World.CELL), full, tenant("shop", 30), tenant("batch", 0), web("slo", 0));
    if (first.length > 0) {
      List.of(first).forEach(world::apply);
      world.run(40);
    }
    world.apply(ServiceBuilder.service("batch", "work").fixed(100).build());
    return world.run(40);
  }

  private static Tenant tenant(String name, int cores) {
    return World.tenant(name, World.nominalCores(cores));
  }

  @Test
  void readinessNamesFromWhomRoomIsReclaimed() {
    World world = lent(1_000);
    world.rates.put(WEB, 0.0);
    world.apply(sale(world, 3_000));
    world.run(3);
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    EventReadiness.ServiceReadiness web = readiness.services().get(0);
    int missing = web.needed() - web.active() - web.onNodes() - web.onNewNodes();
    assertThat(readiness.go()).isTrue();
    assertThat(web.needed()).isBetween(15, 30);
    assertThat(web.reclaimed()).isEqualTo(missing).isPositive();
    assertThat(web.reclaimedFrom())
        .extracting(EventReadiness.Reclaimed::service)
        .containsExactly(WORK);
    assertThat(taken(web)).as("and for the room above the peak").isGreaterThan(web.reclaimed());
    assertThat(web.readyAtStart()).isEqualTo(web.needed());
    assertThat(readiness.startMs() - readiness.lastMomentMs())
        .as("a report, the boot, and the time that reclaiming takes")
        .isEqualTo(1_000 + 5_000 + 15_000);
    assertThat(readiness.uncoveredRatio()).isZero();
  }

  @Test
  void reclaimedRoomIsThereWhenTheEventStarts() {
    World world = lent(1_000);
    world.rates.put(WEB, 0.0);
    PeakEvent sale = sale(world, 3_000);
    world.apply(sale);
    world.run(3);
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    world.run((int) ((sale.startMs() - world.nowMs) / 1_000));
    assertThat(world.serving(WEB))
        .as("what readiness said ten minutes before")
        .isGreaterThanOrEqualTo(readiness.services().get(0).readyAtStart());
  }

  /**
   * Lets the event come and holds what serves at its start against what readiness said ten minutes
   * before.
   */
  private static EventReadiness foretold(World world, PeakEvent event) {
    world.apply(event);
    world.run(3);
    EventReadiness readiness = Readiness.of(world.state, event.name());
    assertThat(readiness).isNotNull();
    world.run((int) ((event.startMs() - world.nowMs) / 1_000));
    for (EventReadiness.ServiceReadiness service : readiness.services()) {
      assertThat(world.serving(service.service()))
          .as("%s: %s", service.service(), readiness)
          .isGreaterThanOrEqualTo(service.readyAtStart());
      assertThat(readiness.go() && world.serving(service.service()) < service.needed())
          .as("a go that is none: %s", readiness)
          .isFalse();
    }
    return readiness;
  }

  private static final ServiceId WORK = new ServiceId("batch", "work");

  /**
   * Forty cores that are nobody's nominally; the shop's and the batch tenant's priorities differ.
   */
  private static World ranked(int shopPriority, int batchPriority, Service work, Quota... ofBatch) {
    NodePool full = general(4).bought(Purchase.RESERVED, 1).nodes(10, 10).build();
    World world =
        new World(
            Cell.named(World.CELL),
            full,
            new Tenant("shop", "", 1, shopPriority, "default", List.of(), 0),
            new Tenant("batch", "", 1, batchPriority, "default", List.of(ofBatch), 0),
            web("slo", 0));
    world.rates.put(WEB, 0.0);
    world.apply(work);
    return world.run(40);
  }

  private static int taken(EventReadiness.ServiceReadiness service) {
    return service.reclaimedFrom().stream().mapToInt(EventReadiness.Reclaimed::replicas).sum();
  }

  @Test
  void whoBorrowsNamesThoseOfLowerPriorityFromWhomItTakes() {
    World world = ranked(500, 10, ServiceBuilder.service("batch", "work").fixed(100).build());
    EventReadiness readiness = foretold(world, sale(world, 4_000));
    EventReadiness.ServiceReadiness web = readiness.services().get(0);
    assertThat(readiness.go()).as("%s", readiness).isTrue();
    assertThat(web.reclaimed()).isEqualTo(web.needed()).isPositive();
    assertThat(web.reclaimedFrom())
        .extracting(EventReadiness.Reclaimed::service)
        .containsExactly(WORK);
    assertThat(world.serving(WORK)).isEqualTo(40 - taken(web));
  }

  @Test
  void whoBorrowsIsNotPromisedWhatThoseOfHigherPriorityBorrow() {
    World world = ranked(10, 500, ServiceBuilder.service("batch", "work").fixed(100).build());
    EventReadiness readiness = foretold(world, sale(world, 4_000));
    assertThat(readiness.go()).isFalse();
    assertThat(readiness.services().get(0).reclaimed()).isZero();
    assertThat(readiness.services().get(0).reclaimedFrom()).isEmpty();
    assertThat(world.serving(WORK)).isEqualTo(40);
  }

  @Test
  void whoGivesBorrowedRoomBackKeepsWhatIsNominallyItsOwn() {
    Service work = ServiceBuilder.service("batch", "work").fixed(100).build();
    World world = ranked(500, 10, work, World.nominalCores(30));
    EventReadiness readiness = foretold(world, sale(world, 4_000));
    EventReadiness.ServiceReadiness web = readiness.services().get(0);
    assertThat(readiness.go()).isFalse();
    assertThat(web.readyAtStart()).isEqualTo(10);
    assertThat(web.reclaimedFrom()).containsExactly(new EventReadiness.Reclaimed(WORK, 10));
    assertThat(world.serving(WORK)).isEqualTo(30);
  }

  /** There is room for what the declared peak needs, but not for the room above it. */
  @Test
  void whoGivesRoomBackForMoreThanTheDeclaredPeakIsNamedToo() {
    World world = ranked(500, 10, ServiceBuilder.service("batch", "work").fixed(16).build());
    EventReadiness readiness = foretold(world, sale(world, 4_000));
    EventReadiness.ServiceReadiness web = readiness.services().get(0);
    assertThat(readiness.go()).isTrue();
    assertThat(web.needed()).isLessThanOrEqualTo(24);
    assertThat(web.reclaimed()).isZero();
    assertThat(world.serving(WORK)).isEqualTo(16 - taken(web)).isLessThan(16);
  }

  @Test
  void whatAnotherServiceOfTheEventTakesIsNotPromisedToWhoLosesIt() {
    World world =
        ranked(500, 10, ServiceBuilder.service("batch", "work").policy("slo", 16).build());
    world.rates.put(WORK, 2_500.0);
    world.run(40);
    EventReadiness readiness =
        foretold(
            world,
            new PeakEvent(
                "sale",
                world.nowMs + 600_000,
                0,
                60_000,
                0,
                List.of(
                    new PeakEvent.EventLoad(WEB, 5_000), new PeakEvent.EventLoad(WORK, 2_500))));
    assertThat(readiness.go()).isFalse();
    assertThat(readiness.services().get(0).shortOf()).isEmpty();
    assertThat(readiness.services().get(1).shortOf()).isNotEmpty();
  }

  /** Cells of 40 cores on ten nodes that are always there, or of many that may be ordered. */
  private static NodePool nodes(int coresEach, int min, int max) {
    return general(coresEach).nodes(min, max).build();
  }

  /** Nodes of so many cores and 64 GiB in two zones. */
  private static PoolBuilder general(int coresEach) {
    return PoolBuilder.pool("general")
        .shape(Resources.of(1_000L * coresEach, 65_536))
        .zones("a", "b")
        .bootMs(5_000);
  }

  /** Two nodes of eight devices each, of which so many are always there. */
  private static PoolBuilder devices(int nodesMin) {
    return general(64).shape(new Resources(64_000, 65_536, 8_000)).nodes(nodesMin, 2);
  }

  @Test
  void servicesOfOneEventShareTheirTenantsQuota() {
    ServiceId api = new ServiceId("shop", "api");
    Service second = service("api", "slo", 1).build();
    Tenant shop =
        World.tenant(
            "shop", new Quota(World.CELL, Resources.of(20_000, 1 << 20), Resources.of(0, 0), null));
    World world = new World(Cell.named(World.CELL), nodes(16, 0, 60), shop, web("slo", 1), second);
    world.rates.put(WEB, 100.0);
    world.rates.put(api, 100.0);
    world.run(40);

    EventReadiness readiness =
        foretold(
            world,
            new PeakEvent(
                "sale",
                world.nowMs + 600_000,
                0,
                60_000,
                0,
                List.of(new PeakEvent.EventLoad(WEB, 2_500), new PeakEvent.EventLoad(api, 2_500))));

    assertThat(readiness.go()).isFalse();
    assertThat(readiness.uncoveredRatio()).isGreaterThan(0.2);
    assertThat(readiness.services())
        .as("what the first is scaled to ahead of the event, the second cannot have")
        .anySatisfy(
            service ->
                assertThat(service.shortOf()).isEqualTo("quota allows " + service.readyAtStart()));
    assertThat(world.serving(WEB)).isEqualTo(10);
    assertThat(world.serving(api)).isEqualTo(10);
  }

  @Test
  void whatOthersDoNotLendIsNotThereForAnEvent() {
    Tenant owner =
        World.tenant(
            "owner",
            new Quota(World.CELL, Resources.of(30_000, 1 << 18), null, Resources.of(0, 0)));
    World world =
        new World(
            Cell.named(World.CELL), nodes(4, 10, 10), owner, tenant("shop", 0), web("slo", 1));
    world.rates.put(WEB, 100.0);
    world.run(40);

    EventReadiness readiness = foretold(world, sale(world, 4_500));

    assertThat(readiness.go()).isFalse();
    assertThat(readiness.services().get(0).shortOf()).isEqualTo("quota allows 10");
    assertThat(world.serving(WEB)).isEqualTo(readiness.services().get(0).readyAtStart());
  }

  @Test
  void whatTheBudgetDoesNotPayIsNotThereForAnEvent() {
    Quota two = new Quota(World.CELL, Resources.of(2_000, 1 << 18), null, null);
    Tenant poor = new Tenant("shop", "", 1, 100, "default", List.of(two), 1);
    World world = new World(Cell.named(World.CELL), nodes(4, 10, 10), poor, web("slo", 1));
    world.rates.put(WEB, 100.0);
    world.run(40);

    EventReadiness readiness = foretold(world, sale(world, 4_500));

    assertThat(readiness.go()).isFalse();
    assertThat(readiness.services().get(0).shortOf())
        .as("two within nominal, and four at a quarter of a node each")
        .isEqualTo("budget pays 6");
    assertThat(world.serving(WEB)).isEqualTo(6);
  }

  @Test
  void devicesOfOneNodeAreGivenOutOnce() {
    NodePool pool = devices(2).build();
    World world = new World(Cell.named(World.CELL), pool, onDevices("web"), onDevices("api"));
    ServiceId api = new ServiceId("shop", "api");
    world.rates.put(WEB, 100.0);
    world.rates.put(api, 100.0);
    world.run(40);

    EventReadiness readiness =
        foretold(
            world,
            new PeakEvent(
                "sale",
                world.nowMs + 600_000,
                0,
                60_000,
                0,
                List.of(new PeakEvent.EventLoad(WEB, 1_800), new PeakEvent.EventLoad(api, 1_800))));

    assertThat(readiness.go()).isFalse();
    assertThat(readiness.capacityAheadRatio()).as("of 16 devices").isGreaterThan(1);
  }

  /** Sixteen devices hold one replica each, whatever is left of them. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void partsOfDevicesDoNotAddUpForAnEvent(int nodesNow) {
    NodePool pool = devices(nodesNow).build();
    World world = new World(Cell.named(World.CELL), pool, onDevices("web", 600));
    world.rates.put(WEB, 100.0);
    world.run(40);

    EventReadiness readiness = foretold(world, sale(world, 3_500));

    assertThat(readiness.services().get(0).needed()).isBetween(17, 26);
    assertThat(readiness.go()).isFalse();
    assertThat(readiness.services().get(0).readyAtStart()).isEqualTo(16);
    assertThat(readiness.capacityAheadRatio())
        .isEqualTo(readiness.services().get(0).needed() / 16.0);
  }

  private static Service onDevices(String name) {
    return onDevices(name, 1_000);
  }

  private static Service onDevices(String name, long gpuMilli) {
    return service(name, "slo", 1).resources(onDevices(gpuMilli)).build();
  }

  /** Of a replica that is bound by devices alone. */
  private static Resources onDevices(long gpuMilli) {
    return new Resources(100, 128, gpuMilli);
  }

  /**
   * Two nodes of eight devices, all nominally the shop's. A batch tenant has a part of each device,
   * and what the shop's {@code api} has of each is left to it.
   */
  private static World lentDevices(long apiGpuMilli, long batchGpuMilli) {
    NodePool pool = devices(2).bought(Purchase.RESERVED, 1).build();
    Resources all = new Resources(128_000, 131_072, 16_000);
    World world =
        new World(
            Cell.named(World.CELL),
            pool,
            World.tenant("shop", new Quota(World.CELL, all, null, null)),
            tenant("batch", 0));
    if (apiGpuMilli > 0) {
      world.apply(service("api", "fixed", 16).resources(onDevices(apiGpuMilli)).build());
      world.run(40);
    }
    world.apply(
        ServiceBuilder.service("batch", "work")
            .fixed(16)
            .resources(onDevices(batchGpuMilli))
            .build());
    world.run(40);
    world.apply(service("web", "slo", 0).resources(onDevices(1_000)).build());
    world.rates.put(WEB, 0.0);
    return world.run(10);
  }

  @Test
  void whoHasAPartOfADeviceGivesTheWholeOfItBack() {
    World world = lentDevices(0, 600);
    EventReadiness readiness = foretold(world, sale(world, 2_600));
    EventReadiness.ServiceReadiness web = readiness.services().get(0);
    assertThat(web.needed()).isBetween(11, 14);
    assertThat(web.reclaimed())
        .as("sixteen parts of 600 are sixteen devices")
        .isEqualTo(web.needed());
    assertThat(web.reclaimedFrom())
        .extracting(EventReadiness.Reclaimed::service)
        .containsExactly(WORK);
    assertThat(world.serving(WORK)).isEqualTo(16 - taken(web));
    assertThat(readiness.go()).isTrue();
  }

  @Test
  void partsOfSeveralDevicesAreNotTakenBackForAWholeOne() {
    World world = lentDevices(600, 400);
    EventReadiness readiness = foretold(world, sale(world, 500));
    assertThat(readiness.services().get(0).reclaimed()).isZero();
    assertThat(readiness.services().get(0).reclaimedFrom()).isEmpty();
    assertThat(readiness.go()).isFalse();
  }

  @Test
  void aCohortsOwnBorrowersAreNamedBeforeAnotherThatHoldsNoMoreThanItsOwn() {
    World world =
        lent(
            1_000,
            new Tenant("aside", "", 1, 1, "other", tenant("aside", 5).quotas(), 0),
            new Tenant("beside", "", 1, 1, "other", tenant("beside", 0).quotas(), 0),
            ServiceBuilder.service("beside", "work").fixed(5).build());
    assertThat(world.serving(new ServiceId("beside", "work"))).isEqualTo(5);
    world.rates.put(WEB, 0.0);
    world.apply(sale(world, 3_000));
    world.run(3);
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    assertThat(readiness.services().get(0).reclaimedFrom())
        .as("though its priority is higher")
        .extracting(EventReadiness.Reclaimed::service)
        .containsExactly(new ServiceId("batch", "work"));
  }

  @Test
  void aCellIsAskedForItsPartOfTheUsers() {
    World world = world();
    world.apply(sale(world, 5_000));
    world.run(3);
    EventReadiness all = Readiness.of(world.state, "sale");
    world.state.evolve(
        new Observation.UserShares(
            world.nowMs, 1, 1, List.of(new Observation.UserShare(WEB, 0.25, 0))));
    EventReadiness quarter = Readiness.of(world.state, "sale");
    assertThat(all).isNotNull();
    assertThat(quarter).isNotNull();
    assertThat(quarter.services().get(0).peakPerSecond()).isEqualTo(1_250);
    assertThat(quarter.services().get(0).needed()).isLessThan(all.services().get(0).needed() / 3);
  }

  private static Sizer sizer(World world) {
    ServiceState web = Objects.requireNonNull(world.state.service(WEB));
    return Objects.requireNonNull(web.sizer());
  }

  private static EventReadiness.ServiceReadiness withShare(World world, double share) {
    world.state.evolve(
        new Observation.UserShares(
            world.nowMs, 1, 1, List.of(new Observation.UserShare(WEB, share, 0))));
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    return readiness.services().get(0);
  }

  @Test
  void aCellTellsWhatItCouldBearBeyondItsPartOfTheUsers() {
    World world = world();
    world.apply(sale(world, 5_000));
    world.run(3);
    EventReadiness.ServiceReadiness none = withShare(world, 0);
    assertThat(none.needed()).isZero();
    assertThat(none.shortOf()).isEmpty();
    assertThat(none.sparesPerSecond()).as("nodes can be ordered").isGreaterThanOrEqualTo(5_000);
    EventReadiness.ServiceReadiness quarter = withShare(world, 0.25);
    assertThat(quarter.sparesPerSecond()).isGreaterThanOrEqualTo(3_750);
    assertThat(quarter.bearsPerSecond()).isCloseTo(none.bearsPerSecond(), within(1e-6));
    // Room on nodes is not enough, so that nodes must boot before the replicas do.
    long bootMs = Objects.requireNonNull(world.state.service(WEB)).spec().capacity().boot().p99Ms();
    long nodeBootMs = world.state.nodeBootMs(Objects.requireNonNull(world.state.service(WEB)));
    long startMs = Objects.requireNonNull(world.state.events().get("sale")).startMs();
    assertThat(none.lastMomentMs()).as("of its own part").isEqualTo(startMs);
    assertThat(none.spareLastMomentMs()).isEqualTo(startMs - 1_000 - bootMs - nodeBootMs);
    assertThat(none.spareCostPerHour()).isGreaterThan(quarter.spareCostPerHour()).isPositive();
  }

  @Test
  void whatIsReadyIsThereForOthersThoughItIsTooLateForMore() {
    World world = world();
    world.apply(
        new PeakEvent(
            "sale",
            world.nowMs + 3_000,
            0,
            60_000,
            0,
            List.of(new PeakEvent.EventLoad(WEB, 50_000))));
    world.run(1);
    int active = Objects.requireNonNull(world.state.service(WEB)).active();
    double ready = sizer(world).safeRate(active);
    assertThat(withShare(world, 0).sparesPerSecond()).isEqualTo(ready).isPositive();
    assertThat(withShare(world, 0).spareLastMomentMs())
        .as("it is there")
        .isEqualTo(world.nowMs + 2_000);
    EventReadiness.ServiceReadiness all = withShare(world, 1);
    assertThat(all.shortOf()).isNotEmpty();
    assertThat(all.bearsPerSecond()).isEqualTo(ready);
    assertThat(all.sparesPerSecond()).isZero();
  }

  /** What is kept for others comes after what every service is asked for here. */
  @Test
  void whatAnotherServiceNeedsHereIsNotSpare() {
    ServiceId api = new ServiceId("shop", "api");
    World world =
        new World(
            Cell.named(World.CELL),
            nodes(4, 10, 10),
            web("slo", 1),
            service("api", "slo", 1).build());
    world.run(40);
    world.apply(
        new PeakEvent(
            "sale",
            world.nowMs + 600_000,
            0,
            60_000,
            0,
            List.of(new PeakEvent.EventLoad(WEB, 6_000), new PeakEvent.EventLoad(api, 4_000))));
    world.run(1);
    EventReadiness.ServiceReadiness web = withShare(world, 0);
    Sizer sizer = sizer(world);
    int ahead = sizer.replicasFor(4_000 * EventCalendar.DECLARED_ROOM);
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    assertThat(readiness.services().get(1).shortOf()).isEmpty();
    assertThat(web.bearsPerSecond()).isCloseTo(sizer.safeRate(40 - ahead), within(1e-6));
  }

  @Test
  void whatQuotaDoesNotAllowIsNotSpare() {
    World world = world();
    world.apply(
        World.tenant(
            "shop",
            new Quota(
                World.CELL, Resources.of(10_000, 1 << 20), Resources.of(2_000, 1 << 20), null)));
    world.apply(sale(world, 5_000));
    world.run(3);
    Sizer sizer = sizer(world);
    assertThat(withShare(world, 0).bearsPerSecond()).isCloseTo(sizer.safeRate(12), within(1e-6));
  }

  @Test
  void afterTheLastMomentTheRestIsToldAsRisk() {
    World world = world();
    PeakEvent soon =
        new PeakEvent(
            "sale",
            world.nowMs + 9_000,
            0,
            60_000,
            0,
            List.of(new PeakEvent.EventLoad(WEB, 5_000)));
    CellPlan plan =
        Plan.of(
            world.kernel,
            world.state,
            List.of(new SpecChange(SpecKind.PEAK_EVENT, "sale", 1, 9, soon)),
            0);
    EventReadiness readiness = plan.events().get(0);
    EventReadiness.ServiceReadiness web = readiness.services().get(0);
    assertThat(readiness.go()).isFalse();
    assertThat(web.shortOf()).startsWith("time");
    assertThat(web.onNewNodes()).as("for which nodes come too late").isPositive();
    assertThat(web.readyAtStart()).isEqualTo(web.active() + web.onNodes());
    assertThat(web.lastMomentMs()).isLessThan(world.nowMs);
    assertThat(readiness.uncoveredRatio())
        .isCloseTo(1 - web.readyAtStart() / (double) web.needed(), within(0.05));
  }

  @Test
  void bootTimesLeaveToChanceWhatTheirQuantilesSay() {
    BootTime boot = new BootTime(20_000, 60_000);
    assertThat(BootTail.after(boot, 20_000)).isCloseTo(0.5, within(1e-6));
    assertThat(BootTail.after(boot, 60_000)).isCloseTo(0.01, within(1e-6));
    assertThat(BootTail.after(BootTime.exactly(5_000), 5_000)).isZero();
    assertThat(BootTail.after(BootTime.exactly(5_000), 4_999)).isEqualTo(1);
  }

  private static Service privateOnly(String name) {
    return service(name, "slo", 1).residency(new Residency(List.of(), true)).build();
  }

  /** Queries burst to the public cell, orders stay private: neither is short of the other. */
  @Test
  void whatMayNotRunHereHasNoPartInTheAnswer() {
    ServiceId order = new ServiceId("shop", "order");
    ServiceId undeclared = new ServiceId("shop", "nobody");
    World world = new World(PUBLIC, NodePool.named(World.CELL, "general"), web("slo", 4));
    world.apply(privateOnly("order"));
    world.rates.put(WEB, 300.0);
    world.run(40);
    PeakEvent alone = sale(world, 1_000);
    world.apply(alone);
    world.run(3);
    EventReadiness without = Readiness.of(world.state, "sale");
    world.apply(
        new PeakEvent(
            "sale",
            alone.startMs(),
            0,
            60_000,
            0,
            List.of(
                new PeakEvent.EventLoad(order, 5_000),
                new PeakEvent.EventLoad(WEB, 1_000),
                new PeakEvent.EventLoad(undeclared, 500))));
    world.run(1);
    EventReadiness readiness = Readiness.of(world.state, "sale");

    assertThat(without).isNotNull();
    assertThat(readiness).isNotNull();
    assertThat(readiness.go()).isTrue();
    assertThat(readiness.elsewhere()).containsExactly(order, undeclared);
    assertThat(readiness.services())
        .extracting(EventReadiness.ServiceReadiness::service)
        .containsExactly(WEB);
    assertThat(readiness.uncoveredRatio()).isZero();
    assertThat(readiness.lastMomentMs())
        .isEqualTo(without.lastMomentMs())
        .isGreaterThan(world.nowMs);
    assertThat(readiness.capacityAheadRatio()).isEqualTo(without.capacityAheadRatio());
  }

  @Test
  void whereNothingIsNeededTheLastMomentIsTheStart() {
    World world = new World(PUBLIC, NodePool.named(World.CELL, "general"), privateOnly("web"));
    world.apply(sale(world, 1_000));
    world.run(3);
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    assertThat(readiness.services()).isEmpty();
    assertThat(readiness.elsewhere()).containsExactly(WEB);
    assertThat(readiness.lastMomentMs()).isEqualTo(readiness.startMs());
    assertThat(new EventReadinessList(List.of(readiness)).nowhere()).containsExactly(WEB);
    assertThat(new EventReadinessList(List.of(readiness)).go()).isFalse();
  }

  @Test
  void cellThatNobodyDeclaredAnswersThatEverythingIsElsewhere() {
    World world = new World(NodePool.named(World.CELL, "general"), web("slo", 1));
    world.apply(sale(world, 1_000));
    world.run(1);
    EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    assertThat(readiness.elsewhere()).containsExactly(WEB);
  }

  @Test
  void unknownEventIsNull() {
    assertThat(Readiness.of(world().state, "nothing")).isNull();
  }
}
