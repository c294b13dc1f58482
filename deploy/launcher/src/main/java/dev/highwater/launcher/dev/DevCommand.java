package dev.highwater.launcher.dev;

import dev.highwater.launcher.rehearse.OutputFile;
import dev.highwater.launcher.rehearse.ScenarioFiles;
import dev.highwater.launcher.rehearse.ScenarioPart;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.TimeSpan;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Starts a whole live cluster in this process and lets a scenario happen to it. */
@Command(
    name = "dev",
    description = {
      "Run a whole cluster in this process: scheduler, API, console, and simulated nodes and users"
          + " that join over real sockets.",
      "",
      "After the start block one line is printed for each change of state:",
      "  target    replicas of a service, and the wish that won      admit   users are kept out",
      "  nodes     nodes of a pool     joined, released, lost, silent, speaks",
      "  pending   replicas without room, and what refused them      placed  all have room",
      "  slo       p99 crossed its bound, or is within it again      event   phase of an event",
      "  surge     load that nobody declared                         fault   something breaks",
      "  owner, refused, audit"
    },
    footer = {
      "",
      "Exit code 0; with --for 1 when the scenario's expectations are missed; 2 when it cannot run.",
      "",
      "Examples:",
      "  highwater dev",
      "  highwater dev --for 3m --report night.json && highwater compare night.json",
      "  highwater dev --data var --port 8081 --policy hpa",
      "  highwater dev --scenario deploy/scenarios/singles-day-2016.yaml --from 54m --for 9m"
    },
    mixinStandardHelpOptions = true)
public final class DevCommand implements Callable<Integer> {
  private static final int CANNOT_RUN = 2;

  @Spec CommandSpec spec;

  @Option(
      names = "--scenario",
      paramLabel = "FILE",
      description = "What happens (default: deploy/scenarios/peak-night.yaml).")
  @Nullable Path scenario;

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
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port of API and console on 127.0.0.1; 0 takes a free one (default: 8080).")
  int port;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Keep what is declared and decided here; what is declared there already stays as it is"
              + " (default: a temporary folder that is deleted at the end).")
  @Nullable Path data;

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
      names = "--record",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description = "Record every input of every decision for 'highwater replay'.")
  @Nullable Path record;

  @Option(
      names = "--report",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description = "At the end write what the night came to, as JSON, for 'highwater compare'.")
  @Nullable Path report;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    Path file = scenario == null ? defaultScenario() : scenario;
    try {
      Limits.range("--port", port, 0, 65_535);
      ScenarioFiles.Loaded loaded = begun(ScenarioFiles.read(file));
      Scenario night = overridden(loaded.scenario());
      LiveCluster.Options options =
          new LiveCluster.Options(
              new LivePlan(file.toString(), night, policy),
              loaded.traces(),
              chosen(),
              port,
              data,
              record,
              report,
              duration != null);
      return LiveCluster.run(options, spec.commandLine().getOut());
    } catch (ScenarioException | ScenarioFiles.UnreadableFileException e) {
      err.println(e.getMessage());
    } catch (CannotRunException e) {
      err.println("highwater: " + e.getMessage());
    } catch (InvalidInputException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    return CANNOT_RUN;
  }

  private @Nullable PolicyChoice chosen() {
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
