package dev.highwater.launcher.rehearse;

import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.launcher.rehearse.ScenarioFiles.Loaded;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.Demand;
import dev.highwater.rehearsal.scenario.Load;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.workload.TrafficSpec;
import dev.highwater.workload.TrafficTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A scenario from a chosen minute on, rehearsed or live. Stateless. */
public final class ScenarioPart {
  private ScenarioPart() {}

  /**
   * The same night begun {@code fromMs} later. A night that is under way has the replicas that its
   * load needs at that minute, or what the scenario begins with where that is more; a replayed
   * service always begins with what its first sample needs.
   */
  public static Loaded from(Loaded loaded, long fromMs) {
    SortedMap<String, TrafficTrace> parts = new TreeMap<>(loaded.traces());
    Scenario scenario = loaded.scenario();
    if (fromMs > 0) {
      parts.replaceAll(
          (file, series) -> series.part(fromMs, Math.max(0, series.durationMs() - fromMs)));
      scenario = Shift.by(scenario, fromMs);
    }
    return new Loaded(sized(scenario, parts, fromMs > 0), parts);
  }

  private static Scenario sized(
      Scenario scenario, Map<String, TrafficTrace> traces, boolean underWay) {
    SortedMap<ServiceId, Load> replayed = new TreeMap<>();
    List<TrafficSpec> traffic = new ArrayList<>();
    for (Load load : scenario.loads()) {
      traffic.add(load.traffic(traces));
      if (load.trace() != null) {
        replayed.put(load.service(), load);
      }
    }
    Demand demand = new Demand(traffic, List.of());
    List<Service> services = new ArrayList<>();
    for (Service service : scenario.services()) {
      boolean isReplayed = replayed.containsKey(service.id());
      double rate = demand.rate(service.id(), 0);
      // What users are told decides some rates; nobody knows those before the night.
      if (Double.isNaN(rate) || !(isReplayed || underWay)) {
        services.add(service);
        continue;
      }
      Scaling s = service.scaling();
      int first = Math.max(1, new Sizer(ReplicaModel.of(service)).replicasFor(rate));
      int wanted = isReplayed ? first : Math.max(first, s.replicasInitial());
      services.add(
          service.withScaling(
              new Scaling(
                  s.policy(),
                  s.replicasMin(),
                  s.replicasMax(),
                  Math.max(s.replicasMin(), Math.min(s.replicasMax(), wanted)),
                  s.stabilisationMs(),
                  s.schedules(),
                  s.metrics(),
                  s.override(),
                  s.flapsPerHourMax(),
                  s.behavior())));
    }
    return scenario.edit(draft -> draft.services = services);
  }
}
