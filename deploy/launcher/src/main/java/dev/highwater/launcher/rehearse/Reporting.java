package dev.highwater.launcher.rehearse;

import dev.highwater.launcher.rehearse.ScenarioFiles.Loaded;
import dev.highwater.model.json.ModelJson;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.report.Chronicle;
import dev.highwater.rehearsal.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
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

  /** The same night with nothing declared; empty when nothing was. */
  Optional<Loaded> withoutCalendar() {
    return loaded.scenario().events().isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Loaded(loaded.scenario().edit(draft -> draft.events = List.of()), loaded.traces()));
  }

  void write(Rehearsed rehearsed, @Nullable RunResult withoutCalendar) throws IOException {
    Files.writeString(
        file,
        Report.html(
            new Report.Subject(
                rehearsed.variations(),
                chronicle,
                rehearsed.notBegun(),
                withoutCalendar,
                command,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                rehearsed.wallSeconds(),
                ModelJson.toTree(rehearsed.json()).toString(),
                null)));
  }
}
