package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.highwater.launcher.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  @ParameterizedTest
  @CsvSource({
    "bench placement --nodes 0, nodes must be 1 to 100000: 0",
    "bench placement --warm-ups -1, warm-ups must be",
    "bench tick --ticks 0, ticks must be",
    "bench tick --services 0, services must be",
    "bench simulation --threads 0, threads must be",
    "bench simulation --seconds 0, seconds must be",
    "bench simulation --json /nowhere/x.json, create /nowhere",
    "bench openb --nodes /nowhere/n --pods /nowhere/p, /nowhere/n: no such file or folder",
    "bench placement --json /, / is a folder",
    "bench scaling . --nodes hot, must be warm or cold: hot",
    "bench scaling . --fidelity exact, 'must be request, sampled or fluid: exact'",
    "bench scaling . --admission maybe, must be on or off: maybe",
    "bench scaling . --boots 0, boots must be 1 to 3600: 0",
    "bench scaling . --days 0, days must be 1 to 400: 0",
    "bench scaling . --threads 0, threads must be 1 to 64: 0",
    "bench scaling . --peak-replicas 0, peak-replicas must be 1 to 1000000: 0",
    "bench scaling . --policies best, policy must be slo",
    "bench scaling /nowhere, /nowhere: no such file or folder",
    "bench scaling ., no series",
    "rehearse ../scenarios/peak-night.yaml --threads 0, --threads must be 1 to 64: 0",
    "rehearse ../scenarios/peak-night.yaml --report /nowhere/r.html, create /nowhere",
    "rehearse ../scenarios/peak-night.yaml --journal /nowhere/j, create /nowhere",
    "dev --record /nowhere/r, create /nowhere",
    "dev --port 99999, --port must be 0 to 65535: 99999"
  })
  void whatCannotBeIsRefusedBeforeAnythingRuns(String arguments, String said) {
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setErr(new PrintWriter(err));
    assertThat(command.execute(arguments.split(" "))).isEqualTo(2);
    assertThat(err.toString()).startsWith("highwater: ").contains(said).hasLineCount(1);
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
      // No request leaves anything behind, however many there were.
      assertThat(row.path("heapBeforeMib").asDouble()).isPositive();
      assertThat(row.path("heapAfterMib").asDouble())
          .isCloseTo(row.path("heapBeforeMib").asDouble(), within(8.0));
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

  @Test
  void scalingIsJudgedByThePlanAndPlotted(@TempDir Path folder) throws IOException {
    StringBuilder jump = new StringBuilder("t_seconds,rate\n");
    for (int t = 0; t < 20; t++) {
      jump.append(t * 60).append(t < 10 ? ",100\n" : ",300\n");
    }
    Files.writeString(folder.resolve("jump.csv"), jump);
    Files.writeString(folder.resolve("bytes.csv"), "t_seconds,rate\n0,5\n60,5\n");
    Files.writeString(folder.resolve("other.csv"), "a,b\n1,2\n");
    Path plan = folder.resolve("plan.csv");
    Files.writeString(
        plan,
        """
        series,interpolation,admission,from,for,violationsMax,hoursMax,equalHours,declare,schedule
        jump,step,off,5m,10m,50,,yes,,
        jump,step,off,,,0.01,2,no,at=600 peak=300 hold=600,5 0 * * *;20 0 * * *;40
        bytes,exclude,,,,,,,,
        """);
    JsonNode json =
        run(
            "bench",
            "scaling",
            folder.toString(),
            "--plan",
            plan.toString(),
            "--scenario",
            "../scenarios/scaling.yaml",
            "--peak-replicas",
            "30",
            "--policies",
            "slo,hpa:70,cron:70,oracle,perfect-reactive",
            "--boots",
            "5",
            "--plots",
            folder.resolve("plots").toString(),
            "--markdown",
            folder.resolve("rows.md").toString(),
            "--json",
            "-");
    assertThat(folder.resolve("rows.md"))
        .content()
        .contains(
            "## Replicas boot in 5 s",
            "| jump step | 10m | ",
            "`hpa:70`",
            "| jump | off | step | cron:70 | ",
            "| jump declared | off | step | slo | 0")
        .doesNotContain("NaN", "null", "Infinity");
    SortedMap<String, Double> beyond = new TreeMap<>();
    for (JsonNode row : json.path("rows")) {
      assertThat(row.path("series").asText()).isEqualTo("jump");
      assertThat(row.path("bootSeconds").asInt()).isEqualTo(5);
      assertThat(row.path("beyondPromiseRatio").asDouble())
          .isLessThanOrEqualTo(row.path("sloViolationRatio").asDouble());
      String declared = row.path("declared").asText().isEmpty() ? "" : " declared";
      beyond.put(
          row.path("policy").asText().replaceAll(":1.*", ":M") + declared,
          row.path("beyondPromiseRatio").asDouble());
    }
    assertThat(beyond)
        .containsOnlyKeys(
            "slo",
            "hpa:70",
            "cron:70",
            "oracle",
            "perfect-reactive",
            "perfect-reactive:M",
            "slo declared",
            "hpa:70 declared",
            "cron:70 declared",
            "oracle declared",
            "perfect-reactive declared",
            "perfect-reactive:M declared");
    assertThat(beyond.get("slo declared")).isLessThan(1e-6);
    assertThat(beyond.get("cron:70")).as("told nothing").isEqualTo(beyond.get("hpa:70"));
    assertThat(beyond.get("cron:70 declared")).as("told by a schedule").isLessThan(1e-6);
    assertThat(beyond.get("hpa:70 declared")).as("reads none").isPositive();
    assertThat(beyond.get("slo")).isPositive();
    List<String> goals = new ArrayList<>();
    for (JsonNode goal : json.path("goals")) {
      goals.add(goal.path("series").asText() + ": " + goal.path("goal").asText());
    }
    assertThat(goals)
        .contains(
            "jump step: violations",
            "jump step: perfect-reactive, equal hours",
            "jump step: coverage error",
            "jump step declared at=600 peak=300 hold=600: hours / oracle");
    try (Stream<Path> pages = Files.list(folder.resolve("plots"))) {
      for (Path page : pages.toList()) {
        assertThat(page).content().contains("Violations against replica-hours", "hpa:70", "oracle");
      }
    }
    assertThat(folder.resolve("plots/jump-step-boot-5.html")).exists();
    assertThat(json.at("/rows/0/seconds").asInt()).isEqualTo(600);
    JsonNode whole =
        run(
            "bench",
            "scaling",
            folder.resolve("jump.csv").toString(),
            "--whole",
            "--plan",
            plan.toString(),
            "--scenario",
            "../scenarios/scaling.yaml",
            "--policies",
            "fixed",
            "--json",
            "-");
    assertThat(whole.at("/rows/0/seconds").asInt()).as("of the series").isGreaterThan(600);
    assertThat(whole.at("/rows/0/seconds")).isEqualTo(whole.at("/rows/1/seconds"));
  }

  @Test
  void aMistakeInAPlanIsToldWithItsLine(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("jump.csv"), "t_seconds,rate\n0,1\n60,2\n");
    Path plan = folder.resolve("plan.csv");
    Files.writeString(
        plan,
        """
        series,interpolation,admission,from,for,violationsMax,hoursMax,equalHours,declare,schedule
        jump,curved,off,,,,,no,,
        """);
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setErr(new PrintWriter(err));
    assertThat(command.execute("bench", "scaling", folder.toString(), "--plan", plan.toString()))
        .isEqualTo(2);
    assertThat(err.toString()).contains("plan.csv line 2", "linear, step or exclude");
  }
}
