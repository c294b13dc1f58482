package dev.highwater.rehearsal;

import dev.highwater.model.Cell;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.Tenant;
import dev.highwater.rehearsal.scenario.Expectation;
import dev.highwater.rehearsal.scenario.Load;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.workload.Fidelity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What was declared while a night was lived through. Immutable. */
public record Declared(
    List<Cell> cells,
    List<NodePool> pools,
    List<Tenant> tenants,
    List<Service> services,
    List<PeakEvent> events) {
  public Declared {
    cells = List.copyOf(cells);
    pools = List.copyOf(pools);
    tenants = List.copyOf(tenants);
    services = List.copyOf(services);
    events = List.copyOf(events);
  }

  /**
   * The same as a scenario of some seconds. Who called whom, surges and faults are not known, and
   * so not in it.
   *
   * @param startMs epoch milliseconds
   */
  public Scenario scenario(long startMs, long seconds) {
    List<PeakEvent> calendar = new ArrayList<>();
    for (PeakEvent event : events) {
      PeakEvent part = event.left(startMs);
      if (part != null && part.startMs() < seconds * 1_000) {
        calendar.add(part);
      }
    }
    return new Scenario(
        Scenario.FORMAT_VERSION,
        "live",
        "what happened from " + Instant.ofEpochMilli(startMs),
        seconds * 1_000,
        1,
        Instant.ofEpochMilli(startMs).toString(),
        200,
        Fidelity.REQUEST,
        true,
        cells,
        pools,
        List.of(),
        tenants,
        List.of(),
        services,
        services.stream().map(service -> Load.called(service.id())).toList(),
        calendar,
        List.of(),
        List.of(),
        new Expectation(List.of(), null, 0, null, null, null));
  }
}
