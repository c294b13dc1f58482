package dev.highwater.kernel.policy;

import dev.highwater.model.ScheduleFloor;
import dev.highwater.model.WishSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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

  void wish(long nowMs, Wishes wishes) {
    for (int i = 0; i < floors.size(); i++) {
      if (nowMs < askedAtMs[i] || nowMs >= Math.abs(heldUntilMs[i])) {
        heldUntilMs[i] = times.get(i).heldUntilMs(nowMs);
        askedAtMs[i] = nowMs;
      }
      if (heldUntilMs[i] > 0) {
        ScheduleFloor floor = floors.get(i);
        wishes.add(
            WishSource.SCHEDULE,
            floor.replicasMin(),
            () ->
                "a floor from "
                    + floor.start()
                    + " to "
                    + floor.end()
                    + " on the clock of "
                    + floor.timezone());
      }
    }
  }
}
