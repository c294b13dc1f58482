package dev.highwater.rehearsal.scenario;

import dev.highwater.model.Limits;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;

/**
 * More load than anybody declared, at a moment of the run. Immutable.
 *
 * @param startMs from the start of the run
 */
public record TimedSurge(
    long startMs,
    ServiceId service,
    double factor,
    long riseMs,
    long holdMs,
    long decayHalfLifeMs) {
  public TimedSurge {
    Limits.durationMs("startMs", startMs);
    new SimulationCommand.Surge(service, factor, riseMs, holdMs, decayHalfLifeMs);
  }

  /** The same as a command to the simulation. */
  public SimulationCommand.Surge command() {
    return new SimulationCommand.Surge(service, factor, riseMs, holdMs, decayHalfLifeMs);
  }
}
