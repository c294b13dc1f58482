package dev.highwater.rehearsal;

import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.Observation.SparseHistogram;
import dev.highwater.model.ServiceId;
import dev.highwater.workload.LatencyHistogram;
import org.jspecify.annotations.Nullable;

/**
 * What a front door counted of one service since a chosen moment, although it reports totals since
 * its own start, and begins anew when it starts again. For one thread.
 */
final class DoorCount {
  private final ServiceId service;
  private ServiceTraffic carried;
  private ServiceTraffic base;
  private ServiceTraffic last;
  private final LatencyHistogram carriedLatencies = new LatencyHistogram();
  private @Nullable SparseHistogram baseLatencies;
  private @Nullable SparseHistogram lastLatencies;

  DoorCount(ServiceId service) {
    this.service = service;
    this.carried = ServiceTraffic.none(service);
    this.base = ServiceTraffic.none(service);
    this.last = ServiceTraffic.none(service);
  }

  /** The next report of the same start. */
  void report(ServiceTraffic totals) {
    last = totals;
    lastLatencies = totals.latency() == null ? lastLatencies : totals.latency();
  }

  /** The front door started again; what follows counts from zero. */
  void restarted() {
    carriedLatencies.addAll(sinceBase());
    carried = sum();
    base = ServiceTraffic.none(service);
    last = ServiceTraffic.none(service);
    baseLatencies = null;
    lastLatencies = null;
  }

  /** Counts from the last report on. */
  void begin() {
    carried = ServiceTraffic.none(service);
    carriedLatencies.clear();
    base = last;
    baseLatencies = lastLatencies;
  }

  /** What was counted since then. */
  ServiceTraffic sum() {
    return new ServiceTraffic(
        service,
        carried.firstAttempts() + last.firstAttempts() - base.firstAttempts(),
        carried.attempts() + last.attempts() - base.attempts(),
        carried.served() + last.served() - base.served(),
        carried.late() + last.late() - base.late(),
        carried.timedOut() + last.timedOut() - base.timedOut(),
        carried.failed() + last.failed() - base.failed(),
        carried.rejected() + last.rejected() - base.rejected(),
        carried.shed() + last.shed() - base.shed(),
        carried.abandoned() + last.abandoned() - base.abandoned(),
        carried.violations() + last.violations() - base.violations(),
        last.waiting(),
        null);
  }

  /**
   * What was counted since then up to a moment between the last report and a later one, as if users
   * had done the same in each second between.
   *
   * @param later totals of the same start
   * @param part of the time between the two that has passed, 0 to 1
   */
  ServiceTraffic sum(ServiceTraffic later, double part) {
    ServiceTraffic sum = sum();
    return new ServiceTraffic(
        service,
        sum.firstAttempts() + part(later.firstAttempts() - last.firstAttempts(), part),
        sum.attempts() + part(later.attempts() - last.attempts(), part),
        sum.served() + part(later.served() - last.served(), part),
        sum.late() + part(later.late() - last.late(), part),
        sum.timedOut() + part(later.timedOut() - last.timedOut(), part),
        sum.failed() + part(later.failed() - last.failed(), part),
        sum.rejected() + part(later.rejected() - last.rejected(), part),
        sum.shed() + part(later.shed() - last.shed(), part),
        sum.abandoned() + part(later.abandoned() - last.abandoned(), part),
        sum.violations() + part(later.violations() - last.violations(), part),
        sum.waiting(),
        null);
  }

  private static long part(long all, double part) {
    return (long) StrictMath.floor(all * part);
  }

  /** Adds the latencies since then. */
  void addLatenciesTo(LatencyHistogram sum) {
    sum.addAll(carriedLatencies);
    sum.addAll(sinceBase());
  }

  private LatencyHistogram sinceBase() {
    return histogram(lastLatencies).minus(histogram(baseLatencies));
  }

  private static LatencyHistogram histogram(@Nullable SparseHistogram sparse) {
    LatencyHistogram histogram = new LatencyHistogram();
    if (sparse != null) {
      histogram.addSparse(sparse);
    }
    return histogram;
  }
}
