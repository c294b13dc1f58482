package dev.highwater.kernel.admission;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Command;
import dev.highwater.model.Criticality;
import dev.highwater.model.Explanation.AdmissionView;
import dev.highwater.model.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sets what each service's front door may let in, and tells it.
 *
 * <p>The rate is {@link Admission}'s. Stateless.
 */
public final class AdmissionRates {
  /** Admission rates are said again this often, because a front door does not acknowledge them. */
  private static final long REPEAT_MS = 5_000;

  private AdmissionRates() {}

  /** The stage. */
  public static void set(Draft draft) {
    CellState state = draft.state();
    Map<String, int[]> critical = critical(draft);
    boolean limited = false;
    int before = draft.factCount();
    for (ServiceDraft draftOf : draft.services()) {
      ServiceState service = draftOf.service();
      Sizer sizer = service.sizer();
      if (draftOf.scaled() == null || sizer == null || !service.targeted()) {
        continue;
      }
      int[] sums = critical.getOrDefault(service.id().tenant(), new int[2]);
      AdmissionView view = view(state, service, sizer, sums);
      draftOf.admit(view);
      if (view.ratePerSecond() != service.admissionPerSecond()
          || view.retryRatio() != service.retryRatio()) {
        draft.say(new Fact.AdmissionRateSet(service.id(), view.ratePerSecond(), view.retryRatio()));
      }
      limited |= limits(view.ratePerSecond(), view.retryRatio());
    }
    boolean changed = draft.factCount() > before;
    boolean again = draft.nowMs() / REPEAT_MS != state.previousMs() / REPEAT_MS;
    if (changed || (limited && again)) {
      tell(draft, changed ? draft.generation() : state.admissionGeneration());
    }
  }

  /**
   * Replicas that the present load of each tenant's critical services needs, and those that are
   * there or come. What they want beyond that, for a forecast or an event, is no shortage yet.
   */
  private static Map<String, int[]> critical(Draft draft) {
    Map<String, int[]> critical = new TreeMap<>();
    for (ServiceDraft draftOf : draft.services()) {
      ServiceState service = draftOf.service();
      if (draftOf.scaled() != null && service.spec().criticality() == Criticality.CRITICAL) {
        int[] sums = critical.computeIfAbsent(service.id().tenant(), key -> new int[2]);
        sums[0] += Math.min(draftOf.target(), needed(service, draftOf.target()));
        sums[1] += service.ready() + service.booting() + draftOf.placed();
      }
    }
    return critical;
  }

  private static int needed(ServiceState service, int otherwise) {
    Sizer sizer = service.sizer();
    double offered = service.offeredPerSecond();
    return sizer == null || !(offered >= 0) ? otherwise : sizer.replicasFor(offered);
  }

  private static AdmissionView view(
      CellState state, ServiceState service, Sizer sizer, int[] critical) {
    boolean isCritical = service.spec().criticality() == Criticality.CRITICAL;
    AdmissionView view =
        Admission.admit(
            sizer,
            service.spec().criticality(),
            service.ready(),
            service.spec().capacity(),
            isCritical ? 0 : Admission.shortageRatio(critical[0], critical[1]),
            service.offeredPerSecond(),
            service.admissionPerSecond(),
            service.retryRatio());
    // After a take-over: replicas that have not reported yet are not known to be gone.
    return view.ratePerSecond() < service.admissionPerSecond() && unheard(state, service)
        ? new AdmissionView(
            service.admissionPerSecond(),
            view.readyCapacityPerSecond(),
            view.serialPerSecond(),
            view.shardPerSecond(),
            service.retryRatio())
        : view;
  }

  /** Whether a replica shall run on a node that has not reported to this owner yet. */
  private static boolean unheard(CellState state, ServiceState service) {
    for (int i = 0; i < service.size(); i++) {
      NodeState node = state.nodeAt(service.slot(i));
      if (!service.stopped(i) && node != null && !node.heard()) {
        return true;
      }
    }
    return false;
  }

  private static boolean limits(double ratePerSecond, double retryRatio) {
    return ratePerSecond != Admission.UNLIMITED || retryRatio != Admission.UNLIMITED;
  }

  private static void tell(Draft draft, long generation) {
    List<Command.AdmissionRate> rates = new ArrayList<>();
    for (ServiceDraft draftOf : draft.services()) {
      ServiceState service = draftOf.service();
      AdmissionView view = draftOf.admission();
      double rate = view == null ? service.admissionPerSecond() : view.ratePerSecond();
      double retries = view == null ? service.retryRatio() : view.retryRatio();
      if (limits(rate, retries) && !service.removed()) {
        double shard = service.spec().capacity().shardRatePerSecond();
        rates.add(new Command.AdmissionRate(service.id(), rate, shard, retries));
      }
    }
    draft.command(new Command.AdmitRates(draft.state().epoch(), generation, rates));
  }
}
