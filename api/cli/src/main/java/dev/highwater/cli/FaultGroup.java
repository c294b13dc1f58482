package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.NodePool;
import dev.highwater.model.Purchase;
import dev.highwater.model.SimulationCommand.Fault;
import dev.highwater.model.SimulationCommand.FaultKind;
import dev.highwater.model.SpecKind;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Breaks things in the simulated world; each fault that is not only rehearsed has a verb. */
@Command(
    name = "fault",
    description = "Break something in the simulated world.",
    mixinStandardHelpOptions = true,
    subcommands = {
      FaultGroup.KillNode.class,
      FaultGroup.KillZone.class,
      FaultGroup.LoseCell.class,
      FaultGroup.Silence.class,
      FaultGroup.SlowBoots.class,
      FaultGroup.SpotLoss.class
    })
final class FaultGroup implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name a fault: " + String.join(", ", spec.subcommands().keySet()));
  }

  /** A fault of a node that is named with its cell, or without where only one cell has it. */
  private static Fault ofNode(
      FaultKind kind, String node, long durationMs, List<CellSnapshot> snapshots) {
    if (node.indexOf('/') >= 0) {
      String[] parts = parts("node", node, "CELL/NODE");
      return new Fault(kind, parts[0], parts[1], durationMs);
    }
    List<String> cells =
        snapshots.stream()
            .filter(cell -> cell.nodes().stream().anyMatch(each -> each.node().equals(node)))
            .map(CellSnapshot::cell)
            .toList();
    if (cells.size() == 1) {
      return new Fault(kind, cells.get(0), node, durationMs);
    }
    throw new RefusedException(
        cells.isEmpty() ? ErrorCode.NOT_FOUND : ErrorCode.INVALID_VALUE,
        "node",
        node,
        cells.isEmpty() ? "is in no cell" : "is in several cells, write CELL/NODE");
  }

  /** The two sides of the only slash. */
  private static String[] parts(String field, String text, String form) {
    String[] parts = text.split("/", -1);
    if (parts.length != 2) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, field, text, "must be written " + form);
    }
    return parts;
  }

  /** How long a fault stays. */
  static final class Lasting {
    @Option(
        names = "--for",
        paramLabel = "TIME",
        defaultValue = "0s",
        description = "It ends after this time, such as 1m; for good if left out.")
    String duration;

    /** 0 for good. */
    long ms() {
      return Words.spanMs("--for", duration);
    }

    @Override
    public String toString() {
      return ms() == 0 ? "for good" : "for " + Words.span(ms());
    }
  }

  /** Kills a node with its replicas. */
  @Command(
      name = "kill-node",
      description = "Kill a node with its replicas.",
      footer = {"", "Example:", "  highwater fault kill-node east/standard-3 --yes"})
  static final class KillNode extends Verb {
    @Parameters(paramLabel = "[CELL/]NODE", description = "As `highwater get nodes` names it.")
    String node;

    @Mixin Confirmation confirmation;

    @Override
    int run(HighwaterClient client) {
      confirmation.ask("Killing node " + node);
      Fault fault = ofNode(FaultKind.NODE_CRASH, node, 0, client.snapshots());
      client.simulate(fault);
      out().println("node " + fault.cell() + "/" + fault.target() + " killed");
      return DONE;
    }
  }

  /** Kills every node of a zone. */
  @Command(
      name = "kill-zone",
      description = "Kill every node of a zone with its replicas.",
      footer = {"", "Example:", "  highwater fault kill-zone east/a --yes"})
  static final class KillZone extends Verb {
    @Parameters(paramLabel = "CELL/ZONE", description = "Zones are in `highwater get nodes`.")
    String zone;

    @Mixin Confirmation confirmation;

    @Override
    int run(HighwaterClient client) {
      String[] parts = parts("zone", zone, "CELL/ZONE");
      confirmation.ask("Killing zone " + zone);
      client.simulate(new Fault(FaultKind.ZONE_CRASH, parts[0], parts[1], 0));
      out().println("zone " + zone + " killed");
      return DONE;
    }
  }

  /** Darkens a whole cell. */
  @Command(
      name = "lose-cell",
      description =
          "Darken a cell: its nodes die, it says nothing, its users fail until moved; it begins again without nodes.",
      footer = {"", "Example:", "  highwater fault lose-cell east --for 1m --yes"})
  static final class LoseCell extends Verb {
    @Parameters(paramLabel = "CELL", description = "As `highwater get cells` names it.")
    String cell;

    @Mixin Lasting lasting;

    @Mixin Confirmation confirmation;

    @Override
    int run(HighwaterClient client) {
      long durationMs = lasting.ms(); // refused before anything is asked
      confirmation.ask("Losing cell " + cell);
      client.simulate(new Fault(FaultKind.CELL_LOSS, cell, cell, durationMs));
      out().println("cell " + cell + " lost " + lasting);
      return DONE;
    }
  }

  /** Lets a node serve on while its agent says nothing. */
  @Command(
      name = "silence",
      description = "Silence a node's agent while its replicas serve on.",
      footer = {"", "Example:", "  highwater fault silence east/standard-3 --for 30s --yes"})
  static final class Silence extends Verb {
    @Parameters(paramLabel = "[CELL/]NODE", description = "As `highwater get nodes` names it.")
    String node;

    @Mixin Lasting lasting;

    @Mixin Confirmation confirmation;

    @Override
    int run(HighwaterClient client) {
      long durationMs = lasting.ms(); // refused before anything is asked
      confirmation.ask("Silencing node " + node);
      Fault fault = ofNode(FaultKind.AGENT_SILENT, node, durationMs, client.snapshots());
      client.simulate(fault);
      out().println("node " + fault.cell() + "/" + fault.target() + " silent " + lasting);
      return DONE;
    }
  }

  /** Makes boots slow. */
  @Command(
      name = "slow-boots",
      description = "Make nodes and replicas of a cell take five times as long to boot.",
      footer = {"", "Example:", "  highwater fault slow-boots east --for 2m --yes"})
  static final class SlowBoots extends Verb {
    @Parameters(paramLabel = "CELL", description = "As `highwater get cells` names it.")
    String cell;

    @Mixin Lasting lasting;

    @Mixin Confirmation confirmation;

    @Override
    int run(HighwaterClient client) {
      long durationMs = lasting.ms(); // refused before anything is asked
      confirmation.ask("Slowing the boots of cell " + cell);
      client.simulate(new Fault(FaultKind.SLOW_BOOTS, cell, cell, durationMs));
      out().println("cell " + cell + " boots slowly " + lasting);
      return DONE;
    }
  }

  /** Lets the provider take spot nodes back. */
  @Command(
      name = "spot-loss",
      description = "Let the provider take a pool's spot nodes back, after a notice.",
      footer = {
        "",
        "Nodes that drain already are taken last. One line tells each node that was given notice.",
        "",
        "Example:",
        "  highwater fault spot-loss east/spot --count 3 --notice 30s --yes"
      })
  static final class SpotLoss extends Verb {
    @Parameters(paramLabel = "CELL/POOL", description = "A pool of spot nodes.")
    String pool;

    @Option(
        names = "--count",
        paramLabel = "N",
        description = "So many of its nodes; all if left out.")
    @Nullable Integer count;

    @Option(
        names = "--notice",
        paramLabel = "TIME",
        defaultValue = "120s",
        description = "From notice to loss (default 120s).")
    String notice;

    @Mixin Confirmation confirmation;

    @Override
    int run(HighwaterClient client) {
      String cell = parts("pool", pool, "CELL/POOL")[0];
      long noticeMs = Words.spanMs("--notice", notice);
      if (noticeMs == 0) {
        throw new InvalidInputException(
            ErrorCode.INVALID_VALUE, "--notice", notice, "must be longer than nothing, such as 1s");
      }
      if (count != null && count < 1) {
        throw new InvalidInputException(
            ErrorCode.INVALID_VALUE, "--count", count, "must be 1 or more, or left out for all");
      }
      if (!(client.spec(SpecKind.NODE_POOL, pool).spec() instanceof NodePool declared)
          || declared.purchase() != Purchase.SPOT) {
        throw new RefusedException(
            ErrorCode.INVALID_VALUE,
            "pool",
            pool,
            "must have purchase: spot, others are not taken back");
      }
      List<String> nodes = nodes(client.snapshots());
      int taken = count == null ? nodes.size() : count;
      if (nodes.isEmpty()) {
        throw new RefusedException(
            ErrorCode.INVALID_VALUE, "pool", pool, "must have a node that can be taken back");
      }
      if (taken > nodes.size()) {
        throw new RefusedException(
            ErrorCode.INVALID_VALUE,
            "--count",
            taken,
            "must be 1 to " + nodes.size() + ", the nodes that " + pool + " has");
      }
      confirmation.ask("Taking back " + taken + " nodes of pool " + pool);
      for (String node : nodes.subList(0, taken)) {
        client.simulate(new Fault(FaultKind.SPOT_LOSS, cell, node, noticeMs));
        out().println("node " + cell + "/" + node + " is taken back in " + Words.span(noticeMs));
      }
      return DONE;
    }

    private List<String> nodes(List<CellSnapshot> snapshots) {
      return snapshots.stream()
          .flatMap(snapshot -> snapshot.nodes().stream())
          .filter(node -> node.pool().equals(pool))
          .sorted(Comparator.comparing(node -> node.state() == NodeState.DRAINING))
          .map(NodeStatus::node)
          .toList();
    }
  }
}
