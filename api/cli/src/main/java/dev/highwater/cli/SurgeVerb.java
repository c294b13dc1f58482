package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.Limits;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand.Surge;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Starts load that nobody declared. */
@Command(
    name = "surge",
    description = "Start a surge: more load than declared, of which the scheduler is not told.",
    footer = {"", "Example:", "  highwater surge shop/order --factor 3 --hold 60s"})
final class SurgeVerb extends Verb {
  @Parameters(paramLabel = "TENANT/SERVICE", description = "The service whose users come.")
  String service;

  @Option(
      names = "--factor",
      paramLabel = "X",
      defaultValue = "3",
      description = "Times the usual load (default 3).")
  double factor;

  @Option(
      names = "--rise",
      paramLabel = "SPAN",
      defaultValue = "2s",
      description = "From now to the height (default 2s).")
  String rise;

  @Option(
      names = "--hold",
      paramLabel = "SPAN",
      defaultValue = "60s",
      description = "Time at the height (default 60s).")
  String hold;

  @Option(
      names = "--decay",
      paramLabel = "SPAN",
      defaultValue = "5s",
      description = "Half-life of what follows (default 5s).")
  String decay;

  @Override
  int run(HighwaterClient client) {
    ServiceId id = ServiceId.parse(service);
    Limits.range("--factor", factor, 0, Surge.FACTOR_MAX);
    client.simulate(
        new Surge(
            id,
            factor,
            Words.spanMs("--rise", rise),
            Words.spanMs("--hold", hold),
            Words.spanMs("--decay", decay)));
    out().println(id + " surges to " + Words.rate(factor) + " times its load for " + hold);
    return DONE;
  }
}
