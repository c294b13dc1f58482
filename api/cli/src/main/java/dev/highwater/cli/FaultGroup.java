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
    subcommands = FaultGroup.KillNode.class)
final class FaultGroup implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a fault: kill-node");
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
}
