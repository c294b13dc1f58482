package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.ManualOverride.Kind;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Keeps a service's replicas as they are. */
@Command(
    name = "pause",
    description = {
      "Keep a service's number of replicas as it is, for a time.",
      "",
      "A service has one override or pause at a time: the last one counts. `highwater resume` ends"
          + " it."
    },
    footer = {"", "Example:", "  highwater pause shop/order --for 30m --reason \"deploying 4.2\""})
final class PauseVerb extends Verb {
  @Parameters(paramLabel = "TENANT/SERVICE", description = "The service.")
  String service;

  @Mixin OperatorWord word;

  @Option(names = "-o", paramLabel = "json", description = "json: the row as stored, stable.")
  @Nullable String format;

  @Override
  int run(HighwaterClient client) {
    Output output = output(format);
    return HeldService.read(client, service)
        .hold(word.override(Kind.PAUSE, 0, nowMs(client.snapshots())), this, output);
  }
}
