package dev.highwater.server.metrics;

import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.WishSource;
import dev.highwater.server.loop.LoopOutputs.TickTimes;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** How long ticks take and what they decide. Thread-safe. */
public final class LoopMetrics {
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofSeconds(1)
  };

  /** Filters are a closed list of the kernel; the bound only keeps a defect from filling memory. */
  private static final int FILTERS_MAX = 50;

  private final MeterRegistry registry;
  private final Timer decide;
  private final Timer storeWrite;
  private final Timer late;
  private final Counter commands;
  private final Map<WishSource, Counter> decisions = new EnumMap<>(WishSource.class);
  private final Map<String, Counter> refusals = new ConcurrentHashMap<>();

  /** Registers every meter, so that a scrape shows zeros before the first tick. */
  public LoopMetrics(MeterRegistry registry) {
    this.registry = registry;
    decide = timer(MetricNames.DECIDE, "Time to observe, decide and audit");
    storeWrite = timer(MetricNames.STORE_WRITE, "Time to append to the journal, or to beat");
    late = timer(MetricNames.TICK_LATE, "How long after it was due a tick began");
    commands =
        Counter.builder(MetricNames.COMMANDS).description("Commands sent").register(registry);
    for (WishSource source : WishSource.values()) {
      decisions.put(
          source,
          Counter.builder(MetricNames.DECISIONS)
              .description("Targets set, by the wish that won")
              .tag("reason", source.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    refused("none", 0);
  }

  private Timer timer(String name, String description) {
    return Timer.builder(name)
        .description(description)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  /** A tick is over. */
  public void ticked(TickTimes times) {
    decide.record(times.decideNanos(), TimeUnit.NANOSECONDS);
    storeWrite.record(times.storeNanos(), TimeUnit.NANOSECONDS);
    late.record(times.lateMs(), TimeUnit.MILLISECONDS);
  }

  /** Something was decided. */
  public void decided(Decision decision) {
    commands.increment(decision.commands().size());
    for (Fact fact : decision.facts()) {
      Counter counter = fact instanceof Fact.TargetSet f ? decisions.get(f.winner()) : null;
      if (counter != null) {
        counter.increment();
      }
    }
    for (Explanation explanation : decision.explanations()) {
      if (explanation instanceof Explanation.ServiceExplained e && e.placement() != null) {
        e.placement().refusals().forEach(this::refused);
      }
    }
  }

  private void refused(String filter, int nodes) {
    if (refusals.size() < FILTERS_MAX || refusals.containsKey(filter)) {
      refusals
          .computeIfAbsent(
              filter,
              name ->
                  Counter.builder(MetricNames.REFUSALS)
                      .description("Nodes refused while placing, by filter")
                      .tag("filter", name)
                      .register(registry))
          .increment(nodes);
    }
  }
}
