package dev.highwater.launcher.rehearse;

import dev.highwater.model.InvalidInputException;
import dev.highwater.rehearsal.scenario.Load;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioEdit;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import dev.highwater.workload.TrafficTrace;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads scenario files and the series they name. Stateless. */
public final class ScenarioFiles {
  private ScenarioFiles() {}

  /** A scenario with its series, by the name that the scenario gives them. */
  public record Loaded(Scenario scenario, SortedMap<String, TrafficTrace> traces) {}

  /**
   * Reads a scenario and every series it names, relative to its own folder.
   *
   * @throws ScenarioException with every mistake of the scenario
   * @throws UnreadableFileException when a file cannot be read; one line for people
   */
  public static Loaded read(Path file) throws ScenarioException, UnreadableFileException {
    return read(file, List.of());
  }

  /**
   * Reads it as if some of its values had been written otherwise.
   *
   * @throws ScenarioException with every mistake of the scenario
   * @throws UnreadableFileException when a file cannot be read; one line for people
   */
  static Loaded read(Path file, List<ScenarioEdit> edits)
      throws ScenarioException, UnreadableFileException {
    Scenario scenario = ScenarioReader.read(text(file), file.toString(), edits);
    SortedMap<String, TrafficTrace> traces = new TreeMap<>();
    for (Load load : scenario.loads()) {
      Load.Trace trace = load.trace();
      if (trace != null) {
        traces.put(trace.file(), trace(file.resolveSibling(trace.file()), trace.interpolation()));
      }
    }
    return new Loaded(scenario, traces);
  }

  /** Reads one series. */
  public static TrafficTrace trace(Path file, TrafficTrace.Interpolation interpolation)
      throws UnreadableFileException {
    try {
      return TrafficTrace.parse(file.toString(), lines(file), interpolation);
    } catch (InvalidInputException e) {
      throw new UnreadableFileException(
          e.field() + " " + e.remedy() + (e.value().isEmpty() ? "" : ": " + e.value()));
    }
  }

  static String text(Path file) throws UnreadableFileException {
    return String.join("\n", lines(file)) + "\n";
  }

  static List<String> lines(Path file) throws UnreadableFileException {
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw new UnreadableFileException(file + ": no such file");
    } catch (AccessDeniedException e) {
      throw new UnreadableFileException(file + ": no permission to read it");
    } catch (MalformedInputException e) {
      throw new UnreadableFileException(file + ": is not UTF-8 text");
    } catch (IOException e) {
      throw new UnreadableFileException(file + ": cannot be read, " + e.getMessage());
    }
  }

  /** Says in one line why a file cannot be read. */
  public static final class UnreadableFileException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableFileException(String message) {
      super(message);
    }
  }
}
