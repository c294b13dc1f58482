package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.placement.Placing;
import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.model.Resources;

/**
 * Books room for replicas that are not wanted yet, so that nobody else moves in.
 *
 * <p>A booking holds for one decision and is made again by the next. Made for one decision;
 * confined to its thread.
 */
public final class Booking {
  /**
   * Time from telling borrowed replicas to stop until their room is free, two reports and a drain.
   * Chosen by us.
   */
  public static final long RECLAIM_MS = 15_000;

  private final Draft draft;
  private final Shares shares;
  private final Placing placing;

  /** Begins. */
  public Booking(Draft draft, Shares shares, Placing placing) {
    this.draft = draft;
    this.shares = shares;
    this.placing = placing;
  }

  /**
   * Books what declared events will need within the time that reclaiming takes, as far as it is
   * nominally the tenant's.
   */
  void forEventsSoon() {
    if (draft.state().events().isEmpty()) {
      return;
    }
    for (ServiceDraft service : draft.services()) {
      ServiceScaler scaler = service.service().scaler();
      if (service.scaled() != null && scaler != null) {
        long horizonMs = service.service().spec().capacity().boot().p99Ms() + RECLAIM_MS;
        int more = Math.max(0, scaler.calendarReplicas(horizonMs) - service.target());
        service.lackAheadSoon(more - book(service, more, true));
      }
    }
  }

  /** Books up to {@code count} replicas within quota; returns how many found room. */
  public int book(ServiceDraft service, int count) {
    return book(service, count, false);
  }

  private int book(ServiceDraft service, int count, boolean nominalOnly) {
    Resources each = service.service().spec().resources();
    int allowed = shares.allowed(service.tenant(), each, count);
    while (nominalOnly && allowed > 0 && !shares.withinNominal(service.tenant(), each, allowed)) {
      allowed /= 2;
    }
    int sharesBefore = service.shares().size();
    int done = allowed == 0 ? 0 : placing.place(service, allowed);
    service.unshare(sharesBefore);
    shares.take(service.tenant(), each, done);
    service.book(done);
    return done;
  }
}
