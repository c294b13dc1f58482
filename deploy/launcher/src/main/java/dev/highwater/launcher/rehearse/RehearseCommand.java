package dev.highwater.launcher.rehearse;

import dev.highwater.launcher.rehearse.ScenarioFiles.Loaded;
import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.json.Recording;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.Rehearsal;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.workload.Fidelity;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
      "  highwater rehearse deploy/scenarios/replay.yaml --trace web/site=series.csv \\",
      "    --peak-replicas 200 --policy slo --compare hpa,fixed,oracle --json result.json"
    },
    mixinStandardHelpOptions = true)
public final class RehearseCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(paramLabel = "SCENARIO", description = "YAML file.")
  Path file;

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
      paramLabel = "F",
      description = "request, sampled or fluid (default: as the scenario says).")
  @Nullable String fidelity;

  @Option(
      names = "--admission",
      paramLabel = "on|off",
      description =
          "Whether front doors are told a rate (default: as the scenario says); off compares"
              + " scaling alone.")
  @Nullable String admission;

  @Option(
      names = "--json",
      paramLabel = "FILE|-",
      description =
          "Write the results as JSON; '-' is standard output, which then holds nothing" + " else.")
  @Nullable String json;

  @Option(
      names = "--journal",
      paramLabel = "FILE",
      description = "Record every input of the first policy's run for 'highwater replay'.")
  @Nullable Path journal;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write one self-contained HTML page: charts, money, decisions and why, and what would"
              + " have happened without the calendar (one more run).")
  @Nullable Path report;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Policies run at the same time (default: one per core).")
  @Nullable Integer threads;

  @Mixin ReplayOptions replay = new ReplayOptions();

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    try {
      Loaded loaded = replay.apply(ScenarioFiles.read(file));
      Scenario scenario = overridden(loaded.scenario());
      List<PolicyChoice> policies = policies(scenario);
      return run(new Loaded(scenario, loaded.traces()), policies);
    } catch (ScenarioException | UnreadableFileException e) {
      err.println(e.getMessage());
      return 2;
    } catch (InvalidInputException | TypeConversionException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    } catch (IOException e) {
      err.println("highwater: " + e.getMessage());
      return 2;
    }
  }

  private Scenario overridden(Scenario scenario) {
    return scenario.edit(
        draft -> {
          draft.seed = seed == null ? draft.seed : seed;
          if (admission != null) {
            if (!admission.equals("on") && !admission.equals("off")) {
              throw new TypeConversionException("--admission must be on or off: " + admission);
            }
            draft.admission = admission.equals("on");
          }
          if (fidelity != null) {
            try {
              draft.fidelity = Fidelity.valueOf(fidelity.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
              throw new TypeConversionException(
                  "--fidelity must be request, sampled or fluid: " + fidelity);
            }
          }
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

  private int run(Loaded loaded, List<PolicyChoice> policies) throws IOException {
    long begun = System.nanoTime();
    int runs = policies.size() + (report == null ? 0 : Reporting.extraRuns(loaded.scenario()));
    Progress progress = new Progress(runs, spec.commandLine().getErr());
    Reporting reporting =
        report == null ? null : new Reporting(report, loaded, commandLine(), progress);
    List<RunResult> results;
    CountDownLatch told = new CountDownLatch(1);
    Thread interrupted = stopOnInterrupt(progress, told);
    try (Writer writer = journal == null ? Writer.nullWriter() : Files.newBufferedWriter(journal)) {
      results = results(loaded, policies, progress, reporting, writer);
    }
    progress.clear();
    double wallSeconds = (System.nanoTime() - begun) / 1e9;
    RunResult withoutCalendar =
        results.size() == policies.size() ? null : results.get(policies.size());
    results = results.subList(0, policies.size());
    Rehearsed rehearsed = new Rehearsed(loaded.scenario(), wallSeconds, results);
    PrintWriter out = spec.commandLine().getOut();
    if (json == null) {
      rehearsed.table(out);
    } else if (json.equals("-")) {
      out.println(ModelJson.toTree(rehearsed.json()).toPrettyString());
    } else {
      Files.writeString(Path.of(json), ModelJson.toTree(rehearsed.json()).toPrettyString() + "\n");
      rehearsed.table(out);
    }
    if (reporting != null) {
      reporting.write(rehearsed, withoutCalendar);
    }
    out.flush();
    told.countDown();
    if (!progress.stopped()) {
      Runtime.getRuntime().removeShutdownHook(interrupted);
    }
    return results.get(0).misses().isEmpty() && results.get(0).complete() ? 0 : 1;
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

  /** One result per policy, and one more when a report wants the run without a calendar. */
  private List<RunResult> results(
      Loaded loaded,
      List<PolicyChoice> policies,
      Progress progress,
      @Nullable Reporting reporting,
      Writer writer)
      throws IOException {
    int parallel =
        Math.min(
            policies.size() + (reporting == null ? 0 : 1),
            threads == null ? Runtime.getRuntime().availableProcessors() : Math.max(1, threads));
    ExecutorService pool = Executors.newFixedThreadPool(parallel);
    try {
      List<Future<RunResult>> running = new ArrayList<>();
      for (int i = 0; i < policies.size(); i++) {
        PolicyChoice choice = policies.get(i);
        RunObserver observer = i == 0 && reporting != null ? reporting.chronicle() : progress;
        if (i == 0 && journal != null) {
          observer = new Recorder(new Recording.Writer(writer), observer);
        }
        RunObserver watching = observer;
        running.add(
            pool.submit(
                () -> new Rehearsal(loaded.scenario(), loaded.traces(), choice, watching).run()));
      }
      if (reporting != null && Reporting.extraRuns(loaded.scenario()) > 0) {
        running.add(pool.submit(reporting.withoutCalendar(policies.get(0), progress)));
      }
      List<RunResult> results = new ArrayList<>();
      for (Future<RunResult> one : running) {
        results.add(one.get());
      }
      return results;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Recorder.UnwritableException unwritable) {
        throw new IOException(journal + ": cannot be written, " + unwritable.getMessage(), e);
      }
      throw new IllegalStateException("the rehearsal failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      pool.shutdownNow();
    }
  }
}
