package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.kernel.account.Ledger;
import dev.highwater.kernel.account.Trade;
import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.Cell;
import dev.highwater.model.Explanation.LoadView;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Explanation.TradeView;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Tenant;
import java.util.List;
import org.junit.jupiter.api.Test;

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
  void servicesAndTenantsCostTheirReplicasTime() {
    World world =
        new World(
            Cell.named(World.CELL),
            NodePool.named(World.CELL, "general"),
            service("web", "fixed", 8),
            service("api", "fixed", 4));
    world.run(60);

    Ledger ledger = accounted(world, 1_800);

    assertThat(ledger.of(WEB)).isCloseTo(8 * REPLICA_PER_HOUR / 2, within(1e-9));
    assertThat(ledger.ofTenant("shop")).isCloseTo(12 * REPLICA_PER_HOUR / 2, within(1e-9));
    assertThat(ledger.ofTenant("rail")).isZero();
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
    LoadView seen = new LoadView(load / 2, load, load * 1.1, 6_000, 0.01, 150, 1);

    TradeView trade = Trade.of(sizer, seen, 10, 4, REPLICA_PER_HOUR);

    assertThat(trade).isNotNull();
    double expected = load * (sizer.violationRatio(load, 10) - sizer.violationRatio(load, 14));
    assertThat(trade.violationsPerSecond()).isEqualTo(expected).isGreaterThan(1);
    assertThat(trade.pricePerHour()).isEqualTo(4 * REPLICA_PER_HOUR);
    assertThat(trade.violationsPerMoney())
        .isCloseTo(expected * 3_600 / (4 * REPLICA_PER_HOUR), within(1e-6));
    assertThat(
            Trade.of(sizer, new LoadView(Double.NaN, Double.NaN, Double.NaN, 0, 0, 1, 1), 10, 4, 1))
        .as("nothing is traded for an unknown load")
        .isNull();
  }

  @Test
  void explanationOfABudgetShowsTheTrade() {
    Tenant poor =
        new Tenant(
            "shop",
            "",
            1,
            100,
            "default",
            List.of(new Quota(World.CELL, Resources.of(4_000, 1 << 20), null, null)),
            6 * REPLICA_PER_HOUR);
    World world =
        new World(
            Cell.named(World.CELL),
            NodePool.named(World.CELL, "general"),
            poor,
            service("web", "slo", 4));
    world.rates.put(WEB, 5_000.0);
    world.run(90);

    ServiceExplained last =
        world.last.explanations().stream()
            .filter(ServiceExplained.class::isInstance)
            .map(ServiceExplained.class::cast)
            .findFirst()
            .orElseThrow();

    assertThat(last.sharing()).isNotNull();
    TradeView trade = last.sharing().trade();
    assertThat(trade).isNotNull();
    assertThat(trade.refused()).isEqualTo(last.sharing().wanted() - last.sharing().granted());
    assertThat(trade.pricePerHour()).isCloseTo(trade.refused() * REPLICA_PER_HOUR, within(1e-9));
    assertThat(trade.violationsPerMoney()).isPositive();
  }
}
