package dev.highwater.server.metrics;

import dev.highwater.model.AgentMessage;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * Everything that this member tells Prometheus. It exists so that the control loop says what
 * happened in one call each and knows nothing of meters.
 *
 * <p>State is read from published snapshots when scraped and never pushed: series come and go with
 * tenants, services, nodes and events. What only the loop sees (durations, decisions, refusals) is
 * counted here per cell, and forgotten when the cell changes hands.
 *
 * <p>Thread-safe. {@link #scrape()} belongs on a worker: it takes some 4 ms of one core for a cell
 * of 60 nodes, and 60 ms for 10,000.
 */
public final class SchedulerMetrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry;
  private final Clock clock;
  private final ProcessMetrics process;
  private final Map<ReadModelMap, Counter> readModelFailures = new EnumMap<>(ReadModelMap.class);
  private final Map<String, LoopMetrics> loops = new ConcurrentHashMap<>();

  /**
   * Registers what belongs to the process. Give it a fresh registry, and let nothing else bind the
   * JVM to it, or garbage-collection pauses are counted twice.
   *
   * @param version of this program
   */
  public SchedulerMetrics(PrometheusMeterRegistry registry, Clock clock, String version) {
    this.registry = registry;
    this.clock = clock;
    // What promtool complains of: _count is reserved for histograms, and time is told in seconds.
    registry.config().meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
    registry.config().meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"));
    process = new ProcessMetrics(version);
    process.bindTo(registry);
    for (ReadModelMap map : ReadModelMap.values()) {
      readModelFailures.put(
          map,
          Counter.builder(MetricNames.READ_MODEL_FAILURES.name())
              .description(MetricNames.READ_MODEL_FAILURES.description())
              .baseUnit(MetricNames.READ_MODEL_FAILURES.unit())
              .tag("map", map.code())
              .register(registry));
    }
  }

  /**
   * Shows cells from now on. Call it once.
   *
   * @param snapshots the last one of each cell that <em>this member owns</em>, so that sums over
   *     members count no cell twice; called at each scrape, must not block for long
   */
  public void bind(Supplier<List<CellSnapshot>> snapshots) {
    List<SnapshotBinder> binders =
        List.of(new CellMetrics(clock), new ServiceMetrics(), new NodeMetrics());
    registry
        .getPrometheusRegistry()
        .register(new SnapshotCollector(snapshots, binders, registry.config().namingConvention()));
  }

  /** Shows the number of open agent sessions from now on. Call it once. */
  public void bindSessions(ToIntFunction<AgentMessage.Role> sessions) {
    for (AgentMessage.Role role : AgentMessage.Role.values()) {
      Gauge.builder(MetricNames.AGENT_SESSIONS.name(), sessions, count -> count.applyAsInt(role))
          .strongReference(true)
          .description(MetricNames.AGENT_SESSIONS.description())
          .baseUnit(MetricNames.AGENT_SESSIONS.unit())
          .tag("role", Metric.code(role))
          .register(registry);
    }
  }

  /** Counts what a decision decided: targets by winning wish, refusals by filter, and so on. */
  public void decided(Decision decision) {
    loop(decision.cell()).decided(decision);
  }

  /**
   * Counts a tick.
   *
   * @param decideNanos observing, deciding and auditing
   * @param storeNanos the append or, when nothing was decided, the beat
   * @param lateMs how long after it was due the tick began; 0 if it was in time
   */
  public void ticked(String cell, long decideNanos, long storeNanos, long lateMs) {
    loop(cell).ticked(decideNanos, storeNanos, lateMs);
  }

  /**
   * Counts that commands went out.
   *
   * @param sinceReportNanos since the first report arrived that the decision took in
   */
  public void commanded(String cell, long sinceReportNanos) {
    loop(cell).commanded(sinceReportNanos);
  }

  /** Counts a failed append. */
  public void appendFailed(String cell, AppendFailure why) {
    loop(cell).appendFailed(why);
  }

  /** Counts an order that a receiver refused because it knew a newer epoch or generation. */
  public void staleOrderRefused(String cell) {
    loop(cell).staleOrderRefused();
  }

  /** Counts a write to one of the shared maps that failed. */
  public void readModelFailed(ReadModelMap map) {
    Objects.requireNonNull(readModelFailures.get(map), "registered for every map").increment();
  }

  /** Forgets a cell that this member no longer decides for. */
  public void resigned(String cell) {
    LoopMetrics loop = loops.remove(cell);
    if (loop != null) {
      loop.remove();
    }
  }

  /** Everything in Prometheus text format 0.0.4. */
  public String scrape() {
    return registry.scrape();
  }

  /** Ends listening to the garbage collector. */
  @Override
  public void close() {
    process.close();
  }

  private LoopMetrics loop(String cell) {
    return loops.computeIfAbsent(cell, name -> new LoopMetrics(registry, name));
  }
}
