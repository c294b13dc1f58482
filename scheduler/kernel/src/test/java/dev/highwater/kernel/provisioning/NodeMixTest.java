package dev.highwater.kernel.provisioning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.state.Amounts;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.BootTime;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.Purchase;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.SpecKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: how far the nodes that are ordered may be from the mix of least cost, as {@link
 * Provisioner} states it.
 *
 * <p>Method: random pools of one kind of purchase and random groups of replicas, small enough to
 * try every mix of nodes and every way to pack them.
 */
class NodeMixTest {
  private static final int CASES = 3_000;
  private static final String CELL = "cell";
  private static final double ROUNDING = 1 + 1e-9;

  /** Random pools, and random groups that each of them could hold. */
  private static final class Case {
    final long seed;
    final List<NodePool> pools = new ArrayList<>();
    final List<Pending> groups = new ArrayList<>();

    Case(long seed, int groupCount, boolean bounded) {
      this.seed = seed;
      Random random = new Random(seed);
      int count = 1 + random.nextInt(3);
      for (int p = 0; p < count; p++) {
        pools.add(pool(random, "pool" + p, bounded ? 1 + random.nextInt(4) : 12));
      }
      for (int g = 0; g < groupCount; g++) {
        int replicas = 1 + random.nextInt(12 / groupCount);
        groups.add(
            new Pending(
                service(random, "service" + g),
                replicas,
                0,
                0,
                "",
                Collections.emptySortedSet(),
                replicas));
      }
    }

    private static NodePool pool(Random random, String name, int nodesMax) {
      return new NodePool(
          CELL,
          name,
          Resources.of(4_000 + random.nextInt(13) * 1_000L, 4_096 + random.nextInt(13) * 1_024L),
          List.of("a"),
          new TreeMap<>(),
          List.of(),
          1 + random.nextInt(40) / 10.0,
          Purchase.ON_DEMAND,
          BootTime.exactly(random.nextInt(300) * 1_000L),
          0,
          nodesMax,
          0,
          60_000);
    }

    private static Service service(Random random, String name) {
      Service plain = Service.named("shop", name);
      return new Service(
          plain.tenant(),
          plain.name(),
          plain.cells(),
          Resources.of(1_000 + random.nextInt(7) * 500L, 512 + random.nextInt(7) * 512L),
          plain.capacity(),
          plain.slo(),
          plain.scaling(),
          plain.residency(),
          plain.placement(),
          plain.criticality(),
          0);
    }

    /** What one node of a pool costs, as pools are compared by it: the same for each group. */
    double price(NodePool pool) {
      Service any = groups.get(0).service();
      return NodeCost.of(pool, any, 1);
    }

    int most(Pending group) {
      return pools.stream()
          .mapToInt(pool -> Amounts.fitting(group.service().resources(), pool.shape()))
          .map(fitting -> Math.min(fitting, group.waiting()))
          .max()
          .orElseThrow();
    }

    /** Cost of what is ordered without a search; negative when something finds no node. */
    double orderedNodeByNode() {
      return cost(Provisioner.plan(declared(), new boolean[0], groups, 0));
    }

    /** The same with the search. */
    double ordered() {
      return cost(Provisioner.plan(declared(), new boolean[0], groups));
    }

    /** Cost of the nodes once another decision has seen them boot. */
    double orderedInTheEnd() {
      CellState state = declared();
      for (PoolPlan each : Provisioner.plan(state, new boolean[0], groups).pools()) {
        state.evolve(new Fact.PoolTargetSet(each.pool().key(), each.target()));
      }
      return cost(Provisioner.plan(state, new boolean[0], groups));
    }

    private CellState declared() {
      CellState state = new CellState(CELL);
      for (NodePool pool : pools) {
        state.evolve(new Fact.SpecApplied(SpecKind.NODE_POOL, pool.key(), 1, 1, pool));
      }
      return state;
    }

    private double cost(NodePlan plan) {
      double cost = 0;
      for (PoolPlan each : plan.pools()) {
        NodePool spec = each.pool().spec();
        cost += spec == null ? 0 : each.target() * price(spec);
      }
      return plan.unmet().isEmpty() ? cost : -1;
    }

    /** The least cost of any mix that holds all; infinite when none does. */
    double least() {
      return least(0, new ArrayList<>(), 0, Double.POSITIVE_INFINITY);
    }

    private double least(int from, List<NodePool> mix, double cost, double best) {
      if (cost >= best) {
        return best;
      }
      if (holds(mix)) {
        return cost;
      }
      double least = best;
      for (int p = from; p < pools.size(); p++) {
        NodePool pool = pools.get(p);
        if (mix.stream().filter(pool::equals).count() < pool.nodesMax()) {
          mix.add(pool);
          least = Math.min(least, least(p, mix, cost + price(pool), least));
          mix.remove(mix.size() - 1);
        }
      }
      return least;
    }

    /** Whether the groups, one or two, can be packed into these nodes in some way. */
    private boolean holds(List<NodePool> mix) {
      Resources one = groups.get(0).service().resources();
      boolean two = groups.size() > 1;
      // By how many of the first group are packed, the most of the second that can be.
      int[] most = new int[groups.get(0).waiting() + 1];
      Arrays.fill(most, -1);
      most[0] = 0;
      for (NodePool node : mix) {
        int[] next = new int[most.length];
        Arrays.fill(next, -1);
        for (int before = 0; before < most.length; before++) {
          int fitting = Amounts.fitting(one, node.shape());
          for (int n = 0; most[before] >= 0 && n <= fitting && before + n < most.length; n++) {
            Resources rest = node.shape().minus(one.times(n));
            int more = two ? Amounts.fitting(groups.get(1).service().resources(), rest) : 0;
            next[before + n] = Math.max(next[before + n], most[before] + more);
          }
        }
        most = next;
      }
      return most[most.length - 1] >= (two ? groups.get(1).waiting() : 0);
    }

    @Override
    public String toString() {
      return "seed "
          + seed
          + ": "
          + groups.stream()
              .map(group -> group.waiting() + " of " + group.service().resources())
              .collect(Collectors.joining(", "))
          + " on "
          + pools.stream()
              .map(pool -> pool.nodesMax() + " of " + pool.shape() + " at " + price(pool))
              .collect(Collectors.joining(", "));
    }
  }

  /** 1 + 1/2 + ... + 1/m. */
  private static double harmonic(int m) {
    double sum = 0;
    for (int i = 1; i <= m; i++) {
      sum += 1.0 / i;
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource({"1,false", "1,true", "2,false", "2,true"})
  void withinTheStepsEveryMixCostsTheLeastAndHoldsAllThatAnyHolds(int groups, boolean bounded) {
    for (long seed = 1; seed <= CASES; seed++) {
      Case one = new Case(seed, groups, bounded);
      double optimum = one.least();
      if (Double.isInfinite(optimum)) {
        assertThat(one.ordered()).as("nodes for what no mix holds, %s", one).isNegative();
        continue;
      }
      assertThat(one.ordered())
          .as("cost against %s, %s", optimum, one)
          .isBetween(optimum / ROUNDING, optimum * ROUNDING);
      assertThat(one.orderedInTheEnd())
          .as("cost at the next decision against %s, %s", optimum, one)
          .isBetween(optimum / ROUNDING, optimum * ROUNDING);
    }
  }

  @Test
  void withoutASearchOneGroupCostsAtMostTheHarmonicNumberOfWhatANodeHoldsTimesTheLeast() {
    double worst = 1;
    int least = 0;
    int cases = 0;
    for (long seed = 1; seed <= CASES; seed++) {
      Case one = new Case(seed, 1, true);
      double ordered = one.orderedNodeByNode();
      double optimum = one.least();
      if (Double.isInfinite(optimum)) {
        assertThat(ordered).as("nodes for what no mix holds, %s", one).isNegative();
        continue;
      }
      cases++;
      least += ordered <= optimum * ROUNDING ? 1 : 0;
      worst = Math.max(worst, ordered / optimum);
      assertThat(ordered)
          .as("cost against %s, %s", optimum, one)
          .isBetween(
              optimum / ROUNDING, optimum * harmonic(one.most(one.groups.get(0))) * ROUNDING);
    }
    assertThat(worst).as("the worst of %s cases, as the README states it", cases).isLessThan(1.8);
    assertThat(least).as("cases of the least cost").isGreaterThan(cases * 9 / 10);
  }

  @Test
  void withoutASearchSeveralGroupsCostAtMostTheSumOfTheirBoundsTimesTheLeast() {
    double worst = 1;
    int least = 0;
    for (long seed = 1; seed <= CASES; seed++) {
      Case two = new Case(seed, 2, false);
      double ordered = two.orderedNodeByNode();
      double optimum = two.least();
      double bound = two.groups.stream().mapToDouble(each -> harmonic(two.most(each))).sum();
      least += ordered <= optimum * ROUNDING ? 1 : 0;
      worst = Math.max(worst, ordered / optimum);
      assertThat(ordered)
          .as("cost against %s, %s", optimum, two)
          .isBetween(optimum / ROUNDING, optimum * bound * ROUNDING);
    }
    assertThat(worst).as("the worst, as the README states it").isLessThan(2.1);
    assertThat(least).as("cases of the least cost").isGreaterThan(CASES * 8 / 10);
  }
}
