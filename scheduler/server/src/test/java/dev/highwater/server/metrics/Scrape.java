package dev.highwater.server.metrics;

import dev.highwater.model.AgentMessage;
import dev.highwater.model.CellSnapshot;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;

/** Metrics over snapshots that a test sets, and what a scrape of them says. Used by one thread. */
final class Scrape implements AutoCloseable {
  static final long NOW_MS = 1_000_000;

  final AtomicReference<List<CellSnapshot>> cells = new AtomicReference<>(List.of());
  final SchedulerMetrics metrics;

  Scrape(Clock clock) {
    metrics =
        new SchedulerMetrics(
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT), clock, "0.1.0-test");
    metrics.bind(cells::get);
    metrics.bindSessions(role -> role == AgentMessage.Role.NODE ? 3 : 1);
  }

  static Scrape at(long ms) {
    return new Scrape(Clock.fixed(Instant.ofEpochMilli(ms), ZoneOffset.UTC));
  }

  /** One of everything: each metric has at least one series afterwards. */
  static Scrape ofEverything() {
    Scrape scrape = at(NOW_MS);
    scrape.cells.set(List.of(SampleCells.peak(NOW_MS, 5)));
    scrape.metrics.decided(SampleCells.decision());
    scrape.metrics.ticked("c1", 3_000_000, 1_000_000, 0);
    scrape.metrics.commanded("c1", 40_000_000);
    return scrape;
  }

  /** Value by series, as written: {@code name{label="value",...}}. */
  SortedMap<String, String> series() {
    SortedMap<String, String> series = new TreeMap<>();
    for (String line : metrics.scrape().split("\n")) {
      if (!line.startsWith("#") && !line.isBlank()) {
        int space = line.lastIndexOf(' ');
        series.put(line.substring(0, space), line.substring(space + 1));
      }
    }
    return series;
  }

  /** Names that a query may use. */
  SortedSet<String> names() {
    SortedSet<String> names = new TreeSet<>();
    series().keySet().forEach(key -> names.add(key.replaceFirst("\\{.*", "")));
    return names;
  }

  /** Names of metrics of ours as the comment lines of the format tell them. */
  SortedSet<String> ours() {
    SortedSet<String> names = new TreeSet<>();
    Arrays.stream(metrics.scrape().split("\n"))
        .filter(line -> line.startsWith("# TYPE "))
        .map(line -> line.split(" ")[2])
        .filter(name -> name.matches("(scheduler|tenant|node)_.*"))
        .forEach(names::add);
    return names;
  }

  @Override
  public void close() {
    metrics.close();
  }
}
