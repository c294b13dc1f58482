package dev.highwater.launcher.rehearse;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.client.ProblemException;
import dev.highwater.client.UnreachableException;
import dev.highwater.launcher.rehearse.ScenarioFiles.Loaded;
import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.json.Recording;
import dev.highwater.model.view.Bundle;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.Trial;
import dev.highwater.rehearsal.Variation;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioEdit;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.workload.Fidelity;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Runs a scenario in virtual time and tells what came of it. */
@Command(
    name = "rehearse",
    description = "Run a scenario in virtual time, with the code that decides live.",
    footer = {
      "",
      "Exit code 0 when the scenario's expectations hold under its policy, 1 when one is missed.",
      "",
      "Examples:",
      "  highwater rehearse deploy/scenarios/peak-night.yaml --compare hpa,fixed",
      "  highwater rehearse deploy/scenarios/peak-night.yaml --compare hpa,fixed --report night.html",
      "  highwater rehearse deploy/scenarios/peak-night.yaml --compare hpa --seeds 10 \\",
      "    --sweep services.shop/gateway.scaling.stabilisation=30s,60s",
      "  highwater rehearse deploy/scenarios/replay.yaml --trace web/site=series.csv \\",
      "    --peak-replicas 200 --policy slo --compare hpa,fixed,oracle --json result.json"
    },
    mixinStandardHelpOptions = true)
public final class RehearseCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(paramLabel = "SCENARIO", arity = "0..1", description = "YAML file.")
  @Nullable Path file;

  @Option(
      names = "--from-live",
      paramLabel = "URL",
      arity = "0..1",
      fallbackValue = "",
      description =
          "Instead of SCENARIO: take specs, calendar and the load of the last half hour from a"
              + " running cluster (without URL as every verb: --server before the verb,"
              + " HIGHWATER_SERVER, or http://127.0.0.1:8080).")
  @Nullable URI live;

  @Option(
      names = "--keep",
      paramLabel = "FOLDER",
      description = "With --from-live: keep what was taken, as a scenario and its series.")
  @Nullable Path keep;

  @Option(
      names = "--plan",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description =
          "Write the services as the first policy and values had them, for 'highwater apply -f'.")
  @Nullable Path plan;

  @Option(
      names = "--policy",
      paramLabel = "P",
      description =
          "Decide all services by this policy or bound: slo, hpa, hpa:70, knative, cron,"
              + " predictive-hourly, static-peak, fixed, oracle, perfect-reactive,"
              + " perfect-reactive:1.2 (default: as the scenario says).")
  @Nullable String policy;

  @Option(
      names = "--compare",
      paramLabel = "P,...",
      split = ",",
      description = "Run the same night under these policies too.")
  List<String> compared = new ArrayList<>();

  @Option(names = "--seed", paramLabel = "N", description = "Another seed than the scenario's.")
  @Nullable Long seed;

  @Option(
      names = "--fidelity",
      converter = Choice.OfFidelity.class,
      paramLabel = "F",
      description = "request, sampled or fluid (default: as the scenario says).")
  @Nullable Fidelity fidelity;

  @Option(
      names = "--admission",
      converter = Choice.OnOff.Converter.class,
      paramLabel = "on|off",
      description =
          "Whether front doors are told a rate (default: as the scenario says); off compares"
              + " scaling alone.")
  Choice.@Nullable OnOff admission;

  @Option(
      names = "--json",
      converter = OutputFile.OrStandardOutput.class,
      paramLabel = "FILE|-",
      description =
          "Write the results as JSON; '-' is standard output, which then holds nothing" + " else.")
  @Nullable String json;

  @Option(
      names = "--journal",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description = "Record every input of the first policy's run for 'highwater replay'.")
  @Nullable Path journal;

  @Option(
      names = "--report",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description =
          "Write one self-contained HTML page: charts, money, decisions and why, and what would"
              + " have happened without the calendar (one more run).")
  @Nullable Path report;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Runs at the same time (default: one per core).")
  @Nullable Integer threads;

  @Mixin SweepOptions sweep = new SweepOptions();

  @Mixin PrometheusOptions prometheus = new PrometheusOptions();

  @Mixin ReplayOptions replay = new ReplayOptions();

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    List<ScenarioEdit> reading = List.of();
    try {
      List<List<ScenarioEdit>> combinations = sweep.combinations();
      Path scenarioFile = scenarioFile();
      List<Loaded> nights = new ArrayList<>();
      for (List<ScenarioEdit> edits : combinations) {
        reading = edits;
        Loaded read = ScenarioFiles.read(scenarioFile, edits);
        if (nights.isEmpty()) {
          prometheus.apply(read.scenario(), replay, err);
        }
        Loaded loaded = replay.apply(read);
        nights.add(new Loaded(overridden(loaded.scenario()), loaded.traces()));
      }
      return run(combinations, nights);
    } catch (ScenarioException | UnreadableFileException e) {
      if (!reading.isEmpty()) {
        err.println("highwater: with --sweep " + reading + ":");
      }
      err.println(e.getMessage());
      return 2;
    } catch (UnreachableException e) {
      err.println("highwater: " + e.advising("highwater dev", "--from-live=URL"));
      return 2;
    } catch (ProblemException e) {
      err.println("highwater: " + e.getMessage());
      return 2;
    } catch (InvalidInputException | TypeConversionException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    } catch (IOException e) {
      err.println("highwater: " + e.getMessage());
      return 2;
    }
  }

  /** The file that was named, or the one that is written of what runs now. */
  private Path scenarioFile() throws IOException {
    if ((file == null) == (live == null) || (keep != null && live == null)) {
      throw new TypeConversionException(
          "name a SCENARIO or give --from-live, one of both; --keep belongs to --from-live");
    }
    if (file != null) {
      return file;
    }
    Path folder = keep == null ? Files.createTempDirectory("highwater-live") : keep;
    Files.createDirectories(folder);
    return LiveScenario.write(
        LiveScenario.client(spec, Objects.requireNonNull(live)),
        folder,
        line -> spec.commandLine().getErr().println("highwater: " + line));
  }

  /** The chosen plan, in the form that apply reads, or null; refused before a night is run. */
  private @Nullable ObjectNode planned(Scenario scenario) {
    if (plan == null) {
      return null;
    }
    PolicyChoice choice = policies(scenario).get(0);
    if (choice.isBound()) {
      throw new TypeConversionException("--plan: " + choice.name() + " can only be rehearsed");
    }
    int services = scenario.services().size();
    if (services > Bundle.ITEMS_MAX) {
      throw new TypeConversionException(
          "--plan: the scenario has "
              + services
              + " services, and 'highwater apply' takes "
              + Bundle.ITEMS_MAX
              + " at most");
    }
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.set("services", ModelJson.toTree(choice.applied(scenario.services())));
    return root;
  }

  private Scenario overridden(Scenario scenario) {
    return scenario.edit(
        draft -> {
          draft.seed = seed == null ? draft.seed : seed;
          draft.admission = admission == null ? draft.admission : admission == Choice.OnOff.ON;
          draft.fidelity = fidelity == null ? draft.fidelity : fidelity;
        });
  }

  private List<PolicyChoice> policies(Scenario scenario) {
    List<PolicyChoice> policies = new ArrayList<>();
    policies.add(
        policy == null ? PolicyChoice.ofScenario(scenario.services()) : PolicyChoice.parse(policy));
    for (String name : compared) {
      PolicyChoice choice = PolicyChoice.parse(name.trim());
      if (policies.stream().noneMatch(p -> p.name().equals(choice.name()))) {
        policies.add(choice);
      }
    }
    return policies;
  }

  private int run(List<List<ScenarioEdit>> combinations, List<Loaded> nights) throws IOException {
    int parallel = threads == null ? 0 : Limits.range("--threads", threads, 1, 64);
    long begun = System.nanoTime();
    Progress progress = new Progress(spec.commandLine().getErr());
    Loaded night = nights.get(0);
    ObjectNode planned = planned(night.scenario());
    Reporting reporting =
        report == null
            ? null
            : new Reporting(
                report, night, commandLine(), progress.watch(night.scenario().durationMs()));
    CountDownLatch told = new CountDownLatch(1);
    Thread interrupted = stopOnInterrupt(progress, told);
    List<Runs.Run> runs = new ArrayList<>();
    List<Optional<RunResult>> results;
    try (Writer writer = journal == null ? Writer.nullWriter() : Files.newBufferedWriter(journal)) {
      for (Loaded one : nights) {
        plan(one, runs, progress, reporting, writer);
      }
      if (reporting != null) {
        PolicyChoice own = runs.get(0).policy();
        reporting
            .withoutCalendar()
            .ifPresent(
                undeclared ->
                    runs.add(new Runs.Run(undeclared, own, true, watch(progress, undeclared))));
      }
      results = Runs.all(runs, parallel, progress);
    } catch (Recorder.UnwritableException e) {
      throw new IOException(journal + ": cannot be written, " + e.getMessage(), e);
    }
    progress.clear();
    double wallSeconds = (System.nanoTime() - begun) / 1e9;
    Rehearsed rehearsed = rehearsed(combinations, nights, results, wallSeconds);
    PrintWriter out = spec.commandLine().getOut();
    if (json == null) {
      rehearsed.table(out);
    } else if (json.equals("-")) {
      out.println(rehearsed.json().toPrettyString());
    } else {
      Files.writeString(Path.of(json), rehearsed.json().toPrettyString() + "\n");
      rehearsed.table(out);
    }
    if (plan != null && planned != null) {
      Files.writeString(plan, planned.toPrettyString() + "\n");
    }
    if (reporting != null) {
      boolean extra = reporting.withoutCalendar().isPresent();
      reporting.write(rehearsed, extra ? results.get(results.size() - 1).orElse(null) : null);
    }
    out.flush();
    told.countDown();
    if (!progress.stopped()) {
      Runtime.getRuntime().removeShutdownHook(interrupted);
    }
    return rehearsed.holds() ? 0 : 1;
  }

  /** Adds the runs of one night: policy by policy, seed by seed. */
  private void plan(
      Loaded night,
      List<Runs.Run> runs,
      Progress progress,
      @Nullable Reporting reporting,
      Writer writer) {
    List<PolicyChoice> policies = policies(night.scenario());
    boolean charted = runs.isEmpty();
    for (PolicyChoice choice : policies) {
      for (int i = 0; i < sweep.seedCount(); i++) {
        long own = night.scenario().seed() + i;
        Loaded seeded =
            new Loaded(night.scenario().edit(draft -> draft.seed = own), night.traces());
        RunObserver observer =
            runs.isEmpty() && reporting != null ? reporting.chronicle() : watch(progress, night);
        if (runs.isEmpty() && journal != null) {
          observer = new Recorder(new Recording.Writer(writer), observer);
        }
        runs.add(new Runs.Run(seeded, choice, charted && i == 0, observer));
        if (runs.size() > Runs.RUNS_MAX) {
          throw new TypeConversionException(
              "at most " + Runs.RUNS_MAX + " runs: values x policies x seeds are more");
        }
      }
    }
  }

  private static RunObserver watch(Progress progress, Loaded night) {
    return progress.watch(night.scenario().durationMs());
  }

  /** The results again by night and policy; what was not begun is left out. */
  private Rehearsed rehearsed(
      List<List<ScenarioEdit>> combinations,
      List<Loaded> nights,
      List<Optional<RunResult>> results,
      double wallSeconds) {
    List<Variation> variations = new ArrayList<>();
    int planned = 0;
    for (int i = 0; i < nights.size(); i++) {
      Scenario scenario = nights.get(i).scenario();
      List<Trial> trials = new ArrayList<>();
      for (PolicyChoice choice : policies(scenario)) {
        int end = planned + sweep.seedCount();
        List<RunResult> runs =
            results.subList(planned, end).stream().flatMap(Optional::stream).toList();
        planned = end;
        if (!runs.isEmpty()) {
          trials.add(new Trial(choice.name(), runs));
        }
      }
      if (!trials.isEmpty()) {
        variations.add(new Variation(combinations.get(i), scenario, trials));
      }
    }
    long left = results.stream().filter(Optional::isEmpty).count();
    return new Rehearsed(variations, (int) left, wallSeconds);
  }

  /** Ctrl-C ends the runs, and the process waits until their partial results are told. */
  private static Thread stopOnInterrupt(Progress progress, CountDownLatch told) {
    Thread hook =
        new Thread(
            () -> {
              progress.stop();
              try {
                told.await(10, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    return hook;
  }

  private String commandLine() {
    CommandSpec root = spec.root();
    List<String> words = new ArrayList<>(List.of(root.name()));
    words.addAll(root.commandLine().getParseResult().originalArgs());
    return String.join(" ", words);
  }
}
