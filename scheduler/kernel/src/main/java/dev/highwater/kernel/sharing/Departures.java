package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Fact;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives back the room and quota of replicas that ended, and counts what is left of each service.
 *
 * <p>Stateless.
 */
public final class Departures {
  private static final boolean[] NONE = new boolean[0];

  private Departures() {}

  /** The stage: adds every service to the draft. */
  public static void giveBack(Draft draft, Shares shares) {
    for (ServiceState service : draft.state().services()) {
      draft.add(left(draft, shares, service));
    }
  }

  private static ServiceDraft left(Draft draft, Shares shares, ServiceState service) {
    CellState state = draft.state();
    int tenant = shares.tenant(service.id().tenant());
    int active = service.active();
    int draining = 0;
    boolean[] gone = NONE;
    List<Long> ended = new ArrayList<>();
    if (draft.anyLost() || state.drainingNodes() > 0 || service.ended() > 0) {
      Resources each = service.spec().resources();
      for (int i = 0; i < service.size(); i++) {
        int slot = service.slot(i);
        boolean onLost = draft.lost(slot);
        if (onLost || service.seen(i) == ReplicaState.STOPPED) {
          if (!onLost) {
            ended.add(service.ordinal(i));
            state.release(service, i);
          }
          shares.take(tenant, each, -1);
          active -= service.stopped(i) ? 0 : 1;
          gone = gone.length > 0 ? gone : new boolean[service.size()];
          gone[i] = true;
        } else if (!service.stopped(i) && draft.drains(slot)) {
          draining++;
        }
      }
    }
    if (!ended.isEmpty()) {
      draft.say(new Fact.ReplicasGone(service.id(), ended));
      for (long ordinal : ended) {
        draft.orders().touch(service.slot(service.find(ordinal)));
      }
    }
    return new ServiceDraft(service, tenant, active, draining, gone);
  }
}
