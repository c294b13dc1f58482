package dev.highwater.kernel.policy;

import dev.highwater.model.ScheduleFloor;
import dev.highwater.model.WishSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A service's scheduled floors, with when each changes next, so that a tick need not read the
 * calendar. Confined to its owner.
 */
final class Schedules {
  private final List<ScheduleFloor> floors;
  private final List<ScheduleFloor.Times> times;

  /** As {@link ScheduleFloor.Times#heldUntilMs} said, and the time at which it was asked. */
  private final long[] heldUntilMs;

  private final long[] askedAtMs;

  Schedules(List<ScheduleFloor> floors) {
    this(floors, new ArrayList<>());
    floors.forEach(floor -> times.add(floor.times()));
  }

  private Schedules(List<ScheduleFloor> floors, List<ScheduleFloor.Times> times) {
    this.floors = floors;
    this.times = times;
    heldUntilMs = new long[floors.size()];
    askedAtMs = new long[floors.size()];
    Arrays.fill(askedAtMs, Long.MAX_VALUE);
  }

  Schedules copy() {
    return new Schedules(floors, times);
  }

  /** The same floors, or others when a spec has changed them. */
  Schedules following(List<ScheduleFloor> declared) {
    return floors.equals(declared) ? this : new Schedules(declared);
  }

  boolean none() {
    return floors.isEmpty();
  }

  /** The largest floor that holds; of equal ones the first declared. Null when none holds. */
  @Nullable ScheduleFloor largest(long nowMs) {
    ScheduleFloor largest = null;
    for (int i = 0; i < floors.size(); i++) {
      if (nowMs < askedAtMs[i] || nowMs >= Math.abs(heldUntilMs[i])) {
        heldUntilMs[i] = times.get(i).heldUntilMs(nowMs);
        askedAtMs[i] = nowMs;
      }
      ScheduleFloor floor = floors.get(i);
      boolean holds = heldUntilMs[i] > 0;
      if (holds && (largest == null || floor.replicasMin() > largest.replicasMin())) {
        largest = floor;
      }
    }
    return largest;
  }

  void wish(long nowMs, Wishes wishes) {
    ScheduleFloor floor = largest(nowMs);
    if (floor != null) {
      wishes.add(WishSource.SCHEDULE, floor.replicasMin(), () -> Phrase.floor(floor));
    }
  }
}
