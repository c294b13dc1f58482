package dev.highwater.server.control;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.SimulationCommand.Fault;
import dev.highwater.model.SimulationCommand.FaultKind;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Refuses a fault that would hit nothing, by the rules of a scenario: what hits a whole cell names
 * the cell, anything else a node that is there, its zone or its cell, as the kind allows. Without
 * this an agent would take the fault, do nothing, and the caller believe that it happened.
 * Stateless.
 */
final class FaultTargets {
  private FaultTargets() {}

  /**
   * Checks a fault.
   *
   * @param spotPools keys of the cell's pools whose nodes the provider may take back
   */
  static void check(Fault fault, List<CellSnapshot> snapshots, Set<String> spotPools) {
    String kind = fault.fault().name().toLowerCase(Locale.ROOT).replace('_', '-');
    if (fault.fault().rehearsedOnly()) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "fault",
          kind,
          "can only be rehearsed; to lose an owner live, kill its member");
    }
    if (fault.fault().ofCell()) {
      if (!fault.target().equals(fault.cell())) {
        throw new InvalidInputException(
            ErrorCode.INVALID_VALUE,
            "target",
            fault.target(),
            "must be " + fault.cell() + ", because " + kind + " hits a whole cell");
      }
      return;
    }
    boolean spot = fault.fault() == FaultKind.SPOT_LOSS;
    for (CellSnapshot snapshot : snapshots) {
      for (NodeStatus node : snapshot.nodes()) {
        if (snapshot.cell().equals(fault.cell())
            && fault.means(node.node(), node.zone())
            && (!spot || spotPools.contains(node.pool()))) {
          return;
        }
      }
    }
    throw new InvalidInputException(
        ErrorCode.NOT_FOUND,
        "target",
        fault.target(),
        "must name a " + what(fault.fault()) + " that is in cell " + fault.cell());
  }

  private static String what(FaultKind kind) {
    return switch (kind) {
      case NODE_CRASH -> "node";
      case ZONE_CRASH -> "zone";
      case AGENT_SILENT -> "node or zone";
      case SPOT_LOSS -> "spot node, or a zone of one,";
      case SLOW_BOOTS, CELL_LOSS, OWNER_LOST, STALE_REPORTS -> throw new AssertionError(kind);
    };
  }
}
