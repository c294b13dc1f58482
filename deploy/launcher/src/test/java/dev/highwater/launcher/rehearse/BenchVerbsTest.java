package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.highwater.launcher.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Goal: each benchmark prints the documented fields, and only those, for a size that is small. */
class BenchVerbsTest {
  private static JsonNode run(String... arguments) throws IOException {
    StringWriter out = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out));
    assertThat(command.execute(arguments)).isZero();
    return new ObjectMapper().readTree(out.toString());
  }

  @Test
  void placementPlacesAll() throws IOException {
    JsonNode json =
        run(
            "bench",
            "placement",
            "--nodes",
            "500",
            "--replicas",
            "5000",
            "--warm-ups",
            "0",
            "--json",
            "-");
    for (String field :
        List.of(
            "replicasPerSecond",
            "batchP50Ms",
            "batchP99Ms",
            "nodesUsed",
            "nodesLowerBound",
            "cpuDensity",
            "heapMib")) {
      assertThat(json.path(field).asDouble()).as(field).isPositive();
    }
    assertThat(json.path("placedShare").asDouble()).isEqualTo(1);
  }

  @Test
  void simulationHasARowPerConcurrencyAndThreads() throws IOException {
    JsonNode results =
        run("bench", "simulation", "--seconds", "0.01", "--threads", "1,2", "--json", "-")
            .path("results");
    assertThat(results).hasSize(8);
    for (JsonNode row : results) {
      assertThat(row.path("requestsPerSecond").asDouble()).isPositive();
      assertThat(row.path("concurrency").asInt()).isPositive();
      assertThat(row.path("replicas").asInt()).isPositive();
      assertThat(row.path("threads").asInt()).isPositive();
    }
  }

  @Test
  void ticksOfACellAreTimedWithItsReplicasRunning() throws IOException {
    JsonNode json =
        run(
            "bench",
            "tick",
            "--nodes",
            "50",
            "--services",
            "20",
            "--tenants",
            "5",
            "--replicas",
            "400",
            "--ticks",
            "30",
            "--cpu-time",
            "--json",
            "-");
    assertThat(json.path("replicas").asInt()).isBetween(200, 700);
    assertThat(json.path("tickP99Ms").asDouble()).isPositive();
    assertThat(json.path("clock").asText()).isEqualTo("cpu");
  }
}
