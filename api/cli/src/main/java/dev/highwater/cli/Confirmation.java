package dev.highwater.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code --yes}, and the question that a verb which destroys something asks without it. */
final class Confirmation {
  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Option(names = "--yes", description = "Do not ask.")
  boolean yes;

  /** Asks; where nobody can be asked, {@code --yes} must be given. */
  void ask(String what) {
    if (yes) {
      return;
    }
    String answer = Terminal.ask(what + ". Go on? [y/N] ");
    if (answer == null) {
      throw new ParameterException(
          spec.commandLine(), what + " needs --yes when nobody can be asked");
    }
    if (!answer.strip().equalsIgnoreCase("y")) {
      throw new ParameterException(spec.commandLine(), "not confirmed, nothing was changed");
    }
  }
}
