package dev.highwater.kernel;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.policy.ScalingDecision;
import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.Fact;
import dev.highwater.model.WishSource;

/**
 * Asks every service's policy how many replicas there shall be.
 *
 * <p>A service that was removed, or may not run in this cell, shall have none. Stateless.
 */
final class Targets {
  private Targets() {}

  /** The stage. */
  static void set(Draft draft) {
    Cell cell = draft.state().spec();
    for (ServiceDraft draftOf : draft.services()) {
      ServiceState service = draftOf.service();
      boolean mayRun = cell == null || service.spec().mayRunIn(cell);
      ServiceScaler scaler = service.scaler();
      ScalingDecision scaled =
          service.removed() || cell == null || !mayRun || scaler == null ? null : scaler.decide();
      int target =
          service.removed() || !mayRun ? 0 : scaled == null ? service.target() : scaled.target();
      // An operator's word that comes or goes is said, though the number may stay.
      boolean changed =
          target != service.target()
              || !service.targeted()
              || (scaled != null && scaled.overrideChanged());
      if (changed && (scaled != null || service.targeted())) {
        WishSource winner = scaled == null ? WishSource.BOUNDS : scaled.winner();
        draft.say(new Fact.TargetSet(service.id(), target, winner));
      }
      int effective = draftOf.activeBefore() - draftOf.draining();
      draftOf.want(scaled, target, cell == null ? 0 : Math.max(0, target - effective));
    }
  }
}
