package dev.highwater.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cell as its owner sees it after a tick: the read model that API, streams, console and CLI show.
 * Immutable.
 *
 * @param position of the journal's last entry
 * @param ticksTotal decisions taken under this epoch
 * @param auditViolationsTotal rules that the auditor saw broken; anything but 0 is a defect
 * @param costSinceMs epoch milliseconds from which every cost and the node-hours count: this
 *     owner's first tick, because a new owner begins anew
 */
public record CellSnapshot(
    String cell,
    long epoch,
    String owner,
    long nowMs,
    long position,
    long ticksTotal,
    long auditViolationsTotal,
    List<ServiceStatus> services,
    List<NodeStatus> nodes,
    List<PoolStatus> pools,
    List<EventStatus> events,
    double costPerHour,
    double costTotal,
    double nodeHoursTotal,
    long costSinceMs) {
  public CellSnapshot {
    services = List.copyOf(services);
    nodes = List.copyOf(nodes);
    pools = List.copyOf(pools);
    events = List.copyOf(events);
  }

  /**
   * A service in this cell. Rates are those of the last report interval, NaN while unknown.
   *
   * @param utilisationRatio mean over ready replicas, 0 to 1
   * @param p50Ms of the requests answered in the last report interval; NaN without any
   * @param admissionPerSecond {@code Double.MAX_VALUE} means no limit
   * @param shareRatio part of the service's users that is sent to this cell, 0 to 1
   * @param violationRatio violations over first attempts since the front door's start
   * @param costTotal money for its replicas since this owner began
   * @param override the operator's word in force, or null
   */
  public record ServiceStatus(
      ServiceId service,
      String policy,
      double offeredPerSecond,
      double attemptsPerSecond,
      double servedPerSecond,
      double refusedPerSecond,
      long waiting,
      int target,
      int ready,
      int booting,
      int draining,
      int pending,
      int replicasMin,
      int replicasMax,
      double utilisationRatio,
      double p50Ms,
      double p99Ms,
      double sloLatencyMs,
      double sloQuantile,
      double admissionPerSecond,
      double shareRatio,
      double forecastPerSecond,
      long firstAttemptsTotal,
      long servedTotal,
      long violationsTotal,
      double violationRatio,
      WishSource winner,
      double costPerHour,
      double costTotal,
      @Nullable ManualOverride override) {}

  /**
   * A node in this cell.
   *
   * @param cordon the operator's word on it, or null
   */
  public record NodeStatus(
      String node,
      String pool,
      String zone,
      NodeState state,
      Resources total,
      Resources allocated,
      int replicas,
      long lastReportMs,
      @Nullable Cordon cordon) {}

  /** What a node is to its owner. */
  public enum NodeState {
    READY,
    /** Connected before, no report lately; counted as full until its lease ends. */
    SILENT,
    DRAINING,
    /** An operator said that it takes no new replicas; those that it has go on. */
    CORDONED
  }

  /** A pool of this cell. */
  public record PoolStatus(
      String pool,
      int target,
      int ready,
      int booting,
      int nodesMin,
      int nodesMax,
      double pricePerHour) {}

  /**
   * A declared event that has not passed.
   *
   * @param costTotal money that its services cost above what they cost when capacity for it could
   *     first be ordered; since then, or since this owner began
   */
  public record EventStatus(
      String name, long startMs, EventPhase phase, List<ServiceId> services, double costTotal) {
    public EventStatus {
      services = List.copyOf(services);
    }
  }

  /** Where an event stands. */
  public enum EventPhase {
    AHEAD,
    /** Capacity is being made ready. */
    PREWARMING,
    RISING,
    HOLDING,
    DECAYING,
    OVER
  }
}
