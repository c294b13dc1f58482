package dev.highwater.kernel.audit;

import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Tenant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What tenants must leave to each other: within a cohort nominal less the lending limit, and of
 * course what the other uses; to another cohort all that is nominally its tenants', and what they
 * use or need not lend together if that is more.
 *
 * <p>Nominal quotas that add up to more than the cell can have count in proportion. Confined to the
 * auditor's thread.
 */
final class AuditedLending {
  private final String cell;
  private final Map<String, Tenant> tenants;
  private final SortedMap<String, Quota> quotas = new TreeMap<>();

  /**
   * @param tenants the auditor's own, which it keeps up to date
   */
  AuditedLending(String cell, Map<String, Tenant> tenants) {
    this.cell = cell;
    this.tenants = tenants;
  }

  /** Takes in a tenant's spec, or null once it is removed. */
  void apply(String name, @Nullable Tenant spec) {
    quotas.remove(name);
    if (spec != null) {
      for (Quota quota : spec.quotas()) {
        if (quota.cell().equals(cell)) {
          quotas.put(name, quota);
        }
      }
    }
  }

  @Nullable Quota quota(String tenant) {
    return quotas.get(tenant);
  }

  /**
   * Who grew above nominal into what others are to be left.
   *
   * <p>Others count with what they had left before they were given anything, because it is not
   * known who came first.
   *
   * @param grown what tenants were given
   * @param before what each used before the decision
   * @param now what each uses
   * @param capacity the most of a kind that the cell may ever have
   */
  List<String> broken(
      SortedMap<String, Resources> grown,
      Map<String, Resources> before,
      Map<String, Resources> now,
      ToDoubleFunction<ToLongFunction<Resources>> capacity) {
    List<String> broken = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      double most = capacity.applyAsDouble(kind::of);
      double promised = quotas.values().stream().mapToDouble(q -> kind.of(q.nominal())).sum();
      double kept = promised > most ? most / promised : 1;
      List<String> takers = new ArrayList<>();
      for (String tenant : grown.keySet()) {
        long uses = of(kind, now, tenant);
        if (uses > of(kind, before, tenant) && uses > nominal(kind, tenant) * kept) {
          takers.add(tenant);
        }
      }
      if (takers.isEmpty()) {
        continue;
      }
      Map<String, Double> toOwn = new TreeMap<>();
      Map<String, Double> owned = new TreeMap<>();
      SortedSet<String> all = new TreeSet<>(quotas.keySet());
      all.addAll(now.keySet());
      for (String tenant : all) {
        double used = of(kind, now, tenant) - of(kind, grown, tenant);
        toOwn.merge(cohort(tenant), Math.max(used, unlent(kind, tenant, kept)), Double::sum);
        owned.merge(cohort(tenant), nominal(kind, tenant) * kept, Double::sum);
      }
      for (String taker : takers) {
        double used = of(kind, now, taker) - of(kind, grown, taker);
        double beside =
            toOwn.getOrDefault(cohort(taker), 0.0) - Math.max(used, unlent(kind, taker, kept));
        double left = most - beside;
        for (String other : owned.keySet()) {
          boolean own = other.equals(cohort(taker));
          left -=
              own ? 0 : Math.max(owned.getOrDefault(other, 0.0), toOwn.getOrDefault(other, 0.0));
        }
        if (of(kind, now, taker) > left + quotas.size()) { // each of them was rounded down
          broken.add(
              taker
                  + " uses "
                  + of(kind, now, taker)
                  + " of "
                  + kind.unit
                  + " where others are to be left all but "
                  + (long) left);
        }
      }
    }
    return broken;
  }

  private double unlent(Kind kind, String tenant, double kept) {
    Quota quota = quotas.get(tenant);
    Resources lending = quota == null ? null : quota.lendingLimit();
    return lending == null ? 0 : Math.max(0, nominal(kind, tenant) * kept - kind.of(lending));
  }

  private long nominal(Kind kind, String tenant) {
    Quota quota = quotas.get(tenant);
    return quota == null ? 0 : kind.of(quota.nominal());
  }

  private String cohort(String tenant) {
    Tenant spec = tenants.get(tenant);
    return spec == null ? Tenant.named(tenant).cohort() : spec.cohort();
  }

  private static long of(Kind kind, Map<String, Resources> uses, String tenant) {
    return kind.of(uses.getOrDefault(tenant, Resources.NONE));
  }

  private enum Kind {
    CPU("cpuMilli"),
    MEMORY("memoryMib"),
    GPU("gpuMilli");

    private final String unit;

    Kind(String unit) {
      this.unit = unit;
    }

    long of(Resources resources) {
      return switch (this) {
        case CPU -> resources.cpuMilli();
        case MEMORY -> resources.memoryMib();
        case GPU -> resources.gpuMilli();
      };
    }
  }
}
