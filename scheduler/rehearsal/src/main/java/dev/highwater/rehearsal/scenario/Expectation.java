package dev.highwater.rehearsal.scenario;

import dev.highwater.model.Limits;
import dev.highwater.model.ServiceId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must hold at the end of a run under the scenario's own policies. Immutable.
 *
 * @param services bounds of single services
 * @param violationRatioMax violations over first attempts of all services together, 0 to 1; null
 *     means no limit
 * @param auditViolationsMax rules that the auditor may see broken
 * @param nodesMax most nodes at any moment; null means no limit
 * @param nodeHoursMax node-hours of the run; null means no limit
 * @param costMax money of the run; null means no limit
 */
public record Expectation(
    List<ServiceBound> services,
    @Nullable Double violationRatioMax,
    long auditViolationsMax,
    @Nullable Integer nodesMax,
    @Nullable Double nodeHoursMax,
    @Nullable Double costMax) {
  public Expectation {
    services = Limits.list("services", services, Limits.SPEC_LIST_MAX);
    if (violationRatioMax != null) {
      Limits.range("violationRatioMax", violationRatioMax, 0, 1);
    }
    Limits.range("auditViolationsMax", auditViolationsMax, 0, Long.MAX_VALUE);
  }

  /** Whether anything is expected of users' experience, nodes or money. */
  public boolean any() {
    return !services.isEmpty()
        || violationRatioMax != null
        || nodesMax != null
        || nodeHoursMax != null
        || costMax != null;
  }

  /**
   * What one service must reach. Immutable.
   *
   * @param violationRatioMax violations over first attempts, 0 to 1
   * @param servedRatioMin served over first attempts, 0 to 1
   */
  public record ServiceBound(
      ServiceId service, double violationRatioMax, @Nullable Double servedRatioMin) {
    public ServiceBound {
      Limits.range("violationRatioMax", violationRatioMax, 0, 1);
      if (servedRatioMin != null) {
        Limits.range("servedRatioMin", servedRatioMin, 0, 1);
      }
    }
  }
}
