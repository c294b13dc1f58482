package dev.highwater.server.metrics;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Services, pools, nodes and money of the cells that this member decides for, read from the last
 * snapshot at scrape time. What is unknown is NaN, never 0. Thread-safe.
 */
public final class CellMetrics {
  /** Chosen by us: 500 services with 20 series each are 10,000 series, a small Prometheus job. */
  static final int SERVICES_MAX = 500;

  private static final int POOLS_MAX = 200;
  private static final int CELLS_MAX = 100;
  private static final double MS_PER_SECOND = 1_000;

  private final Map<String, CellSnapshot> snapshots = new ConcurrentHashMap<>();
  private final Map<String, ServiceStatus> services = new ConcurrentHashMap<>();
  private final Map<String, PoolStatus> pools = new ConcurrentHashMap<>();
  private final EntityMeters serviceMeters;
  private final EntityMeters poolMeters;
  private final EntityMeters cellMeters;

  /** Registers nothing yet; meters come with the first snapshots. */
  public CellMetrics(MeterRegistry registry) {
    serviceMeters = new EntityMeters(registry, SERVICES_MAX, this::registerService);
    poolMeters = new EntityMeters(registry, POOLS_MAX, this::registerPool);
    cellMeters = new EntityMeters(registry, CELLS_MAX, this::registerCell);
  }

  /** Shows this snapshot from the next scrape on. */
  public void accept(CellSnapshot snapshot) {
    snapshots.put(snapshot.cell(), snapshot);
    refresh();
  }

  /** Forgets a cell that this member does not decide for any more. */
  public void remove(String cell) {
    snapshots.remove(cell);
    refresh();
  }

  private synchronized void refresh() {
    Map<String, ServiceStatus> nextServices = new TreeMap<>();
    Map<String, PoolStatus> nextPools = new TreeMap<>();
    for (CellSnapshot snapshot : snapshots.values()) {
      for (ServiceStatus service : snapshot.services()) {
        nextServices.put(snapshot.cell() + "/" + service.service(), service);
      }
      for (PoolStatus pool : snapshot.pools()) {
        nextPools.put(pool.pool(), pool);
      }
    }
    services.putAll(nextServices);
    services.keySet().retainAll(nextServices.keySet());
    pools.putAll(nextPools);
    pools.keySet().retainAll(nextPools.keySet());
    serviceMeters.show(nextServices.keySet());
    poolMeters.show(nextPools.keySet());
    cellMeters.show(new TreeSet<>(snapshots.keySet()));
  }

  private static double orNan(@Nullable Double value) {
    return value == null ? Double.NaN : value;
  }

  /** Adds gauges of one entity that share its tags. */
  private final class Gauges {
    private final MeterRegistry registry;
    private final Tags tags;
    private final List<Meter> meters = new ArrayList<>();

    Gauges(MeterRegistry registry, Tags tags) {
      this.registry = registry;
      this.tags = tags;
    }

    <T> Gauges add(
        Map<String, T> source,
        String key,
        String name,
        String unit,
        String description,
        ToDoubleFunction<T> value) {
      return addTagged(source, key, name, unit, description, Tags.empty(), value);
    }

    <T> Gauges addTagged(
        Map<String, T> source,
        String key,
        String name,
        String unit,
        String description,
        Tags more,
        ToDoubleFunction<T> value) {
      meters.add(
          Gauge.builder(
                  name,
                  () -> {
                    T now = source.get(key);
                    return orNan(now == null ? null : value.applyAsDouble(now));
                  })
              .description(description)
              .baseUnit(unit)
              .tags(tags.and(more))
              .register(registry));
      return this;
    }

    <T> Gauges count(
        Map<String, T> source,
        String key,
        String name,
        String description,
        ToDoubleFunction<T> value) {
      meters.add(
          FunctionCounter.builder(
                  name,
                  source,
                  all -> {
                    T now = all.get(key);
                    return orNan(now == null ? null : value.applyAsDouble(now));
                  })
              .description(description)
              .tags(tags)
              .register(registry));
      return this;
    }
  }

  private List<Meter> registerService(MeterRegistry registry, String key) {
    String[] parts = key.split("/", 3);
    Tags tags = Tags.of("cell", parts[0], "tenant", parts[1], "service", parts[2]);
    String rate = "requests.per.second";
    return new Gauges(registry, tags)
        .add(
            services,
            key,
            MetricNames.OFFERED,
            rate,
            "First attempts",
            ServiceStatus::offeredPerSecond)
        .add(
            services,
            key,
            MetricNames.ATTEMPTED,
            rate,
            "Attempts with retries",
            ServiceStatus::attemptsPerSecond)
        .add(services, key, MetricNames.SERVED, rate, "Answers", ServiceStatus::servedPerSecond)
        .add(
            services,
            key,
            MetricNames.REFUSED,
            rate,
            "Refusals by admission or waiting room",
            ServiceStatus::refusedPerSecond)
        .add(
            services,
            key,
            MetricNames.FORECAST,
            rate,
            "Expected first attempts at the horizon",
            ServiceStatus::forecastPerSecond)
        .add(
            services,
            key,
            MetricNames.ADMISSION,
            rate,
            "Rate that is admitted; NaN while unlimited",
            CellMetrics::admission)
        .add(
            services,
            key,
            MetricNames.WAITING,
            "users",
            "Users in the waiting room",
            ServiceStatus::waiting)
        .add(
            services, key, MetricNames.TARGET, "replicas", "Replicas wanted", ServiceStatus::target)
        .add(
            services,
            key,
            MetricNames.READY,
            "replicas",
            "Replicas that serve",
            ServiceStatus::ready)
        .add(
            services,
            key,
            MetricNames.BOOTING,
            "replicas",
            "Replicas that boot",
            ServiceStatus::booting)
        .add(
            services,
            key,
            MetricNames.PENDING,
            "replicas",
            "Replicas wanted and not placed",
            ServiceStatus::pending)
        .add(
            services,
            key,
            MetricNames.REPLICAS_MIN,
            "replicas",
            "Fewest replicas allowed",
            ServiceStatus::replicasMin)
        .add(
            services,
            key,
            MetricNames.REPLICAS_MAX,
            "replicas",
            "Most replicas allowed",
            ServiceStatus::replicasMax)
        .add(
            services,
            key,
            MetricNames.UTILISATION,
            "ratio",
            "Busy share of ready replicas",
            ServiceStatus::utilisationRatio)
        .addTagged(
            services,
            key,
            MetricNames.LATENCY,
            "seconds",
            "Latency in the last report interval",
            Tags.of("quantile", "0.5"),
            s -> s.p50Ms() / MS_PER_SECOND)
        .addTagged(
            services,
            key,
            MetricNames.LATENCY,
            "seconds",
            "Latency in the last report interval",
            Tags.of("quantile", "0.99"),
            s -> s.p99Ms() / MS_PER_SECOND)
        .add(
            services,
            key,
            MetricNames.SLO_LATENCY,
            "seconds",
            "Latency that the SLO allows",
            s -> s.sloLatencyMs() / MS_PER_SECOND)
        .add(
            services,
            key,
            MetricNames.SLO_VIOLATIONS_ALLOWED,
            "ratio",
            "Share that may violate the SLO",
            s -> 1 - s.sloQuantile())
        .add(
            services,
            key,
            MetricNames.COST,
            "money.per.hour",
            "Money that its replicas cost",
            ServiceStatus::costPerHour)
        .count(
            services,
            key,
            MetricNames.FIRST_ATTEMPTS,
            "First attempts",
            s -> (double) s.firstAttemptsTotal())
        .count(
            services,
            key,
            MetricNames.VIOLATIONS,
            "First attempts that violated the SLO",
            s -> (double) s.violationsTotal())
        .meters;
  }

  private static double admission(ServiceStatus service) {
    double rate = service.admissionPerSecond();
    return rate == Double.MAX_VALUE ? Double.NaN : rate;
  }

  private List<Meter> registerPool(MeterRegistry registry, String key) {
    String[] parts = key.split("/", 2);
    Tags tags = Tags.of("cell", parts[0], "pool", parts[1]);
    return new Gauges(registry, tags)
        .add(pools, key, MetricNames.POOL_TARGET, "nodes", "Nodes wanted", PoolStatus::target)
        .add(pools, key, MetricNames.POOL_READY, "nodes", "Nodes in use", PoolStatus::ready)
        .add(pools, key, MetricNames.POOL_BOOTING, "nodes", "Nodes that boot", PoolStatus::booting)
        .add(pools, key, MetricNames.POOL_MAX, "nodes", "Most nodes allowed", PoolStatus::nodesMax)
        .add(
            snapshots,
            parts[0],
            MetricNames.POOL_ALLOCATED,
            "ratio",
            "Share of cores given to replicas",
            s -> allocated(s, key))
        .meters;
  }

  private static double allocated(CellSnapshot snapshot, String pool) {
    long total = 0;
    long used = 0;
    for (NodeStatus node : snapshot.nodes()) {
      if (node.pool().equals(pool)) {
        total += node.total().cpuMilli();
        used += node.allocated().cpuMilli();
      }
    }
    return total == 0 ? Double.NaN : (double) used / total;
  }

  private List<Meter> registerCell(MeterRegistry registry, String cell) {
    Gauges gauges = new Gauges(registry, Tags.of("cell", cell));
    for (NodeState state : NodeState.values()) {
      gauges.addTagged(
          snapshots,
          cell,
          MetricNames.NODES,
          "nodes",
          "Nodes by state",
          Tags.of("state", state.name().toLowerCase(Locale.ROOT)),
          s -> (double) s.nodes().stream().filter(n -> n.state() == state).count());
    }
    return gauges
        .add(snapshots, cell, MetricNames.EPOCH, "epoch", "Epoch of the owner", CellSnapshot::epoch)
        .add(
            snapshots,
            cell,
            MetricNames.CELL_COST,
            "money.per.hour",
            "Money that its nodes cost",
            CellSnapshot::costPerHour)
        .add(
            snapshots,
            cell,
            MetricNames.NEXT_EVENT,
            "seconds",
            "Time to the next declared event",
            CellMetrics::nextEvent)
        .count(snapshots, cell, MetricNames.TICKS, "Decisions taken", s -> (double) s.ticksTotal())
        .count(
            snapshots,
            cell,
            MetricNames.AUDIT_VIOLATIONS,
            "Rules that the auditor saw broken",
            s -> (double) s.auditViolationsTotal())
        .meters;
  }

  private static double nextEvent(CellSnapshot snapshot) {
    return snapshot.events().isEmpty()
        ? Double.NaN
        : (snapshot.events().get(0).startMs() - snapshot.nowMs()) / MS_PER_SECOND;
  }
}
