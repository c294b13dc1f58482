package dev.highwater.launcher.rehearse;

import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.ScenarioSchema;
import dev.highwater.rehearsal.scenario.TimeSpan;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks scenario files without running them. */
@Command(
    name = "validate",
    description = "Check scenario files: every mistake at once, with its line and what to do.",
    mixinStandardHelpOptions = true)
public final class ValidateCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Parameters(paramLabel = "SCENARIO", arity = "0..*", description = "YAML files.")
  List<Path> files = new ArrayList<>();

  @Option(names = "--schema", description = "Print the JSON Schema of scenario files and end.")
  boolean schema;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (schema) {
      out.print(ScenarioSchema.write());
      out.flush();
      return 0;
    }
    if (files.isEmpty()) {
      err.println(
          "highwater: name at least one scenario file, such as"
              + " deploy/scenarios/peak-night.yaml");
      return 2;
    }
    int exit = 0;
    for (Path file : files) {
      try {
        Scenario scenario = ScenarioFiles.read(file).scenario();
        out.println(
            file
                + ": good, "
                + TimeSpan.write(scenario.durationMs())
                + ", "
                + scenario.cells().size()
                + " cells, "
                + scenario.tenants().size()
                + " tenants, "
                + scenario.services().size()
                + " services, "
                + scenario.events().size()
                + " events");
      } catch (ScenarioException | UnreadableFileException e) {
        err.println(e.getMessage());
        exit = 1;
      }
    }
    return exit;
  }
}
