package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.Limits;
import dev.highwater.model.ManualOverride.Kind;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Puts an operator's number above or below what the scheduler would choose. */
@Command(
    name = "override",
    description = {
      "Pin, raise or cap a service's replicas for a time; the scheduler chooses within that.",
      "",
      "A service has one override or pause at a time: the last one counts. `highwater resume` ends"
          + " it. The bounds of the spec, quota and room on nodes still hold."
    },
    footer = {
      "",
      "Examples:",
      "  highwater override shop/order --replicas 40 --for 2h --reason \"load test\"",
      "  highwater override shop/order --min 20 --until 00:30 --reason \"rumour of a sale\""
    })
final class OverrideVerb extends Verb {
  @Parameters(paramLabel = "TENANT/SERVICE", description = "The service.")
  String service;

  @ArgGroup(multiplicity = "1")
  Bound bound = new Bound();

  @Mixin OperatorWord word;

  @Option(names = "-o", paramLabel = "json", description = "json: the row as stored, stable.")
  @Nullable String format;

  /** What the operator says; one of three. */
  static final class Bound {
    @Option(names = "--replicas", paramLabel = "N", description = "So many, no more and no fewer.")
    @Nullable Integer replicas;

    @Option(names = "--min", paramLabel = "N", description = "So many at least.")
    @Nullable Integer min;

    @Option(names = "--max", paramLabel = "N", description = "So many at most.")
    @Nullable Integer max;
  }

  @Override
  int run(HighwaterClient client) {
    if (bound.replicas != null) {
      return say(client, Kind.PIN, "--replicas", bound.replicas);
    }
    return bound.min != null
        ? say(client, Kind.FLOOR, "--min", bound.min)
        : say(client, Kind.CAP, "--max", Objects.requireNonNull(bound.max));
  }

  private int say(HighwaterClient client, Kind kind, String option, int replicas) {
    Limits.range(option, replicas, 0, Limits.REPLICAS_MAX);
    Output output = output(format);
    return HeldService.read(client, service)
        .hold(word.override(kind, replicas, nowMs(client.snapshots())), this, output);
  }
}
