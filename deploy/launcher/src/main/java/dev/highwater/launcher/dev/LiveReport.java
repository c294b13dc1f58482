package dev.highwater.launcher.dev;

import dev.highwater.model.Limits;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.Outcome;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a live run came to, in the form that {@code dev --report FILE} writes and {@code compare}
 * reads. Everything counts from the moment at which users came. Immutable.
 *
 * @param scenario path of the scenario file
 * @param policy that replaced the services' own, or null
 * @param nodeHours from the start command until given back
 * @param cost node time times price
 * @param decisionsByWish changes of targets by the wish that won
 */
public record LiveReport(
    int formatVersion,
    String scenario,
    long seed,
    @Nullable String policy,
    long durationMs,
    List<ServiceRun> services,
    int nodesPeak,
    double nodeHours,
    double cost,
    long auditViolations,
    SortedMap<String, Long> decisionsByWish) {
  /** The format that this build reads and writes. */
  public static final int FORMAT_VERSION = 1;

  public LiveReport {
    Limits.range("formatVersion", formatVersion, FORMAT_VERSION, FORMAT_VERSION);
    Limits.range("durationMs", durationMs, 1, Limits.DURATION_MAX_MS);
    services = List.copyOf(services);
    decisionsByWish = new TreeMap<>(decisionsByWish);
  }

  /** What a scenario's expectations judge. */
  Outcome outcome() {
    return new Outcome(
        services.stream()
            .map(
                run ->
                    new Outcome.ServiceOutcome(
                        run.service(), run.requests(), run.served(), run.violations()))
            .toList(),
        auditViolations,
        nodesPeak,
        nodeHours,
        cost);
  }

  /**
   * One service.
   *
   * @param requests first attempts
   * @param violations ended late, failed, timed out, rejected, shed or given up waiting
   * @param p99Ms of all answered attempts; null without any
   * @param targetMean weighted by time
   * @param readyMean weighted by time
   */
  public record ServiceRun(
      ServiceId service,
      long requests,
      long served,
      long violations,
      @Nullable Double p99Ms,
      double sloLatencyMs,
      double targetMean,
      double readyMean,
      int targetPeak,
      int readyPeak) {
    /** Violations over requests; 0 without requests. */
    double violationRatio() {
      return requests == 0 ? 0 : (double) violations / requests;
    }
  }
}
