package dev.highwater.workload;

/**
 * What users of one service met at its front doors since window 0, beyond the counters that doors
 * report: for people, nothing is decided by it. Immutable.
 *
 * @param waitingMost most who waited at once at one door
 * @param lineMost most who waited at once in one line, which is that of one shard of the serial
 *     step
 * @param longestWaitMs of one who was let in or gave up
 * @param soldRatio part of the answered attempts that took something from the stock; NaN without
 *     one
 */
public record DoorFigures(long waitingMost, long lineMost, long longestWaitMs, double soldRatio) {
  /** Nobody waited, and nothing was for sale. */
  public static final DoorFigures NONE = new DoorFigures(0, 0, 0, Double.NaN);

  /** The larger figures of two doors; a stock is kept behind one of them. */
  public DoorFigures max(DoorFigures other) {
    return new DoorFigures(
        Math.max(waitingMost, other.waitingMost),
        Math.max(lineMost, other.lineMost),
        Math.max(longestWaitMs, other.longestWaitMs),
        Double.isNaN(soldRatio) ? other.soldRatio : soldRatio);
  }
}
