package dev.highwater.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.server.metrics.testing.Tools;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchedulerMetricsTest {
  private static final String ORDER = "{cell=\"c1\",service=\"order\",tenant=\"shop\"}";

  @Test
  void aServiceIsShownInBaseUnits() {
    try (Scrape scrape = Scrape.ofEverything()) {
      assertThat(scrape.series())
          .containsEntry("tenant_service_offered_requests_total" + ORDER, "5000.0")
          .containsEntry("tenant_service_violating_requests_total" + ORDER, "25.0")
          .containsEntry("tenant_service_offered_per_second" + ORDER, "1000.0")
          .containsEntry("tenant_service_target_replicas" + ORDER, "12.0")
          .containsEntry("tenant_service_latency_p99_seconds" + ORDER, "0.18")
          .containsEntry("tenant_service_slo_latency_seconds" + ORDER, "0.25")
          .containsEntry("tenant_service_admission_per_second" + ORDER, "900.0")
          .containsEntry(
              "tenant_service_info{cell=\"c1\",policy=\"slo\",service=\"order\","
                  + "tenant=\"shop\",winner=\"calendar\"}",
              "1");
    }
  }

  @Test
  void noAdmissionLimitIsUnknownNotHuge() {
    try (Scrape scrape = Scrape.ofEverything()) {
      assertThat(scrape.series())
          .containsEntry(
              "tenant_service_admission_per_second"
                  + "{cell=\"c1\",service=\"query\",tenant=\"rail\"}",
              "NaN");
    }
  }

  @Test
  void nodesAndPoolsAddUp() {
    try (Scrape scrape = Scrape.ofEverything()) {
      assertThat(scrape.series())
          .containsEntry("node_pool_cpu_capacity_cores{cell=\"c1\",pool=\"main\"}", "48.0")
          .containsEntry("node_pool_cpu_allocated_cores{cell=\"c1\",pool=\"main\"}", "16.0")
          .containsEntry("node_pool_silent_nodes{cell=\"c1\",pool=\"main\"}", "1.0")
          .containsEntry("node_pool_draining_nodes{cell=\"c1\",pool=\"main\"}", "1.0")
          .containsEntry(
              "node_memory_capacity_bytes{cell=\"c1\",node=\"n1\",pool=\"main\"}",
              Double.toString(65_536.0 * 1_048_576))
          .containsEntry("node_report_age_seconds{cell=\"c1\",node=\"n2\",pool=\"main\"}", "4.0")
          .containsEntry("node_gpu_capacity_devices{cell=\"c1\",node=\"n3\",pool=\"main\"}", "2.0")
          .doesNotContainKey("node_gpu_capacity_devices{cell=\"c1\",node=\"n1\",pool=\"main\"}");
    }
  }

  @Test
  void seriesComeAndGoWithWhatTheyDescribe() {
    try (Scrape scrape = Scrape.ofEverything()) {
      CellSnapshot onlyOrder =
          SampleCells.cell(
              Scrape.NOW_MS,
              6,
              List.of(SampleCells.service(SampleCells.ORDER, 900, 6)),
              List.of(SampleCells.node("n4", NodeState.READY, 0, 0, Scrape.NOW_MS)),
              List.of());
      scrape.cells.set(List.of(onlyOrder));

      assertThat(scrape.series().keySet())
          .anyMatch(series -> series.contains("node=\"n4\""))
          .anyMatch(series -> series.contains("tenant=\"shop\""))
          .noneMatch(series -> series.contains("node=\"n1\""))
          .noneMatch(series -> series.contains("tenant=\"rail\""))
          .noneMatch(series -> series.contains("event="));
    }
  }

  @Test
  void aHungOwnerIsSeenByTheAgeOfItsLastDecision() {
    try (Scrape scrape = Scrape.at(Scrape.NOW_MS + 7_500)) {
      scrape.cells.set(List.of(SampleCells.peak(Scrape.NOW_MS, 5)));

      assertThat(scrape.series())
          .containsEntry("scheduler_cell_snapshot_age_seconds{cell=\"c1\"}", "7.5");
    }
  }

  @Test
  void whatADecisionDecidedIsCounted() {
    try (Scrape scrape = Scrape.ofEverything()) {
      scrape.metrics.decided(SampleCells.decision());

      assertThat(scrape.series())
          .containsEntry("scheduler_decisions_total{cell=\"c1\",winner=\"calendar\"}", "2.0")
          .containsEntry("scheduler_decisions_total{cell=\"c1\",winner=\"forecast\"}", "2.0")
          .containsEntry("scheduler_decisions_total{cell=\"c1\",winner=\"panic\"}", "0.0")
          .containsEntry("scheduler_refused_nodes_total{cell=\"c1\",filter=\"cpu\"}", "6.0")
          .containsEntry("scheduler_placed_replicas_total{cell=\"c1\"}", "6.0")
          .containsEntry("scheduler_stopped_replicas_total{cell=\"c1\",reason=\"scale-in\"}", "4.0")
          .containsEntry("scheduler_lost_nodes_total{cell=\"c1\",reason=\"lease-expired\"}", "2.0")
          .containsEntry(
              "scheduler_refused_inputs_total{cell=\"c1\",code=\"unresolved-reference\"}", "2.0")
          .containsEntry("scheduler_commands_total{cell=\"c1\",kind=\"admit-rates\"}", "2.0");
    }
  }

  @Test
  void aTickOverrunsWhenItBeginsLateOrTakesLongerThanItsInterval() {
    try (Scrape scrape = Scrape.at(0)) {
      scrape.metrics.ticked("c1", 3_000_000, 1_000_000, 100);
      assertThat(scrape.series())
          .containsEntry("scheduler_tick_overruns_total{cell=\"c1\"}", "0.0");

      scrape.metrics.ticked("c1", 3_000_000, 1_000_000, 101);
      scrape.metrics.ticked("c1", 3_000_000, TimeUnit.SECONDS.toNanos(1), 0);

      assertThat(scrape.series())
          .containsEntry("scheduler_tick_overruns_total{cell=\"c1\"}", "2.0")
          .containsEntry("scheduler_tick_duration_seconds_bucket{cell=\"c1\",le=\"0.005\"}", "2")
          .containsEntry("scheduler_tick_duration_seconds_count{cell=\"c1\"}", "3")
          .containsEntry("scheduler_store_duration_seconds_bucket{cell=\"c1\",le=\"0.001\"}", "2");
    }
  }

  @Test
  void failuresAreCountedByReason() {
    try (Scrape scrape = Scrape.at(0)) {
      scrape.metrics.appendFailed("c1", AppendFailure.UNANSWERED);
      scrape.metrics.staleOrderRefused("c1");

      assertThat(scrape.series())
          .containsEntry(
              "scheduler_append_failures_total{cell=\"c1\",reason=\"unanswered\"}", "1.0")
          .containsEntry("scheduler_append_failures_total{cell=\"c1\",reason=\"fenced\"}", "0.0")
          .containsEntry("scheduler_stale_orders_total{cell=\"c1\"}", "1.0");
    }
  }

  @Test
  void sessionsAreShownByRole() {
    try (Scrape scrape = Scrape.at(0)) {
      assertThat(scrape.series())
          .containsEntry("scheduler_agent_sessions{role=\"node\"}", "3.0")
          .containsEntry("scheduler_agent_sessions{role=\"front-door\"}", "1.0");
    }
  }

  @Test
  void aCellThatChangedHandsIsForgotten() {
    try (Scrape scrape = Scrape.ofEverything()) {
      scrape.cells.set(List.of());
      scrape.metrics.resigned("c1");
      assertThat(scrape.series().keySet()).noneMatch(series -> series.contains("cell="));

      scrape.metrics.ticked("c1", 1, 1, 0);
      assertThat(scrape.series())
          .containsEntry("scheduler_decisions_total{cell=\"c1\",winner=\"calendar\"}", "0.0");
    }
  }

  @Test
  void aMetricShowsAtMostItsLimitAndTellsWhatIsLeftOut() {
    try (Scrape scrape = Scrape.at(0)) {
      int nodes = Series.PER_METRIC_MAX + 5;
      scrape.cells.set(
          List.of(SampleCells.cell(0, 1, List.of(), SampleCells.nodes(nodes), List.of())));

      SortedMap<String, String> series = scrape.series();
      assertThat(series.keySet().stream().filter(key -> key.startsWith("node_info{")))
          .hasSize(Series.PER_METRIC_MAX);
      // CPU and memory, capacity and allocated; placed; report age; info.
      assertThat(series).containsEntry("scheduler_metrics_left_out_series", "35.0");
    }
  }

  @Test
  void promtoolHasNothingToSay(@TempDir Path folder) throws Exception {
    Path promtool = Tools.require("promtool");
    try (Scrape scrape = Scrape.ofEverything()) {
      Path text = folder.resolve("metrics.txt");
      Path said = folder.resolve("promtool.txt");
      Files.writeString(text, scrape.metrics.scrape());
      Process process =
          new ProcessBuilder(promtool.toString(), "check", "metrics")
              .redirectInput(text.toFile())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();

      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(Files.readString(said, StandardCharsets.UTF_8)).isEmpty();
      assertThat(process.exitValue()).isZero();
    }
  }
}
