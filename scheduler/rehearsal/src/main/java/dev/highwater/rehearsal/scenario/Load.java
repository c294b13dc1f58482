package dev.highwater.rehearsal.scenario;

import dev.highwater.model.Limits;
import dev.highwater.model.ServiceId;
import dev.highwater.workload.Diurnal;
import dev.highwater.workload.Fidelity;
import dev.highwater.workload.LoadEvent;
import dev.highwater.workload.TrafficProfile;
import dev.highwater.workload.TrafficSpec;
import dev.highwater.workload.TrafficSpec.CloseUp;
import dev.highwater.workload.TrafficSpec.Requery;
import dev.highwater.workload.TrafficSpec.Stock;
import dev.highwater.workload.TrafficTrace;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the users of one service really do, declared or not, as a scenario file writes it; the
 * scheduler never sees it. Immutable.
 *
 * @param basePerSecond first attempts per second at an ordinary moment; with neither a base, crowds
 *     nor a trace only other services call it
 * @param diurnal factor by time of day, or null
 * @param crowds peaks that really come; what operators declare of them stands under {@code events}
 * @param trace a recorded series instead of the base, or null
 * @param sameShardRatio part of the attempts that all need the same shard of the service's serial
 *     step; the others choose evenly
 * @param fidelity of this service's replicas; null means the scenario's
 * @param closeUp a part of the run with another fidelity, such as the peak hour; null for none
 */
public record Load(
    ServiceId service,
    double basePerSecond,
    @Nullable Diurnal diurnal,
    List<LoadEvent> crowds,
    @Nullable Trace trace,
    List<TrafficSpec.UserClass> mix,
    List<TrafficSpec.Call> calls,
    TrafficSpec.Retry retry,
    @Nullable Requery requery,
    @Nullable Stock stock,
    TrafficSpec.ReplicaBehaviour behaviour,
    long patienceMs,
    double sameShardRatio,
    @Nullable Fidelity fidelity,
    @Nullable CloseUp closeUp) {
  public Load {
    Limits.range("basePerSecond", basePerSecond, 0, Limits.RATE_MAX);
    crowds = Limits.list("crowds", crowds, Limits.SPEC_LIST_MAX);
    mix = Limits.list("mix", mix, 3);
    calls = Limits.list("calls", calls, 100);
    Limits.durationMs("patienceMs", patienceMs);
    Limits.range("sameShardRatio", sameShardRatio, 0, 1);
  }

  /**
   * A recorded series. Immutable.
   *
   * @param file CSV {@code t_seconds,rate}, relative to the scenario
   * @param scale factor on every rate
   */
  public record Trace(String file, double scale, TrafficTrace.Interpolation interpolation) {
    public Trace {
      Limits.text("file", file);
      Limits.range("scale", scale, 0, Limits.RATE_MAX);
    }
  }

  /** The load of a service that only other services call. */
  public static Load called(ServiceId service) {
    TrafficSpec called = TrafficSpec.called(service);
    return new Load(
        service,
        0,
        null,
        List.of(),
        null,
        called.mix(),
        called.calls(),
        called.retry(),
        null,
        null,
        called.behaviour(),
        called.patienceMs(),
        called.sameShardRatio(),
        null,
        null);
  }

  /**
   * The same but for what {@code edit} changes in a draft of it, such as {@code draft ->
   * draft.basePerSecond = 7}.
   */
  public Load edit(Consumer<Draft> edit) {
    Draft draft = new Draft(this);
    edit.accept(draft);
    return draft.load();
  }

  /** What may be changed of a load, for the length of one {@link #edit}. For one thread. */
  public static final class Draft {
    public ServiceId service;
    public double basePerSecond;
    public @Nullable Diurnal diurnal;
    public List<LoadEvent> crowds;
    public @Nullable Trace trace;
    public List<TrafficSpec.UserClass> mix;
    public List<TrafficSpec.Call> calls;
    public TrafficSpec.Retry retry;
    public @Nullable Requery requery;
    public @Nullable Stock stock;
    public TrafficSpec.ReplicaBehaviour behaviour;
    public long patienceMs;
    public double sameShardRatio;
    public @Nullable Fidelity fidelity;
    public @Nullable CloseUp closeUp;

    private Draft(Load of) {
      service = of.service();
      basePerSecond = of.basePerSecond();
      diurnal = of.diurnal();
      crowds = of.crowds();
      trace = of.trace();
      mix = of.mix();
      calls = of.calls();
      retry = of.retry();
      requery = of.requery();
      stock = of.stock();
      behaviour = of.behaviour();
      patienceMs = of.patienceMs();
      sameShardRatio = of.sameShardRatio();
      fidelity = of.fidelity();
      closeUp = of.closeUp();
    }

    private Load load() {
      return new Load(
          service,
          basePerSecond,
          diurnal,
          crowds,
          trace,
          mix,
          calls,
          retry,
          requery,
          stock,
          behaviour,
          patienceMs,
          sameShardRatio,
          fidelity,
          closeUp);
    }
  }

  /**
   * The load in the form that the simulation takes.
   *
   * @param traces the series by file name, as read
   */
  public TrafficSpec traffic(Map<String, TrafficTrace> traces) {
    TrafficTrace series = trace == null ? null : traces.get(trace.file());
    if (trace != null && series == null) {
      throw new IllegalArgumentException("trace was not read: " + trace.file());
    }
    boolean own = series != null || basePerSecond > 0 || !crowds.isEmpty();
    TrafficProfile profile =
        own
            ? new TrafficProfile(
                basePerSecond,
                diurnal,
                crowds,
                series == null || trace == null ? null : series.scaled(trace.scale()))
            : null;
    return new TrafficSpec(
        service,
        profile,
        mix,
        calls,
        retry,
        requery,
        stock,
        behaviour,
        patienceMs,
        sameShardRatio,
        fidelity,
        closeUp);
  }
}
