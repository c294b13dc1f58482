package dev.highwater.launcher.dev;

import dev.highwater.agent.Agent;
import dev.highwater.agent.AgentSettings;
import dev.highwater.agent.SessionSettings;
import dev.highwater.model.Observation;
import dev.highwater.rehearsal.Worlds;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.TimedFault;
import dev.highwater.rehearsal.scenario.TimedSurge;
import dev.highwater.workload.SimulatedCell;
import dev.highwater.workload.TrafficTrace;
import java.io.PrintWriter;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The simulated nodes and front doors of a scenario's cells. For one thread; blocks. */
final class LiveAgents {
  private final List<Agent> agents = new ArrayList<>();

  /**
   * Starts those of some cells, and returns once each was welcomed: empty cells, no users.
   *
   * @param cells names of the scenario's cells
   * @param host name of their host, unique in each cell
   */
  void start(
      LiveTarget target,
      Scenario scenario,
      Map<String, TrafficTrace> traces,
      Set<String> cells,
      String host,
      Agent.Watcher watcher)
      throws CannotRunException, InterruptedException {
    List<URI> addresses = new ArrayList<>();
    for (URI api : target.apis()) {
      addresses.add(URI.create("ws://" + api.getAuthority() + "/agent/v1"));
    }
    SessionSettings session = SessionSettings.to(addresses.toArray(URI[]::new));
    for (SimulatedCell.Setup world : Worlds.of(scenario, scenario.services(), traces, 0)) {
      if (cells.contains(world.cell().name())) {
        agents.add(
            Answers.await(
                Agent.start(
                    target.vertx(),
                    new AgentSettings(session, host, world, timeline(scenario)),
                    watcher)));
      }
    }
  }

  private static List<AgentSettings.Timed> timeline(Scenario scenario) {
    List<AgentSettings.Timed> timeline = new ArrayList<>();
    for (TimedSurge surge : scenario.surges()) {
      timeline.add(new AgentSettings.Timed(surge.startMs(), surge.command()));
    }
    for (TimedFault fault : scenario.faults()) {
      if (!fault.fault().rehearsedOnly()) {
        timeline.add(new AgentSettings.Timed(fault.startMs(), fault.command()));
      }
    }
    return timeline;
  }

  /** Lets users come at a whole second. */
  void usersComeAt(long epochMs) throws CannotRunException, InterruptedException {
    for (Agent agent : agents) {
      Answers.await(agent.usersComeAt(epochMs));
    }
  }

  /** What each front door has counted up to now. */
  List<Observation.FrontDoorReport> counted() throws CannotRunException, InterruptedException {
    List<Observation.FrontDoorReport> doors = new ArrayList<>();
    for (Agent agent : agents) {
      doors.add(Answers.await(agent.counted()));
    }
    return doors;
  }

  /** Every agent leaves its cell. */
  void close(PrintWriter out) {
    for (Agent agent : agents) {
      try {
        Answers.await(agent.close());
      } catch (CannotRunException e) {
        out.println("highwater: an agent did not close: " + e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
