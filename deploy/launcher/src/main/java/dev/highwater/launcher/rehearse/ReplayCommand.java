package dev.highwater.launcher.rehearse;

import dev.highwater.model.InvalidInputException;
import dev.highwater.rehearsal.Replay;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes the decisions of a recording again and compares. */
@Command(
    name = "replay",
    description =
        "Make the decisions of a recording ('dev --record', 'rehearse --journal') again with this"
            + " build: the same hash, or the first difference.",
    mixinStandardHelpOptions = true)
public final class ReplayCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The recording, JSON lines.")
  Path file;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Replay replay = new Replay();
    int number = 0;
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        number++;
        if (!line.isBlank() && !replay.take(line)) {
          err.println(file + ":" + number + ": " + replay.difference());
          return 1;
        }
      }
      replay.cells().forEach((cell, hash) -> out.println(cell + "  " + hash));
      out.println(replay.steps() + " inputs replayed, every decision is the same");
      return 0;
    } catch (InvalidInputException e) {
      err.println(file + ":" + number + ": " + e.getMessage());
    } catch (NoSuchFileException e) {
      err.println(file + ": no such file");
    } catch (IOException e) {
      err.println(file + ": cannot be read, " + e.getMessage());
    }
    return 2;
  }
}
