package dev.highwater.rehearsal;

import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.scenario.Expectation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a scenario's expectations judge, whether it was rehearsed or lived through. Immutable.
 *
 * @param nodesPeak most nodes at any moment
 * @param cost node time times price
 */
public record Outcome(
    List<ServiceOutcome> services,
    long auditViolations,
    int nodesPeak,
    double nodeHours,
    double cost) {
  public Outcome {
    services = List.copyOf(services);
  }

  /**
   * One service.
   *
   * @param requests first attempts
   * @param violations ended late, failed, timed out, rejected, shed or given up waiting
   */
  public record ServiceOutcome(ServiceId service, long requests, long served, long violations) {
    private double ratio(long part, double ofNothing) {
      return requests == 0 ? ofNothing : (double) part / requests;
    }
  }

  /** The expectations that do not hold, each in words. */
  public List<String> misses(Expectation expect) {
    List<String> misses = new ArrayList<>();
    for (Expectation.ServiceBound bound : expect.services()) {
      for (ServiceOutcome service : services) {
        if (service.service().equals(bound.service())) {
          judge(misses, service, bound);
        }
      }
    }
    exceeds(misses, "violation ratio", violationRatio(), expect.violationRatioMax());
    exceeds(misses, "audit violations", (double) auditViolations, expect.auditViolationsMax());
    exceeds(misses, "nodes", nodesPeak, expect.nodesMax());
    exceeds(misses, "node-hours", nodeHours, expect.nodeHoursMax());
    exceeds(misses, "cost", cost, expect.costMax());
    return misses;
  }

  private double violationRatio() {
    long requests = services.stream().mapToLong(ServiceOutcome::requests).sum();
    long violations = services.stream().mapToLong(ServiceOutcome::violations).sum();
    return requests == 0 ? 0 : (double) violations / requests;
  }

  private static void judge(
      List<String> misses, ServiceOutcome service, Expectation.ServiceBound bound) {
    exceeds(
        misses,
        service.service() + " violation ratio",
        service.ratio(service.violations(), 0),
        bound.violationRatioMax());
    Double servedMin = bound.servedRatioMin();
    double served = service.ratio(service.served(), 1);
    if (servedMin != null && served < servedMin) {
      misses.add(
          service.service()
              + " served ratio "
              + Figures.plain(served)
              + " is below "
              + Figures.plain(servedMin));
    }
  }

  private static void exceeds(List<String> misses, String what, double is, @Nullable Number max) {
    if (max != null && is > max.doubleValue()) {
      misses.add(what + " " + Figures.plain(is) + " exceeds " + Figures.plain(max.doubleValue()));
    }
  }
}
