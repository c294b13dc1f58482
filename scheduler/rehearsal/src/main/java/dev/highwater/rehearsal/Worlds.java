package dev.highwater.rehearsal;

import dev.highwater.model.Cell;
import dev.highwater.model.NodePool;
import dev.highwater.model.Service;
import dev.highwater.rehearsal.scenario.Load;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.workload.SimulatedCell;
import dev.highwater.workload.TrafficSpec;
import dev.highwater.workload.TrafficTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Makes the simulated cells of a scenario: the same ones for a rehearsal and for agents, so that a
 * live night meets the users that were rehearsed. Stateless.
 */
public final class Worlds {
  private Worlds() {}

  /**
   * One world per cell, in the scenario's order.
   *
   * @param services as their policies were chosen
   * @param traces recorded series by the file name that the scenario gives
   * @param startMs epoch milliseconds at which users come
   */
  public static List<SimulatedCell.Setup> of(
      Scenario scenario, List<Service> services, Map<String, TrafficTrace> traces, long startMs) {
    List<SimulatedCell.Setup> worlds = new ArrayList<>();
    for (Cell cell : scenario.cells()) {
      List<Service> here = new ArrayList<>();
      List<TrafficSpec> traffic = new ArrayList<>();
      for (Service service : services) {
        if (service.mayRunIn(cell)) {
          here.add(service);
          for (Load load : scenario.loads()) {
            if (load.service().equals(service.id())) {
              traffic.add(load.traffic(traces));
            }
          }
        }
      }
      List<NodePool> pools = new ArrayList<>();
      for (NodePool pool : scenario.pools()) {
        if (pool.cell().equals(cell.name())) {
          pools.add(pool);
        }
      }
      worlds.add(
          new SimulatedCell.Setup(
              cell,
              scenario.seed(),
              startMs,
              scenario.windowMs(),
              scenario.fidelity(),
              pools,
              here,
              traffic));
    }
    return worlds;
  }
}
