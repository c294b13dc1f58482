package dev.highwater.launcher.dev;

import dev.highwater.launcher.rehearse.OutputFile;
import dev.highwater.launcher.rehearse.ScenarioFiles;
import dev.highwater.launcher.rehearse.ScenarioPart;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.TimeSpan;
import dev.highwater.workload.TrafficTrace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which part of a scenario happens live, and how: the same options for each verb that runs one. */
final class ScenarioOptions {
  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description =
          "Begin so long after the scenario's start, such as 58m, with the replicas that the load of"
              + " that minute needs.")
  @Nullable String from;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description =
          "End so long after users came, such as 3m, and check what the scenario expects.")
  @Nullable String duration;

  @Option(
      names = "--policy",
      paramLabel = "P",
      description =
          "Decide all services by this policy: slo, hpa, hpa:70, knative, cron, predictive-hourly,"
              + " static-peak or fixed (default: as declared).")
  @Nullable String policy;

  @Option(names = "--seed", paramLabel = "N", description = "Another seed than the scenario's.")
  @Nullable Long seed;

  @Option(
      names = "--report",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description = "At the end write what the night came to, as JSON, for 'highwater compare'.")
  @Nullable Path report;

  /** What is run: the part of a scenario, with the series that it names. */
  record Chosen(LivePlan plan, Map<String, TrafficTrace> traces) {}

  /**
   * Reads a scenario.
   *
   * @param file null for the one that is shown to newcomers
   */
  Chosen read(@Nullable Path file) throws ScenarioException, ScenarioFiles.UnreadableFileException {
    Path path = file == null ? defaultScenario() : file;
    ScenarioFiles.Loaded loaded = begun(ScenarioFiles.read(path));
    return new Chosen(
        new LivePlan(path.toString(), overridden(loaded.scenario()), policy), loaded.traces());
  }

  /** Whether the run ends by itself. */
  boolean ends() {
    return duration != null;
  }

  /** The policy that replaces the services' own, or null. */
  @Nullable PolicyChoice chosenPolicy() {
    if (policy == null) {
      return null;
    }
    PolicyChoice choice = PolicyChoice.parse(policy);
    if (choice.isBound()) {
      throw new ParameterException(
          spec.commandLine(), policy + " knows the future and can only be rehearsed");
    }
    return choice;
  }

  /** The same options for a process that is started. */
  List<String> asArguments() {
    List<String> arguments = new ArrayList<>();
    add(arguments, "--from", from);
    add(arguments, "--for", duration);
    add(arguments, "--policy", policy);
    add(arguments, "--seed", seed);
    add(arguments, "--report", report);
    return arguments;
  }

  private static void add(List<String> arguments, String name, @Nullable Object value) {
    if (value != null) {
      arguments.add(name);
      arguments.add(value.toString());
    }
  }

  private static Path defaultScenario() {
    Path file =
        Path.of(System.getProperty("highwater.root", ""), "deploy/scenarios/peak-night.yaml");
    Path here = Path.of("").toAbsolutePath();
    return file.startsWith(here) ? here.relativize(file) : file;
  }

  private ScenarioFiles.Loaded begun(ScenarioFiles.Loaded loaded) {
    long durationMs = loaded.scenario().durationMs();
    long fromMs = from == null ? 0 : spanMs("--from", from);
    if (fromMs >= durationMs) {
      throw new ParameterException(
          spec.commandLine(),
          "--from must lie within the scenario's " + TimeSpan.write(durationMs) + ": " + from);
    }
    ScenarioFiles.Loaded part = ScenarioPart.from(loaded, fromMs);
    return new ScenarioFiles.Loaded(part.scenario().ending(durationMs - fromMs), part.traces());
  }

  private long spanMs(String option, String text) {
    Double ms = TimeSpan.parseMs(text);
    if (ms == null || ms < 1_000 || ms % 1_000 != 0) {
      throw new ParameterException(
          spec.commandLine(), option + " must be whole seconds, such as 90s or 3m: " + text);
    }
    return ms.longValue();
  }

  private Scenario overridden(Scenario scenario) {
    return scenario.edit(
        draft -> {
          draft.seed = seed == null ? draft.seed : seed;
          draft.durationMs = duration == null ? draft.durationMs : spanMs("--for", duration);
        });
  }
}
