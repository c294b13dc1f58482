package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.ServiceId;
import dev.highwater.model.view.DatedExplanation;
import dev.highwater.model.view.DatedRoute;
import dev.highwater.model.view.ExplanationList;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells why a service has its number of replicas. */
@Command(
    name = "explain",
    description = "Tell why a service has its target, now or at an earlier time.",
    footer = {
      "",
      "Examples:",
      "  highwater explain shop/order",
      "  highwater explain shop/order --at 23:59:30",
      "  highwater explain shop/order --at 5m"
    })
final class ExplainVerb extends Verb {
  @Parameters(paramLabel = "TENANT/SERVICE", description = "The service.")
  String service;

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "As it was then: 23:59:30 (UTC), 5m (ago), ISO-8601 or epoch milliseconds.")
  @Nullable String at;

  @Option(names = "-o", paramLabel = "json", description = "json: everything, stable.")
  @Nullable String format;

  @Override
  int run(HighwaterClient client) {
    ServiceId id = ServiceId.parse(service);
    Long atMs =
        at == null ? null : Long.valueOf(Words.pastMs("--at", at, nowMs(client.snapshots())));
    List<DatedExplanation> found = client.explain(id, atMs);
    if (output(format) == Output.JSON) {
      printJson(new ExplanationList(found));
      return DONE;
    }
    if (found.isEmpty()) {
      out().println("Nothing was decided about " + id + " yet.");
    }
    for (DatedExplanation each : found) {
      ExplanationText.print(each, out());
    }
    List<DatedRoute> routes = new ArrayList<>(atMs == null ? client.routes() : List.of());
    routes.removeIf(route -> !route.route().service().equals(id));
    if (!routes.isEmpty()) {
      out().println("where its users go");
      Rows.routes(routes).print(out(), "");
    }
    return DONE;
  }
}
