package dev.highwater.workload;

import dev.highwater.model.Service;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongPredicate;

/**
 * A fleet whose fidelity changes for a part of the run.
 *
 * <p>At the change every replica takes a seat in the other simulation, as old as it was and with an
 * empty queue, and finishes in the one before what it had begun: no attempt is lost, and for the
 * length of a queue a replica has twice its places. Only what is unfinished still when the fidelity
 * changes back fails. Touched by one thread at a time.
 */
final class CloseUpFleet implements Fleet {
  private static final long NONE = -1;
  private static final int[] NOBODY_BY_SHARD = {0};

  private final LongPredicate close;
  private final Fleet usual;
  private final Fleet exact;
  private final int[] nobody;
  private final SortedMap<Long, Seat> seats = new TreeMap<>();
  private boolean isClose;
  private long nextSeat;

  /** A replica's seats in the two fleets. */
  private static final class Seat {
    final long ordinal;
    final long joined;
    boolean draining;
    long inUsual = NONE;
    long inExact = NONE;

    Seat(long ordinal, long joined) {
      this.ordinal = ordinal;
      this.joined = joined;
    }

    long in(boolean isClose) {
      return isClose ? inExact : inUsual;
    }

    void sit(boolean isClose, long seat) {
      if (isClose) {
        inExact = seat;
      } else {
        inUsual = seat;
      }
    }
  }

  /**
   * A fleet without replicas.
   *
   * @param fleets makes a fleet of a fidelity
   * @param classes request classes of every call of {@link #serve}
   */
  CloseUpFleet(
      Fidelity usual,
      TrafficSpec.CloseUp closeUp,
      long windowMs,
      int classes,
      Function<Fidelity, Fleet> fleets) {
    this.close = window -> closeUp.holds((double) window * windowMs);
    this.usual = fleets.apply(usual);
    this.exact = fleets.apply(closeUp.fidelity());
    this.nobody = new int[classes];
  }

  private Fleet fleet(boolean ofCloseUp) {
    return ofCloseUp ? exact : usual;
  }

  private Seat seat(long number) {
    Seat seat = seats.get(number);
    if (seat == null) {
      throw new IllegalStateException("no replica has seat " + number);
    }
    return seat;
  }

  @Override
  public void use(Service service) {
    usual.use(service);
    exact.use(service);
  }

  @Override
  public long join(long ordinal, long window) {
    Seat seat = new Seat(ordinal, window);
    seat.sit(isClose, fleet(isClose).join(ordinal, window));
    seats.put(nextSeat, seat);
    return nextSeat++;
  }

  @Override
  public void drain(long number) {
    Seat seat = seat(number);
    if (!seat.draining) {
      seat.draining = true;
      fleet(isClose).drain(seat.in(isClose));
    }
  }

  @Override
  public boolean drained(long number) {
    Seat seat = seat(number);
    return drained(seat, true) && drained(seat, false);
  }

  private boolean drained(Seat seat, boolean ofCloseUp) {
    long in = seat.in(ofCloseUp);
    return in == NONE || fleet(ofCloseUp).drained(in);
  }

  @Override
  public void leave(long number, OutcomeTally tally) {
    Seat seat = seat(number);
    seats.remove(number);
    leave(seat, true, tally);
    leave(seat, false, tally);
  }

  private void leave(Seat seat, boolean ofCloseUp, OutcomeTally tally) {
    long in = seat.in(ofCloseUp);
    if (in != NONE) {
      fleet(ofCloseUp).leave(in, tally);
      seat.sit(ofCloseUp, NONE);
    }
  }

  @Override
  public void serve(
      long window, int[] classCounts, int[] shardCounts, double holdNanos, OutcomeTally tally) {
    if (close.test(window) != isClose) {
      change(tally);
    }
    fleet(!isClose).serve(window, nobody, NOBODY_BY_SHARD, holdNanos, tally);
    fleet(isClose).serve(window, classCounts, shardCounts, holdNanos, tally);
    for (Seat seat : seats.values()) {
      if (!seat.draining && seat.in(!isClose) != NONE && drained(seat, !isClose)) {
        leave(seat, !isClose, tally);
      }
    }
  }

  private void change(OutcomeTally tally) {
    isClose = !isClose;
    for (Seat seat : seats.values()) {
      if (seat.draining) {
        continue;
      }
      leave(seat, isClose, tally);
      fleet(!isClose).drain(seat.in(!isClose));
      seat.sit(isClose, fleet(isClose).join(seat.ordinal, seat.joined));
    }
  }

  @Override
  public double busyRatio(long number) {
    Seat seat = seat(number);
    long in = seat.in(isClose);
    return in == NONE ? 0 : fleet(isClose).busyRatio(in);
  }

  @Override
  public void crowd(long number, double factor) {
    long in = seat(number).in(isClose);
    if (in != NONE) {
      fleet(isClose).crowd(in, factor);
    }
  }

  @Override
  public ReplicaLoad load(long number) {
    Seat seat = seat(number);
    ReplicaLoad here = load(seat, isClose);
    ReplicaLoad before = load(seat, !isClose);
    return new ReplicaLoad(
        here.inFlight() + before.inFlight(),
        here.queued() + before.queued(),
        Math.max(here.utilisationRatio(), before.utilisationRatio()));
  }

  private ReplicaLoad load(Seat seat, boolean ofCloseUp) {
    long in = seat.in(ofCloseUp);
    return in == NONE ? ReplicaLoad.NONE : fleet(ofCloseUp).load(in);
  }

  @Override
  public int ready() {
    return fleet(isClose).ready();
  }

  @Override
  public long simulatedRequests() {
    return usual.simulatedRequests() + exact.simulatedRequests();
  }
}
