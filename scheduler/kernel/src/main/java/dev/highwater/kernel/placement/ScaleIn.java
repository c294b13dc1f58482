package dev.highwater.kernel.placement;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Fact;
import dev.highwater.model.ReplicaState;

/**
 * Stops the replicas that services do not want any more.
 *
 * <p>Replicas on nodes that drain were counted out when the target was set, so that others were
 * placed for them; they stop as those become ready, never before. Stateless.
 */
public final class ScaleIn {
  private ScaleIn() {}

  /** The stage. */
  public static void stop(Draft draft) {
    for (ServiceDraft service : draft.services()) {
      int excess = service.activeBefore() - service.target();
      if (excess > 0) {
        stop(draft, service, excess);
      }
    }
  }

  private static void stop(Draft draft, ServiceDraft draftOf, int excess) {
    ServiceState service = draftOf.service();
    boolean[] stopNow = new boolean[service.size()];
    int stopped = 0;
    Fact.StopReason reason = Fact.StopReason.SCALE_IN;
    if (service.removed()) {
      reason = Fact.StopReason.SERVICE_REMOVED;
    } else if (draftOf.scaled() == null) {
      reason = Fact.StopReason.RESIDENCY;
    } else if (draftOf.draining() > 0) {
      int spare = readyElsewhere(draft, draftOf) + draftOf.draining() - draftOf.target();
      int may = Math.min(draftOf.draining(), Math.min(excess, Math.max(0, spare)));
      stopped = Victims.onDraining(draft.state(), draftOf, stopNow, may);
      say(draft, draftOf, stopNow, Fact.DrainReason.WITHDRAWN, Fact.StopReason.NODE_DRAIN);
      say(draft, draftOf, stopNow, Fact.DrainReason.ORDERED, Fact.StopReason.NODE_DRAIN);
      say(draft, draftOf, stopNow, Fact.DrainReason.POOL_DELETED, Fact.StopReason.NODE_DRAIN);
      say(draft, draftOf, stopNow, Fact.DrainReason.EMPTIED, Fact.StopReason.MOVED);
    }
    int more = Math.max(0, draftOf.activeBefore() - draftOf.draining() - draftOf.target());
    if (draftOf.scaled() == null) {
      more = excess;
    }
    if (more > 0) {
      boolean[] others = new boolean[service.size()];
      int n = Victims.choose(draft.state(), draftOf, stopNow, others, more);
      if (n > 0) {
        draft.stop(draftOf, others, reason);
      }
      for (int i = 0; i < others.length; i++) {
        stopNow[i] |= others[i];
      }
      stopped += n;
    }
    draftOf.stop(stopNow, stopped);
  }

  /** Says which of the marked replicas stop because their node drains for a reason. */
  private static void say(
      Draft draft,
      ServiceDraft draftOf,
      boolean[] marks,
      Fact.DrainReason drain,
      Fact.StopReason stop) {
    boolean[] chosen = new boolean[marks.length];
    boolean any = false;
    for (int i = 0; i < marks.length; i++) {
      NodeState node = marks[i] ? draft.state().nodeAt(draftOf.service().slot(i)) : null;
      chosen[i] = node != null && node.drainReason() == drain;
      any |= chosen[i];
    }
    if (any) {
      draft.stop(draftOf, chosen, stop);
    }
  }

  private static int readyElsewhere(Draft draft, ServiceDraft draftOf) {
    ServiceState service = draftOf.service();
    int n = 0;
    for (int i = 0; i < service.size(); i++) {
      if (draftOf.counts(i)
          && service.seen(i) == ReplicaState.READY
          && !draft.drains(service.slot(i))) {
        n++;
      }
    }
    return n;
  }
}
