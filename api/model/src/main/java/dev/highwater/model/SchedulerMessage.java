package dev.highwater.model;

import java.util.List;

/** What a scheduler member says to an agent over its WebSocket. Immutable. */
public sealed interface SchedulerMessage {
  /**
   * The session is open.
   *
   * @param epoch of the cell's owner
   * @param reportIntervalMs time between two reports
   * @param leaseMs after so long without a report the node counts as lost
   */
  record Welcome(
      int protocolVersion, String member, long epoch, long reportIntervalMs, long leaseMs)
      implements SchedulerMessage {}

  /** Another member owns the cell. */
  record Redirect(String url) implements SchedulerMessage {}

  /** The session is refused; the connection closes. */
  record Refused(ErrorCode code, String detail) implements SchedulerMessage {}

  /** Something to do. */
  record Instruct(Command command) implements SchedulerMessage {}

  /** Something to do to the simulated world; never part of the scheduler's state. */
  record Simulate(List<SimulationCommand> commands) implements SchedulerMessage {
    public Simulate {
      commands = List.copyOf(commands);
    }
  }
}
