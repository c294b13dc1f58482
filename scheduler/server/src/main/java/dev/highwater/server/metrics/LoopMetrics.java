package dev.highwater.server.metrics;

import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.WishSource;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * Counters and timers of one cell's loop on this member. All are registered at once, so that every
 * rate is known to be 0 before the first of its kind happens; all are removed with the loop.
 * Thread-safe.
 */
final class LoopMetrics {
  /** Time between two ticks; one that takes longer makes the next late. */
  static final Duration INTERVAL = Duration.ofSeconds(1);

  /** A tick that begins this late has missed its report. Chosen by us: a tenth of the interval. */
  static final long LATE_MS_MAX = 100;

  /** Around the budget of 50 ms for the largest cell and the bound of 200 ms. */
  private static final Duration[] TICK_BUCKETS = millis(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000);

  /** Around the budget: the report interval of 1 s and 100 ms. */
  private static final Duration[] DELAY_BUCKETS =
      millis(10, 20, 50, 100, 200, 500, 1_000, 1_100, 2_000, 5_000);

  private static final int FILTERS_MAX = 64;
  private static final String OTHER_FILTER = "other";

  private final MeterRegistry registry;
  private final String cell;
  private final Queue<Meter> meters = new ConcurrentLinkedQueue<>();
  private final Timer tick;
  private final Timer store;
  private final Timer commandDelay;
  private final Counter overruns;
  private final Counter staleOrders;
  private final Counter placed;
  private final Map<AppendFailure, Counter> appendFailures;
  private final Map<WishSource, Counter> decisions;
  private final Map<Fact.StopReason, Counter> stopped;
  private final Map<Fact.NodeLossReason, Counter> nodesLost;
  private final Map<ErrorCode, Counter> inputsRefused;
  private final Counter runReplicas;
  private final Counter nodeTarget;
  private final Counter admitRates;
  private final Map<String, Counter> refusals = new ConcurrentHashMap<>();

  LoopMetrics(MeterRegistry registry, String cell) {
    this.registry = registry;
    this.cell = cell;
    tick = timer(MetricNames.TICK_DURATION, TICK_BUCKETS);
    store = timer(MetricNames.STORE_DURATION, TICK_BUCKETS);
    commandDelay = timer(MetricNames.COMMAND_DELAY, DELAY_BUCKETS);
    overruns = counter(MetricNames.TICK_OVERRUNS);
    staleOrders = counter(MetricNames.STALE_ORDERS);
    placed = counter(MetricNames.REPLICAS_PLACED);
    appendFailures = counters(MetricNames.APPEND_FAILURES, AppendFailure.class);
    decisions = counters(MetricNames.DECISIONS, WishSource.class);
    stopped = counters(MetricNames.REPLICAS_STOPPED, Fact.StopReason.class);
    nodesLost = counters(MetricNames.NODES_LOST, Fact.NodeLossReason.class);
    inputsRefused = counters(MetricNames.INPUTS_REFUSED, ErrorCode.class);
    runReplicas = counter(MetricNames.COMMANDS, "run-replicas");
    nodeTarget = counter(MetricNames.COMMANDS, "node-target");
    admitRates = counter(MetricNames.COMMANDS, "admit-rates");
  }

  void ticked(long decideNanos, long storeNanos, long lateMs) {
    tick.record(decideNanos + storeNanos, TimeUnit.NANOSECONDS);
    store.record(storeNanos, TimeUnit.NANOSECONDS);
    if (lateMs > LATE_MS_MAX || decideNanos + storeNanos > INTERVAL.toNanos()) {
      overruns.increment();
    }
  }

  void commanded(long sinceReportNanos) {
    commandDelay.record(sinceReportNanos, TimeUnit.NANOSECONDS);
  }

  void appendFailed(AppendFailure why) {
    of(appendFailures, why).increment();
  }

  void staleOrderRefused() {
    staleOrders.increment();
  }

  void decided(Decision decision) {
    decision.facts().forEach(this::count);
    decision.commands().forEach(this::count);
    for (Explanation explanation : decision.explanations()) {
      if (explanation instanceof Explanation.ServiceExplained service
          && service.placement() != null) {
        service.placement().refusals().forEach((filter, n) -> refusal(filter).increment(n));
      }
    }
  }

  /** Removes every meter of this loop. */
  void remove() {
    meters.forEach(registry::remove);
  }

  private void count(Fact fact) {
    if (fact instanceof Fact.TargetSet f) {
      of(decisions, f.winner()).increment();
    } else if (fact instanceof Fact.ReplicasPlaced f) {
      f.shares().forEach(share -> placed.increment(share.count()));
    } else if (fact instanceof Fact.ReplicasStopped f) {
      of(stopped, f.reason()).increment(f.ordinals().size());
    } else if (fact instanceof Fact.NodeLost f) {
      of(nodesLost, f.reason()).increment();
    } else if (fact instanceof Fact.InputRefused f) {
      of(inputsRefused, f.code()).increment();
    }
  }

  private void count(Command command) {
    if (command instanceof Command.RunReplicas) {
      runReplicas.increment();
    } else if (command instanceof Command.NodeTarget) {
      nodeTarget.increment();
    } else {
      admitRates.increment();
    }
  }

  /** Filters are the kernel's constants; the bound holds even if one day they were not. */
  private Counter refusal(String filter) {
    String name =
        refusals.containsKey(filter) || refusals.size() < FILTERS_MAX ? filter : OTHER_FILTER;
    return refusals.computeIfAbsent(name, f -> counter(MetricNames.REFUSED_NODES, f));
  }

  private <E extends Enum<E>> Map<E, Counter> counters(Metric metric, Class<E> kinds) {
    Map<E, Counter> all = new EnumMap<>(kinds);
    for (E kind : kinds.getEnumConstants()) {
      all.put(kind, counter(metric, Metric.code(kind)));
    }
    return all;
  }

  private Counter counter(Metric metric, String... more) {
    Counter counter =
        Counter.builder(metric.name())
            .description(metric.description())
            .baseUnit(metric.unit())
            .tags(tags(metric, more))
            .register(registry);
    meters.add(counter);
    return counter;
  }

  private Timer timer(Metric metric, Duration[] buckets) {
    Timer timer =
        Timer.builder(metric.name())
            .description(metric.description())
            .serviceLevelObjectives(buckets)
            .tags(tags(metric))
            .register(registry);
    meters.add(timer);
    return timer;
  }

  private List<Tag> tags(Metric metric, String... more) {
    List<Tag> tags = new ArrayList<>();
    tags.add(Tag.of(metric.labels().get(0), cell));
    for (int i = 0; i < more.length; i++) {
      tags.add(Tag.of(metric.labels().get(i + 1), more[i]));
    }
    return tags;
  }

  private static <E extends Enum<E>> Counter of(Map<E, Counter> counters, E kind) {
    return Objects.requireNonNull(counters.get(kind), "registered for every constant");
  }

  private static Duration[] millis(long... values) {
    Duration[] durations = new Duration[values.length];
    for (int i = 0; i < values.length; i++) {
      durations[i] = Duration.ofMillis(values[i]);
    }
    return durations;
  }
}
