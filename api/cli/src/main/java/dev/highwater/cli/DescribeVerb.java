package dev.highwater.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.highwater.client.HighwaterClient;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.CellNode;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Shows one thing with what one would ask for next. */
@Command(
    name = "describe",
    description =
        "Show one tenant, service, cell, pool, node, event or cordon with what belongs to it.",
    footer = {
      "",
      "Examples:",
      "  highwater describe service shop/order",
      "  highwater describe tenant rail"
    })
final class DescribeVerb extends Verb {
  private static final int DECISIONS = 8;

  /** Decisions among which those about a pool are looked for; chosen by us, half a page at most. */
  private static final int LOOKED_AT = 500;

  @Parameters(
      index = "0",
      paramLabel = "TYPE",
      description = "tenant, service, cell, pool, node, event or cordon.")
  String type;

  @Parameters(
      index = "1",
      paramLabel = "NAME",
      description = "Its name; TENANT/SERVICE, CELL/POOL, CELL/NODE.")
  String name;

  @Override
  int run(HighwaterClient client) {
    if (type.equals("node") || type.equals("nodes")) {
      describeNode(client);
      return DONE;
    }
    SpecKind kind = Types.kind(type);
    if (kind == null) {
      throw new ParameterException(
          spec.commandLine(),
          "TYPE must be tenant, service, cell, pool, node, event or cordon: " + type);
    }
    SpecChange found = client.spec(kind, Types.key(kind, name));
    out().println(kind.word() + "/" + found.key() + "  version " + found.resourceVersion());
    printYaml(found);
    describeRelated(client, kind);
    return DONE;
  }

  private void describeRelated(HighwaterClient client, SpecKind kind) {
    List<CellSnapshot> snapshots = client.snapshots();
    out().println();
    switch (kind) {
      case TENANT -> {
        List<CellSnapshot> own = only(snapshots, name + "/");
        Rows.services(own, of(client, name + "/"), false).print(out(), "It has no service.");
        out().println();
        out().println("It costs " + cost(own));
      }
      case SERVICE -> {
        List<CellSnapshot> own = only(snapshots, name);
        Rows.services(own, of(client, name), false).print(out(), "No cell runs it.");
        out().println();
        out().println("It costs " + cost(own));
        out().println();
        client
            .explain(ServiceId.parse(name), null)
            .forEach(each -> ExplanationText.print(each, out()));
        out().println();
        Rows.decisions(
                client.decisions(ServiceId.parse(name), null, 50), DECISIONS, nowMs(snapshots))
            .print(out(), "Nothing was decided about it yet.");
      }
      case CELL ->
          Rows.pools(
                  client.specs(SpecKind.NODE_POOL).stream()
                      .filter(pool -> pool.key().startsWith(name + "/"))
                      .toList(),
                  snapshots)
              .print(out(), "It has no pool.");
      case NODE_POOL -> {
        String own = name.substring(name.indexOf('/') + 1);
        List<CellNode> nodes =
            client.nodes().stream()
                .filter(node -> name.startsWith(node.cell() + "/"))
                .filter(node -> node.node().pool().equals(name) || node.node().pool().equals(own))
                .toList();
        Rows.nodes(nodes, nowMs(snapshots), false).print(out(), "It has no node.");
        out().println();
        Rows.decisions(ofPool(client.decisions(null, null, LOOKED_AT)), DECISIONS, nowMs(snapshots))
            .print(out(), "None of the last " + LOOKED_AT + " decisions is about it.");
      }
      case CORDON -> {
        List<CellNode> nodes =
            client.nodes().stream()
                .filter(node -> name.equals(node.cell() + "/" + node.node().node()))
                .toList();
        Rows.nodes(nodes, nowMs(snapshots), true).print(out(), "The node is gone.");
      }
      case PEAK_EVENT ->
          Rows.events(List.of(client.spec(kind, name)), snapshots).print(out(), "No cell sees it.");
    }
  }

  /** The same decisions with what they explain of the pool only. */
  private List<Decision> ofPool(List<Decision> decisions) {
    return decisions.stream()
        .map(
            decision ->
                new Decision(
                    decision.cell(),
                    decision.epoch(),
                    decision.sequence(),
                    decision.nowMs(),
                    decision.facts(),
                    decision.commands(),
                    decision.explanations().stream()
                        .filter(
                            why -> why instanceof PoolExplained pool && pool.pool().equals(name))
                        .toList()))
        .toList();
  }

  private static String cost(List<CellSnapshot> own) {
    double perHour = 0;
    double total = 0;
    for (CellSnapshot cell : own) {
      for (CellSnapshot.ServiceStatus service : cell.services()) {
        perHour += service.costPerHour();
        total += service.costTotal();
      }
    }
    return Words.money(perHour)
        + "/h, and has cost "
        + Words.money(total)
        + (own.size() == 1
            ? " since " + Words.moment(own.get(0).costSinceMs(), own.get(0).nowMs())
            : " since the owners of its cells began");
  }

  private void describeNode(HighwaterClient client) {
    List<CellNode> found =
        client.nodes().stream()
            .filter(
                node ->
                    (node.cell() + "/" + node.node().node()).equals(name)
                        || node.node().node().equals(name))
            .toList();
    if (found.isEmpty()) {
      throw new RefusedException(ErrorCode.NOT_FOUND, "node", name, "is in no cell");
    }
    Rows.nodes(found, nowMs(client.snapshots()), true).print(out(), "");
  }

  private static List<SpecChange> of(HighwaterClient client, String prefix) {
    return client.specs(SpecKind.SERVICE).stream()
        .filter(service -> service.key().startsWith(prefix))
        .toList();
  }

  /** The same snapshots with those services only whose name begins so. */
  private static List<CellSnapshot> only(List<CellSnapshot> snapshots, String prefix) {
    return snapshots.stream()
        .map(
            cell ->
                new CellSnapshot(
                    cell.cell(),
                    cell.epoch(),
                    cell.owner(),
                    cell.nowMs(),
                    cell.position(),
                    cell.ticksTotal(),
                    cell.auditViolationsTotal(),
                    cell.services().stream()
                        .filter(status -> status.service().toString().startsWith(prefix))
                        .toList(),
                    cell.nodes(),
                    cell.pools(),
                    cell.events(),
                    cell.costPerHour(),
                    cell.costTotal(),
                    cell.nodeHoursTotal(),
                    cell.costSinceMs()))
        .toList();
  }

  private void printYaml(SpecChange found) {
    try {
      String yaml =
          ModelJson.mapper(new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER))
              .writeValueAsString(ModelJson.toTree(found).get("spec"));
      yaml.lines().forEach(line -> out().println("  " + line));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e); // a tree that was made here can be written
    }
  }
}
