package dev.highwater.launcher.rehearse;

import dev.highwater.launcher.rehearse.ScenarioFiles.Loaded;
import dev.highwater.model.json.ModelJson;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.Rehearsal;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.report.Chronicle;
import dev.highwater.rehearsal.report.Report;
import dev.highwater.rehearsal.scenario.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --report} adds to a rehearsal: a chronicle of the first policy's run, a second run of
 * it with nothing declared, and the page. For the command's thread, but for the runs themselves.
 */
final class Reporting {
  private final Path file;
  private final Loaded loaded;
  private final String command;
  private final Chronicle chronicle;

  Reporting(Path file, Loaded loaded, String command, RunObserver progress) {
    this.file = file;
    this.loaded = loaded;
    this.command = command;
    this.chronicle = new Chronicle(loaded.scenario(), progress);
  }

  /** Watches the first policy's run. */
  RunObserver chronicle() {
    return chronicle;
  }

  /** Runs that the report needs beside those of the command. */
  static int extraRuns(Scenario scenario) {
    return scenario.events().isEmpty() ? 0 : 1;
  }

  /** The run without a calendar. */
  Callable<RunResult> withoutCalendar(PolicyChoice policy, Progress progress) {
    Scenario undeclared = loaded.scenario().edit(draft -> draft.events = List.of());
    RunObserver observer =
        new RunObserver() {
          @Override
          public boolean goesOn(String name, long doneMs, long durationMs) {
            return progress.goesOn(name + " without calendar", doneMs, durationMs);
          }
        };
    return () -> new Rehearsal(undeclared, loaded.traces(), policy, observer).run();
  }

  void write(Rehearsed rehearsed, @Nullable RunResult withoutCalendar) throws IOException {
    Files.writeString(
        file,
        Report.html(
            new Report.Subject(
                loaded.scenario(),
                rehearsed.results(),
                chronicle,
                withoutCalendar,
                command,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                rehearsed.wallSeconds(),
                ModelJson.toTree(rehearsed.json()).toString())));
  }
}
