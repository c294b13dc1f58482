package dev.highwater.kernel;

import dev.highwater.kernel.account.Budgets;
import dev.highwater.kernel.account.Trade;
import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.placement.Placing;
import dev.highwater.kernel.placement.Refusals;
import dev.highwater.kernel.placement.Scores;
import dev.highwater.kernel.policy.ScalingDecision;
import dev.highwater.kernel.sharing.Shares;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Explanation;
import dev.highwater.model.Resources;
import dev.highwater.model.WishSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gathers what the stages made of each service into one explanation, for every service of which
 * anything changes or waits.
 *
 * <p>Stateless.
 */
final class ServiceExplanations {
  private ServiceExplanations() {}

  /** The stage. */
  static void add(Draft draft, Shares shares, Placing placing) {
    Refusals refusals = new Refusals(draft, placing);
    for (ServiceDraft draftOf : draft.services()) {
      ServiceState service = draftOf.service();
      ScalingDecision scaled = draftOf.scaled();
      if (scaled == null) {
        continue;
      }
      boolean changed =
          scaled.target() != service.target() || !service.targeted() || scaled.overrideChanged();
      if (!changed
          && draftOf.placed() == 0
          && draftOf.stopped() == 0
          && draftOf.taken() == 0
          && draftOf.pending() == 0) {
        continue;
      }
      draft.explain(
          new Explanation.ServiceExplained(
              service.id(),
              service.spec().scaling().policy(),
              scaled.load(),
              scaled.wishes(),
              scaled.winner(),
              scaled.clamps(),
              service.target(),
              scaled.target(),
              service.ready(),
              sharing(draft, draftOf, scaled, shares),
              placement(draftOf, refusals, Scores.of(draft, placing, draftOf)),
              draftOf.admission(),
              draft.prices().perHour(service),
              scaled.override()));
    }
  }

  private static Explanation.@Nullable PlacementView placement(
      ServiceDraft service, Refusals refusals, SortedMap<String, Double> scores) {
    if (service.wanted() == 0 && service.taken() == 0) {
      return null;
    }
    SortedMap<String, Integer> reasons = new TreeMap<>();
    if (service.taken() > 0) {
      reasons.put("taken-back", service.taken());
    }
    int limited = service.wanted() - Math.min(service.granted(), service.wanted());
    if (service.pending() > 0 && !refusals.fitsSomewhere(service.service())) {
      reasons.put("larger-than-any-node", service.pending());
    } else {
      if (limited > 0) {
        reasons.put(service.unaffordable() > 0 ? "budget" : "quota", limited);
      }
      if (service.pending() > limited) {
        reasons.putAll(refusals.count(service));
      }
    }
    return new Explanation.PlacementView(
        service.wanted(), service.placed(), service.pending() + service.taken(), reasons, scores);
  }

  private static Explanation.@Nullable SharingView sharing(
      Draft draft, ServiceDraft service, ScalingDecision scaled, Shares shares) {
    if (service.wanted() == 0 && service.taken() == 0) {
      return null;
    }
    int tenant = service.tenant();
    return new Explanation.SharingView(
        shares.nominal(tenant),
        shares.used(tenant),
        shares.borrowed(tenant),
        shares.mostAllowed(tenant),
        shares.leftByOthers(tenant),
        service.wanted(),
        Math.min(service.granted(), service.wanted()),
        words(service) + promised(shares.declared(tenant), shares.nominal(tenant)),
        trade(draft, service, scaled));
  }

  private static Explanation.@Nullable TradeView trade(
      Draft draft, ServiceDraft service, ScalingDecision scaled) {
    Sizer sizer = service.service().sizer();
    if (service.unaffordable() == 0 || sizer == null) {
      return null;
    }
    Resources each = service.service().spec().resources();
    boolean asked = scaled.winner() == WishSource.ROUTE || scaled.winner() == WishSource.CALENDAR;
    return Trade.of(
        sizer,
        scaled.load(),
        asked ? sizer.safeRate(scaled.target()) : 0,
        service.activeBefore() + service.placed(),
        service.wanted() - Math.min(service.granted(), service.wanted()),
        Budgets.replicaPerHour(draft.state(), each));
  }

  /** Why nominal quota counts less than what was declared. */
  private static String promised(Resources declared, Resources counts) {
    List<String> parts = new ArrayList<>();
    promised(parts, "cpu", declared.cpuMilli(), counts.cpuMilli());
    promised(parts, "memory", declared.memoryMib(), counts.memoryMib());
    promised(parts, "gpu", declared.gpuMilli(), counts.gpuMilli());
    return parts.isEmpty()
        ? ""
        : "; of nominal quota counts "
            + String.join(", ", parts)
            + ", because the cell is promised more than it can have";
  }

  private static void promised(List<String> parts, String what, long declared, long counts) {
    if (counts < declared) {
      long percent = Math.min(99, Math.round(100.0 * counts / declared));
      parts.add(percent + " % of " + what);
    }
  }

  private static String words(ServiceDraft service) {
    if (service.taken() > 0) {
      return service.taken() + " taken back by those with a better right";
    }
    if (service.granted() >= service.wanted()) {
      return "within quota";
    }
    String limit = service.unaffordable() > 0 ? "the budget pays " : "quota allows ";
    return limit + service.granted() + " of " + service.wanted();
  }
}
