package dev.highwater.rehearsal.scenario;

import dev.highwater.model.Limits;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Tenant;
import dev.highwater.workload.Diurnal;
import dev.highwater.workload.LoadEvent;
import dev.highwater.workload.RandomStream;
import dev.highwater.workload.TrafficSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Very many tenants that are alike but for their size, written down as one: a tenant of the file,
 * its services and their loads are the pattern, and numbered copies take their place ({@code tail}
 * becomes {@code tail-000001} and so on). Most only are registered; the first ones have the
 * services and users of the pattern.
 *
 * <p>Sizes follow a power law of the rank, as those of customers do: the rates of rank {@code k}
 * are the pattern's times {@code k^-exponent}, scaled so that the pattern's are the mean. What is
 * drawn depends on names alone, so that every seed and policy meets the same tenants. Immutable.
 *
 * @param tenant of the pattern
 * @param tenants copies that are registered
 * @param active of them, how many have services and users
 * @param exponent 0 makes all alike, 1 is Zipf's law
 * @param staggerMs crowds and times of day of a copy are moved by a part of this, drawn evenly
 */
public record Tail(String tenant, int tenants, int active, double exponent, long staggerMs) {
  /** Copies of one pattern at most. */
  public static final int TENANTS_MAX = 1_000_000;

  /** Copies with services at most. */
  public static final int ACTIVE_MAX = 10_000;

  public Tail {
    Limits.name("tenant", tenant);
    Limits.range("tenants", tenants, 1, TENANTS_MAX);
    Limits.range("active", active, 0, Math.min(tenants, ACTIVE_MAX));
    Limits.range("exponent", exponent, 0, 3);
    Limits.durationMs("staggerMs", staggerMs);
  }

  /** The scenario with the copies instead of the patterns, and without tails. */
  static Scenario written(Scenario scenario) {
    Scenario grown = scenario;
    for (Tail tail : scenario.tails()) {
      grown = tail.in(grown);
    }
    return scenario.tails().isEmpty() ? scenario : grown.edit(draft -> draft.tails = List.of());
  }

  private Scenario in(Scenario scenario) {
    List<Tenant> registered = new ArrayList<>();
    for (Tenant each : scenario.tenants()) {
      if (each.name().equals(tenant)) {
        for (int rank = 1; rank <= tenants; rank++) {
          registered.add(copy(each, rank));
        }
      } else {
        registered.add(each);
      }
    }
    List<Service> services = new ArrayList<>();
    for (Service each : scenario.services()) {
      if (each.tenant().equals(tenant)) {
        for (int rank = 1; rank <= active; rank++) {
          services.add(copy(each, rank));
        }
      } else {
        services.add(each);
      }
    }
    double scale = scale();
    List<Load> loads = new ArrayList<>();
    for (Load each : scenario.loads()) {
      if (each.service().tenant().equals(tenant)) {
        for (int rank = 1; rank <= active; rank++) {
          loads.add(copy(each, rank, scale * StrictMath.pow(rank, -exponent)));
        }
      } else {
        loads.add(each);
      }
    }
    return scenario.edit(
        draft -> {
          draft.tenants = registered;
          draft.services = services;
          draft.loads = loads;
        });
  }

  /** What makes the mean of all factors 1. */
  private double scale() {
    double sum = 0;
    for (int rank = 1; rank <= active; rank++) {
      sum += StrictMath.pow(rank, -exponent);
    }
    return active / sum;
  }

  /** Name of a copy: as many digits as the last one has, so that names sort by rank. */
  String name(int rank) {
    String digits = Integer.toString(rank);
    return tenant + "-" + "0".repeat(Integer.toString(tenants).length() - digits.length()) + digits;
  }

  private Tenant copy(Tenant each, int rank) {
    return new Tenant(
        name(rank),
        "",
        each.weight(),
        each.priority(),
        each.cohort(),
        each.quotas(),
        each.budgetPerHour());
  }

  private Service copy(Service each, int rank) {
    return new Service(
        name(rank),
        each.name(),
        each.cells(),
        each.resources(),
        each.capacity(),
        each.slo(),
        each.scaling(),
        each.residency(),
        each.placement(),
        each.criticality(),
        each.waitingRoomMax());
  }

  private Load copy(Load each, int rank, double factor) {
    String name = name(rank);
    RandomStream random = new RandomStream(RandomStream.nameSeed(name));
    long laterMs = (long) (random.nextDouble() * (double) staggerMs);
    return each.edit(
        draft -> {
          draft.service = copy(each.service(), name);
          draft.basePerSecond = each.basePerSecond() * factor;
          draft.diurnal = later(each.diurnal(), laterMs);
          draft.crowds = each.crowds().stream().map(crowd -> copy(crowd, laterMs, factor)).toList();
          draft.trace = copy(each.trace(), factor);
          draft.requery = copy(each.requery(), name);
          draft.calls = each.calls().stream().map(call -> copy(call, name)).toList();
        });
  }

  private ServiceId copy(ServiceId each, String name) {
    return each.tenant().equals(tenant) ? new ServiceId(name, each.name()) : each;
  }

  private TrafficSpec.Call copy(TrafficSpec.Call each, String name) {
    return new TrafficSpec.Call(
        copy(each.service(), name),
        each.ratio(),
        each.lagMs(),
        each.lagStages(),
        each.criticality(),
        each.holds());
  }

  private static Load.@Nullable Trace copy(Load.@Nullable Trace each, double factor) {
    return each == null
        ? null
        : new Load.Trace(each.file(), each.scale() * factor, each.interpolation());
  }

  private TrafficSpec.@Nullable Requery copy(TrafficSpec.@Nullable Requery each, String name) {
    return each == null
        ? null
        : new TrafficSpec.Requery(
            each.findRatio(),
            each.thinkMs(),
            each.unluckyThinkMs(),
            each.patienceMs(),
            each.stockOf() == null ? null : copy(each.stockOf(), name));
  }

  private static LoadEvent copy(LoadEvent each, long laterMs, double factor) {
    return new LoadEvent(
        each.name(),
        each.startMs() + laterMs,
        each.riseMs(),
        each.holdMs(),
        each.decayHalfLifeMs(),
        each.factor(),
        each.peakPerSecond() * factor);
  }

  private static @Nullable Diurnal later(@Nullable Diurnal each, long laterMs) {
    return each == null
        ? null
        : new Diurnal(
            each.periodMs(),
            Math.floorMod(each.startsAtMs() - laterMs, each.periodMs()),
            each.factors());
  }
}
