package dev.highwater.cli;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import picocli.CommandLine.Option;

/** Why an operator says something, and who does. */
final class Said {
  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why, for whoever asks; up to 500 characters.")
  String reason;

  @Option(
      names = "--by",
      paramLabel = "NAME",
      defaultValue = "${sys:user.name}",
      description = "Who says so (default: the user of this machine).")
  String by;

  /** What only spaces say is no reason for whoever finds the word later. */
  String why() {
    if (reason.isBlank()) {
      throw new InvalidInputException(
          ErrorCode.MISSING_FIELD, "--reason", "nothing", "must say why");
    }
    return Verb.given("--reason", () -> Limits.text("reason", reason));
  }

  String who() {
    return Verb.given("--by", () -> Limits.text("by", by));
  }
}
