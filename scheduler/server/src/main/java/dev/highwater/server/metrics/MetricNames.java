package dev.highwater.server.metrics;

/**
 * Names of all metrics that a member adds to those of Vert.x and the JVM. Micrometer joins name and
 * base unit for Prometheus: {@link #TARGET} becomes {@code tenant_target_replicas}.
 */
public final class MetricNames {
  /** First attempts per second. */
  public static final String OFFERED = "tenant.offered";

  /** Attempts per second, retries included. */
  public static final String ATTEMPTED = "tenant.attempted";

  /** Answers per second. */
  public static final String SERVED = "tenant.served";

  /** Refusals per second: rejected, shed or given up waiting. */
  public static final String REFUSED = "tenant.refused";

  /** First attempts per second that are expected at the horizon. */
  public static final String FORECAST = "tenant.forecast";

  /** The rate that the front door admits; absent while unlimited. */
  public static final String ADMISSION = "tenant.admission";

  /** Users in the waiting room. */
  public static final String WAITING = "tenant.waiting";

  /** Replicas wanted. */
  public static final String TARGET = "tenant.target";

  /** Replicas that serve. */
  public static final String READY = "tenant.ready";

  /** Replicas that boot. */
  public static final String BOOTING = "tenant.booting";

  /** Replicas wanted and not placed. */
  public static final String PENDING = "tenant.pending";

  /** Fewest replicas allowed. */
  public static final String REPLICAS_MIN = "tenant.min";

  /** Most replicas allowed. */
  public static final String REPLICAS_MAX = "tenant.max";

  /** Busy share of ready replicas, 0 to 1. */
  public static final String UTILISATION = "tenant.utilisation";

  /** Latency of the last report interval, tag {@code quantile}. */
  public static final String LATENCY = "tenant.latency";

  /** Latency that the SLO allows. */
  public static final String SLO_LATENCY = "tenant.slo.latency";

  /** Share of first attempts that may violate the SLO, 0 to 1. */
  public static final String SLO_VIOLATIONS_ALLOWED = "tenant.slo.violations.allowed";

  /** Money per hour. */
  public static final String COST = "tenant.cost";

  /** Counter of first attempts. */
  public static final String FIRST_ATTEMPTS = "tenant.first.attempts";

  /** Counter of first attempts that violated the SLO. */
  public static final String VIOLATIONS = "tenant.violations";

  /** Nodes wanted in a pool. */
  public static final String POOL_TARGET = "node.pool.target";

  /** Nodes of a pool that are in use. */
  public static final String POOL_READY = "node.pool.ready";

  /** Nodes of a pool that boot. */
  public static final String POOL_BOOTING = "node.pool.booting";

  /** Most nodes of a pool. */
  public static final String POOL_MAX = "node.pool.max";

  /** Share of a pool's cores that replicas were given, 0 to 1. */
  public static final String POOL_ALLOCATED = "node.pool.allocated";

  /** Nodes by state. */
  public static final String NODES = "node.count";

  /** Version of the program, value 1. */
  public static final String BUILD_INFO = "scheduler.build.info";

  /** Members that this one sees. */
  public static final String MEMBERS = "scheduler.members";

  /** Whether the store answered last, 0 or 1. */
  public static final String STORE_UP = "scheduler.store.up";

  /** Epoch under which this member decides for a cell. */
  public static final String EPOCH = "scheduler.epoch";

  /** Ticks. */
  public static final String TICKS = "scheduler.ticks";

  /** Time to observe, decide and audit. */
  public static final String DECIDE = "scheduler.decide";

  /** Time to append or beat. */
  public static final String STORE_WRITE = "scheduler.store.write";

  /** How late a tick began. */
  public static final String TICK_LATE = "scheduler.tick.late";

  /** Rules that the auditor saw broken. */
  public static final String AUDIT_VIOLATIONS = "scheduler.audit.violations";

  /** Targets set, tag {@code reason}: the winning wish. */
  public static final String DECISIONS = "scheduler.decisions";

  /** Nodes refused while placing, tag {@code filter}. */
  public static final String REFUSALS = "scheduler.refusals";

  /** Commands sent. */
  public static final String COMMANDS = "scheduler.commands";

  /** Money per hour of a cell. */
  public static final String CELL_COST = "scheduler.cost";

  /** Seconds until the next declared event; negative once it has begun. */
  public static final String NEXT_EVENT = "scheduler.next.event";

  /** Agent sessions open. */
  public static final String SESSIONS = "scheduler.agent.sessions";

  /** Agent messages received. */
  public static final String AGENT_MESSAGES = "scheduler.agent.messages";

  /** Agent connections refused. */
  public static final String AGENT_REFUSALS = "scheduler.agent.refusals";

  /** Observations waiting for the next tick. */
  public static final String INBOX = "scheduler.inbox";

  /** Observations dropped because no tick took them. */
  public static final String INBOX_DROPPED = "scheduler.inbox.dropped";

  private MetricNames() {}
}
