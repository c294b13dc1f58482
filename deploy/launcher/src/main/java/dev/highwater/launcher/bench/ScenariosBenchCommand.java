package dev.highwater.launcher.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.launcher.rehearse.OutputFile;
import dev.highwater.launcher.rehearse.RehearseCommand;
import dev.highwater.launcher.rehearse.ScenarioFiles;
import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.TimeSpan;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The verb {@code bench scenarios}: every scenario under every policy, as one table. */
@Command(
    name = "scenarios",
    description = "Rehearse every scenario under every policy and bound: one table.",
    footer = {
      "",
      "Exit code 0 when every scenario's expectations hold under the first policy, 1 when one is"
          + " missed, 2 when one cannot run.",
      "",
      "Example:",
      "  highwater bench scenarios --markdown deploy/scenarios/README.md"
    },
    mixinStandardHelpOptions = true)
final class ScenariosBenchCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..*",
      description =
          "Scenarios (default: those in deploy/scenarios of this installation that expect"
              + " anything).")
  List<Path> given = new ArrayList<>();

  @Option(
      names = "--policies",
      paramLabel = "P,...",
      split = ",",
      defaultValue =
          "slo,hpa,knative,predictive-hourly,cron,static-peak,fixed,oracle,perfect-reactive",
      description = "Default: ${DEFAULT-VALUE}.")
  List<String> policies = new ArrayList<>();

  @Option(
      names = "--without-admission",
      paramLabel = "NAME,...",
      split = ",",
      defaultValue = "metastable",
      description =
          "Scenarios that run once more with front doors that admit everything (default:"
              + " ${DEFAULT-VALUE}).")
  List<String> withoutAdmission = new ArrayList<>();

  @Option(
      names = "--markdown",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description =
          "Write the rows into this file, between its two markers, as soon as their scenario has"
              + " ended. Rows of other scenarios stay when FILE names some.")
  @Nullable Path markdown;

  @Mixin BenchOutput output = new BenchOutput();

  /** The rows of one scenario. Immutable. */
  private record Night(String name, JsonNode result) {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (markdown != null) {
      marked(markdown);
    }
    ScenarioTable own = new ScenarioTable(ScenarioTable.BEGIN + "\n" + ScenarioTable.END);
    List<Night> nights = new ArrayList<>();
    for (Path file : files()) {
      String name = name(file);
      List<String> admissions = withoutAdmission.contains(name) ? List.of("", "off") : List.of("");
      for (String admission : admissions) {
        JsonNode result = rehearse(file, admission, err);
        if (result == null) {
          return 2; // told on standard error
        }
        Night night = new Night(admission.isEmpty() ? name : name + ", no admission", result);
        nights.add(night);
        own.put(night.name(), rows(night));
        keep(own, false);
      }
    }
    own.say(took(nights));
    keep(own, true);
    ObjectNode figures = JsonNodeFactory.instance.objectNode();
    nights.forEach(night -> figures.set(night.name(), night.result()));
    if (output.json == null || !output.json.equals("-")) {
      out.print(own.table());
      out.flush();
    }
    if (output.json != null) {
      output.write(figures, out);
    }
    return nights.stream().allMatch(night -> held(night)) ? 0 : 1;
  }

  /** Without admission nothing is promised. */
  private boolean held(Night night) {
    return !night.result().path("admission").asBoolean()
        || night
            .result()
            .path("policies")
            .path(policies.get(0))
            .path("missedExpectations")
            .isEmpty();
  }

  /**
   * Writes the rows so far. What is said before them is of all rows, so it stays while any is of
   * another run.
   */
  private void keep(ScenarioTable own, boolean ended) throws IOException {
    if (markdown == null) {
      return;
    }
    ScenarioTable kept = new ScenarioTable(marked(markdown));
    if (ended && given.isEmpty()) {
      kept.rows().clear();
    }
    own.rows().forEach(kept::put);
    if (ended && kept.rows().equals(own.rows())) {
      kept.say(own.said());
    }
    Files.writeString(markdown, kept.file());
  }

  private String marked(Path file) throws IOException {
    String text = Files.exists(file) ? Files.readString(file) : "";
    if (!ScenarioTable.isIn(text)) {
      throw new ParameterException(
          spec.commandLine(),
          "--markdown: "
              + file
              + " needs the lines "
              + ScenarioTable.BEGIN
              + " and "
              + ScenarioTable.END
              + " in this order");
    }
    return text;
  }

  private List<Path> files() throws IOException {
    if (!given.isEmpty()) {
      return given;
    }
    Path folder = Path.of(System.getProperty("highwater.root", "."), "deploy/scenarios");
    List<Path> files = new ArrayList<>();
    try (Stream<Path> inside = Files.list(folder)) {
      for (Path file : inside.sorted().toList()) {
        if (file.toString().endsWith(".yaml") && expectsAnything(file)) {
          files.add(file);
        }
      }
    }
    return files;
  }

  private boolean expectsAnything(Path file) {
    try {
      return ScenarioFiles.read(file).scenario().expect().any();
    } catch (ScenarioException | UnreadableFileException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName()).replaceFirst("\\.yaml$", "");
  }

  private @Nullable JsonNode rehearse(Path file, String admission, PrintWriter err)
      throws IOException {
    StringWriter out = new StringWriter();
    CommandLine command = new CommandLine(new RehearseCommand());
    command.setOut(new PrintWriter(out));
    command.setErr(err);
    List<String> words = new ArrayList<>(List.of(file.toString(), "--policy", policies.get(0)));
    words.addAll(List.of("--compare", String.join(",", policies), "--json", "-"));
    if (!admission.isEmpty()) {
      words.addAll(List.of("--admission", admission));
    }
    command.execute(words.toArray(new String[0]));
    if (out.toString().isBlank()) {
      return null;
    }
    JsonNode result = new ObjectMapper().readTree(out.toString());
    err.printf(
        Locale.ROOT,
        "%s%s: %.1f s%n",
        name(file),
        admission.isEmpty() ? "" : ", no admission",
        result.path("wallSeconds").asDouble());
    err.flush();
    return result;
  }

  private static String took(List<Night> nights) {
    double seconds = 0;
    for (Night night : nights) {
      seconds += night.result().path("wallSeconds").asDouble();
    }
    return String.format(
        Locale.ROOT,
        "All of it took %.0f s on %d cores with Java %s.",
        seconds,
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.specification.version"));
  }

  /** Per policy one row; what belongs to the scenario stands in its first. */
  private static String rows(Night night) {
    StringBuilder rows = new StringBuilder();
    JsonNode result = night.result();
    String first =
        String.format(
            Locale.ROOT,
            "%s<br>%s, %s, %,d requests drawn, %.1f s",
            night.name(),
            TimeSpan.write(result.path("durationSeconds").asLong() * 1_000),
            result.path("fidelity").asText(),
            result.path("simulatedRequests").asLong(),
            result.path("wallSeconds").asDouble());
    for (Map.Entry<String, JsonNode> policy : result.path("policies").properties()) {
      JsonNode row = policy.getValue();
      int missed = row.path("missedExpectations").size();
      rows.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %,d | %s | %s | %s | %s |\n",
              first,
              policy.getKey(),
              Figures.fixed(100 * row.path("sloViolationRatio").asDouble(), 4),
              row.path("sloViolationMinutes").asLong(),
              Figures.fixed(row.path("replicaHours").asDouble(), 1),
              Figures.fixed(row.path("nodeHours").asDouble(), 1),
              Figures.fixed(row.path("cost").asDouble(), 1),
              missed == 0 ? "held" : "missed " + missed));
      first = "";
    }
    return rows.toString();
  }
}
