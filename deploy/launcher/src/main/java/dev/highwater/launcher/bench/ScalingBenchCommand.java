package dev.highwater.launcher.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.launcher.rehearse.RehearseCommand;
import dev.highwater.rehearsal.Figures;
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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Every recorded series under every policy and bound: one table. */
@Command(
    name = "scaling",
    description =
        "Replay every series of request rates in a folder (CSV t_seconds,rate) under every policy"
            + " and bound, scaled to the same peak.",
    mixinStandardHelpOptions = true)
final class ScalingBenchCommand implements Callable<Integer> {
  private static final String BASELINE = "oracle";

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "FOLDER|FILE", arity = "1..*", description = "Folders or CSV files.")
  List<Path> paths = new ArrayList<>();

  @Option(
      names = "--scenario",
      paramLabel = "FILE",
      description = "Default: deploy/scenarios/replay.yaml of this installation.")
  @Nullable Path scenario;

  @Option(
      names = "--policies",
      paramLabel = "P,...",
      split = ",",
      defaultValue =
          "slo,hpa,hpa:50,knative,predictive-hourly,static-peak:200,fixed,oracle,perfect-reactive",
      description = "Default: ${DEFAULT-VALUE}.")
  List<String> policies = new ArrayList<>();

  @Option(
      names = "--peak-replicas",
      paramLabel = "N",
      defaultValue = "200",
      description = "Default: 200.")
  int peakReplicas;

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "17",
      description = "A longer series is cut to its first N days (default: 17).")
  int days;

  @Option(
      names = "--fidelity",
      paramLabel = "F",
      defaultValue = "sampled",
      description = "Default: sampled.")
  String fidelity;

  @Option(
      names = "--interpolation",
      paramLabel = "linear|step",
      defaultValue = "linear",
      description = "Default: linear.")
  String interpolation;

  @Option(
      names = "--admission",
      paramLabel = "on|off",
      defaultValue = "off",
      description = "Default: off.")
  String admission;

  @Mixin BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws IOException {
    ObjectNode figures = JsonNodeFactory.instance.objectNode();
    figures.put("peakReplicas", peakReplicas);
    figures.put("fidelity", fidelity);
    figures.put("interpolation", interpolation);
    figures.put("admission", admission);
    ObjectNode series = figures.putObject("series");
    PrintWriter err = spec.commandLine().getErr();
    for (Path file : files()) {
      JsonNode result = rehearse(file, err);
      if (result != null) {
        series.set(name(file), result);
      }
    }
    if (output.json != null && output.json.equals("-")) {
      output.write(figures, spec.commandLine().getOut());
      return 0;
    }
    table(series, spec.commandLine().getOut());
    if (output.json != null) {
      Files.writeString(Path.of(output.json), figures.toPrettyString() + "\n");
    }
    return 0;
  }

  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path path : paths) {
      if (!Files.isDirectory(path)) {
        files.add(path);
        continue;
      }
      try (Stream<Path> inside = Files.list(path)) {
        for (Path file : inside.sorted().toList()) {
          if (file.toString().endsWith(".csv") && isSeries(file)) {
            files.add(file);
          }
        }
      }
    }
    return files;
  }

  private static boolean isSeries(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.findFirst().orElse("").strip().equals("t_seconds,rate");
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName()).replaceFirst("\\.csv$", "");
  }

  private Path scenarioFile() {
    return scenario != null
        ? scenario
        : Path.of(System.getProperty("highwater.root", "."), "deploy/scenarios/replay.yaml");
  }

  private @Nullable JsonNode rehearse(Path file, PrintWriter err) throws IOException {
    StringWriter out = new StringWriter();
    CommandLine command = new CommandLine(new RehearseCommand());
    command.setOut(new PrintWriter(out));
    command.setErr(err);
    command.execute(
        scenarioFile().toString(),
        "--trace",
        "web/site=" + file,
        "--peak-replicas",
        Integer.toString(peakReplicas),
        "--for",
        days + "d",
        "--fidelity",
        fidelity,
        "--interpolation",
        interpolation,
        "--admission",
        admission,
        "--policy",
        policies.get(0),
        "--compare",
        String.join(",", policies),
        "--json",
        "-");
    if (out.toString().isBlank()) {
      return null; // told on standard error
    }
    return new ObjectMapper().readTree(out.toString());
  }

  /** Per series and policy: violations, and replica-hours against the oracle's. */
  private void table(ObjectNode series, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%-36s %-22s %12s %8s %12s %8s %10s %8s%n",
        "series",
        "policy",
        "violations %",
        "minutes",
        "replica-h",
        "/ " + BASELINE,
        "p99 ms",
        "changes");
    for (Map.Entry<String, JsonNode> one : series.properties()) {
      JsonNode all = one.getValue().path("policies");
      double baseline = all.path(BASELINE).path("replicaHours").asDouble(Double.NaN);
      for (Map.Entry<String, JsonNode> policy : all.properties()) {
        JsonNode row = policy.getValue();
        double hours = row.path("replicaHours").asDouble();
        out.printf(
            Locale.ROOT,
            "%-36s %-22s %12s %8d %12s %8s %10s %8d%n",
            one.getKey(),
            policy.getKey(),
            Figures.fixed(100 * row.path("sloViolationRatio").asDouble(), 4),
            row.path("sloViolationMinutes").asLong(),
            Figures.fixed(hours, 1),
            Figures.fixed(hours / baseline, 3),
            Figures.fixed(row.path("p99Ms").asDouble(Double.NaN), 1),
            row.path("adaptations").asLong());
      }
    }
    out.flush();
  }
}
