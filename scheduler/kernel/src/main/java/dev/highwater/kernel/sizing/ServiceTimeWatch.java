package dev.highwater.kernel.sizing;

/**
 * How many times longer than declared the requests of a service really keep a place of a replica:
 * crowded nodes, cold caches, slow callees that places are held for.
 *
 * <p><b>Goals.</b> The safe rate is that of the replicas that are there, not of those that were
 * declared. It follows within half a minute.
 *
 * <p><b>Hard rules.</b> At least 1: what is faster than declared is not believed, because whoever
 * declares a time knows more than one quiet hour does. At most {@link #RATIO_MAX}. What chance
 * explains changes nothing.
 *
 * <p><b>Algorithm.</b> Little's law: places that are busy on average are requests ended per second
 * times the time that each keeps its place. Both sides are summed, and forgotten over {@link
 * #MEMORY_SECONDS}; their ratio to the declared time is told in steps of {@link #STEP}, once it is
 * off by most of a step and by more than two standard errors of a mean of so many service times.
 * Seconds in which requests were lost say nothing: what gave up keeps places without ending.
 *
 * <p>Soft state of one service in a cell. Confined to its owner; {@link #copy} is deep.
 */
public final class ServiceTimeWatch {
  /** Smallest change worth new tables. Chosen by us. */
  static final double STEP = 0.02;

  /** Part of a step from which on another one is told: more than half, or it would swing. */
  private static final double MOVES = 0.75;

  /** Slower than this is a fault to be mended, not a load to be bought for. Chosen by us. */
  static final double RATIO_MAX = 3;

  /** Long enough for a thousand requests of a small service, short beside a node's boot. */
  static final double MEMORY_SECONDS = 30;

  /** Part of the requests that must have ended for a second to say something. */
  private static final double ENDED_MIN = 0.98;

  private double busySeconds;
  private double declaredSeconds;
  private double requests;
  private double ratio = 1;

  /** The same. */
  public ServiceTimeWatch copy() {
    ServiceTimeWatch copy = new ServiceTimeWatch();
    copy.busySeconds = busySeconds;
    copy.declaredSeconds = declaredSeconds;
    copy.requests = requests;
    copy.ratio = ratio;
    return copy;
  }

  /** How many times longer than declared, in steps, 1 to {@link #RATIO_MAX}. */
  public double ratio() {
    return ratio;
  }

  /**
   * Takes in what happened since the last report.
   *
   * @param seconds that it lasted
   * @param came attempts that were sent to replicas
   * @param ended those that were answered, in time or late
   * @param utilisationRatio busy share of all places
   * @param places of all replicas that serve
   * @param declaredMs mean service time as declared
   * @param scv of the service time
   * @return whether {@link #ratio} is another now
   */
  public boolean observe(
      double seconds,
      double came,
      double ended,
      double utilisationRatio,
      double places,
      double declaredMs,
      double scv) {
    if (!(seconds > 0)
        || !(ended > 0)
        || !(ended >= ENDED_MIN * came)
        || !(utilisationRatio >= 0 && utilisationRatio <= 1)) {
      return false;
    }
    double kept = StrictMath.exp(-seconds / MEMORY_SECONDS);
    busySeconds = kept * busySeconds + utilisationRatio * places * seconds;
    declaredSeconds = kept * declaredSeconds + ended * declaredMs / 1_000;
    requests = kept * requests + ended;
    double seen = busySeconds / declaredSeconds;
    double chance = 2 * seen * StrictMath.sqrt(Math.max(scv, STEP) / requests);
    if (Math.abs(seen - ratio) <= Math.max(MOVES * STEP, chance)) {
      return false;
    }
    double before = ratio;
    ratio = Math.max(1, Math.min(RATIO_MAX, Math.rint(seen / STEP) * STEP));
    return ratio != before;
  }
}
