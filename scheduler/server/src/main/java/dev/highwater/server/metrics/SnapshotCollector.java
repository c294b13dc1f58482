package dev.highwater.server.metrics;

import dev.highwater.model.CellSnapshot;
import io.micrometer.core.instrument.config.NamingConvention;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.Supplier;

/**
 * Turns the published snapshots into series when Prometheus asks. All series of a scrape come from
 * one reading, so that sums over them are consistent. Immutable, thread-safe.
 */
final class SnapshotCollector implements MultiCollector {
  private final Supplier<List<CellSnapshot>> snapshots;
  private final List<SnapshotBinder> binders;
  private final NamingConvention naming;

  SnapshotCollector(
      Supplier<List<CellSnapshot>> snapshots,
      List<SnapshotBinder> binders,
      NamingConvention naming) {
    this.snapshots = snapshots;
    this.binders = List.copyOf(binders);
    this.naming = naming;
  }

  @Override
  public MetricSnapshots collect() {
    Series series = new Series();
    for (CellSnapshot cell : snapshots.get()) {
      for (SnapshotBinder binder : binders) {
        binder.read(cell, series);
      }
    }
    return series.snapshots(naming);
  }
}
