package dev.highwater.rehearsal;

import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand.Surge;
import dev.highwater.rehearsal.scenario.TimedSurge;
import dev.highwater.workload.TrafficSpec;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The true rate at which services are asked, now and later, for scores and for bounds; no policy of
 * the kernel ever sees it. Immutable.
 */
public final class Demand {
  private static final int CALL_DEPTH_MAX = 64;
  private static final double LN_2 = 0.6931471805599453;

  private final SortedMap<ServiceId, TrafficSpec> traffic = new TreeMap<>();
  private final SortedMap<ServiceId, SortedMap<ServiceId, Double>> callers = new TreeMap<>();
  private final List<TimedSurge> surges;

  /** The demand of all services that {@code all} tells of. */
  public Demand(List<TrafficSpec> all, List<TimedSurge> surges) {
    this.surges = surges;
    for (TrafficSpec spec : all) {
      traffic.put(spec.service(), spec);
      for (TrafficSpec.Call call : spec.calls()) {
        callers
            .computeIfAbsent(call.service(), service -> new TreeMap<>())
            .merge(spec.service(), call.ratio(), Double::sum);
      }
    }
  }

  /**
   * First attempts per second at a time, if every caller's request succeeds; NaN when that depends
   * on what users are told (those who ask again, or buy from a stock).
   *
   * @param atMs since users come
   */
  public double rate(ServiceId service, double atMs) {
    return rate(service, atMs, 0);
  }

  private double rate(ServiceId service, double atMs, int depth) {
    TrafficSpec spec = traffic.get(service);
    if (depth > CALL_DEPTH_MAX || (spec != null && spec.requery() != null)) {
      return Double.NaN;
    }
    double sum = spec == null ? 0 : users(spec, atMs);
    SortedMap<ServiceId, Double> from = callers.get(service);
    if (from != null) {
      for (Map.Entry<ServiceId, Double> caller : from.entrySet()) {
        TrafficSpec calling = traffic.get(caller.getKey());
        if (calling != null && calling.stock() != null) {
          return Double.NaN;
        }
        sum += caller.getValue() * rate(caller.getKey(), atMs, depth + 1);
      }
    }
    return sum;
  }

  /**
   * Whether {@link #rate} tells the truth: false when users are told something on which it depends,
   * or go on to this service only a while after another one answered.
   */
  public boolean known(ServiceId service) {
    return known(service, 0);
  }

  private boolean known(ServiceId service, int depth) {
    TrafficSpec spec = traffic.get(service);
    if (depth > CALL_DEPTH_MAX || (spec != null && spec.requery() != null)) {
      return false;
    }
    SortedMap<ServiceId, Double> from = callers.get(service);
    if (from != null) {
      for (ServiceId caller : from.keySet()) {
        TrafficSpec calling = traffic.get(caller);
        if (calling != null
            && (calling.stock() != null || lags(calling, service) || !known(caller, depth + 1))) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean lags(TrafficSpec caller, ServiceId called) {
    return caller.calls().stream()
        .anyMatch(call -> call.service().equals(called) && call.lagMs() > 0);
  }

  private double users(TrafficSpec spec, double atMs) {
    if (spec.profile() == null) {
      return 0;
    }
    double more = 0;
    for (TimedSurge timed : surges) {
      if (timed.service().equals(spec.service())) {
        more += (timed.factor() - 1) * shape(timed.command(), atMs - timed.startMs());
      }
    }
    return Math.max(0, spec.profile().rate(atMs) * (1 + more));
  }

  /** How much of a surge is there, 0 to 1, as the front door reckons it. */
  private static double shape(Surge surge, double sinceMs) {
    if (sinceMs < 0) {
      return 0;
    }
    if (sinceMs < surge.riseMs()) {
      return sinceMs / surge.riseMs();
    }
    double after = sinceMs - surge.riseMs() - surge.holdMs();
    if (after < 0) {
      return 1;
    }
    return surge.decayHalfLifeMs() == 0
        ? 0
        : StrictMath.exp(-LN_2 * after / surge.decayHalfLifeMs());
  }
}
