package dev.highwater.model;

import java.time.ZoneId;

/**
 * At least so many replicas from each start to the end that follows it. Immutable.
 *
 * @param timezone whose clock start and end are read on: an IANA name such as {@code Asia/Shanghai}
 *     or an offset such as {@code +08:00}; see {@link CronExpression} for what a name depends on
 * @param start cron expression of five fields
 * @param end the same; another one
 * @param replicasMin the floor
 */
public record ScheduleFloor(String timezone, String start, String end, int replicasMin) {
  public ScheduleFloor {
    CronExpression.zone("timezone", Limits.text("timezone", timezone));
    CronExpression.parse("start", Limits.text("start", start));
    CronExpression.parse("end", Limits.text("end", end));
    if (start.equals(end)) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, "end", end, "must differ from start");
    }
    Limits.range("replicasMin", replicasMin, 0, Limits.REPLICAS_MAX);
  }

  /** When the floor holds, ready to be asked. */
  public Times times() {
    return new Times(
        CronExpression.zone("timezone", timezone),
        CronExpression.parse("start", start),
        CronExpression.parse("end", end));
  }

  /**
   * When a floor holds: while the next end comes before the next start, as KEDA's cron scaler
   * decides it. Immutable.
   */
  public record Times(ZoneId zone, CronExpression start, CronExpression end) {
    /**
     * Whether the floor holds at a time, and until when that stays so.
     *
     * @return when it changes, epoch milliseconds; negative when the floor does not hold until then
     */
    public long heldUntilMs(long nowMs) {
      long nextStart = start.nextMs(zone, nowMs);
      long nextEnd = end.nextMs(zone, nowMs);
      return nextEnd < nextStart ? nextEnd : -nextStart;
    }
  }
}
