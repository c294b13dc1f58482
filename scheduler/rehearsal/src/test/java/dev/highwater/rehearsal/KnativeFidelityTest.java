package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Goal: a policy that goes by how much is in work decides alike in every fidelity. A flat load
 * meets five times the replicas that it needs, so that each of them has less than half a request in
 * work.
 */
class KnativeFidelityTest {
  private static final long SEED = 7;

  private static final String FLAT =
      """
      formatVersion: 1
      duration: 20m
      seed: %d
      fidelity: %s
      window: 500ms
      admission: false
      cells: [{name: local}]
      pools: [{cell: local, name: general, nodesMin: 20, nodesMax: 20}]
      tenants: [{name: web}]
      services:
        - tenant: web
          name: site
          capacity: {concurrency: 8, meanService: 40ms, serviceScv: 0.25, boot: 10s}
          scaling: {replicasMin: 1, replicasMax: 200, replicasInitial: 40}
      loads: [{service: web/site, basePerSecond: 1000}]
      """;

  private static RunResult run(String fidelity) throws ScenarioException {
    RunResult result =
        new Rehearsal(
                ScenarioReader.read(FLAT.formatted(SEED, fidelity), "flat.yaml"),
                new TreeMap<>(),
                PolicyChoice.parse("knative"),
                RunObserver.NONE)
            .run();
    assertThat(result.auditMessages()).isEmpty();
    return result;
  }

  @Test
  void fluidAndSampledScaleAsRequestDoes() throws ScenarioException {
    RunResult exact = run("request");
    assertThat(exact.violationRatio()).as("seed %d, request", SEED).isLessThan(0.01);
    for (String fidelity : new String[] {"sampled", "fluid"}) {
      RunResult other = run(fidelity);
      assertThat(other.replicaHours())
          .as("seed %d, %s, replica-hours", SEED, fidelity)
          .isCloseTo(exact.replicaHours(), withinPercentage(3));
      assertThat(other.violationRatio())
          .as("seed %d, %s, violations", SEED, fidelity)
          .isCloseTo(exact.violationRatio(), within(0.003));
      assertThat(other.services().get(0).replicasPeak())
          .as("seed %d, %s, peak", SEED, fidelity)
          .isEqualTo(exact.services().get(0).replicasPeak());
    }
  }
}
