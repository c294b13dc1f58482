package dev.highwater.launcher.dev;

import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.scenario.Scenario;
import org.jspecify.annotations.Nullable;

/**
 * What a live run was asked to be. Immutable.
 *
 * @param scenarioFile path of the scenario
 * @param scenario with the seed and the duration of this run
 * @param policy that replaces the services' own, or null
 */
record LivePlan(String scenarioFile, Scenario scenario, @Nullable String policy) {
  /** The same for another time. */
  LivePlan lasting(long durationMs) {
    return new LivePlan(
        scenarioFile, scenario.edit(draft -> draft.durationMs = durationMs), policy);
  }

  /** Latency that a service promises; NaN for one that is not of the scenario. */
  double sloLatencyMs(ServiceId id) {
    Service service = scenario.service(id);
    return service == null ? Double.NaN : service.slo().latencyMs();
  }
}
