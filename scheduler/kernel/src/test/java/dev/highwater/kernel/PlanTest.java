package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Cell;
import dev.highwater.model.Digest;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static final ServiceId WEB = new ServiceId("shop", "web");

  private static Service web(String policy, int replicas) {
    return Service.named("shop", "web")
        .withScaling(new Scaling(policy, 0, 1_000, replicas, 0, List.of(), List.of(), null, 0));
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
    Plan.Outcome outcome = Plan.of(world.kernel, world.state, List.of(more));
    assertThat(outcome.next().facts())
        .anyMatch(f -> f instanceof Fact.TargetSet t && t.replicas() == 12);
    assertThat(new Digest().add(world.kernel.decide(world.state, probe)).hex()).isEqualTo(before);
  }

  @Test
  void eventThatFitsIsGo() {
    World world = world();
    world.apply(sale(world, 5_000));
    world.run(3);
    Readiness.EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    assertThat(readiness.go()).isTrue();
    assertThat(readiness.services().get(0).needed()).isBetween(25, 40);
    assertThat(readiness.services().get(0).lastMomentMs()).isGreaterThan(world.nowMs);
  }

  @Test
  void eventBeyondThePoolsIsNoGo() {
    World world = world();
    world.apply(sale(world, 500_000));
    world.run(3);
    Readiness.EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    assertThat(readiness.go()).isFalse();
    assertThat(readiness.services().get(0).shortOf()).contains("replicasMax");
  }

  @Test
  void eventBeyondQuotaIsNoGo() {
    World world = world();
    world.apply(
        new Tenant(
            "shop",
            "",
            1,
            100,
            "default",
            List.of(
                new Quota(
                    World.CELL, Resources.of(10_000, 1 << 20), Resources.of(2_000, 1 << 20), null)),
            0));
    world.apply(sale(world, 5_000));
    world.run(3);
    Readiness.EventReadiness readiness = Readiness.of(world.state, "sale");
    assertThat(readiness).isNotNull();
    assertThat(readiness.go()).isFalse();
    assertThat(readiness.services().get(0).shortOf()).isEqualTo("quota allows 12");
  }

  @Test
  void unknownEventIsNull() {
    assertThat(Readiness.of(world().state, "nothing")).isNull();
  }
}
