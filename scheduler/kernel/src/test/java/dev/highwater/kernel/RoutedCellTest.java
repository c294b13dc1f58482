package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.kernel.route.CellCapacity;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Tenant;
import dev.highwater.model.WishSource;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Goal: a cell says what it bears and whether it is lost, and believes what the routes tell it. */
class RoutedCellTest {
  private static final Service WEB = Service.named("shop", "web");
  private static final ServiceId ID = WEB.id();

  private static World world() {
    NodePool pool = NodePool.named(World.CELL, "std");
    NodePool elsewhere = NodePool.named("other", "std");
    World world = new World(Cell.named(World.CELL), pool, elsewhere, Tenant.named("shop"), WEB);
    world.rates.put(ID, 100.0);
    return world.run(120);
  }

  private static Observation.ServiceCapacity capacity(World world) {
    Observation.CellReport report = CellCapacity.report(world.state);
    assertThat(report.services()).hasSize(1);
    return report.services().get(0);
  }

  private static ServiceState service(World world) {
    return Objects.requireNonNull(world.state.service(ID));
  }

  private static Sizer sizer(World world) {
    return Objects.requireNonNull(service(world).sizer());
  }

  private static void tell(World world, double ratio, double expectedPerSecond) {
    world.said.add(
        new Observation.UserShares(
            world.nowMs, 1, 1, List.of(new Observation.UserShare(ID, ratio, expectedPerSecond))));
  }

  @Test
  void aCellBearsWhatIsReadyAndAtMostWhatItsOwnPoolsAllow() {
    World world = world();
    Observation.ServiceCapacity c = capacity(world);
    int ready = service(world).ready();
    double each = sizer(world).safeRatePerReplica(ready);
    assertThat(c.offeredPerSecond()).isCloseTo(100, within(1.0));
    assertThat(c.forecastPerSecond()).isBetween(100.0, 250.0);
    assertThat(c.readyPerSecond()).isCloseTo(ready * each, within(1e-6));
    Resources node = NodePool.named(World.CELL, "std").shape();
    long fit =
        NodePool.named(World.CELL, "std").nodesMax()
            * Math.min(
                node.cpuMilli() / WEB.resources().cpuMilli(),
                node.memoryMib() / WEB.resources().memoryMib());
    double most = sizer(world).safeRate((int) Math.min(WEB.scaling().replicasMax(), fit));
    assertThat(c.mostPerSecond()).as("pools of other cells do not count").isLessThanOrEqualTo(most);
    assertThat(world.state.pools()).as("they are not known").hasSize(1);
  }

  @Test
  void aCellThatWillGetUsersGrowsBeforeTheyCome() {
    World world = world();
    int before = service(world).target();
    tell(world, 0.25, 2_000);
    world.second();
    assertThat(service(world).share()).isEqualTo(0.25);
    assertThat(service(world).target())
        .isEqualTo(sizer(world).replicasFor(2_000))
        .isGreaterThan(before);
    assertThat(service(world).winner()).isEqualTo(WishSource.ROUTE);
    // Routes that fell silent are not believed for ever.
    world.run(400);
    assertThat(service(world).target()).isLessThanOrEqualTo(before);
  }

  @Test
  void aDoorThatMissedTwoReportsIsSilentAndANewOwnerGivesItTime() {
    World world = world();
    world.rates.clear(); // nothing to say is no report
    world.run(1);
    assertThat(world.state.lost()).isFalse();
    world.run(1);
    assertThat(world.state.lost()).isTrue();
    assertThat(CellCapacity.report(world.state).lost()).isTrue();
    world.rates.put(ID, 100.0);
    world.run(1);
    assertThat(world.state.lost()).isFalse();

    world.takeOver();
    world.rates.clear();
    world.nodes.values().forEach(node -> node.silent = true);
    world.pools.clear();
    world.run(10);
    assertThat(world.state.lost()).as("a lease has not passed").isFalse();
    world.run(2);
    assertThat(world.state.lost()).as("nobody was ever heard").isTrue();
  }
}
