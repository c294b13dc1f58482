package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Decision;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Input;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: of a service whose serial step has shards, users of the hot one wait in their line and all
 * others are let in at once, by what the scheduler decides and says.
 */
class HotShardTest {
  private static final ServiceId ORDER = new ServiceId("rail", "order");

  /** 60 orders a second, of which 14.4 want the train that everybody wants; each train sells 5. */
  private static final String NIGHT =
      """
      formatVersion: 1
      duration: 3m
      cells: [{name: local}]
      pools:
        - {cell: local, name: std, shape: {cpuMilli: 16_000, memoryMib: 65_536}, boot: 15s, nodesMin: 2, nodesMax: 10}
      tenants: [{name: rail}]
      services:
        - tenant: rail
          name: order
          resources: {cpuMilli: 2_000, memoryMib: 4_096}
          capacity: {meanService: 100ms, boot: 5s, serialRatePerSecondMax: 100, serialShards: 20}
          slo: {latency: 1s, quantile: 0.99}
          scaling: {replicasMin: 4, replicasMax: 30, replicasInitial: 4}
          criticality: critical
          waitingRoomMax: 10_000
      loads:
        - {service: rail/order, basePerSecond: 60, sameShardRatio: 0.2, patience: 10m}
      """;

  private static ServiceResult order(String night, RunObserver observer) throws Exception {
    Scenario scenario = ScenarioReader.read(night, "night.yaml");
    RunResult result =
        new Rehearsal(scenario, new TreeMap<>(), PolicyChoice.parse("slo"), observer).run();
    assertThat(result.auditMessages()).isEmpty();
    return result.services().get(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"request", "sampled", "fluid"})
  void onlyTheHotShardHasALine(String fidelity) throws Exception {
    ServiceResult order = order(NIGHT + "fidelity: " + fidelity + "\n", RunObserver.NONE);
    // 9.4/s more come than are let in. Who came after a minute waits for two and is in at the end.
    assertThat(order.door().lineMost()).isBetween(1_450L, 1_950L);
    assertThat(order.door().longestWaitMs()).isBetween(100_000L, 135_000L);
    assertThat(order.door().waitingMost() - order.door().lineMost())
        .as("3 of 5 a second come to each other train")
        .isLessThan(40);
    assertThat(order.violationRatio()).isLessThan(0.005);
    assertThat(order.doorInWords())
        .singleElement()
        .asString()
        .startsWith("rail/order: at most ")
        .contains(" in one line; the longest wait was ");
  }

  @Test
  void withoutShardsOrWithoutAHotOneHardlyAnybodyWaits() throws Exception {
    String even = NIGHT.replace("sameShardRatio: 0.2, ", "");
    assertThat(order(even, RunObserver.NONE).door().lineMost()).isLessThan(20);
    ServiceResult undivided = order(even.replace(", serialShards: 20", ""), RunObserver.NONE);
    assertThat(undivided.door().waitingMost()).isLessThan(20);
  }

  @Test
  void withoutAdmissionTheHotShardTakesThePlacesOfAll() throws Exception {
    ServiceResult order = order(NIGHT + "admission: false\n", RunObserver.NONE);
    // 32 places are held within seconds; from then on 5 / 0.24 = 21 of 60 a second can start.
    assertThat(order.violationRatio()).isGreaterThan(0.6);
  }

  @Test
  void everyDecisionThatAdmitsSaysWhatAShardBears() throws Exception {
    List<Double> said = new ArrayList<>();
    RunObserver observer =
        new RunObserver() {
          @Override
          public void decided(Input input, Decision decision) {
            decision.explanations().stream()
                .filter(ServiceExplained.class::isInstance)
                .map(ServiceExplained.class::cast)
                .filter(explained -> explained.admission() != null)
                .forEach(explained -> said.add(explained.admission().shardPerSecond()));
          }
        };
    assertThat(order(NIGHT, observer).service()).isEqualTo(ORDER);
    assertThat(said).isNotEmpty().allMatch(rate -> rate == 5);
  }
}
