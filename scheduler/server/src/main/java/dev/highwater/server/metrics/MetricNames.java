package dev.highwater.server.metrics;

import java.util.List;

/**
 * Every metric of ours, defined once. It exists so that names, units and labels are decided in one
 * place; dashboards, alert rules and the table of deploy/README.md are tested against it.
 *
 * <p>Rules: {@code scheduler.*} is what the scheduler does, {@code tenant.*} what tenants get,
 * {@code node.*} what capacity there is. Base units only: seconds, bytes, cores, ratios from 0 to
 * 1. A label's value is the name of a spec that exists or a constant of this program, never a free
 * text.
 */
final class MetricNames {
  private static final List<String> CELL = List.of("cell");
  private static final List<String> SERVICE = List.of("cell", "tenant", "service");
  private static final List<String> POOL = List.of("cell", "pool");
  private static final List<String> NODE = List.of("cell", "pool", "node");
  private static final List<String> EVENT = List.of("cell", "event");

  private static final String REPLICAS = "replicas";
  private static final String REQUESTS = "requests";
  private static final String PER_SECOND = "per.second";
  private static final String PER_HOUR = "per.hour";
  private static final String SECONDS = "seconds";
  private static final String RATIO = "ratio";
  private static final String NODES = "nodes";
  private static final String CORES = "cores";
  private static final String BYTES = "bytes";
  private static final String DEVICES = "devices";

  private MetricNames() {}

  // --- services, from the cell's snapshot ---

  /** First attempts; demand as users meant it, retries left out. */
  static final Metric SERVICE_OFFERED_REQUESTS =
      Metric.counter(
          "tenant.service.offered.requests", REQUESTS, SERVICE, "First attempts of users");

  /** Answers in time for the client, whichever attempt got them. */
  static final Metric SERVICE_SERVED_REQUESTS =
      Metric.counter(
          "tenant.service.served.requests",
          REQUESTS,
          SERVICE,
          "Requests answered within the client's timeout");

  /** The numerator of every SLO query; the denominator is the offered requests. */
  static final Metric SERVICE_VIOLATING_REQUESTS =
      Metric.counter(
          "tenant.service.violating.requests",
          REQUESTS,
          SERVICE,
          "First attempts that ended late, failed, timed out, rejected, shed or given up");

  /** What the last decision was based on. */
  static final Metric SERVICE_OFFERED =
      Metric.gauge(
          "tenant.service.offered",
          PER_SECOND,
          SERVICE,
          "First attempts per second in the last report interval");

  /** Far above the offered load means a retry storm. */
  static final Metric SERVICE_ATTEMPTS =
      Metric.gauge(
          "tenant.service.attempts",
          PER_SECOND,
          SERVICE,
          "Attempts per second with retries in the last report interval");

  static final Metric SERVICE_SERVED =
      Metric.gauge(
          "tenant.service.served",
          PER_SECOND,
          SERVICE,
          "Requests answered per second in the last report interval");

  static final Metric SERVICE_REFUSED =
      Metric.gauge(
          "tenant.service.refused",
          PER_SECOND,
          SERVICE,
          "Attempts refused per second at the front door in the last report interval");

  static final Metric SERVICE_FORECAST =
      Metric.gauge(
          "tenant.service.forecast",
          PER_SECOND,
          SERVICE,
          "First attempts per second expected when new capacity could be ready");

  /** NaN rather than infinity without a limit, so that no axis is stretched by it. */
  static final Metric SERVICE_ADMISSION =
      Metric.gauge(
          "tenant.service.admission",
          PER_SECOND,
          SERVICE,
          "Rate that the front door may admit; NaN while there is no limit");

  static final Metric SERVICE_WAITING =
      Metric.gauge("tenant.service.waiting", "users", SERVICE, "Users in the waiting room");

  static final Metric SERVICE_SHARE =
      Metric.gauge(
          "tenant.service.share",
          RATIO,
          SERVICE,
          "Part of the service's users that is sent to the cell");

  static final Metric SERVICE_TARGET =
      Metric.gauge("tenant.service.target", REPLICAS, SERVICE, "Replicas the scheduler wants");

  static final Metric SERVICE_READY =
      Metric.gauge("tenant.service.ready", REPLICAS, SERVICE, "Replicas that serve");

  static final Metric SERVICE_BOOTING =
      Metric.gauge("tenant.service.booting", REPLICAS, SERVICE, "Replicas placed but not ready");

  static final Metric SERVICE_DRAINING =
      Metric.gauge(
          "tenant.service.draining",
          REPLICAS,
          SERVICE,
          "Replicas that finish their queue and stop");

  static final Metric SERVICE_PENDING =
      Metric.gauge(
          "tenant.service.pending", REPLICAS, SERVICE, "Replicas wanted that have no node yet");

  static final Metric SERVICE_MIN =
      Metric.gauge("tenant.service.min", REPLICAS, SERVICE, "Fewest replicas the spec allows");

  static final Metric SERVICE_MAX =
      Metric.gauge("tenant.service.max", REPLICAS, SERVICE, "Most replicas the spec allows");

  static final Metric SERVICE_UTILISATION =
      Metric.gauge(
          "tenant.service.utilisation",
          RATIO,
          SERVICE,
          "Busy share of the ready replicas' concurrency");

  static final Metric SERVICE_LATENCY_P50 =
      Metric.gauge(
          "tenant.service.latency.p50",
          SECONDS,
          SERVICE,
          "Median time to answer in the last report interval");

  static final Metric SERVICE_LATENCY_P99 =
      Metric.gauge(
          "tenant.service.latency.p99",
          SECONDS,
          SERVICE,
          "Time to answer that 99 of 100 stayed below in the last report interval");

  static final Metric SERVICE_SLO_LATENCY =
      Metric.gauge(
          "tenant.service.slo.latency", SECONDS, SERVICE, "Time to answer that the SLO promises");

  static final Metric SERVICE_SLO_QUANTILE =
      Metric.gauge(
          "tenant.service.slo.quantile",
          RATIO,
          SERVICE,
          "Share of first attempts that the SLO promises to be good");

  static final Metric SERVICE_COST =
      Metric.gauge("tenant.service.cost", PER_HOUR, SERVICE, "Money per hour at this moment");

  static final Metric SERVICE_SPENDING =
      Metric.counter(
          "tenant.service.spending", "money", SERVICE, "Money spent on the service's replicas");

  /** One series per service; its labels tell policy and winner. */
  static final Metric SERVICE_INFO =
      Metric.flag(
          "tenant.service.info",
          List.of("cell", "tenant", "service", "policy", "winner"),
          "The service's policy and the wish that set its target; always 1");

  // --- node pools, from the cell's snapshot ---

  static final Metric POOL_TARGET =
      Metric.gauge("node.pool.target", NODES, POOL, "Nodes the scheduler wants");

  static final Metric POOL_READY = Metric.gauge("node.pool.ready", NODES, POOL, "Nodes that serve");

  static final Metric POOL_BOOTING =
      Metric.gauge("node.pool.booting", NODES, POOL, "Nodes ordered but not ready");

  static final Metric POOL_SILENT =
      Metric.gauge(
          "node.pool.silent", NODES, POOL, "Nodes without a report, full until their lease ends");

  static final Metric POOL_DRAINING =
      Metric.gauge("node.pool.draining", NODES, POOL, "Nodes that take no new replicas");

  static final Metric POOL_MIN =
      Metric.gauge("node.pool.min", NODES, POOL, "Fewest nodes the spec allows");

  static final Metric POOL_MAX =
      Metric.gauge("node.pool.max", NODES, POOL, "Most nodes the spec allows");

  static final Metric POOL_CPU_CAPACITY =
      Metric.gauge("node.pool.cpu.capacity", CORES, POOL, "Cores of the pool's nodes");

  static final Metric POOL_CPU_ALLOCATED =
      Metric.gauge("node.pool.cpu.allocated", CORES, POOL, "Cores given to replicas in the pool");

  static final Metric POOL_MEMORY_CAPACITY =
      Metric.gauge("node.pool.memory.capacity", BYTES, POOL, "Memory of the pool's nodes");

  static final Metric POOL_MEMORY_ALLOCATED =
      Metric.gauge(
          "node.pool.memory.allocated", BYTES, POOL, "Memory given to replicas in the pool");

  static final Metric POOL_PRICE =
      Metric.gauge("node.pool.price", PER_HOUR, POOL, "Money per node and hour");

  // --- nodes, from the cell's snapshot ---

  static final Metric NODE_CPU_CAPACITY =
      Metric.gauge("node.cpu.capacity", CORES, NODE, "Cores of the node");

  static final Metric NODE_CPU_ALLOCATED =
      Metric.gauge("node.cpu.allocated", CORES, NODE, "Cores given to replicas on the node");

  static final Metric NODE_MEMORY_CAPACITY =
      Metric.gauge("node.memory.capacity", BYTES, NODE, "Memory of the node");

  static final Metric NODE_MEMORY_ALLOCATED =
      Metric.gauge("node.memory.allocated", BYTES, NODE, "Memory given to replicas on the node");

  /** Only of nodes that have GPU devices. */
  static final Metric NODE_GPU_CAPACITY =
      Metric.gauge("node.gpu.capacity", DEVICES, NODE, "GPU devices of the node");

  /** Only of nodes that have GPU devices. */
  static final Metric NODE_GPU_ALLOCATED =
      Metric.gauge("node.gpu.allocated", DEVICES, NODE, "GPU devices given to replicas, in parts");

  static final Metric NODE_PLACED =
      Metric.gauge("node.placed", REPLICAS, NODE, "Replicas placed on the node");

  static final Metric NODE_REPORT_AGE =
      Metric.gauge("node.report.age", SECONDS, NODE, "Time since the node's last report");

  /** One series per node; its labels tell zone and state. */
  static final Metric NODE_INFO =
      Metric.flag(
          "node.info",
          List.of("cell", "pool", "node", "zone", "state"),
          "The node's zone and state; always 1");

  // --- cells and declared events, from the cell's snapshot ---

  static final Metric CELL_EPOCH =
      Metric.gauge("scheduler.cell.epoch", "epoch", CELL, "Epoch of the cell's owner");

  /** One series per cell; its label tells the owning member. */
  static final Metric CELL_INFO =
      Metric.flag("scheduler.cell.info", List.of("cell", "owner"), "The cell's owner; always 1");

  static final Metric CELL_SNAPSHOT_AGE =
      Metric.gauge(
          "scheduler.cell.snapshot.age", SECONDS, CELL, "Time since the cell's last decision");

  static final Metric CELL_COST =
      Metric.gauge("scheduler.cell.cost", PER_HOUR, CELL, "Money per hour for the cell's nodes");

  static final Metric CELL_SPENDING =
      Metric.counter("scheduler.cell.spending", "money", CELL, "Money spent on the cell's nodes");

  static final Metric CELL_NODE_TIME =
      Metric.counter("scheduler.cell.node.time", SECONDS, CELL, "Node time used, all nodes added");

  static final Metric TICKS =
      Metric.counter("scheduler.ticks", "ticks", CELL, "Decisions taken under the current epoch");

  static final Metric JOURNAL_ENTRIES =
      Metric.counter("scheduler.journal.entries", "entries", CELL, "Entries in the cell's journal");

  /** Anything but 0 is a defect of this program. */
  static final Metric AUDIT_VIOLATIONS =
      Metric.counter(
          "scheduler.audit.violations",
          "violations",
          CELL,
          "Rules that the auditor saw broken under the current epoch");

  static final Metric EVENT_SPENDING =
      Metric.counter(
          "scheduler.event.spending",
          "money",
          EVENT,
          "Money that the event's services cost above what they cost before it");

  static final Metric EVENT_START =
      Metric.gauge(
          "scheduler.event.start.timestamp",
          SECONDS,
          EVENT,
          "Unix time at which the declared event begins");

  /** Exists while the event is declared and not over; dashboards draw regions from it. */
  static final Metric EVENT_UNDER_WAY =
      Metric.flag(
          "scheduler.event.under.way",
          EVENT,
          "1 from the declared event's start to its end, else 0");

  /** One series per event; its label tells the phase. */
  static final Metric EVENT_INFO =
      Metric.flag(
          "scheduler.event.info",
          List.of("cell", "event", "phase"),
          "The declared event's phase; always 1");

  /** Anything but 0 means that a written limit cut the scrape short. */
  static final Metric SERIES_LEFT_OUT =
      Metric.gauge(
          "scheduler.metrics.left.out",
          "series",
          List.of(),
          "Series left out of this scrape because a metric reached its limit");

  // --- decisions taken by this member ---

  static final Metric DECISIONS =
      Metric.counter(
          "scheduler.decisions",
          "decisions",
          List.of("cell", "winner"),
          "Targets set, by the wish that won");

  static final Metric REFUSED_NODES =
      Metric.counter(
          "scheduler.refused.nodes",
          NODES,
          List.of("cell", "filter"),
          "Nodes refused for replicas left pending, by the filter that refused them; replicas for"
              + " quota, budget, taken-back and larger-than-any-node");

  static final Metric REPLICAS_PLACED =
      Metric.counter("scheduler.placed.replicas", REPLICAS, CELL, "Replicas given a node");

  static final Metric REPLICAS_STOPPED =
      Metric.counter(
          "scheduler.stopped.replicas",
          REPLICAS,
          List.of("cell", "reason"),
          "Replicas told to finish and stop, by reason");

  static final Metric NODES_LOST =
      Metric.counter(
          "scheduler.lost.nodes", NODES, List.of("cell", "reason"), "Nodes gone, by reason");

  static final Metric INPUTS_REFUSED =
      Metric.counter(
          "scheduler.refused.inputs",
          "inputs",
          List.of("cell", "code"),
          "Specs and reports refused, by error code");

  static final Metric COMMANDS =
      Metric.counter(
          "scheduler.commands", "commands", List.of("cell", "kind"), "Commands decided, by kind");

  // --- the control loop of this member ---

  static final Metric TICK_DURATION =
      Metric.timer(
          "scheduler.tick.duration", CELL, "Time of a tick: observe, decide, audit and store");

  static final Metric STORE_DURATION =
      Metric.timer("scheduler.store.duration", CELL, "Time the store took within a tick");

  static final Metric COMMAND_DELAY =
      Metric.timer(
          "scheduler.report.to.command.duration",
          CELL,
          "Time from a report's arrival to the commands that follow from it");

  static final Metric TICK_OVERRUNS =
      Metric.counter(
          "scheduler.tick.overruns",
          "overruns",
          CELL,
          "Ticks that began late or took longer than their interval");

  static final Metric APPEND_FAILURES =
      Metric.counter(
          "scheduler.append.failures",
          "failures",
          List.of("cell", "reason"),
          "Journal appends that failed, by reason");

  static final Metric STALE_ORDERS =
      Metric.counter(
          "scheduler.stale.orders",
          "orders",
          CELL,
          "Orders refused because a newer epoch or generation was known");

  static final Metric READ_MODEL_FAILURES =
      Metric.counter(
          "scheduler.read.model.failures",
          "failures",
          List.of("map"),
          "Writes to the maps that members serve from that failed; each is repeated");

  static final Metric AGENT_SESSIONS =
      Metric.gauge(
          "scheduler.agent.sessions",
          "sessions",
          List.of("role"),
          "Open agent sessions of this member, by role");

  static final Metric BUILD_INFO =
      Metric.flag(
          "scheduler.build.info",
          List.of("version", "java"),
          "Version of this program and of the Java it runs on; always 1");
}
