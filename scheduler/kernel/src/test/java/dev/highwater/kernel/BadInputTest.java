package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.Tenant;
import dev.highwater.model.WishSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Goal: each named mistake is refused by name or held safely with a reason. What has its test
 * elsewhere: a service larger than any node, a report that is not a number and a clock that jumps
 * back in {@link KernelTest}; whatever nobody thought of in {@link HostileInputTest}.
 */
class BadInputTest {
  private static final ServiceId WEB = new ServiceId("shop", "web");

  private static Scaling scaling(String policy, int max, int initial) {
    return new Scaling(policy, 0, max, initial, 0, List.of(), List.of(), null, 0);
  }

  private static Service service(String tenant, Scaling scaling) {
    return Service.named(tenant, "web").withScaling(scaling);
  }

  private static Tenant owning(String tenant, Resources nominal) {
    Quota quota = new Quota(World.CELL, nominal, Resources.NONE, null);
    return new Tenant(tenant, "", 1, 100, "default", List.of(quota), 0);
  }

  private static World world(Spec... specs) {
    World world = new World(specs);
    world.apply(Cell.named(World.CELL));
    return world;
  }

  private static ServiceState state(World world, String tenant) {
    return Objects.requireNonNull(world.state.service(new ServiceId(tenant, "web")));
  }

  @Test
  void nominalQuotasAboveTheCellCountInProportion() {
    NodePool pool = NodePool.named(World.CELL, "general");
    Resources all = pool.shape().times(pool.nodesMax());
    World world =
        world(
            pool,
            owning("bank", all),
            owning("shop", all),
            service("bank", scaling("fixed", 10_000, 10_000)),
            service("shop", scaling("fixed", 10_000, 10_000)));
    world.run(90);
    Resources each = state(world, "shop").spec().resources();
    long fit = all.cpuMilli() / each.cpuMilli();
    assertThat(state(world, "shop").active() + state(world, "bank").active())
        .isGreaterThan((int) (fit * 0.9));
    assertThat((double) state(world, "shop").active())
        .as("a promise that cannot be kept to all is kept to all alike")
        .isBetween(0.45 * fit, 0.55 * fit);
    Resources nominal = null;
    for (var decision : world.decisions) {
      for (Explanation why : decision.explanations()) {
        if (why instanceof Explanation.ServiceExplained e && e.sharing() != null) {
          nominal = e.sharing().nominal();
        }
      }
    }
    assertThat(Objects.requireNonNull(nominal).cpuMilli()).isEqualTo(all.cpuMilli() / 2);
  }

  @Test
  void minimumAboveMaximumIsRefusedByName() {
    assertThatThrownBy(() -> new Scaling("slo", 5, 4, 1, 0, List.of(), List.of(), null, 0))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("replicasMin")
        .hasMessageContaining("must not exceed replicasMax (4)");
  }

  @Test
  void negativeTotalsAreRefusedByNameAndTheTargetHolds() {
    World world =
        world(NodePool.named(World.CELL, "general"), service("shop", scaling("slo", 100, 2)));
    world.rates.put(WEB, 500.0);
    world.run(90);
    int target = state(world, "shop").target();
    world.rates.clear();
    world.said.add(
        new Observation.FrontDoorReport(
            world.nowMs + 1_000,
            1,
            List.of(new Observation.ServiceTraffic(WEB, -5, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, null))));
    world.second();
    assertThat(world.last.facts())
        .anyMatch(
            fact ->
                fact instanceof Fact.InputRefused refused
                    && refused.subject().equals("shop/web")
                    && refused.detail().equals("front door reports a negative count"));
    assertThat(state(world, "shop").target()).isEqualTo(target).isPositive();
  }

  @Test
  void infiniteDeclarationsAreRefusedByName() {
    for (double peak : new double[] {Double.POSITIVE_INFINITY, Double.NaN, -1}) {
      assertThatThrownBy(() -> new PeakEvent.EventLoad(WEB, peak))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("peakPerSecond");
    }
  }

  @Test
  void loadBeyondAllReasonIsClampedAndTheClampIsSaid() {
    World world =
        world(NodePool.named(World.CELL, "general"), service("shop", scaling("slo", 40, 2)));
    world.rates.put(WEB, 500.0);
    world.run(60);
    world.attempts.put(WEB, Long.MAX_VALUE / 4);
    world.run(30);
    assertThat(state(world, "shop").target()).isEqualTo(40);
    assertThat(world.decisions)
        .anyMatch(
            decision ->
                decision.explanations().stream()
                    .anyMatch(
                        why ->
                            why instanceof Explanation.ServiceExplained e
                                && e.clamps().stream()
                                    .anyMatch(clamp -> clamp.bound().equals("replicasMax"))));
  }

  @Test
  void ofACalendarThatOverlapsItselfTheLargerLoadCounts() {
    int larger = target(prepared(event("sale", 8_000)));
    World both = prepared(event("sale", 8_000), event("sale-again", 3_000));
    assertThat(target(both)).isEqualTo(larger);
    assertThat(target(prepared(event("sale", 3_000)))).isLessThan(larger);
    assertThat(asked(both))
        .as("which word counts, and over which, because an overlap may be a slip")
        .startsWith("event sale asks 10000/s")
        .endsWith(", no less than sale-again");
    assertThat(asked(prepared(event("sale", 8_000)))).doesNotContain("no less than");
  }

  /** Why the calendar asked for what it did when it last won. */
  private static String asked(World world) {
    List<String> asked = new ArrayList<>();
    for (Decision decision : world.decisions) {
      for (Explanation why : decision.explanations()) {
        if (why instanceof Explanation.ServiceExplained e && e.winner() == WishSource.CALENDAR) {
          asked.add(e.because());
        }
      }
    }
    assertThat(asked).isNotEmpty();
    return asked.get(asked.size() - 1);
  }

  private static int target(World world) {
    return state(world, "shop").target();
  }

  private static PeakEvent event(String name, double peakPerSecond) {
    return new PeakEvent(
        name, 1_150_000, 0, 60_000, 0, List.of(new PeakEvent.EventLoad(WEB, peakPerSecond)));
  }

  /** A world at the start of the events. */
  private static World prepared(PeakEvent... events) {
    World world =
        world(NodePool.named(World.CELL, "general"), service("shop", scaling("slo", 1_000, 2)));
    for (PeakEvent event : events) {
      world.apply(event);
    }
    world.rates.put(WEB, 100.0);
    return world.run(150);
  }
}
