package dev.highwater.model;

/**
 * At least so many replicas between two times of the day, each day. Immutable.
 *
 * @param fromMs start as milliseconds after midnight UTC, 0 to 86,399,999
 * @param untilMs end likewise; smaller than {@code fromMs} means past midnight
 * @param replicasMin the floor
 */
public record ScheduleFloor(long fromMs, long untilMs, int replicasMin) {
  public ScheduleFloor {
    Limits.range("fromMs", fromMs, 0, 86_399_999);
    Limits.range("untilMs", untilMs, 0, 86_399_999);
    Limits.range("replicasMin", replicasMin, 0, Limits.REPLICAS_MAX);
  }
}
