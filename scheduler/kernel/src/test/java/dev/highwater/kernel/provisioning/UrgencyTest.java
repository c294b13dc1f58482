package dev.highwater.kernel.provisioning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.PoolBuilder;
import dev.highwater.kernel.ServiceBuilder;
import dev.highwater.kernel.draft.Unmet;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.SpecKind;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Goal: when a pool cannot hold all, who waits comes before who is foreseen. The pool may have
 * three nodes of four cores.
 */
class UrgencyTest {
  private static final Service LARGE = service("large", 4_000, 0);
  private static final Service SMALL = service("small", 1_000, 0);

  private static Service service(String name, long cpuMilli, int onNodeMax) {
    return ServiceBuilder.service("shop", name)
        .resources(Resources.of(cpuMilli, 128))
        .spread(0.5, onNodeMax)
        .build();
  }

  private static NodePlan plan(Pending... pending) {
    NodePool pool =
        PoolBuilder.pool("general")
            .shape(Resources.of(4_000, 4_096))
            .bootMs(1_000)
            .nodes(0, 3)
            .scaleInDelayMs(60_000)
            .build();
    CellState state = new CellState("cell");
    state.evolve(new Fact.SpecApplied(SpecKind.NODE_POOL, pool.key(), 1, 1, pool));
    return Provisioner.plan(state, new boolean[0], List.of(pending));
  }

  @Test
  void whoWaitsComesBeforeLargerOnesThatAreForeseen() {
    NodePlan plan =
        plan(
            new Pending(LARGE, 0, 2, 2, "sale", Collections.emptySortedSet(), 9),
            new Pending(SMALL, 5, 0, 0, "", Collections.emptySortedSet(), 9));

    assertThat(plan.unmet()).containsOnly(Map.entry(LARGE.id(), new Unmet(0, 1)));
    assertThat(plan.pools().get(0).target()).isEqualTo(3);
    assertThat(plan.pools().get(0).explanation().neededForPending()).isEqualTo(2);
  }

  @Test
  void declaredEventsComeBeforeLargerOnesOfForecasts() {
    NodePlan plan =
        plan(
            new Pending(LARGE, 0, 0, 3, "", Collections.emptySortedSet(), 9),
            new Pending(SMALL, 0, 12, 0, "sale", Collections.emptySortedSet(), 9));

    assertThat(plan.unmet()).isEmpty();
    assertThat(plan.pools().get(0).explanation().neededForCalendar()).isEqualTo(3);
  }

  @Test
  void whatForecastsAloneLackIsNobodysClaim() {
    assertThat(plan(new Pending(SMALL, 2, 0, 20, "", Collections.emptySortedSet(), 99)).unmet())
        .isEmpty();
  }

  @Test
  void replicasThatMayNotShareANodeDoNotShareItWhenTheyAreForeseen() {
    Service apart = service("apart", 1_000, 1);
    NodePlan plan =
        plan(
            new Pending(LARGE, 0, 0, 2, "", Collections.emptySortedSet(), 9),
            new Pending(apart, 1, 1, 2, "sale", Collections.emptySortedSet(), 9));

    assertThat(plan.unmet()).isEmpty();
    assertThat(plan.pools().get(0).explanation().neededForPending()).isEqualTo(1);
    assertThat(plan.pools().get(0).explanation().neededForCalendar()).isEqualTo(1);
  }
}
