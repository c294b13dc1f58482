package dev.highwater.rehearsal;

import dev.highwater.kernel.forecast.Coverage;
import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.Service;
import dev.highwater.workload.DoorFigures;
import dev.highwater.workload.LatencyHistogram;

/** Adds up what becomes of one service over all cells, second by second. For one thread. */
final class ServiceMeter {
  private static final double NANOS_PER_MS = 1e6;

  final Service service;
  final Sizer sizer;
  private final Elasticity.Meter elasticity = new Elasticity.Meter();
  private final Timeline timeline;
  private final LatencyHistogram latencies = new LatencyHistogram();
  private LatencyHistogram stepBefore = new LatencyHistogram();

  private long requests;
  private long attempts;
  private long served;
  private long violations;
  private long refused;
  private long requestsBefore;
  private long servedBefore;
  private long violationsBefore;
  private long refusedBefore;
  private long requestsAtMinute;
  private long violationsAtMinute;
  private long violationMinutes;
  private double beyondPromise;
  private double replicaSeconds;
  private int replicasPeak;
  private long adaptations;
  private int target;
  private int ready;
  private int replicas;

  ServiceMeter(Service service, long ticks) {
    this.service = service;
    this.sizer = new Sizer(ReplicaModel.of(service));
    this.timeline = new Timeline(ticks);
  }

  /**
   * Begins a second; {@link #traffic} and {@link #capacity} follow for each cell, then {@link
   * #endTick}.
   */
  void beginTick() {
    requestsBefore = requests;
    servedBefore = served;
    violationsBefore = violations;
    refusedBefore = refused;
    requests = 0;
    attempts = 0;
    served = 0;
    violations = 0;
    refused = 0;
    target = 0;
    ready = 0;
    replicas = 0;
  }

  void traffic(ServiceTraffic totals) {
    requests += totals.firstAttempts();
    attempts += totals.attempts();
    served += totals.served();
    violations += totals.violations();
    refused += totals.rejected() + totals.shed() + totals.abandoned();
  }

  void capacity(int targetNow, int readyNow, int replicasNow) {
    target += targetNow;
    ready += readyNow;
    replicas += replicasNow;
  }

  void adapted(int times) {
    adaptations += times;
  }

  /** First attempts in the second that ends. */
  long requestsNow() {
    return requests - requestsBefore;
  }

  /**
   * Ends a second.
   *
   * @param needed replicas that the load of this second needs
   */
  void endTick(int needed) {
    elasticity.add(needed, ready, 1);
    replicaSeconds += replicas;
    replicasPeak = Math.max(replicasPeak, replicas);
    timeline.traffic(
        requests - requestsBefore,
        served - servedBefore,
        refused - refusedBefore,
        violations - violationsBefore);
    timeline.capacity(target, ready, needed);
  }

  /** Whether the timeline wants the latencies since the last such moment. */
  boolean wantsLatencies() {
    return timeline.endedStep();
  }

  /** Latencies since the start of the run, all cells. */
  void latencies(LatencyHistogram all) {
    timeline.p99(all.minus(stepBefore).quantileNanos(0.99) / NANOS_PER_MS);
    stepBefore = all;
  }

  /** A minute ends, or the run. */
  void endMinute() {
    long asked = requests - requestsAtMinute;
    long broken = violations - violationsAtMinute;
    double beyond = broken - asked * (1 - service.slo().quantile());
    if (asked > 0 && beyond > 0) {
      violationMinutes++;
      beyondPromise += beyond;
    }
    requestsAtMinute = requests;
    violationsAtMinute = violations;
  }

  /** Adds the latencies of one cell at the end of the run. */
  void addLatencies(LatencyHistogram cell) {
    latencies.addAll(cell);
  }

  LatencyHistogram allLatencies() {
    return latencies;
  }

  /**
   * What became of the service.
   *
   * @param coverage of its forecast
   * @param cost money for its replicas
   * @param door what its users met
   */
  ServiceResult result(Coverage coverage, double cost, DoorFigures door) {
    return new ServiceResult(
        service.id(),
        requests,
        attempts,
        served,
        violations,
        refused,
        violationMinutes,
        beyondPromise,
        latencies.quantileNanos(0.5) / NANOS_PER_MS,
        latencies.quantileNanos(0.99) / NANOS_PER_MS,
        latencies.quantileNanos(0.999) / NANOS_PER_MS,
        replicaSeconds / 3_600,
        cost,
        replicasPeak,
        adaptations,
        elasticity.result(),
        coverage,
        door,
        timeline);
  }
}
