package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Goal: a service on spot nodes that are taken back again and again keeps its promise by their
 * notices. The declared rate says which pool to order from; where there is one only, it moves no
 * decision before a notice.
 */
class SpotLossTest {
  private static final String NIGHT =
      """
      formatVersion: 1
      duration: 30m
      seed: 12
      fidelity: fluid
      window: 500ms
      cells: [{name: local}]
      pools:
        - cell: local
          name: spot
          purchase: spot
          boot: 30s
          nodesMin: 1
          nodesMax: 30
          spotLossPerHour: %s
      tenants: [{name: shop}]
      services:
        - {tenant: shop, name: web, resources: {cpuMilli: 8_000, memoryMib: 8_192}, scaling: {replicasMax: 40, replicasInitial: 9}}
      loads:
        - {service: shop/web, basePerSecond: 2_000}
      """;

  /** As dear and as slow as the other, and taken back once an hour instead of six times. */
  private static final String STEADIER =
      "{cell: local, name: steadier, purchase: spot, boot: 30s, nodesMax: 30, spotLossPerHour: 1}";

  /** A run, and what became of its nodes. */
  private static final class Watched implements RunObserver {
    final RunResult result;
    int withdrawn;
    long firstWithdrawnMs = Long.MAX_VALUE;
    final TreeMap<Long, Integer> targets = new TreeMap<>();

    Watched(double perHour) throws ScenarioException {
      Scenario scenario = ScenarioReader.read(NIGHT.formatted(perHour), "spot.yaml");
      result =
          new Rehearsal(
                  scenario, new TreeMap<>(), PolicyChoice.ofScenario(scenario.services()), this)
              .run();
      assertThat(result.auditMessages()).isEmpty();
    }

    @Override
    public void decided(Input input, Decision decision) {
      for (Fact fact : decision.facts()) {
        if (fact instanceof Fact.NodeDrainStarted drain
            && drain.reason() == Fact.DrainReason.WITHDRAWN) {
          withdrawn++;
          firstWithdrawnMs = Math.min(firstWithdrawnMs, decision.nowMs());
        } else if (fact instanceof Fact.PoolTargetSet set) {
          targets.put(decision.nowMs(), set.nodes());
        }
      }
    }
  }

  @Test
  void ofTwoPoolsTheSteadierIsOrderedFromTheStart() throws ScenarioException {
    String two =
        NIGHT
            .formatted(6)
            .replace("pools:\n", "pools:\n  - " + STEADIER + "\n")
            .replace("nodesMin: 1", "nodesMin: 0");
    SortedSet<String> ordered = new TreeSet<>();
    Scenario scenario = ScenarioReader.read(two, "spot.yaml").ending(60_000);
    new Rehearsal(
            scenario,
            new TreeMap<>(),
            PolicyChoice.ofScenario(scenario.services()),
            new RunObserver() {
              @Override
              public void decided(Input input, Decision decision) {
                for (Fact fact : decision.facts()) {
                  if (fact instanceof Fact.PoolTargetSet set && set.nodes() > 0) {
                    ordered.add(set.pool());
                  }
                }
              }
            })
        .run();
    assertThat(ordered).containsExactly("local/steadier");
  }

  @Test
  void noticesOfTheOnlyPoolKeepThePromise() throws ScenarioException {
    Watched often = new Watched(6);
    // Some six nodes for half an hour, ten minutes each on average.
    assertThat(often.withdrawn).isBetween(5, 40);
    assertThat(often.result.violationRatio()).isLessThan(0.01);
    assertThat(new Watched(6).result.decisionLogSha256())
        .isEqualTo(often.result.decisionLogSha256());

    Watched never = new Watched(0);
    assertThat(never.withdrawn).isZero();
    assertThat(often.targets.headMap(often.firstWithdrawnMs))
        .as("until the first notice nothing differs")
        .isEqualTo(never.targets.headMap(often.firstWithdrawnMs));
  }
}
