package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lets the scheduler choose again. */
@Command(
    name = "resume",
    description = "End a service's pause or override: the scheduler chooses its replicas again.",
    footer = {"", "Example:", "  highwater resume shop/order"})
final class ResumeVerb extends Verb {
  @Parameters(paramLabel = "TENANT/SERVICE", description = "The service.")
  String service;

  @Option(names = "-o", paramLabel = "json", description = "json: the row as stored, stable.")
  @Nullable String format;

  @Override
  int run(HighwaterClient client) {
    Output output = output(format);
    return HeldService.read(client, service).hold(null, this, output);
  }
}
