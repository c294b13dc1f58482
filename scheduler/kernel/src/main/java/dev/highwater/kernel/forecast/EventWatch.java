package dev.highwater.kernel.forecast;

import dev.highwater.kernel.forecast.EventCalendar.Planned;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds declared events against what comes, and says what load they still ask to be ready for.
 *
 * <p><b>Algorithm.</b> An event asks for its largest declared load between now and the time that
 * new capacity needs, and {@link ForecastSettings#eventEarlyMs} more, because people come early. A
 * quarter of room is added, since what is declared may be a fifth too small, until as much came.
 * Once the event has begun, what came in proportion to what was declared corrects its magnitude:
 * upwards at once, at most three-fold; downwards only when the peak, and then the time by which an
 * event may be late, have passed, and to a tenth above the largest proportion seen. So an event
 * that is too small grows, one that is too large is given back, one that is early or late is
 * covered within the tolerance, and the other wishes save the rest.
 *
 * <p>Confined to its owner.
 */
final class EventWatch {
  /** Chosen by us: a declaration that is off by more is wrong about what it declares. */
  private static final double FACTOR_MAX = 3;

  /** Room above the largest proportion seen, before capacity is given back. */
  private static final double GIVE_BACK_ROOM = 1.1;

  /** Below this part of the peak the proportion says little: the base load is in it. */
  private static final double JUDGED_FROM = 0.5;

  private final long earlyMs;
  private final long lateMs;

  /** By event name: the largest proportion of what came to what was declared. */
  private final Map<String, Double> seen = new LinkedHashMap<>();

  EventWatch(long earlyMs, long lateMs) {
    this.earlyMs = earlyMs;
    this.lateMs = lateMs;
  }

  EventWatch copy() {
    EventWatch copy = new EventWatch(earlyMs, lateMs);
    copy.seen.putAll(seen);
    return copy;
  }

  void observe(EventCalendar calendar, long nowMs, double load) {
    for (Planned planned : calendar.planned()) {
      double declared = planned.at(nowMs);
      if (declared >= JUDGED_FROM * planned.peakPerSecond()) {
        seen.merge(planned.event().name(), load / declared, Math::max);
      }
    }
    for (Iterator<String> names = seen.keySet().iterator(); names.hasNext(); ) {
      String name = names.next();
      if (calendar.planned().stream()
          .noneMatch(p -> p.event().name().equals(name) && nowMs <= p.endMs())) {
        names.remove();
      }
    }
  }

  /** Load per second to be ready for by {@code nowMs + horizonMs}; 0 when no event asks. */
  double asks(EventCalendar calendar, long nowMs, long horizonMs) {
    double most = 0;
    for (Planned planned : calendar.planned()) {
      most = Math.max(most, asks(planned, nowMs, horizonMs));
    }
    return most;
  }

  /** Names of the events that ask for anything by then, the one that asks for most first. */
  List<String> asking(EventCalendar calendar, long nowMs, long horizonMs) {
    List<Planned> asking = new ArrayList<>();
    for (Planned planned : calendar.planned()) {
      if (asks(planned, nowMs, horizonMs) > 0) {
        asking.add(planned);
      }
    }
    asking.sort(Comparator.comparingDouble(planned -> -asks(planned, nowMs, horizonMs))); // stable
    return asking.stream().map(planned -> planned.event().name()).toList();
  }

  private double asks(Planned planned, long nowMs, long horizonMs) {
    double declared = planned.largestBetween(nowMs, nowMs + horizonMs + earlyMs);
    return declared > 0 ? declared * factor(planned, nowMs) : 0;
  }

  private double factor(Planned planned, long nowMs) {
    double largest = seen.getOrDefault(planned.event().name(), 0.0);
    if (largest >= 1) {
      return Math.min(FACTOR_MAX, largest);
    }
    return nowMs > planned.peakFromMs() + lateMs
        ? Math.min(1, GIVE_BACK_ROOM * largest)
        : EventCalendar.DECLARED_ROOM;
  }
}
