package dev.highwater.rehearsal;

import dev.highwater.kernel.forecast.Coverage;
import dev.highwater.model.ServiceId;
import dev.highwater.workload.DoorFigures;
import java.util.ArrayList;
import java.util.List;

/**
 * What became of one service. Counts are first attempts unless said otherwise. Immutable.
 *
 * @param violations ended late, failed, timed out, rejected, shed or given up waiting
 * @param violationMinutes minutes whose violations exceed 1 - quantile of the SLO
 * @param beyondPromise violations above 1 - quantile of the requests of their minute
 * @param p50Ms of all answered attempts; NaN without any
 * @param replicaHours from command to stop
 * @param cost money for the room that its replicas held, by the kernel's own ledger
 * @param adaptations changes of the target
 * @param coverage of its forecast; {@link Coverage#NONE} under a policy without one
 * @param door what users met at the front doors; {@link DoorFigures#NONE} of a recorded night
 */
public record ServiceResult(
    ServiceId service,
    long requests,
    long attempts,
    long served,
    long violations,
    long refused,
    long violationMinutes,
    double beyondPromise,
    double p50Ms,
    double p99Ms,
    double p999Ms,
    double replicaHours,
    double cost,
    int replicasPeak,
    long adaptations,
    Elasticity elasticity,
    Coverage coverage,
    DoorFigures door,
    Timeline timeline) {
  /** Violations over requests; 0 without requests. */
  public double violationRatio() {
    return requests == 0 ? 0 : (double) violations / requests;
  }

  /** Violations beyond the promise over requests; 0 without requests. */
  public double beyondPromiseRatio() {
    return requests == 0 ? 0 : beyondPromise / requests;
  }

  /** The same with an empty timeline. */
  ServiceResult withoutTimeline() {
    return new ServiceResult(
        service,
        requests,
        attempts,
        served,
        violations,
        refused,
        violationMinutes,
        beyondPromise,
        p50Ms,
        p99Ms,
        p999Ms,
        replicaHours,
        cost,
        replicasPeak,
        adaptations,
        elasticity,
        coverage,
        door,
        new Timeline(0));
  }

  /** A sentence on those who waited, and one on those who found something; none without them. */
  public List<String> doorInWords() {
    List<String> words = new ArrayList<>();
    if (door.waitingMost() > 0) {
      words.add(
          service
              + ": at most "
              + Figures.grouped(door.waitingMost())
              + " waited at once"
              + (door.lineMost() < door.waitingMost()
                  ? ", " + Figures.grouped(door.lineMost()) + " in one line"
                  : "")
              + "; the longest wait was "
              + Figures.grouped(door.longestWaitMs() / 1_000)
              + " s.");
    }
    if (!Double.isNaN(door.soldRatio())) {
      words.add(
          service
              + ": "
              + Figures.plain(100 * door.soldRatio())
              + " % of those answered found something in stock.");
    }
    return words;
  }

  /** Served over requests; 1 without requests. */
  public double servedRatio() {
    return requests == 0 ? 1 : (double) served / requests;
  }
}
