package dev.highwater.server.metrics;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import java.util.List;

/** What tenants' services ask for, get and are given. Stateless. */
final class ServiceMetrics implements SnapshotBinder {
  private static final double MS_PER_SECOND = 1_000;

  @Override
  public void read(CellSnapshot cell, Series series) {
    for (ServiceStatus status : cell.services()) {
      String tenant = status.service().tenant();
      String service = status.service().name();
      List<String> labels = List.of(cell.cell(), tenant, service);
      demand(status, labels, series);
      replicas(status, labels, series);
      promise(status, labels, series);
      series.add(MetricNames.SERVICE_COST, status.costPerHour(), labels);
      series.add(MetricNames.SERVICE_SPENDING, status.costTotal(), labels);
      series.add(
          MetricNames.SERVICE_INFO,
          1,
          List.of(cell.cell(), tenant, service, status.policy(), Metric.code(status.winner())));
    }
  }

  private static void demand(ServiceStatus status, List<String> labels, Series series) {
    series.add(MetricNames.SERVICE_OFFERED_REQUESTS, status.firstAttemptsTotal(), labels);
    series.add(MetricNames.SERVICE_SERVED_REQUESTS, status.servedTotal(), labels);
    series.add(MetricNames.SERVICE_VIOLATING_REQUESTS, status.violationsTotal(), labels);
    series.add(MetricNames.SERVICE_OFFERED, status.offeredPerSecond(), labels);
    series.add(MetricNames.SERVICE_ATTEMPTS, status.attemptsPerSecond(), labels);
    series.add(MetricNames.SERVICE_SERVED, status.servedPerSecond(), labels);
    series.add(MetricNames.SERVICE_REFUSED, status.refusedPerSecond(), labels);
    series.add(MetricNames.SERVICE_FORECAST, status.forecastPerSecond(), labels);
    double admission = status.admissionPerSecond();
    series.add(
        MetricNames.SERVICE_ADMISSION,
        admission == Double.MAX_VALUE ? Double.NaN : admission,
        labels);
    series.add(MetricNames.SERVICE_SHARE, status.shareRatio(), labels);
    series.add(MetricNames.SERVICE_WAITING, status.waiting(), labels);
  }

  private static void replicas(ServiceStatus status, List<String> labels, Series series) {
    series.add(MetricNames.SERVICE_TARGET, status.target(), labels);
    series.add(MetricNames.SERVICE_READY, status.ready(), labels);
    series.add(MetricNames.SERVICE_BOOTING, status.booting(), labels);
    series.add(MetricNames.SERVICE_DRAINING, status.draining(), labels);
    series.add(MetricNames.SERVICE_PENDING, status.pending(), labels);
    series.add(MetricNames.SERVICE_MIN, status.replicasMin(), labels);
    series.add(MetricNames.SERVICE_MAX, status.replicasMax(), labels);
    series.add(MetricNames.SERVICE_UTILISATION, status.utilisationRatio(), labels);
  }

  private static void promise(ServiceStatus status, List<String> labels, Series series) {
    series.add(MetricNames.SERVICE_LATENCY_P50, status.p50Ms() / MS_PER_SECOND, labels);
    series.add(MetricNames.SERVICE_LATENCY_P99, status.p99Ms() / MS_PER_SECOND, labels);
    series.add(MetricNames.SERVICE_SLO_LATENCY, status.sloLatencyMs() / MS_PER_SECOND, labels);
    series.add(MetricNames.SERVICE_SLO_QUANTILE, status.sloQuantile(), labels);
  }
}
