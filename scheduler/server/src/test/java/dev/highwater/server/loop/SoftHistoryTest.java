package dev.highwater.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.SoftHistory;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.Observation.FrontDoorReport;
import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.Observation.SparseHistogram;
import dev.highwater.model.ServiceId;
import dev.highwater.model.json.ModelJson;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SoftHistoryTest {
  private final SoftHistory history = new SoftHistory();

  @Test
  void keepsFrontDoorReportsWithoutLatenciesThroughJson() {
    history.add(input(1_000, report(1_000, 2), new Observation.NodeDisconnected(1_000, "n")));
    history.add(input(2_000, new Observation.NodeDisconnected(2_000, "n")));

    List<Input> read = List.of(ModelJson.read(ModelJson.write(history.inputs()), Input[].class));
    assertThat(read).hasSize(1).isEqualTo(history.inputs());
    FrontDoorReport report = (FrontDoorReport) read.get(0).observations().get(0);
    assertThat(report.services()).hasSize(2).allMatch(traffic -> traffic.latency() == null);
    assertThat(report.services().get(1).firstAttempts()).isEqualTo(7);
  }

  @Test
  void forgetsWhatIsOlderThanItsSpan() {
    history.add(input(0, report(0, 1)));
    history.add(input(SoftHistory.SPAN_MS, report(0, 1)));
    assertThat(history.inputs()).hasSize(2);
    history.add(input(SoftHistory.SPAN_MS + 1, report(0, 1)));
    assertThat(history.inputs()).hasSize(2);
  }

  @Test
  void staysWithinItsBoundForManyServices() {
    for (int second = 0; second < 30; second++) {
      history.add(input(second * 1_000L, report(second, 2_000)));
    }
    assertThat(history.inputs()).hasSize(SoftHistory.TRAFFICS_MAX / 2_000);
    assertThat(ModelJson.write(history.inputs())).hasSizeLessThan(8 << 20);
  }

  @Test
  void anInputThatAloneExceedsTheBoundIsNotKept() {
    history.add(input(0, report(0, 1)));
    int half = SoftHistory.TRAFFICS_MAX / 2;
    history.add(input(1_000, report(1, half), report(1, half), report(1, 1)));
    assertThat(history.inputs()).isEmpty();
    history.add(input(2_000, report(2, 1)));
    assertThat(history.inputs()).hasSize(1);
  }

  private static Input input(long nowMs, Observation... observations) {
    return new Input("east", 1, 1, nowMs, List.of(), List.of(observations));
  }

  private static FrontDoorReport report(long atMs, int services) {
    List<ServiceTraffic> traffic = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      traffic.add(
          new ServiceTraffic(
              new ServiceId("shop", "s" + i),
              7,
              7,
              7,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              new SparseHistogram(List.of(1), List.of(7L))));
    }
    return new FrontDoorReport(atMs, 1, traffic);
  }
}
