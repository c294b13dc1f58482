package dev.highwater.launcher.dev;

import dev.highwater.launcher.rehearse.ScenarioFiles;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.json.ModelJson;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.Rehearsal;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.Series;
import dev.highwater.rehearsal.ServiceResult;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Rehearses the minutes that were lived and shows how far the two are apart. */
@Command(
    name = "compare",
    description = {
      "Rehearse the minutes of a live run ('dev --for 3m --report FILE') with the same scenario,"
          + " seed and policy, and compare.",
      "",
      "Targets are means over time, p99 is that of all answered attempts."
    },
    footer = {
      "",
      "Exit code 0 when targets and node-hours are within 5 %% and p99 within 10 %%, else 1."
    },
    mixinStandardHelpOptions = true)
public final class CompareCommand implements Callable<Integer> {
  private static final double TARGET_TOLERANCE = 0.05;
  private static final double P99_TOLERANCE = 0.10;
  private static final double NODE_HOURS_TOLERANCE = 0.05;
  private static final String ROW = "  %-28s %12s %12s %10s  %s%n";

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The report of a live run.")
  Path file;

  @Option(
      names = "--scenario",
      paramLabel = "FILE",
      description = "The scenario's file now (default: where it was when it was run).")
  @Nullable Path scenarioFile;

  private boolean close = true;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    try {
      LiveReport live = ModelJson.read(Files.readAllBytes(file), LiveReport.class);
      Path path = scenarioFile == null ? Path.of(live.scenario()) : scenarioFile;
      ScenarioFiles.Loaded loaded = ScenarioFiles.read(path);
      Scenario scenario =
          loaded
              .scenario()
              .edit(
                  draft -> {
                    draft.seed = live.seed();
                    draft.durationMs = live.durationMs();
                  });
      PolicyChoice policy =
          live.policy() == null
              ? PolicyChoice.ofScenario(scenario.services())
              : PolicyChoice.parse(live.policy());
      RunResult rehearsed =
          new Rehearsal(scenario, loaded.traces(), policy, RunObserver.NONE).run();
      print(live, rehearsed);
      return close ? 0 : 1;
    } catch (NoSuchFileException e) {
      err.println("highwater: " + file + ": no such file");
    } catch (IOException e) {
      err.println("highwater: " + file + ": cannot be read, " + e.getMessage());
    } catch (InvalidInputException e) {
      err.println("highwater: " + file + " is no report of a live run: " + e.getMessage());
    } catch (ScenarioException | ScenarioFiles.UnreadableFileException e) {
      err.println(e.getMessage());
    }
    return 2;
  }

  private void print(LiveReport live, RunResult rehearsed) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        Display.span(live.durationMs())
            + " of "
            + live.scenario()
            + ", seed "
            + live.seed()
            + ", policy "
            + (live.policy() == null ? "as declared" : live.policy()));
    out.println();
    out.printf(Locale.ROOT, ROW, "", "live", "rehearsed", "apart", "allowed");
    for (LiveReport.ServiceRun run : live.services()) {
      for (ServiceResult result : rehearsed.services()) {
        if (result.service().equals(run.service())) {
          row(
              out,
              run.service() + " target",
              run.targetMean(),
              mean(result.timeline().target()),
              TARGET_TOLERANCE);
          row(
              out,
              run.service() + " p99 ms",
              run.p99Ms() == null ? Double.NaN : run.p99Ms(),
              result.p99Ms(),
              P99_TOLERANCE);
        }
      }
    }
    row(out, "node-hours", live.nodeHours(), rehearsed.nodeHours(), NODE_HOURS_TOLERANCE);
    out.flush();
  }

  private static double mean(Series series) {
    double sum = 0;
    for (int i = 0; i < series.size(); i++) {
      sum += series.mean(i);
    }
    return sum / series.size();
  }

  private void row(PrintWriter out, String what, double live, double rehearsed, double allowed) {
    double apart = Math.abs(live - rehearsed) / rehearsed;
    boolean within = apart <= allowed || (Double.isNaN(live) && Double.isNaN(rehearsed));
    close &= within;
    out.printf(
        Locale.ROOT,
        ROW,
        what,
        Display.decimal(live),
        Display.decimal(rehearsed),
        Double.isNaN(apart) ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * apart),
        String.format(Locale.ROOT, "%.0f %%", 100 * allowed) + (within ? "" : "   TOO FAR APART"));
  }
}
