package dev.highwater.model.view;

import dev.highwater.model.Ownership;
import dev.highwater.model.ServiceId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether one cell can meet a declared event: go or no-go, and every figure behind it. Immutable.
 *
 * @param ownership whose the cell is: of the cells that could bear more than their part, private
 *     ones come first
 * @param go whether every service that may run here can have what it needs by the start
 * @param lastMomentMs epoch milliseconds by which the first of its services must act; the start
 *     itself when none needs anything
 * @param capacityAheadRatio part of the cell's largest capacity (CPU, memory or devices) that all
 *     services need then, 0 and up
 * @param uncoveredRatio part of all the load declared for this cell that the capacity ready at the
 *     start cannot bear within the SLO, 0 to 1
 * @param lateProbability at most so likely is it that one given replica that is still to be made is
 *     not ready at the start, although it is ordered in time
 * @param costPerHour of the replicas that are needed
 * @param services that may run here, by order of the declaration
 * @param elsewhere services of the event that may not run here or are not known here, by order of
 *     the declaration; no other figure counts them
 * @param overSinceMs epoch milliseconds from which nothing is left of the event; it is a no-go then
 *     and no other figure says anything. Null while something is left
 */
public record EventReadiness(
    String event,
    String cell,
    Ownership ownership,
    boolean go,
    long nowMs,
    long startMs,
    long lastMomentMs,
    double capacityAheadRatio,
    double uncoveredRatio,
    double lateProbability,
    double costPerHour,
    List<ServiceReadiness> services,
    List<ServiceId> elsewhere,
    @Nullable Long overSinceMs) {
  public EventReadiness {
    services = List.copyOf(services);
    elsewhere = List.copyOf(elsewhere);
  }

  /** No-go: nothing is left of the event that could be met. */
  public static EventReadiness over(
      String event, String cell, Ownership ownership, long nowMs, long startMs, long overSinceMs) {
    return new EventReadiness(
        event,
        cell,
        ownership,
        false,
        nowMs,
        startMs,
        startMs,
        0,
        0,
        0,
        0,
        List.of(),
        List.of(),
        overSinceMs);
  }

  /**
   * One service's part.
   *
   * @param peakPerSecond first attempts per second that this cell is to bear at the declared peak
   * @param needed replicas that bear it within the SLO
   * @param active replicas that it has now, booting ones included
   * @param quotaAllows replicas that the tenant's limits and what others lend in this cell allow
   * @param onNodes more replicas for which nodes have room now
   * @param onNewNodes more replicas for which nodes must be ordered
   * @param reclaimed more replicas whose room others borrow now who have less right to it: it is
   *     nominally the tenant's, or they are of lower priority
   * @param reclaimedFrom who would give room back, for these and for what the service is scaled to
   *     beyond the declared peak
   * @param readyAtStart replicas that will be ready at the start if everything is ordered now
   * @param bearsPerSecond first attempts per second that could be borne within the SLO at the
   *     start: by what is ready then and, where nothing is short, by what there is room for beyond,
   *     up to all that is declared of the service in whatever cell
   * @param spareLastMomentMs epoch milliseconds by which what bears more than this cell's part must
   *     be ordered; the start itself when it is there or nothing is spare
   * @param spareCostPerHour of the replicas that bear more than this cell's part, at the cheapest
   *     pool that can carry them
   * @param lastMomentMs epoch milliseconds by which new replicas must be ordered, on new nodes
   *     where they may not be ordered as things stand; the start itself when none is missing
   * @param costPerHour of the needed replicas, at the cheapest pool that can carry them
   * @param shortOf what is missing, empty when nothing is
   */
  public record ServiceReadiness(
      ServiceId service,
      double peakPerSecond,
      int needed,
      int active,
      int quotaAllows,
      int onNodes,
      int onNewNodes,
      int reclaimed,
      List<Reclaimed> reclaimedFrom,
      int readyAtStart,
      double bearsPerSecond,
      long spareLastMomentMs,
      double spareCostPerHour,
      long lastMomentMs,
      double uncoveredRatio,
      double lateProbability,
      double costPerHour,
      String shortOf) {
    public ServiceReadiness {
      reclaimedFrom = List.copyOf(reclaimedFrom);
    }

    /** First attempts per second of this cell's part that it cannot bear. */
    public double lacksPerSecond() {
      return shortOf.isEmpty() ? 0 : Math.max(0, peakPerSecond - bearsPerSecond);
    }

    /** First attempts per second that it could bear beyond its own part. */
    public double sparesPerSecond() {
      return shortOf.isEmpty() ? Math.max(0, bearsPerSecond - peakPerSecond) : 0;
    }

    /** The same where so much could be borne at the start. */
    public ServiceReadiness withSpare(double bears, long orderedByMs, double costsPerHour) {
      return new ServiceReadiness(
          service,
          peakPerSecond,
          needed,
          active,
          quotaAllows,
          onNodes,
          onNewNodes,
          reclaimed,
          reclaimedFrom,
          readyAtStart,
          bears,
          orderedByMs,
          costsPerHour,
          lastMomentMs,
          uncoveredRatio,
          lateProbability,
          costPerHour,
          shortOf);
    }
  }

  /** Replicas that a service on borrowed room would lose. */
  public record Reclaimed(ServiceId service, int replicas) {}
}
