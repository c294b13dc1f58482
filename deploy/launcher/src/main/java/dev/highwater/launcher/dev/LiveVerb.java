package dev.highwater.launcher.dev;

import dev.highwater.launcher.rehearse.ScenarioFiles;
import dev.highwater.model.InvalidInputException;
import dev.highwater.rehearsal.scenario.ScenarioException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * A verb that runs a part of a cluster until it is asked to stop: what it cannot do it says in one
 * line, with exit code 2.
 */
@Command(mixinStandardHelpOptions = true)
abstract class LiveVerb implements Callable<Integer> {
  private static final int CANNOT_RUN = 2;

  @Spec CommandSpec spec;

  /** Runs; returns the exit code. */
  abstract int run(PrintWriter out, StopRequest stop)
      throws CannotRunException,
          InterruptedException,
          ScenarioException,
          ScenarioFiles.UnreadableFileException;

  @Override
  public final Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (StopRequest stop = StopRequest.listen(out)) {
      return run(out, stop);
    } catch (ScenarioException | ScenarioFiles.UnreadableFileException e) {
      err.println(e.getMessage());
    } catch (CannotRunException e) {
      err.println("highwater: " + e.getMessage());
    } catch (InvalidInputException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
    return CANNOT_RUN;
  }

  /** Wrong usage: one line and exit code 2. */
  ParameterException wrong(String why) {
    return new ParameterException(spec.commandLine(), why);
  }
}
