package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.SimulationCommand.Fault;
import dev.highwater.model.SimulationCommand.FaultKind;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Breaks things in the simulated world. */
@Command(
    name = "fault",
    description = "Break something in the simulated world.",
    mixinStandardHelpOptions = true,
    subcommands = {FaultGroup.KillNode.class, FaultGroup.LoseCell.class})
final class FaultGroup implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a fault: kill-node or lose-cell");
  }

  /** Kills a node with its replicas. */
  @Command(
      name = "kill-node",
      description = "Kill a node with its replicas.",
      footer = {"", "Example:", "  highwater fault kill-node east/standard-3 --yes"})
  static final class KillNode extends Verb {
    @Parameters(paramLabel = "[CELL/]NODE", description = "As `highwater get nodes` names it.")
    String node;

    @Option(names = "--yes", description = "Do not ask.")
    boolean yes;

    @Override
    int run(HighwaterClient client) {
      confirm(yes, "Killing node " + node);
      Fault fault = fault(client.snapshots());
      client.simulate(fault);
      out().println("node " + fault.cell() + "/" + fault.target() + " killed");
      return DONE;
    }

    private Fault fault(List<CellSnapshot> snapshots) {
      int slash = node.indexOf('/');
      if (slash >= 0) {
        return new Fault(
            FaultKind.NODE_CRASH, node.substring(0, slash), node.substring(slash + 1), 0);
      }
      List<String> cells =
          snapshots.stream()
              .filter(cell -> cell.nodes().stream().anyMatch(each -> each.node().equals(node)))
              .map(CellSnapshot::cell)
              .toList();
      if (cells.size() == 1) {
        return new Fault(FaultKind.NODE_CRASH, cells.get(0), node, 0);
      }
      throw new InvalidInputException(
          cells.isEmpty() ? ErrorCode.NOT_FOUND : ErrorCode.INVALID_VALUE,
          "node",
          node,
          cells.isEmpty() ? "is in no cell" : "is in several cells, write CELL/NODE");
    }
  }

  /** Darkens a whole cell. */
  @Command(
      name = "lose-cell",
      description = "Darken a cell: its nodes die, it says nothing, its users fail until moved.",
      footer = {"", "Example:", "  highwater fault lose-cell east --for 1m --yes"})
  static final class LoseCell extends Verb {
    @Parameters(paramLabel = "CELL", description = "As `highwater get cells` names it.")
    String cell;

    @Option(
        names = "--for",
        paramLabel = "TIME",
        defaultValue = "0s",
        description = "Until it begins again without nodes, such as 1m; for good if left out.")
    String duration;

    @Option(names = "--yes", description = "Do not ask.")
    boolean yes;

    @Override
    int run(HighwaterClient client) {
      long durationMs = Words.spanMs("--for", duration);
      confirm(yes, "Losing cell " + cell);
      client.simulate(new Fault(FaultKind.CELL_LOSS, cell, cell, durationMs));
      out().println("cell " + cell + " lost");
      return DONE;
    }
  }
}
