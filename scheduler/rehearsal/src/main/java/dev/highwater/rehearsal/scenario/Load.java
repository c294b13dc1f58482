package dev.highwater.rehearsal.scenario;

import dev.highwater.model.Limits;
import dev.highwater.model.ServiceId;
import dev.highwater.workload.Diurnal;
import dev.highwater.workload.Fidelity;
import dev.highwater.workload.LoadEvent;
import dev.highwater.workload.TrafficProfile;
import dev.highwater.workload.TrafficSpec;
import dev.highwater.workload.TrafficSpec.Requery;
import dev.highwater.workload.TrafficSpec.Stock;
import dev.highwater.workload.TrafficTrace;
import java.util.List;
import java.util.Map;
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
 * @param fidelity of this service's replicas; null means the scenario's
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
    @Nullable Fidelity fidelity) {
  public Load {
    Limits.range("basePerSecond", basePerSecond, 0, Limits.RATE_MAX);
    crowds = Limits.list("crowds", crowds, Limits.SPEC_LIST_MAX);
    mix = Limits.list("mix", mix, 3);
    calls = Limits.list("calls", calls, 100);
    Limits.durationMs("patienceMs", patienceMs);
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

  /** The same with another trace. */
  public Load withTrace(Trace other) {
    return new Load(
        service,
        basePerSecond,
        diurnal,
        crowds,
        other,
        mix,
        calls,
        retry,
        requery,
        stock,
        behaviour,
        patienceMs,
        fidelity);
  }

  /** The same with other calls. */
  public Load withCalls(List<TrafficSpec.Call> other) {
    return new Load(
        service,
        basePerSecond,
        diurnal,
        crowds,
        trace,
        mix,
        other,
        retry,
        requery,
        stock,
        behaviour,
        patienceMs,
        fidelity);
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
        service, profile, mix, calls, retry, requery, stock, behaviour, patienceMs, fidelity);
  }
}
