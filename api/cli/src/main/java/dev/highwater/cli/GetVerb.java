package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.view.DatedRoute;
import dev.highwater.model.view.DecisionList;
import dev.highwater.model.view.NodePage;
import dev.highwater.model.view.RouteList;
import dev.highwater.model.view.SpecPage;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Lists things of one type, one row each. */
@Command(
    name = "get",
    description =
        "List tenants, services, cells, pools, nodes, cordons, events, routes or decisions.",
    footer = {
      "",
      "Examples:",
      "  highwater get services",
      "  highwater get nodes -o wide",
      "  highwater get decisions --service shop/order --limit 20",
      "  highwater get events -o json"
    })
final class GetVerb extends Verb {
  @Parameters(
      paramLabel = "TYPE",
      description = "tenants, services, cells, pools, nodes, cordons, events, routes or decisions.")
  String type;

  @Option(
      names = "-o",
      paramLabel = "wide|json",
      description = "wide: more columns. json: everything, stable.")
  @Nullable String format;

  @Option(
      names = "--service",
      paramLabel = "TENANT/SERVICE",
      description = "Decisions of this service only.")
  @Nullable String service;

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "Decisions at or before this time: 23:59:30, 5m (ago), ISO-8601.")
  @Nullable String at;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "50",
      description = "Most decisions, 1 to 1000 (default 50).")
  int limit;

  @Override
  int run(HighwaterClient client) {
    Output output = output(format);
    boolean wide = output == Output.WIDE;
    switch (type) {
      case "tenants" -> {
        List<SpecChange> tenants = client.specs(SpecKind.TENANT);
        if (!printedAsJson(output, tenants)) {
          Rows.tenants(tenants, client.specs(SpecKind.SERVICE)).print(out(), "No tenant.");
        }
      }
      case "services" -> {
        List<SpecChange> services = client.specs(SpecKind.SERVICE);
        if (!printedAsJson(output, services)) {
          Rows.services(client.snapshots(), services, wide).print(out(), "No service.");
        }
      }
      case "cells" -> {
        List<SpecChange> cells = client.specs(SpecKind.CELL);
        if (!printedAsJson(output, cells)) {
          Rows.cells(cells, client.snapshots()).print(out(), "No cell.");
        }
      }
      case "pools" -> {
        List<SpecChange> pools = client.specs(SpecKind.NODE_POOL);
        if (!printedAsJson(output, pools)) {
          Rows.pools(pools, client.snapshots()).print(out(), "No pool.");
        }
      }
      case "events" -> {
        List<SpecChange> events = client.specs(SpecKind.PEAK_EVENT);
        if (!printedAsJson(output, events)) {
          Rows.events(events, client.snapshots()).print(out(), "No event.");
        }
      }
      case "nodes" -> nodes(client, output);
      case "cordons" -> {
        List<SpecChange> cordons = client.specs(SpecKind.CORDON);
        if (!printedAsJson(output, cordons)) {
          Rows.cordons(cordons, client.nodes()).print(out(), "No node is cordoned.");
        }
      }
      case "routes" -> {
        List<DatedRoute> routes = client.routes();
        if (output == Output.JSON) {
          printJson(new RouteList(routes));
        } else {
          Rows.routes(routes).print(out(), "No route: they begin with the second cell.");
        }
      }
      case "decisions" -> decisions(client, output);
      default ->
          throw new ParameterException(
              spec.commandLine(),
              "TYPE must be tenants, services, cells, pools, nodes, cordons, events, routes or"
                  + " decisions: "
                  + type);
    }
    return DONE;
  }

  private void nodes(HighwaterClient client, Output output) {
    if (output == Output.JSON) {
      printJson(new NodePage(client.nodes(), null));
    } else {
      long nowMs = nowMs(client.snapshots());
      Rows.nodes(client.nodes(), nowMs, output == Output.WIDE).print(out(), "No node.");
    }
  }

  private void decisions(HighwaterClient client, Output output) {
    if (limit < 1 || limit > RecentDecisions.PAGE_MAX) {
      throw new ParameterException(spec.commandLine(), "--limit must be 1 to 1000: " + limit);
    }
    List<CellSnapshot> snapshots = client.snapshots();
    long nowMs = nowMs(snapshots);
    ServiceId of = service == null ? null : ServiceId.parse(service);
    Long atMs = at == null ? null : Long.valueOf(Words.pastMs("--at", at, nowMs));
    if (output == Output.JSON) {
      printJson(new DecisionList(client.decisions(of, atMs, limit)));
    } else {
      RecentDecisions.rows(client, of, atMs, limit, nowMs).print(out(), "No decision.");
    }
  }

  private boolean printedAsJson(Output output, List<SpecChange> specs) {
    if (output == Output.JSON) {
      printJson(new SpecPage(specs, null));
      return true;
    }
    return false;
  }
}
