package dev.highwater.rehearsal.scenario;

import dev.highwater.model.Limits;
import dev.highwater.model.SimulationCommand;

/**
 * Something that breaks at a moment of the run. Immutable.
 *
 * @param startMs from the start of the run
 * @param target node, zone or cell
 * @param durationMs 0 for what does not end
 */
public record TimedFault(
    long startMs, SimulationCommand.FaultKind fault, String cell, String target, long durationMs) {
  public TimedFault {
    Limits.durationMs("startMs", startMs);
    new SimulationCommand.Fault(fault, cell, target, durationMs);
  }

  /** The same as a command to the simulation. */
  public SimulationCommand.Fault command() {
    return new SimulationCommand.Fault(fault, cell, target, durationMs);
  }
}
