package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.sharing.Booking;
import dev.highwater.kernel.sharing.Shares;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Resources;

/**
 * Looks at what forecasts and declared events may want by the time that nodes ordered now carry it.
 *
 * <p>For declared events room is booked replica by replica, so that those nodes are kept or
 * ordered; for forecasts alone what the free room of the nodes that a service may use lacks is
 * ordered, which costs no placement. Stateless.
 */
public final class RoomAhead {
  private RoomAhead() {}

  /** The stage. */
  public static void book(Draft draft, Shares shares, Booking booking) {
    CellState state = draft.state();
    boolean declared = !state.events().isEmpty();
    if (!declared && !state.scanned()) {
      return;
    }
    shares.foresee();
    FreeRoom room = new FreeRoom(state);
    for (ServiceDraft service : draft.services()) {
      ServiceScaler scaler = service.service().scaler();
      if (service.scaled() == null || scaler == null) {
        continue;
      }
      Resources each = service.service().spec().resources();
      room.placed(service.service().spec(), service.placed());
      int known = scaler.calendarReplicasAhead() - service.target() - service.booked();
      int lackingForEvents = 0;
      if (known > 0) {
        int allowed = shares.allowed(service.tenant(), each, known);
        lackingForEvents = allowed - booking.book(service, allowed);
      }
      int more = scaler.replicasAhead() - service.target() - Math.max(0, known) - service.booked();
      int allowed = more > 0 && state.scanned() ? shares.allowed(service.tenant(), each, more) : 0;
      int lacking = 0;
      if (allowed > 0) {
        int done = room.take(service.service().spec(), allowed);
        shares.take(service.tenant(), each, done);
        lacking = allowed - done;
      }
      service.lackAhead(lackingForEvents, lacking);
    }
  }
}
