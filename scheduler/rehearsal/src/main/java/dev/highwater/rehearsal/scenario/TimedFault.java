package dev.highwater.rehearsal.scenario;

import dev.highwater.model.Limits;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.json.ModelJson;

/**
 * Something that breaks at a moment of the run. Immutable.
 *
 * @param startMs from the start of the run
 * @param target node, zone or cell
 * @param durationMs 0 for what does not end
 * @param lagMs how late stale reports arrive; 0 for other faults
 */
public record TimedFault(
    long startMs,
    SimulationCommand.FaultKind fault,
    String cell,
    String target,
    long durationMs,
    long lagMs) {
  public TimedFault {
    Limits.durationMs("startMs", startMs);
    Limits.durationMs("lagMs", lagMs);
    new SimulationCommand.Fault(fault, cell, target, durationMs);
  }

  /** The same at another moment. */
  public TimedFault at(long otherStartMs) {
    return new TimedFault(otherStartMs, fault, cell, target, durationMs, lagMs);
  }

  /** In words, such as {@code node-crash of local/local-general-0 at 65s}. */
  public String inWords() {
    return ModelJson.toTree(fault).asText()
        + " of "
        + (target.equals(cell) ? cell : cell + "/" + target)
        + " at "
        + TimeSpan.write(startMs);
  }

  /** The same as a command to the simulation. */
  public SimulationCommand.Fault command() {
    return new SimulationCommand.Fault(fault, cell, target, durationMs);
  }
}
