package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Decision;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Goal: a run begins with the nodes that its file names, and keeps them no longer than needed. */
class StartNodesTest {
  private static final String NIGHT =
      """
      formatVersion: 1
      duration: 3m
      cells: [{name: local}]
      pools:
        - {cell: local, name: general, boot: 15s, nodesMin: 1, nodesMax: 20, scaleInDelay: 60s}
      tenants: [{name: shop}]
      services:
        - {tenant: shop, name: web}
      loads:
        - {service: shop/web, basePerSecond: 50}
      """;

  @Test
  void namedNodesAreReadyWhenUsersComeAndTheIdleOnesAreGivenBack() throws Exception {
    NavigableMap<Long, Integer> ready = ready("startNodes: [{pool: local/general, nodes: 9}]");

    assertThat(ready).containsEntry(1L, 9);
    assertThat(ready.lastEntry().getValue()).isLessThan(9);
  }

  @Test
  void withoutThemItBeginsWithWhatIsWanted() throws Exception {
    assertThat(ready("").firstEntry().getValue()).isLessThan(9);
  }

  /** Ready nodes as the owner hears of them, by second since users came. */
  private static NavigableMap<Long, Integer> ready(String more) throws ScenarioException {
    NavigableMap<Long, Integer> ready = new TreeMap<>();
    var scenario = ScenarioReader.read(NIGHT + more, "night.yaml");
    RunObserver observer =
        new RunObserver() {
          @Override
          public void decided(Input input, Decision decision) {
            for (Observation told : input.observations()) {
              if (told instanceof Observation.HostReport host
                  && input.nowMs() > scenario.startsAtMs()) {
                List<Observation.PoolReport> pools = host.pools();
                ready.put((input.nowMs() - scenario.startsAtMs()) / 1_000, pools.get(0).ready());
              }
            }
          }
        };
    new Rehearsal(scenario, Map.of(), PolicyChoice.parse("slo"), observer).run();
    return ready;
  }
}
