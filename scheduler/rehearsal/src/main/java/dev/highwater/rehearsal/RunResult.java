package dev.highwater.rehearsal;

import dev.highwater.kernel.forecast.Coverage;
import dev.highwater.model.WishSource;
import dev.highwater.rehearsal.scenario.TimedFault;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What came of a run under one policy, by the definitions of the design's section on rehearsal.
 * Immutable.
 *
 * @param policy name under which it is compared
 * @param decisionLogSha256 hash of every decision of every cell
 * @param complete false when the run was stopped early; then everything counts up to there
 * @param sloViolationFloor share of requests whose service time alone exceeds the SLO
 * @param violationMinutes summed over services
 * @param p50Ms of all answered attempts of all services; NaN without any
 * @param nodeHours from the start command until given back
 * @param cost node time times price
 * @param costByEvent money that declared events cost above what was there before them
 * @param adaptations changes of targets
 * @param hitNothing faults of the scenario whose target was not there when they began
 * @param decisionsByWish changes of targets by the wish that won
 * @param elasticity mean over services
 * @param misses expectations of the scenario that do not hold, in words; none when the run was
 *     stopped early, because then they are not judged
 */
public record RunResult(
    String policy,
    String decisionLogSha256,
    boolean complete,
    long seconds,
    long simulatedRequests,
    double sloViolationFloor,
    long requests,
    long attempts,
    long served,
    long violations,
    long refused,
    long violationMinutes,
    double p50Ms,
    double p99Ms,
    double p999Ms,
    double replicaHours,
    double nodeHours,
    double cost,
    SortedMap<String, Double> costByEvent,
    int nodesPeak,
    long adaptations,
    long auditViolations,
    List<String> auditMessages,
    List<TimedFault> hitNothing,
    SortedMap<WishSource, Long> decisionsByWish,
    Elasticity elasticity,
    List<ServiceResult> services,
    List<String> misses) {
  public RunResult {
    auditMessages = List.copyOf(auditMessages);
    hitNothing = List.copyOf(hitNothing);
    services = List.copyOf(services);
    misses = List.copyOf(misses);
  }

  /** Violations over requests; 0 without requests. */
  public double violationRatio() {
    return requests == 0 ? 0 : (double) violations / requests;
  }

  /** Violations above 1 - quantile of the requests of their minute, over requests. */
  public double beyondPromiseRatio() {
    return requests == 0
        ? 0
        : services.stream().mapToDouble(ServiceResult::beyondPromise).sum() / requests;
  }

  /** The worst coverage of the services' forecasts. */
  public Coverage coverage() {
    return services.stream().map(ServiceResult::coverage).reduce(Coverage.NONE, Coverage::worse);
  }

  /** Attempts over first attempts; 1 without requests. */
  public double attemptsPerRequest() {
    return requests == 0 ? 1 : (double) attempts / requests;
  }

  /** Money for the room that each tenant's replicas held. */
  public SortedMap<String, Double> costByTenant() {
    SortedMap<String, Double> cost = new TreeMap<>();
    for (ServiceResult service : services) {
      cost.merge(service.service().tenant(), service.cost(), Double::sum);
    }
    return cost;
  }

  /** The same with the scenario's expectations judged. */
  RunResult judged(List<String> missed) {
    return with(services, missed);
  }

  /** The same without what only charts need, which is most of its memory. */
  public RunResult withoutTimelines() {
    return with(services.stream().map(ServiceResult::withoutTimeline).toList(), misses);
  }

  private RunResult with(List<ServiceResult> results, List<String> missed) {
    return new RunResult(
        policy,
        decisionLogSha256,
        complete,
        seconds,
        simulatedRequests,
        sloViolationFloor,
        requests,
        attempts,
        served,
        violations,
        refused,
        violationMinutes,
        p50Ms,
        p99Ms,
        p999Ms,
        replicaHours,
        nodeHours,
        cost,
        costByEvent,
        nodesPeak,
        adaptations,
        auditViolations,
        auditMessages,
        hitNothing,
        decisionsByWish,
        elasticity,
        results,
        missed);
  }
}
