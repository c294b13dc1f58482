package dev.highwater.kernel.forecast;

import dev.highwater.model.PeakEvent;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The declared peaks of one service: shape times magnitude, as a load at each moment.
 *
 * <p>An operator's word may be early, late, too small or too large. This class only reads the
 * declaration; {@link EventWatch} holds it against what comes. Where declarations overlap the
 * larger load counts, because each one names all of the service's load. Immutable.
 */
public final class EventCalendar {
  /** A calendar without events. */
  public static final EventCalendar EMPTY = new EventCalendar(List.of());

  /**
   * Room above what is declared until the crowd has shown its size: a declaration may be a fifth
   * too small, and a jump that finds a fifth too little breaks as much as one that finds nothing.
   */
  public static final double DECLARED_ROOM = 1.25;

  /** After so many half-lives an event is over: 3 % of the peak is left. */
  private static final int HALF_LIVES = 5;

  private final List<Planned> planned;

  private EventCalendar(List<Planned> planned) {
    this.planned = List.copyOf(planned);
  }

  /** The events that name this service, in order of their start. */
  public static EventCalendar of(ServiceId service, Iterable<PeakEvent> events) {
    List<Planned> planned = new ArrayList<>();
    for (PeakEvent event : events) {
      for (PeakEvent.EventLoad load : event.loads()) {
        if (load.service().equals(service) && load.peakPerSecond() > 0) {
          planned.add(new Planned(event, load.peakPerSecond()));
        }
      }
    }
    planned.sort(
        Comparator.comparingLong((Planned p) -> p.event.startMs())
            .thenComparing(p -> p.event.name()));
    return planned.isEmpty() ? EMPTY : new EventCalendar(planned);
  }

  public boolean isEmpty() {
    return planned.isEmpty();
  }

  List<Planned> planned() {
    return planned;
  }

  /** Largest declared load per second at any moment from {@code fromMs} to {@code toMs}. */
  public double largestBetween(long fromMs, long toMs) {
    double largest = 0;
    for (Planned event : planned) {
      largest = Math.max(largest, event.largestBetween(fromMs, toMs));
    }
    return largest;
  }

  /** One event's load on this service. */
  record Planned(PeakEvent event, double peakPerSecond) {
    long peakFromMs() {
      return event.startMs() + event.riseMs();
    }

    long peakUntilMs() {
      return peakFromMs() + event.holdMs();
    }

    long endMs() {
      return peakUntilMs() + HALF_LIVES * event.decayHalfLifeMs();
    }

    /** Load per second that is declared for this moment; 0 before the start and after the end. */
    double at(long timeMs) {
      if (timeMs < event.startMs() || timeMs > endMs()) {
        return 0;
      }
      if (timeMs < peakFromMs()) {
        return peakPerSecond * (timeMs - event.startMs()) / event.riseMs();
      }
      if (timeMs <= peakUntilMs()) {
        return peakPerSecond;
      }
      double halfLives = (double) (timeMs - peakUntilMs()) / event.decayHalfLifeMs();
      return peakPerSecond * StrictMath.pow(0.5, halfLives);
    }

    double largestBetween(long fromMs, long toMs) {
      if (toMs < event.startMs() || fromMs > endMs()) {
        return 0;
      }
      if (fromMs <= peakUntilMs() && toMs >= peakFromMs()) {
        return peakPerSecond;
      }
      return toMs < peakFromMs() ? at(toMs) : at(fromMs);
    }
  }
}
