package dev.highwater.agent;

import dev.highwater.model.AgentMessage;
import dev.highwater.model.Command;
import dev.highwater.model.Observation;
import dev.highwater.model.SimulationCommand;
import dev.highwater.workload.Obedience;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whoever speaks through an {@link AgentSession}: a node, a node host or a front door. Called on
 * the session's context only.
 */
interface Participant {
  /**
   * How it introduces itself now; asked for each connection, because what a node runs changes.
   *
   * @param epoch the highest epoch that was obeyed
   */
  AgentMessage.Hello hello(long epoch);

  /** Carries out an order, or says why not; an older generation is refused here. */
  Obedience obey(Command command);

  /** Does something to the simulated world. */
  void simulate(List<SimulationCommand> commands);

  /**
   * What it has to say.
   *
   * @return null when there is nothing to say
   */
  @Nullable Observation report(long atMs);
}
