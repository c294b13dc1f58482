package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.highwater.launcher.Main;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.scenario.Load;
import dev.highwater.rehearsal.scenario.OtherFidelity;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.workload.Fidelity;
import dev.highwater.workload.TrafficSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Goal: every published scenario asks for what {@code slo} does and the baselines do not. */
class ScenarioFilesTest {
  private static final Path FOLDER = Path.of("../scenarios");

  /** A replay has the numbers of its series. */
  private static final Pattern SOURCED =
      Pattern.compile(".*(https?://|chosen|Every figure can be set here).*", Pattern.DOTALL);

  @TempDir Path folder;

  private static String told(String... arguments) {
    StringWriter out = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out));
    command.execute(arguments);
    return out.toString();
  }

  private static JsonNode rehearse(String... arguments) throws IOException {
    return new ObjectMapper().readTree(told(arguments));
  }

  private static List<String> missed(JsonNode result, String policy) {
    List<String> words = new ArrayList<>();
    JsonNode row = result.path("policies").path(policy);
    assertThat(row.isObject()).as("%s ran", policy).isTrue();
    row.path("missedExpectations").forEach(miss -> words.add(miss.asText()));
    return words;
  }

  /**
   * The long ones in the part that decides them; the table in the folder's README has them whole.
   */
  @ParameterizedTest
  @CsvSource({
    "peak-night, 0s, 3m, hpa",
    "singles-day-2016, 57m, 8m, hpa",
    "double-peak, 50m, 50m, hpa",
    "game-launch, 110m, 25m, hpa",
    "metastable, 0s, 20m, hpa",
    "price-war, 8h, 80m, hpa",
    "wrong-calendar, 110m, 30m, hpa",
    "city-day, 16h, 3h, hpa",
  })
  void sloHoldsWhatFixedAndAnotherBaselineMiss(
      String scenario, String from, String length, String other) throws IOException {
    JsonNode result =
        rehearse(
            "rehearse",
            FOLDER.resolve(scenario + ".yaml").toString(),
            "--from",
            from,
            "--for",
            length,
            "--compare",
            "fixed," + other,
            "--json",
            "-");
    assertThat(missed(result, "slo")).as("%s slo", scenario).isEmpty();
    assertThat(missed(result, "fixed")).as("%s fixed", scenario).isNotEmpty();
    assertThat(missed(result, other)).as("%s %s", scenario, other).isNotEmpty();
  }

  @Test
  void everyScenarioIsValidAndSaysInOneLineWhatItIs() throws Exception {
    List<Path> files;
    try (Stream<Path> inside = Files.list(FOLDER)) {
      files = inside.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(7);
    String readme = Files.readString(FOLDER.resolve("README.md"));
    for (Path file : files) {
      assertThat(ScenarioFiles.read(file).scenario().title()).as("%s", file).isNotBlank();
      assertThat(readme)
          .as("the folder's README names %s", file)
          .contains("](" + file.getFileName() + ")");
      String head = Files.readString(file).split("\nformatVersion")[0];
      assertThat(head).as("%s names its sources, or says what is chosen", file).matches(SOURCED);
    }
  }

  /** What a part of a night begins with; a live one is cut by the same code. */
  @Test
  void aPartOfANightBeginsWithWhatItsFirstMinuteNeeds() throws Exception {
    ScenarioFiles.Loaded day = ScenarioFiles.read(FOLDER.resolve("singles-day-2016.yaml"));
    assertThat(ScenarioPart.from(day, 0).scenario()).isEqualTo(day.scenario());
    Scenario midnight = ScenarioPart.from(day, 61 * 60_000).scenario();
    ServiceId order = new ServiceId("shop", "order");
    // 168,500/s one minute after midnight, of which one replica of 64 places bears 2,950.
    Service service = midnight.service(order);
    assertThat(service).isNotNull();
    assertThat(service.scaling().replicasInitial()).isBetween(53, 62);
    for (Load load : midnight.loads()) {
      if (load.service().equals(order)) {
        assertThat(load.closeUp())
            .isEqualTo(new TrafficSpec.CloseUp(-60_000, 3_600_000, Fidelity.REQUEST));
      }
    }
    PeakEvent left = midnight.events().get(0);
    assertThat(left.name()).isEqualTo("midnight");
    assertThat(left.startMs() + left.riseMs() + left.holdMs()).as("it decays").isZero();
    // 30 of its 19 x 60 s to a half have passed.
    assertThat(left.loads().get(0).peakPerSecond())
        .isCloseTo(4_600_000 * Math.pow(0.5, 30 / 1_140.0), within(1e-6));
    // At night fewer are needed than the scenario begins with, which stay the least.
    Service calm = ScenarioPart.from(day, 5 * 3_600_000).scenario().service(order);
    assertThat(calm).isNotNull();
    assertThat(calm.scaling().replicasInitial()).isEqualTo(8);
  }

  /** A result whose peak hour was drawn request by request does not pass for a fluid one. */
  @Test
  void aCloserLookIsNamedWithTheFidelity() throws Exception {
    Scenario day = ScenarioFiles.read(FOLDER.resolve("singles-day-2016.yaml")).scenario();
    assertThat(OtherFidelity.inWords(day))
        .isEqualTo("fluid; shop/order, shop/inventory, shop/payment by request 60m-120m");
    assertThat(OtherFidelity.inWords(day.ending(3_600_000))).isEqualTo("fluid");

    String file = FOLDER.resolve("singles-day-2016.yaml").toString();
    String[] part = {"rehearse", file, "--from", "59m", "--for", "61s", "--json"};
    Path page = folder.resolve("page.html");
    JsonNode json = rehearse(with(part, "-", "--report", page.toString()));
    assertThat(json.path("fidelity").asText()).isEqualTo("fluid");
    JsonNode other = json.path("otherFidelities").path(0);
    assertThat(other.path("services"))
        .extracting(JsonNode::asText)
        .containsExactly("shop/order", "shop/inventory", "shop/payment");
    assertThat(other.path("fidelity").asText()).isEqualTo("request");
    assertThat(other.path("startSeconds").asDouble()).isEqualTo(60);
    assertThat(other.path("endSeconds").asDouble()).isEqualTo(61);
    String words = "fidelity fluid; shop/order, shop/inventory, shop/payment by request 1m-61s";
    assertThat(page).content().contains(words);
    assertThat(told(with(part, folder.resolve("result.json").toString()))).contains(words);
  }

  private static String[] with(String[] first, String... more) {
    return Stream.concat(Stream.of(first), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void devRefusesABeginAfterTheEnd() {
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setErr(new PrintWriter(err));
    String file = FOLDER.resolve("metastable.yaml").toString();
    assertThat(command.execute("dev", "--scenario", file, "--from", "20m")).isEqualTo(2);
    assertThat(err.toString()).contains("--from must lie within the scenario's 20m: 20m");
  }

  /** The retry storm that admission ends outlives its trigger without it, on equal replicas. */
  @Test
  void theStormStaysWithoutAdmission() throws IOException {
    String file = FOLDER.resolve("metastable.yaml").toString();
    List<Double> ratios = new ArrayList<>();
    for (String admission : List.of("on", "off")) {
      JsonNode fixed =
          rehearse("rehearse", file, "--policy", "fixed", "--admission", admission, "--json", "-")
              .path("policies")
              .path("fixed");
      ratios.add(fixed.path("sloViolationRatio").asDouble());
    }
    assertThat(ratios.get(0)).as("with").isLessThan(0.1);
    assertThat(ratios.get(1)).as("without").isGreaterThan(0.6);
  }

  @Test
  void oneCommandWritesTheTableBetweenItsMarkers(@TempDir Path folder) throws IOException {
    Path night = folder.resolve("metastable.yaml");
    Files.writeString(
        night,
        Files.readString(FOLDER.resolve("metastable.yaml"))
            .replace("duration: 20m", "duration: 1m")
            .replace("start: 5m", "start: 20s"));
    Path readme = folder.resolve("README.md");
    Files.writeString(
        readme,
        """
        before
        <!-- begin of bench scenarios -->
        old

        | scenario | policy |
        |---|---|
        | metastable<br>1d, fluid | slo | replaced |
        |  | hpa | replaced |

        <!-- end of bench scenarios -->
        after
        """);
    StringWriter out = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(new StringWriter()));
    int code =
        command.execute(
            "bench",
            "scenarios",
            night.toString(),
            "--policies",
            "static-peak,fixed",
            "--markdown",
            readme.toString());
    assertThat(code).isZero();
    List<String> lines = Files.readAllLines(readme);
    assertThat(lines.get(0)).isEqualTo("before");
    assertThat(lines.get(lines.size() - 1)).isEqualTo("after");
    assertThat(lines).doesNotContain("old").noneMatch(line -> line.contains("replaced"));
    assertThat(lines.stream().filter(line -> line.startsWith("| "))).hasSize(1 + 2 * 2);
    assertThat(lines)
        .anyMatch(
            line -> line.startsWith("| metastable<br>1m, request") && line.endsWith("| held |"))
        .anyMatch(line -> line.startsWith("| metastable, no admission<br>"))
        .anyMatch(line -> line.startsWith("|  | fixed |") && line.endsWith("| missed 1 |"));
    assertThat(out.toString()).contains("| metastable<br>1m, request");
  }

  @Test
  void rowsOfOtherScenariosStayAndWhatIsSaidOfThem(@TempDir Path folder) throws IOException {
    Path night = folder.resolve("night.yaml");
    Files.writeString(
        night,
        Files.readString(FOLDER.resolve("metastable.yaml"))
            .replace("duration: 20m", "duration: 1m")
            .replace("start: 5m", "start: 20s"));
    String kept = "| another<br>1d, fluid | slo | stays |\n|  | hpa | stays |\n";
    String later = "| zone<br>1d, fluid | slo | stays |\n";
    Path readme = folder.resolve("README.md");
    Files.writeString(
        readme,
        "<!-- begin of bench scenarios -->\n\nSaid by hand.\n\n| scenario | policy |\n|---|---|\n"
            + kept
            + later
            + "\n<!-- end of bench scenarios -->\n");
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(new StringWriter()));
    command.setErr(new PrintWriter(new StringWriter()));
    command.execute(
        "bench",
        "scenarios",
        night.toString(),
        "--policies",
        "static-peak",
        "--markdown",
        readme.toString());
    assertThat(readme).content().contains("\n\nSaid by hand.\n\n| scenario |");
    assertThat(readme).content().contains(kept + "| night<br>1m, request");
    assertThat(readme).content().endsWith(later + "\n<!-- end of bench scenarios -->\n");
  }

  @Test
  void aFileWithoutMarkersIsLeftAlone(@TempDir Path folder) throws IOException {
    Path readme = Files.writeString(folder.resolve("README.md"), "no markers\n");
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setErr(new PrintWriter(err));
    int code =
        command.execute(
            "bench",
            "scenarios",
            FOLDER.resolve("metastable.yaml").toString(),
            "--markdown",
            readme.toString());
    assertThat(code).isEqualTo(2);
    assertThat(err.toString()).contains("needs the lines <!-- begin of bench scenarios -->");
    assertThat(readme).hasContent("no markers");
  }
}
