package dev.highwater.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.model.BootTime;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Purchase;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Residency;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Goal: nodes boot, run, drain, refuse and die as their agents promise. */
class SimulatedCellTest {

  private static final long START = 1_000_000;
  private static final Cell CELL = Cell.named("east");
  private static final NodePool POOL = NodePool.named("east", "std");
  private static final Service ORDER = Service.named("shop", "order");
  private static final ServiceId ID = ORDER.id();

  private static SimulatedCell cell(double perSecond, Service... services) {
    return new SimulatedCell(
        new SimulatedCell.Setup(
            CELL,
            7,
            START,
            200,
            Fidelity.REQUEST,
            List.of(POOL),
            List.of(services),
            List.of(TrafficSpec.of(services[0].id(), TrafficProfile.steady(perSecond)))));
  }

  private static void runFor(SimulatedCell cell, long ms) {
    for (long end = cell.nowMs() + ms; cell.nowMs() < end; ) {
      cell.step();
    }
  }

  private static Command.NodeTarget nodes(long generation, int n, String... release) {
    return new Command.NodeTarget(1, generation, POOL, n, List.of(release));
  }

  private static Command.RunReplicas run(
      long epoch, long generation, String node, Service service, long... ordinals) {
    List<Command.ReplicaOrder> orders = new ArrayList<>();
    for (long ordinal : ordinals) {
      orders.add(new Command.ReplicaOrder(service.id(), ordinal));
    }
    return new Command.RunReplicas(epoch, generation, node, orders, List.of(service));
  }

  private static Service with(Service base, Resources resources, Residency residency) {
    return ServiceBuilder.like(base).resources(resources).residency(residency).build();
  }

  private static Observation.NodeReport report(SimulatedCell cell, String node) {
    Observation.NodeReport report = cell.nodeReport(node);
    assertThat(report).as("%s reports", node).isNotNull();
    return report;
  }

  private static List<ReplicaState> states(SimulatedCell cell, String node) {
    return report(cell, node).replicas().stream().map(Observation.ReplicaReport::state).toList();
  }

  @Test
  void usersComeOnlyWhenThePreparedCellBegins() {
    SimulatedCell cell = cell(500, ORDER);
    cell.bootAtOnce(true);
    cell.prepare(400);
    assertThat(cell.obey(nodes(1, 1)).obeyed()).isTrue();
    cell.prepare(600);
    assertThat(cell.takeJoined()).hasSize(1);
    assertThat(cell.obey(run(1, 1, "east-std-0", ORDER, 0, 1, 2, 3)).obeyed()).isTrue();
    cell.prepare(800);
    assertThat(states(cell, "east-std-0")).containsOnly(ReplicaState.READY).hasSize(4);
    assertThat(cell.nowMs()).isEqualTo(800);
    cell.begin(1_000);
    cell.bootAtOnce(false);
    assertThat(cell.nowMs()).isEqualTo(1_000);
    assertThat(cell.door().totals(ID).firstAttempts()).isZero();
    runFor(cell, 10_000);
    assertThat(cell.door().totals(ID).firstAttempts()).isBetween(4_500L, 5_500L);
    assertThat(cell.door().totals(ID).violations()).isZero();
    assertThatThrownBy(() -> cell.prepare(20_000)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void nodesAndReplicasBootServeDrainAndAreGivenBack() {
    SimulatedCell cell = cell(500, ORDER);
    assertThat(cell.obey(nodes(1, 2)).obeyed()).isTrue();
    runFor(cell, 14_800);
    assertThat(cell.nodes()).isEmpty();
    assertThat(cell.hostReport("host").pools())
        .containsExactly(new Observation.PoolReport("east/std", 1, 2, 0));
    runFor(cell, 400);
    assertThat(cell.takeJoined())
        .extracting(NodeDescriptor::name, NodeDescriptor::zone)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("east-std-0", "a"),
            org.assertj.core.groups.Tuple.tuple("east-std-1", "b"));
    assertThat(cell.obey(run(1, 1, "east-std-0", ORDER, 0, 1, 2, 3)).obeyed()).isTrue();
    assertThat(states(cell, "east-std-0")).containsOnly(ReplicaState.BOOTING).hasSize(4);
    runFor(cell, 5_400);
    assertThat(states(cell, "east-std-0")).containsOnly(ReplicaState.READY);
    assertThat(cell.ready(ID)).isEqualTo(4);
    runFor(cell, 20_000);
    Observation.ReplicaReport replica = report(cell, "east-std-0").replicas().get(0);
    // 125/s of 40 ms on 8 places: 0.625
    assertThat(replica.utilisationRatio()).isCloseTo(0.625, within(0.08));
    // The second scale-in order is repeated: nothing changes.
    assertThat(cell.obey(run(1, 2, "east-std-0", ORDER, 0, 1, 2)).obeyed()).isTrue();
    assertThat(cell.obey(run(1, 2, "east-std-0", ORDER, 0, 1, 2)).obeyed()).isTrue();
    assertThat(states(cell, "east-std-0")).contains(ReplicaState.DRAINING).hasSize(4);
    runFor(cell, 2_000);
    assertThat(states(cell, "east-std-0")).containsOnly(ReplicaState.READY).hasSize(3);
    long failed = cell.frontDoorReport().services().get(0).failed();
    runFor(cell, 2_000);
    assertThat(cell.frontDoorReport().services().get(0).failed())
        .as("a drained replica loses nothing")
        .isEqualTo(failed);
    // A node that is not empty is not given back, an empty one is.
    assertThat(cell.obey(nodes(2, 1, "east-std-0", "east-std-1")).obeyed()).isTrue();
    assertThat(cell.takeGone()).containsExactly("east-std-1");
    assertThat(cell.nodes()).containsExactly("east-std-0");
  }

  @Test
  void refusesOlderOrdersOverfillingAndBrokenResidency() {
    SimulatedCell cell = cell(0, ORDER);
    cell.bootAtOnce(true);
    cell.obey(nodes(5, 1));
    cell.step();
    String node = "east-std-0";
    assertThat(cell.obey(run(2, 7, node, ORDER, 0, 1)).verdict())
        .isEqualTo(Obedience.Verdict.OBEYED);
    assertThat(cell.obey(run(2, 6, node, ORDER)).verdict()).isEqualTo(Obedience.Verdict.OLDER);
    assertThat(cell.obey(run(1, 9, node, ORDER)).verdict()).isEqualTo(Obedience.Verdict.OLDER);
    assertThat(cell.obey(nodes(4, 9)).verdict()).isEqualTo(Obedience.Verdict.OLDER);
    cell.step();
    assertThat(cell.ready(ID)).isEqualTo(2);

    Service big = with(ORDER, Resources.of(9_000, 1), Residency.ANYWHERE);
    assertThat(cell.obey(run(2, 8, node, big, 5, 6)).verdict())
        .isEqualTo(Obedience.Verdict.OVERFILLS);
    // 2 ready replicas drain (2 cores) while 9 and 6 cores are asked for: full until they are gone.
    Service exact = with(ORDER, Resources.of(15_000, 1), Residency.ANYWHERE);
    assertThat(cell.obey(run(2, 8, node, exact, 5)).verdict())
        .isEqualTo(Obedience.Verdict.OVERFILLS);
    assertThat(cell.obey(run(2, 8, node, ORDER)).obeyed()).isTrue();
    cell.step();
    cell.step();
    assertThat(cell.obey(run(2, 9, node, exact, 5)).obeyed()).isTrue();

    Service resident =
        with(
            Service.named("bank", "ledger"),
            Resources.of(1, 1),
            new Residency(List.of("mars"), false));
    assertThat(cell.obey(run(2, 10, node, resident, 0)).verdict())
        .isEqualTo(Obedience.Verdict.BREAKS_RESIDENCY);
    assertThat(cell.obey(run(2, 10, "east-std-9", ORDER, 0)).verdict())
        .isEqualTo(Obedience.Verdict.UNREACHABLE);
    assertThat(
            cell.obey(
                    new Command.RunReplicas(
                        2,
                        10,
                        node,
                        List.of(new Command.ReplicaOrder(new ServiceId("no", "spec"), 1)),
                        List.of()))
                .verdict())
        .isEqualTo(Obedience.Verdict.UNKNOWN_SERVICE);
    assertThat(report(cell, node).generation()).isEqualTo(9);
  }

  @Test
  void partsOfDevicesStayOnOneDevice() {
    assertThat(DeviceFit.fits(2_000, new long[] {600, 600, 400})).isTrue();
    assertThat(DeviceFit.fits(2_000, new long[] {600, 600, 600})).isFalse();
    assertThat(DeviceFit.fits(3_000, new long[] {2_000, 500, 500})).isTrue();
    assertThat(DeviceFit.fits(3_000, new long[] {2_000, 700, 500})).isFalse();
    assertThat(DeviceFit.fits(0, new long[] {0, 0})).isTrue();
    assertThat(DeviceFit.fits(0, new long[] {1})).isFalse();
    assertThat(DeviceFit.fits(1_000, new long[] {1_000})).isTrue();
    // Fullest-first puts 400 beside 500; only the search finds 500+300+200 and 400+400+200.
    assertThat(DeviceFit.fits(2_000, new long[] {500, 400, 400, 300, 200, 200})).isTrue();
  }

  @Test
  void aCrashFailsWhatIsInWorkAndThePoolReplacesTheNode() {
    Service slow = slow();
    SimulatedCell cell = cell(40, slow);
    cell.bootAtOnce(true);
    cell.obey(nodes(1, 2));
    cell.step();
    cell.obey(run(1, 1, "east-std-0", slow, 0, 1));
    cell.obey(run(1, 1, "east-std-1", slow, 2, 3));
    cell.step();
    cell.bootAtOnce(false);
    runFor(cell, 5_000);
    // What came before the first replica was there.
    long before = cell.frontDoorReport().services().get(0).failed();
    cell.takeJoined();
    cell.simulate(
        new SimulationCommand.Fault(
            SimulationCommand.FaultKind.NODE_CRASH, "east", "east-std-0", 0));
    assertThat(cell.takeGone()).containsExactly("east-std-0");
    cell.step();
    long failed = cell.frontDoorReport().services().get(0).failed() - before;
    // 20/s of 1.5 s on the dead node: about 30 in work.
    assertThat(failed).isBetween(15L, 50L);
    assertThat(cell.frontDoorReport().services().get(0).violations())
        .isGreaterThanOrEqualTo(failed);
    runFor(cell, 16_000);
    assertThat(cell.takeJoined()).extracting(NodeDescriptor::name).containsExactly("east-std-2");
  }

  @Test
  void aFaultHitsWhatItsKindHitsAndNothingElseOfTheSameName() {
    SimulatedCell cell = cell(0, ORDER);
    cell.bootAtOnce(true);
    cell.obey(nodes(1, 2));
    cell.step();
    String zone = Objects.requireNonNull(cell.node("east-std-0")).descriptor().zone();
    for (String other : List.of(zone, "east", "east-std-9")) {
      assertThat(crash(cell, SimulationCommand.FaultKind.NODE_CRASH, other)).as(other).isFalse();
    }
    assertThat(crash(cell, SimulationCommand.FaultKind.ZONE_CRASH, "east-std-0")).isFalse();
    assertThat(crash(cell, SimulationCommand.FaultKind.SPOT_LOSS, "east-std-0")).isFalse();
    assertThat(cell.nodes()).containsExactly("east-std-0", "east-std-1");

    assertThat(crash(cell, SimulationCommand.FaultKind.ZONE_CRASH, zone)).isTrue();
    assertThat(cell.nodes()).doesNotContain("east-std-0");
  }

  private static boolean crash(
      SimulatedCell cell, SimulationCommand.FaultKind kind, String target) {
    return cell.simulate(new SimulationCommand.Fault(kind, "east", target, 0));
  }

  private static Service slow() {
    return ServiceBuilder.service("shop", "slow")
        .places(32, 100)
        .meanMs(1_500)
        .timeoutMs(10_000)
        .sloMs(5_000)
        .build();
  }

  @Test
  void aSilentAgentServesAndSaysNothing() {
    SimulatedCell cell = cell(100, ORDER);
    cell.bootAtOnce(true);
    cell.obey(nodes(1, 1));
    cell.step();
    cell.obey(run(1, 1, "east-std-0", ORDER, 0));
    cell.step();
    cell.simulate(
        new SimulationCommand.Fault(
            SimulationCommand.FaultKind.AGENT_SILENT, "east", "east-std-0", 3_000));
    assertThat(cell.nodeReports()).isEmpty();
    assertThat(cell.obey(run(1, 2, "east-std-0", ORDER)).verdict())
        .isEqualTo(Obedience.Verdict.UNREACHABLE);
    runFor(cell, 2_000);
    assertThat(cell.frontDoorReport().services().get(0).served()).isGreaterThan(150);
    runFor(cell, 1_200);
    assertThat(cell.nodeReports()).hasSize(1);
  }

  @Test
  void spotNodesGiveNoticeAndGoAndOthersStay() {
    NodePool spare = pool("spare", Purchase.SPOT);
    SimulatedCell cell = cell(0, ORDER);
    cell.bootAtOnce(true);
    cell.obey(nodes(1, 1));
    cell.obey(new Command.NodeTarget(1, 1, spare, 2, List.of()));
    cell.step();
    cell.bootAtOnce(false);
    cell.simulate(
        new SimulationCommand.Fault(SimulationCommand.FaultKind.SPOT_LOSS, "east", "east", 0));
    long leavesAtMs = cell.nowMs() + 120_000;
    assertThat(report(cell, "east-spare-0").leavesAtMs()).isEqualTo(leavesAtMs);
    assertThat(report(cell, "east-std-0").leavesAtMs()).isZero();
    cell.simulate(
        new SimulationCommand.Fault(
            SimulationCommand.FaultKind.SPOT_LOSS, "east", "east-spare-1", 5_000));
    assertThat(report(cell, "east-spare-0").leavesAtMs()).isEqualTo(leavesAtMs);
    runFor(cell, 6_000);
    assertThat(cell.takeGone()).containsExactly("east-spare-1");
    runFor(cell, 116_000);
    assertThat(cell.takeGone()).containsExactly("east-spare-0");
    assertThat(cell.nodes()).contains("east-std-0").doesNotContain("east-spare-0");
  }

  /**
   * Twenty spot nodes that are replaced when they go, over ten hours and many seeds: notices per
   * node-hour without one are the declared rate, as far as chance allows.
   */
  @Test
  void spotNodesAreNoticedAtTheirPoolsRate() {
    double perHour = 0.4;
    long notices = 0;
    double nodeHours = 0;
    for (long seed = 1; seed <= 20; seed++) {
      SimulatedCell cell = spotCell(seed, perHour);
      cell.bootAtOnce(true);
      cell.obey(new Command.NodeTarget(1, 1, pool("spare", Purchase.SPOT, perHour), 20, List.of()));
      Set<String> noticed = new TreeSet<>();
      for (int step = 0; step < 600; step++) { // a minute each
        cell.step();
        for (Observation.NodeReport report : cell.nodeReports()) {
          if (report.leavesAtMs() > 0) {
            noticed.add(report.node());
          } else {
            nodeHours += 1 / 60.0;
          }
        }
      }
      notices += noticed.size();
    }
    double expected = perHour * nodeHours;
    assertThat((double) notices).isCloseTo(expected, within(4 * Math.sqrt(expected)));
    assertThat(expected).as("enough to tell").isGreaterThan(1_000);
  }

  @Test
  void aSpotNodeIsGoneTwoMinutesAfterItsNoticeAndOneWithoutARateStays() {
    for (double perHour : new double[] {0, 20}) {
      SimulatedCell cell = spotCell(7, perHour);
      cell.bootAtOnce(true);
      cell.obey(new Command.NodeTarget(1, 1, pool("spare", Purchase.SPOT, perHour), 1, List.of()));
      long noticedAtMs = 0;
      for (int step = 0; step < 60 && noticedAtMs == 0; step++) {
        cell.step();
        Observation.NodeReport report = cell.nodeReport("east-spare-0");
        noticedAtMs = report != null && report.leavesAtMs() > 0 ? report.leavesAtMs() : 0;
      }
      assertThat(noticedAtMs > 0).isEqualTo(perHour > 0);
      if (perHour > 0) {
        assertThat(noticedAtMs - cell.nowMs()).isBetween(0L, 120_000L);
        while (cell.nowMs() <= noticedAtMs) {
          cell.step();
        }
        cell.step();
        assertThat(cell.takeGone()).containsExactly("east-spare-0");
      }
    }
  }

  private static SimulatedCell spotCell(long seed, double perHour) {
    return new SimulatedCell(
        new SimulatedCell.Setup(
            CELL,
            seed,
            START,
            60_000,
            Fidelity.FLUID,
            List.of(pool("spare", Purchase.SPOT, perHour)),
            List.of(),
            List.of()));
  }

  private static NodePool pool(String name, Purchase purchase) {
    return pool(name, purchase, 0);
  }

  private static NodePool pool(String name, Purchase purchase, double spotLossPerHour) {
    return new NodePool(
        "east",
        name,
        POOL.shape(),
        POOL.zones(),
        POOL.labels(),
        POOL.taints(),
        1,
        purchase,
        POOL.boot(),
        0,
        20,
        0,
        POOL.scaleInDelayMs(),
        spotLossPerHour);
  }

  @Test
  void aLostCellFailsEverybodyAndBeginsAgainWithoutNodes() {
    SimulatedCell cell = cell(100, ORDER);
    cell.bootAtOnce(true);
    cell.obey(nodes(1, 1));
    cell.step();
    cell.obey(run(1, 1, "east-std-0", ORDER, 0));
    cell.step();
    cell.bootAtOnce(false);
    runFor(cell, 2_000);
    cell.takeJoined();
    cell.simulate(
        new SimulationCommand.Fault(SimulationCommand.FaultKind.CELL_LOSS, "east", "east", 10_000));
    assertThat(cell.dark()).isTrue();
    assertThat(cell.takeGone()).containsExactly("east-std-0");
    assertThat(cell.obey(nodes(2, 3)).verdict()).isEqualTo(Obedience.Verdict.UNREACHABLE);
    runFor(cell, 1_000); // what was in work is told
    long served = cell.frontDoorReport().services().get(0).served();
    long failed = cell.frontDoorReport().services().get(0).failed();
    runFor(cell, 5_000);
    assertThat(cell.frontDoorReport().services().get(0).served()).isEqualTo(served);
    assertThat(cell.frontDoorReport().services().get(0).failed() - failed).isBetween(400L, 600L);
    // Users are told where to go by no cell, so this is obeyed in the dark.
    Command.ServiceRoute away =
        new Command.ServiceRoute(ORDER.id(), List.of(new Command.RoutedCell("west", 1, 0)));
    assertThat(cell.obey(new Command.RouteUsers(1, 1, List.of(away))).obeyed()).isTrue();
    failed = cell.frontDoorReport().services().get(0).failed();
    runFor(cell, 2_000);
    assertThat(cell.frontDoorReport().services().get(0).failed()).isEqualTo(failed);
    assertThat(cell.hostReport("h").pools().get(0).booting()).as("nothing boots").isZero();
    runFor(cell, 3_000);
    assertThat(cell.dark()).isFalse();
    assertThat(cell.hostReport("h").pools().get(0).booting()).as("as ordered before").isEqualTo(1);
    runFor(cell, 16_000);
    assertThat(cell.takeJoined()).extracting(NodeDescriptor::name).containsExactly("east-std-1");
  }

  @Test
  void slowBootsTakeFiveTimesAsLong() {
    SimulatedCell cell = cell(0, ORDER);
    cell.simulate(
        new SimulationCommand.Fault(SimulationCommand.FaultKind.SLOW_BOOTS, "east", "east", 1_000));
    cell.obey(nodes(1, 1));
    runFor(cell, 74_000);
    assertThat(cell.nodes()).isEmpty();
    runFor(cell, 1_400);
    assertThat(cell.nodes()).hasSize(1);
  }

  @Test
  void bootTimesHaveTheirMedianAndTail() {
    BootTime boot = new BootTime(10_000, 40_000);
    int above = 0;
    int beyond = 0;
    for (int i = 0; i < 20_000; i++) {
      long ms = Boots.sampleMs(boot, i);
      above += ms > 10_000 ? 1 : 0;
      beyond += ms > 40_000 ? 1 : 0;
    }
    assertThat(above / 20_000.0).isCloseTo(0.5, within(0.015));
    assertThat(beyond / 20_000.0).isCloseTo(0.01, within(0.003));
  }

  @Test
  void theSameSeedGivesTheSameWorld() {
    assertThat(history(7)).isEqualTo(history(7)).isNotEqualTo(history(8));
  }

  private static List<Observation> history(long seed) {
    SimulatedCell cell =
        new SimulatedCell(
            new SimulatedCell.Setup(
                CELL,
                seed,
                START,
                200,
                Fidelity.REQUEST,
                List.of(POOL),
                List.of(ORDER),
                List.of(TrafficSpec.of(ID, TrafficProfile.steady(300)))));
    cell.obey(nodes(1, 1));
    List<Observation> history = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      cell.step();
      for (NodeDescriptor node : cell.takeJoined()) {
        cell.obey(run(1, 1, node.name(), ORDER, 0, 1, 2));
      }
      if (i % 5 == 4) {
        history.addAll(cell.nodeReports());
        history.add(cell.frontDoorReport());
      }
    }
    return history;
  }

  @Test
  void replicasOfAChangedServiceAreOfItsNewSpec() {
    SimulatedCell cell = cell(200, ORDER);
    cell.bootAtOnce(true);
    cell.obey(nodes(1, 1));
    cell.step();
    cell.obey(run(1, 1, "east-std-0", ORDER, 0, 1));
    runFor(cell, 10_000);
    LatencyHistogram before = new LatencyHistogram();
    before.addAll(cell.door().latencies(ID));
    assertThat(before.quantileNanos(0.5)).isLessThan(60e6);
    Service slower =
        ServiceBuilder.like(ORDER).places(16, ORDER.capacity().queueMax()).meanMs(120).build();
    cell.obey(run(1, 2, "east-std-0", slower, 2, 3));
    runFor(cell, 10_000);
    assertThat(cell.door().latencies(ID).minus(before).quantileNanos(0.5)).isGreaterThan(95e6);
  }

  /** Four replicas of 40 ms and eight places each, that call payment twice in each attempt. */
  private static SimulatedCell caller(double perSecond, boolean holds) {
    Service payment = Service.named("shop", "payment");
    SimulatedCell cell =
        new SimulatedCell(
            new SimulatedCell.Setup(
                CELL,
                7,
                START,
                200,
                Fidelity.REQUEST,
                List.of(POOL),
                List.of(ORDER, payment),
                List.of(
                    TrafficSpec.of(ID, TrafficProfile.steady(perSecond))
                        .withCalls(
                            List.of(new TrafficSpec.Call(payment.id(), 2, 0, 1, null, holds))))));
    cell.bootAtOnce(true);
    cell.obey(nodes(1, 2));
    cell.step();
    cell.obey(run(1, 1, "east-std-0", ORDER, 0, 1, 2, 3));
    cell.obey(run(1, 1, "east-std-1", payment, 0, 1, 2, 3));
    runFor(cell, 60_000);
    return cell;
  }

  @Test
  void aCallerThatHoldsItsPlaceIsAsSlowAsWhatItCalls() {
    for (boolean holds : new boolean[] {false, true}) {
      // 40 ms of its own, and twice 40 ms of what it calls.
      double expected = holds ? 120e6 : 40e6;
      assertThat(caller(100, holds).door().latencies(ID).meanNanos() / expected)
          .as("holds=%s", holds)
          .isCloseTo(1, within(0.08));
    }
  }

  @Test
  void aCallerThatHoldsItsPlaceIsOverloadedByWhatItServesOtherwise() {
    // 32 places of 40 ms serve 800/s; held for 120 ms, 267/s. Payment has 640/s of its 800/s.
    Observation.ServiceTraffic free = caller(320, false).frontDoorReport().services().get(0);
    Observation.ServiceTraffic held = caller(320, true).frontDoorReport().services().get(0);
    assertThat(free.violations()).isLessThan(free.firstAttempts() / 50);
    assertThat(held.violations()).isGreaterThan(held.firstAttempts() / 2);
    assertThat(held.served()).isLessThan(free.served() / 2);
  }

  @Test
  void aServiceMadeLaterRunsWithoutUsers() {
    SimulatedCell cell = cell(0, ORDER);
    cell.bootAtOnce(true);
    cell.obey(nodes(1, 1));
    cell.step();
    Service later = Service.named("game", "lobby");
    assertThat(cell.obey(run(1, 1, "east-std-0", later, 0)).obeyed()).isTrue();
    cell.step();
    cell.step();
    assertThat(cell.ready(later.id())).isEqualTo(1);
    assertThat(cell.frontDoorReport().services()).hasSize(2);
  }
}
