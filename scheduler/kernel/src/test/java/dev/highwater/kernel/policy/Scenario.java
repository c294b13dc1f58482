package dev.highwater.kernel.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.forecast.EventCalendar;
import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.BootTime;
import dev.highwater.model.Capacity;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Scaling;
import dev.highwater.model.ScheduleFloor;
import dev.highwater.model.Service;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Plays ticks to a scaler whose decisions are carried out at once or by hand. */
final class Scenario {
  static final Service SERVICE = Service.named("shop", "order");

  private Service service;
  private EventCalendar calendar = EventCalendar.EMPTY;
  private ServiceScaler scaler;
  private int target = 1;
  private int ready = 1;
  private long nowMs = -1_000;
  private long horizonMs = 10_000;
  private long nodeHorizonMs;
  private boolean instant;
  private int silent;
  private double queued;

  Scenario(String policy) {
    this(scaling(policy, 1, 1_000, 60_000, 0, List.of(), null));
  }

  Scenario(Scaling scaling) {
    service = SERVICE.withScaling(scaling);
    scaler = new ServiceScaler(service, new Sizer(ReplicaModel.of(service)), calendar);
  }

  static Scaling scaling(
      String policy,
      int min,
      int max,
      long stabilisationMs,
      int flaps,
      List<ScheduleFloor> floors,
      @Nullable ManualOverride override) {
    return new Scaling(policy, min, max, 3, stabilisationMs, floors, List.of(), override, flaps);
  }

  Scenario target(int replicas) {
    target = replicas;
    return this;
  }

  Scenario ready(int replicas) {
    ready = replicas;
    return this;
  }

  /** Ready replicas that do not report. */
  Scenario silent(int replicas) {
    silent = replicas;
    return this;
  }

  /** Requests that wait at the replicas that report. */
  Scenario queued(double requests) {
    queued = requests;
    return this;
  }

  Scenario horizonMs(long ms) {
    horizonMs = ms;
    return this;
  }

  Scenario nodeHorizonMs(long ms) {
    nodeHorizonMs = ms;
    return this;
  }

  /** From now on each decision is carried out, and its replicas are ready, at once. */
  Scenario instant() {
    instant = true;
    return this;
  }

  Scenario events(PeakEvent... events) {
    calendar = EventCalendar.of(service.id(), List.of(events));
    scaler.respec(service, new Sizer(ReplicaModel.of(service)), calendar);
    return this;
  }

  /** Replicas boot in this time, from the beginning. */
  Scenario boot(BootTime boot) {
    Capacity plain = service.capacity();
    service =
        service.withCapacity(
            new Capacity(
                plain.concurrency(),
                plain.meanServiceMs(),
                plain.serviceScv(),
                plain.law(),
                plain.queueMax(),
                plain.clientTimeoutMs(),
                plain.balancing(),
                boot,
                plain.serialRatePerSecondMax(),
                plain.serialShards()));
    scaler.respec(service, new Sizer(ReplicaModel.of(service)), calendar);
    return this;
  }

  Scenario respec(Scaling scaling) {
    service = service.withScaling(scaling);
    scaler.respec(service, new Sizer(ReplicaModel.of(service)), calendar);
    return this;
  }

  ServiceScaler scaler() {
    return scaler;
  }

  long nowMs() {
    return nowMs;
  }

  ScalingDecision second(long atMs, double load, double utilisation) {
    nowMs = atMs;
    scaler.observe(
        new ServiceSignals(
            nowMs,
            load,
            target,
            ready,
            Math.max(0, target - ready),
            silent,
            utilisation >= 0 ? utilisation * (ready - silent) * 8 : Double.NaN,
            queued,
            utilisation,
            horizonMs,
            nodeHorizonMs,
            1,
            0));
    ServiceScaler copy = scaler.copy();
    ScalingDecision decision = scaler.decide();
    assertThat(scaler.decide()).as("deciding leaves no trace").isEqualTo(decision);
    assertThat(copy.decide()).as("a copy decides alike").isEqualTo(decision);
    if (instant && decision.target() != target) {
      scaler.targetSet(nowMs, target, decision.target());
      target = decision.target();
      ready = target;
    }
    return decision;
  }

  /** The same load each second until a moment; the last decision. */
  ScalingDecision until(long untilMs, double load, double utilisation) {
    ScalingDecision decision = second(nowMs + 1_000, load, utilisation);
    while (nowMs < untilMs) {
      decision = second(nowMs + 1_000, load, utilisation);
    }
    return decision;
  }

  ScalingDecision until(long untilMs, double load) {
    return until(untilMs, load, Math.min(1, load / (200.0 * Math.max(1, ready))));
  }
}
