package dev.highwater.launcher.rehearse;

import dev.highwater.rehearsal.Replay;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes the decisions of a recording again and compares. */
@Command(
    name = "replay",
    description =
        "Make the decisions of a recording ('dev --record', 'up --record', 'rehearse --journal') again"
            + " with this build: the same hash, or the first difference.",
    mixinStandardHelpOptions = true)
public final class ReplayCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "The recording, JSON lines; of several members a file each, or their folder.")
  List<Path> files = List.of();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Replay replay = new Replay();
    try {
      RecordedLines lines = new RecordedLines(files);
      if (!lines.each(replay::take)) {
        err.println(lines.where() + ": " + replay.difference());
        return 1;
      }
      if (replay.steps() == 0) {
        // Nothing compared is not the same as nothing different.
        err.println(
            "highwater: "
                + lines.names()
                + ": nothing was recorded after the header, so there is nothing to replay; record"
                + " while the cell is decided");
        return 2;
      }
      replay.cells().forEach((cell, hash) -> out.println(cell + "  " + hash));
      out.println(replay.steps() + " inputs replayed, every decision is the same");
      return 0;
    } catch (ScenarioFiles.UnreadableFileException e) {
      err.println("highwater: " + e.getMessage());
      return 2;
    }
  }
}
