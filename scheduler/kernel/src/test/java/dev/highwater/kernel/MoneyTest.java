package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.kernel.account.Ledger;
import dev.highwater.kernel.account.Prices;
import dev.highwater.kernel.account.Trade;
import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.Explanation.LoadView;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Explanation.SharingView;
import dev.highwater.model.Explanation.TradeView;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.Ownership;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Tenant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: money is counted as it is paid, and a budget says what it costs. Nodes of 16 cores cost 1
 * an hour, so a replica of one core costs a sixteenth.
 */
class MoneyTest {
  private static final ServiceId WEB = new ServiceId("shop", "web");
  private static final double REPLICA_PER_HOUR = 1 / 16.0;

  private static Service service(String name, String policy, int replicas) {
    return Service.named("shop", name)
        .withScaling(new Scaling(policy, 0, 1_000, replicas, 0, List.of(), List.of(), null, 0));
  }

  private static Ledger accounted(World world, int seconds) {
    Ledger ledger = new Ledger();
    for (int second = 0; second <= seconds; second++) {
      ledger.account(world.state);
      world.second();
    }
    return ledger;
  }

  @Test
  void servicesCostTheirReplicasTime() {
    World world =
        new World(
            Cell.named(World.CELL),
            NodePool.named(World.CELL, "general"),
            service("web", "fixed", 8),
            service("api", "fixed", 4));
    world.run(60);

    Ledger ledger = accounted(world, 1_800);

    assertThat(ledger.of(WEB)).isCloseTo(8 * REPLICA_PER_HOUR / 2, within(1e-9));
    assertThat(ledger.of(new ServiceId("shop", "api")))
        .isCloseTo(4 * REPLICA_PER_HOUR / 2, within(1e-9));
    assertThat(ledger.of(new ServiceId("shop", "none"))).isZero();
  }

  /** Its nodes go on serving, so they go on costing, and after a take-over, too. */
  @Test
  void nodesOfAPoolThatWasDeletedCostUntilTheyAreGone() {
    NodePool general = NodePool.named(World.CELL, "general");
    World world = new World(Cell.named(World.CELL), general, service("web", "fixed", 8));
    world.run(60);
    ServiceState web = world.state.services().iterator().next();
    double before = new Prices(world.state).perHour(web);
    assertThat(before).isPositive();

    world.remove(general);
    world.run(3);
    assertThat(world.state.pools().values()).extracting(PoolState::spec).containsOnlyNulls();
    assertThat(new Prices(world.state).perHour(web)).isEqualTo(before);
    CellState again = new CellState(World.CELL);
    again.evolve(new Fact.CellKept(world.state.image()));
    assertThat(new Prices(again).perHour(again.services().iterator().next())).isEqualTo(before);
  }

  @Test
  void anEventCostsWhatItsServicesCostMoreThanBefore() {
    World world =
        new World(
            Cell.named(World.CELL),
            NodePool.named(World.CELL, "general"),
            service("web", "slo", 2));
    world.rates.put(WEB, 300.0);
    world.run(120);
    int before = world.serving(WEB);
    PeakEvent sale =
        new PeakEvent(
            "sale",
            world.nowMs + 300_000,
            0,
            600_000,
            0,
            List.of(new PeakEvent.EventLoad(WEB, 3_000)));
    world.apply(sale);
    Ledger ledger = new Ledger();
    double extra = 0;
    boolean opened = false;
    long opensMs =
        sale.startMs() - 81_000; // a report, a minute early, 15 s for a node and 5 s for a replica
    while (world.nowMs < sale.startMs() + 1_200_000) {
      boolean peak = world.nowMs >= sale.startMs() && world.nowMs < sale.startMs() + sale.holdMs();
      world.rates.put(WEB, peak ? 3_000.0 : 300.0);
      world.second();
      ledger.account(world.state);
      boolean open = world.nowMs >= opensMs && world.nowMs <= sale.startMs() + sale.holdMs();
      extra +=
          open && opened
              ? (world.state.services().iterator().next().size() - before)
                  * REPLICA_PER_HOUR
                  / 3_600
              : 0;
      opened |= open;
    }

    assertThat(extra).as("the event made it grow").isGreaterThan(REPLICA_PER_HOUR);
    assertThat(ledger.ofEvent("sale")).isCloseTo(extra, within(1e-6));
    assertThat(ledger.ofEvent("nothing")).isZero();
  }

  @Test
  void refusedReplicasAreTradedForTheViolationsTheyWouldAvoid() {
    Sizer sizer = new Sizer(ReplicaModel.of(Service.named("shop", "web")));
    double load = 0.98 * sizer.model().saturationPerSecond() * 10;
    LoadView seen =
        new LoadView(load / 2, load, load * 1.1, 6_000, load * 1.2, 21_000, 0.01, 150, 1);

    TradeView trade = Trade.of(sizer, seen, 0, 10, 4, REPLICA_PER_HOUR);

    assertThat(trade).isNotNull();
    double admitted = sizer.overloadRate(10);
    double inTime = admitted * (1 - sizer.violationRatio(admitted, 10));
    double expected = load * (1 - sizer.violationRatio(load, 14)) - inTime;
    assertThat(trade.violationsPerSecond()).isCloseTo(expected, within(1e-9)).isGreaterThan(1);
    assertThat(trade.pricePerHour()).isEqualTo(4 * REPLICA_PER_HOUR);
    assertThat(trade.violationsPerMoney())
        .isCloseTo(expected * 3_600 / (4 * REPLICA_PER_HOUR), within(1e-6));
    assertThat(
            Trade.of(
                sizer,
                new LoadView(Double.NaN, Double.NaN, Double.NaN, 0, Double.NaN, 0, 0, 1, 1),
                0,
                10,
                4,
                1))
        .as("nothing is traded for an unknown load")
        .isNull();
  }

  /**
   * Three times what ten replicas bear: two thirds are refused now, and fourteen would bear 40 %.
   */
  @Test
  void whatIsRefusedAtTheDoorIsAllThatRefusedReplicasCanSave() {
    Sizer sizer = new Sizer(ReplicaModel.of(Service.named("shop", "web")));
    double load = 3 * sizer.safeRate(10);
    LoadView seen = new LoadView(load, load, load, 6_000, load, 21_000, 0.01, 150, 1);
    TradeView trade = Trade.of(sizer, seen, 0, 10, 4, REPLICA_PER_HOUR);
    assertThat(trade).isNotNull();
    double bears = sizer.overloadRate(10);
    assertThat(trade.violationsPerSecond()).isBetween(0.39 * bears, 0.41 * bears);

    LoadView calm = new LoadView(0, 0, 0, 6_000, 0, 21_000, 0.01, 150, 1);
    TradeView asked = Trade.of(sizer, calm, load, 10, 4, REPLICA_PER_HOUR);
    assertThat(asked).as("by an event or the routes").isEqualTo(trade);
  }

  /**
   * Nodes have 16 cores, 64 GiB and 8 devices, and a replica takes an eighth of what it is named
   * for: an eighth of a node's price is paid for each beyond the nominal one. Half an hour's price
   * of a node pays four of them.
   */
  @ParameterizedTest
  @CsvSource({"2000, 64, 0", "100, 8192, 0", "100, 64, 1000"})
  void aBudgetPaysWhatIsBorrowedOfAnyResource(int cpuMilli, int memoryMib, int gpuMilli) {
    Resources each = new Resources(cpuMilli, memoryMib, gpuMilli);
    Resources nominal =
        new Resources(
            cpuMilli == 2_000 ? cpuMilli : 100_000,
            memoryMib == 8_192 ? memoryMib : 1 << 19,
            gpuMilli);
    World world =
        new World(
            Cell.named(World.CELL),
            nodesWithDevices(),
            onBudget(nominal, 0.5),
            withResources(service("web", "fixed", 60), each));
    world.run(120);

    assertThat(world.serving(WEB)).as("one within nominal, four that are paid").isEqualTo(5);
    assertThat(sharing(world).because()).isEqualTo("the budget pays 0 of 55");
  }

  @Test
  void inARentedCellTheBudgetPaysEverything() {
    World world =
        new World(
            new Cell(World.CELL, "hub", "DE", Ownership.PUBLIC, 0),
            NodePool.named(World.CELL, "general"),
            onBudget(Resources.of(100_000, 1 << 20), 6 * REPLICA_PER_HOUR),
            service("web", "fixed", 20));
    world.run(120);

    assertThat(world.serving(WEB)).as("though all 20 are within nominal").isEqualTo(6);
    assertThat(sharing(world).because()).isEqualTo("the budget pays 0 of 14");
  }

  private static NodePool nodesWithDevices() {
    return PoolBuilder.like(NodePool.named(World.CELL, "general"))
        .shape(new Resources(16_000, 65_536, 8_000))
        .nodes(10, 10)
        .build();
  }

  private static Tenant onBudget(Resources nominal, double perHour) {
    return new Tenant(
        "shop",
        "",
        1,
        100,
        "default",
        List.of(new Quota(World.CELL, nominal, null, null)),
        perHour);
  }

  private static Service withResources(Service plain, Resources each) {
    return ServiceBuilder.like(plain).resources(each).build();
  }

  private static SharingView sharing(World world) {
    ServiceExplained last =
        world.last.explanations().stream()
            .filter(ServiceExplained.class::isInstance)
            .map(ServiceExplained.class::cast)
            .findFirst()
            .orElseThrow();
    return Objects.requireNonNull(last.sharing());
  }

  @Test
  void explanationOfABudgetShowsTheTrade() {
    World world =
        new World(
            Cell.named(World.CELL),
            NodePool.named(World.CELL, "general"),
            onBudget(Resources.of(4_000, 1 << 20), 6 * REPLICA_PER_HOUR),
            service("web", "slo", 4));
    world.rates.put(WEB, 5_000.0);
    world.run(90);

    SharingView sharing = sharing(world);
    TradeView trade = sharing.trade();
    assertThat(trade).isNotNull();
    assertThat(trade.refused()).isEqualTo(sharing.wanted() - sharing.granted());
    assertThat(trade.pricePerHour()).isCloseTo(trade.refused() * REPLICA_PER_HOUR, within(1e-9));
    assertThat(trade.violationsPerMoney()).isPositive();
  }
}
