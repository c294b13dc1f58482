package dev.highwater.cli;

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

  String why() {
    return Verb.given("--reason", () -> Limits.text("reason", reason));
  }

  String who() {
    return Verb.given("--by", () -> Limits.text("by", by));
  }
}
