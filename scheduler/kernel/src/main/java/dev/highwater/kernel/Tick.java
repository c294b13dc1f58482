package dev.highwater.kernel;

import dev.highwater.kernel.admission.AdmissionRates;
import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.Unmet;
import dev.highwater.kernel.placement.Placing;
import dev.highwater.kernel.placement.ScaleIn;
import dev.highwater.kernel.provisioning.Liveness;
import dev.highwater.kernel.provisioning.PoolTargets;
import dev.highwater.kernel.provisioning.RoomAhead;
import dev.highwater.kernel.sharing.Booking;
import dev.highwater.kernel.sharing.Departures;
import dev.highwater.kernel.sharing.Growth;
import dev.highwater.kernel.sharing.Reservation;
import dev.highwater.kernel.sharing.Shares;
import dev.highwater.kernel.sharing.TakeBack;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Decision;
import dev.highwater.model.Input;
import dev.highwater.model.ServiceId;
import java.util.Map;

/**
 * The stages of one decision, in order, over a state that is put back at the end.
 *
 * <p>Each stage reads the state and what the stages before it wrote into the {@link Draft}, and
 * writes its own part. Forecasts, sizes and policies were brought up to date when the input was
 * observed; {@link Targets} asks them. Stateless.
 */
final class Tick {
  private Tick() {}

  /** Decides; {@code admits} is false when front doors shall not be limited. */
  static Decision decide(CellState state, Input input, boolean admits) {
    Draft draft = new Draft(state, input);
    Liveness.check(draft);
    Reservation reservation = new Reservation(draft);
    state.table().beginTrial();
    try {
      Shares shares = new Shares(state);
      Placing placing = new Placing(draft);
      Booking booking = new Booking(draft, shares, placing);
      Departures.giveBack(draft, shares);
      Targets.set(draft);
      ScaleIn.stop(draft);
      new Growth(draft, shares, placing, booking, reservation).grow();
      if (admits) {
        AdmissionRates.set(draft);
      }
      RoomAhead.book(draft, shares, booking);
      Map<ServiceId, Unmet> unmet = PoolTargets.set(draft, shares, placing);
      TakeBack.take(draft, shares, placing, reservation, unmet);
      ServiceExplanations.add(draft, shares, placing);
    } finally {
      reservation.reopen();
      state.table().rollback();
    }
    draft.orders().give();
    SpecChanges.take(draft);
    return draft.decision();
  }
}
