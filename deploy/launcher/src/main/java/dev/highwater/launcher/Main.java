package dev.highwater.launcher;

import dev.highwater.cli.ClientVerbs;
import dev.highwater.launcher.bench.BenchCommand;
import dev.highwater.launcher.dev.AgentCommand;
import dev.highwater.launcher.dev.CompareCommand;
import dev.highwater.launcher.dev.DevCommand;
import dev.highwater.launcher.dev.SchedulerCommand;
import dev.highwater.launcher.dev.UpCommand;
import dev.highwater.launcher.rehearse.RehearseCommand;
import dev.highwater.launcher.rehearse.ReplayCommand;
import dev.highwater.launcher.rehearse.ReportCommand;
import dev.highwater.launcher.rehearse.ValidateCommand;
import dev.highwater.model.InvalidInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
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
      AgentCommand.class,
      BenchCommand.class,
      DevCommand.class,
      CompareCommand.class,
      RehearseCommand.class,
      ReplayCommand.class,
      ReportCommand.class,
      SchedulerCommand.class,
      UpCommand.class,
      ValidateCommand.class
    },
    mixinStandardHelpOptions = true,
    version = "highwater 0.1.0")
public final class Main implements Runnable {
  /** Exit code of what should not have happened (EX_SOFTWARE of sysexits.h). */
  private static final int DEFECT = 70;

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command");
  }

  /** The command line without the process around it, for tests. */
  public static CommandLine commandLine() {
    CommandLine root = new CommandLine(new Main());
    ClientVerbs.addTo(root);
    // One line for people; what else there is to know of a defect stands in the log or is asked
    // for.
    root.setExecutionExceptionHandler(
        (defect, command, parsed) -> {
          if (defect instanceof InvalidInputException refused) {
            return usage(command, refused.getMessage());
          }
          if (defect instanceof FileSystemException file) {
            return usage(command, file.getFile() + ": " + reason(file));
          }
          if (Boolean.getBoolean("highwater.stacktrace")) {
            defect.printStackTrace(command.getErr());
          } else {
            command
                .getErr()
                .println(
                    "highwater: a defect of ours: "
                        + defect
                        + " (HIGHWATER_JAVA_OPTS=-Dhighwater.stacktrace=true shows where)");
          }
          return DEFECT;
        });
    return root;
  }

  /** One line and the exit code of wrong usage, as picocli answers it. */
  private static int usage(CommandLine command, @Nullable String message) {
    command.getErr().println("highwater: " + message);
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  private static String reason(FileSystemException e) {
    return e instanceof NoSuchFileException
        ? "no such file or folder"
        : e instanceof AccessDeniedException
            ? "no permission"
            : Objects.requireNonNullElse(e.getReason(), "cannot be read or written");
  }

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }
}
