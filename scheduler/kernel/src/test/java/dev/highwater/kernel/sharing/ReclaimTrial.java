package dev.highwater.kernel.sharing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.placement.Placing;
import dev.highwater.kernel.provisioning.Liveness;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Input;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Holds {@link Reclaim} against {@link PlainReclaim} in the middle of a decision that random chance
 * makes: some replicas are told to stop, some are placed, somebody asks in between.
 *
 * <p>It has its own class because worlds are of another package. For one test; confined to its
 * thread.
 */
public final class ReclaimTrial {
  private static final int QUESTIONS = 12;

  /** How often it was possible to take something back. */
  public int possible;

  /** How often it was not. */
  public int impossible;

  /** Victims chosen. */
  public int victims;

  /** Has both asked and take from the same state. */
  public void on(CellState state, Input input, SplittableRandom random) {
    Draft draft = new Draft(state, input);
    Liveness.check(draft);
    Reservation reservation = new Reservation(draft);
    state.table().beginTrial();
    try {
      Shares shares = new Shares(state);
      Placing placing = new Placing(draft);
      Departures.giveBack(draft, shares);
      List<ServiceDraft> services = draft.services();
      if (!services.isEmpty()) {
        services.forEach(service -> stopSome(service, random));
        ask(draft, shares, placing, reservation, random);
        take(draft, shares, placing, reservation, random);
      }
    } finally {
      reservation.reopen();
      state.table().rollback();
    }
  }

  private static void stopSome(ServiceDraft service, SplittableRandom random) {
    boolean[] marks = new boolean[service.service().size()];
    int n = 0;
    for (int i = 0; i < marks.length; i++) {
      marks[i] = service.counts(i) && random.nextInt(16) == 0;
      n += marks[i] ? 1 : 0;
    }
    if (n > 0) {
      service.stop(marks, n);
    }
  }

  /** One search answers all of a decision's questions, while replicas are placed between them. */
  private void ask(
      Draft draft,
      Shares shares,
      Placing placing,
      Reservation reservation,
      SplittableRandom random) {
    Reclaim search = new Reclaim(draft, shares, reservation);
    for (int n = 0; n < QUESTIONS; n++) {
      ServiceDraft service = draft.services().get(random.nextInt(draft.services().size()));
      boolean answer = search.possible(service, placing.group(service));
      assertThat(answer)
          .as("whether %s may take back", service.service().id())
          .isEqualTo(
              new PlainReclaim(draft, shares, reservation)
                  .possible(service, placing.group(service)));
      possible += answer ? 1 : 0;
      impossible += answer ? 0 : 1;
      if (random.nextBoolean() && placing.place(service, 1) > 0) {
        shares.take(service.tenant(), service.service().spec().resources(), 1);
      }
    }
  }

  private void take(
      Draft draft,
      Shares shares,
      Placing placing,
      Reservation reservation,
      SplittableRandom random) {
    Reclaim search = new Reclaim(draft, shares, reservation);
    PlainReclaim plain = new PlainReclaim(draft, shares, reservation);
    for (int n = 0; n < QUESTIONS; n++) {
      ServiceDraft service = draft.services().get(random.nextInt(draft.services().size()));
      int count = 1 + random.nextInt(8);
      List<Reclaim.Victim> chosen =
          search.take(service.service(), service.tenant(), placing.group(service), count);
      assertThat(chosen)
          .as("who stops for %d of %s", count, service.service().id())
          .isEqualTo(
              plain.take(service.service(), service.tenant(), placing.group(service), count));
      victims += chosen.size();
    }
  }
}
