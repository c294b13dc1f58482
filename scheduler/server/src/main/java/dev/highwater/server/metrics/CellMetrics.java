package dev.highwater.server.metrics;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.EventPhase;
import dev.highwater.model.CellSnapshot.EventStatus;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Who decides for a cell, how far its journal is, what it costs, which events lie ahead. */
final class CellMetrics implements SnapshotBinder {
  private static final double MS_PER_SECOND = 1_000;
  private static final double SECONDS_PER_HOUR = 3_600;
  private static final Set<EventPhase> UNDER_WAY =
      EnumSet.of(EventPhase.RISING, EventPhase.HOLDING, EventPhase.DECAYING);

  private final Clock clock;

  /**
   * Reads with a clock, because a cell whose owner hangs can only be seen from outside its own
   * time.
   */
  CellMetrics(Clock clock) {
    this.clock = clock;
  }

  @Override
  public void read(CellSnapshot cell, Series series) {
    List<String> labels = List.of(cell.cell());
    series.add(MetricNames.CELL_EPOCH, cell.epoch(), labels);
    series.add(MetricNames.CELL_INFO, 1, List.of(cell.cell(), cell.owner()));
    series.add(
        MetricNames.CELL_SNAPSHOT_AGE,
        Math.max(0, clock.millis() - cell.nowMs()) / MS_PER_SECOND,
        labels);
    series.add(MetricNames.CELL_COST, cell.costPerHour(), labels);
    series.add(MetricNames.CELL_SPENDING, cell.costTotal(), labels);
    series.add(MetricNames.CELL_NODE_TIME, cell.nodeHoursTotal() * SECONDS_PER_HOUR, labels);
    series.add(MetricNames.TICKS, cell.ticksTotal(), labels);
    series.add(MetricNames.JOURNAL_ENTRIES, cell.position(), labels);
    series.add(MetricNames.AUDIT_VIOLATIONS, cell.auditViolationsTotal(), labels);
    for (EventStatus event : cell.events()) {
      List<String> eventLabels = List.of(cell.cell(), event.name());
      series.add(MetricNames.EVENT_SPENDING, event.costTotal(), eventLabels);
      series.add(MetricNames.EVENT_START, event.startMs() / MS_PER_SECOND, eventLabels);
      series.add(
          MetricNames.EVENT_UNDER_WAY, UNDER_WAY.contains(event.phase()) ? 1 : 0, eventLabels);
      series.add(
          MetricNames.EVENT_INFO,
          1,
          List.of(cell.cell(), event.name(), Metric.code(event.phase())));
    }
  }
}
