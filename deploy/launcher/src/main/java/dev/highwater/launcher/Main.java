package dev.highwater.launcher;

import dev.highwater.launcher.bench.BenchCommand;
import dev.highwater.launcher.dev.DevCommand;
import dev.highwater.launcher.rehearse.RehearseCommand;
import dev.highwater.launcher.rehearse.ReplayCommand;
import dev.highwater.launcher.rehearse.ValidateCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code highwater}. */
@Command(
    name = "highwater",
    description = "Elastic capacity for peak events: rehearse a night, then run it.",
    subcommands = {
      BenchCommand.class,
      DevCommand.class,
      RehearseCommand.class,
      ReplayCommand.class,
      ValidateCommand.class
    },
    mixinStandardHelpOptions = true,
    version = "highwater 0.1.0")
public final class Main implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command");
  }

  /** The command line without the process around it, for tests. */
  public static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Main());
    dev.highwater.cli.ClientVerbs.addTo(commandLine);
    return commandLine;
  }

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }
}
