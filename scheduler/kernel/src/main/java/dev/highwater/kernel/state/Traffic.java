package dev.highwater.kernel.state;

import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.Observation.SparseHistogram;
import org.jspecify.annotations.Nullable;

/**
 * What a cell's front door counted of one service: the last totals, and their growth over the last
 * report interval.
 *
 * <p>Reports hold totals since the front door's start, so that a lost report loses nothing: the
 * next one covers both intervals.
 *
 * <p>Confined to the thread that owns the cell's state; written only by {@link CellState}.
 */
public final class Traffic {
  long startedAtMs;
  long atMs;
  long intervalMs;
  @Nullable ServiceTraffic last;
  @Nullable ServiceTraffic before;
  private @Nullable ServiceTraffic looked;
  private long lookedStartedAtMs;
  private long lookedAtMs;

  Traffic copy() {
    Traffic copy = new Traffic();
    copy.startedAtMs = startedAtMs;
    copy.atMs = atMs;
    copy.intervalMs = intervalMs;
    copy.last = last;
    copy.before = before;
    copy.looked = looked;
    copy.lookedStartedAtMs = lookedStartedAtMs;
    copy.lookedAtMs = lookedAtMs;
    return copy;
  }

  /** Whether a report counts less than nothing; it is refused. */
  public static boolean negative(ServiceTraffic t) {
    long a = Math.min(Math.min(t.firstAttempts(), t.attempts()), Math.min(t.served(), t.late()));
    long b = Math.min(Math.min(t.timedOut(), t.failed()), Math.min(t.rejected(), t.shed()));
    long c = Math.min(Math.min(t.abandoned(), t.violations()), t.waiting());
    return Math.min(Math.min(a, b), c) < 0;
  }

  /**
   * Whether a report cannot follow another of the same start of a front door; it is refused.
   *
   * @param lastAtMs when the other was made
   */
  public static boolean wentBack(
      ServiceTraffic last, long lastAtMs, ServiceTraffic now, long nowAtMs) {
    return nowAtMs <= lastAtMs || now.firstAttempts() < last.firstAttempts();
  }

  void accept(long reportStartedAtMs, long reportAtMs, ServiceTraffic now) {
    boolean restarted = reportStartedAtMs != startedAtMs;
    before = restarted ? null : last;
    intervalMs = restarted ? Math.max(0, reportAtMs - reportStartedAtMs) : reportAtMs - atMs;
    startedAtMs = reportStartedAtMs;
    atMs = reportAtMs;
    last = now;
  }

  /**
   * First attempts per second since the look before, over as many reports as came in between; NaN
   * without a new one. The first look of a front door that has been running longer than a minute
   * only learns where its totals stand.
   */
  double look() {
    ServiceTraffic now = last;
    boolean news = lookedStartedAtMs != startedAtMs || lookedAtMs != atMs;
    if (now == null || !news) {
      return Double.NaN;
    }
    boolean follows = looked != null && lookedStartedAtMs == startedAtMs;
    long fromMs = follows ? lookedAtMs : startedAtMs;
    long base = follows && looked != null ? looked.firstAttempts() : 0;
    looked = now;
    lookedStartedAtMs = startedAtMs;
    lookedAtMs = atMs;
    return atMs <= fromMs || (!follows && atMs - fromMs > 60_000)
        ? Double.NaN
        : (now.firstAttempts() - base) * 1_000.0 / (atMs - fromMs);
  }

  /** When the front door that reported last had started, epoch milliseconds. */
  public long startedAtMs() {
    return startedAtMs;
  }

  /** When the last report was made, epoch milliseconds; 0 before the first. */
  public long atMs() {
    return atMs;
  }

  /** Length of the last report interval; 0 while unknown. */
  public long intervalMs() {
    return intervalMs;
  }

  /** Totals of the last report, or null before the first. */
  public @Nullable ServiceTraffic last() {
    return last;
  }

  /**
   * Totals of the report before, or null when the last is the first since the front door's start.
   */
  public @Nullable ServiceTraffic before() {
    return before;
  }

  /** First attempts per second over the last interval; NaN while unknown. */
  public double firstAttemptsPerSecond() {
    return rate(
        last == null ? 0 : last.firstAttempts(), before == null ? 0 : before.firstAttempts());
  }

  /** Attempts per second over the last interval, retries included; NaN while unknown. */
  public double attemptsPerSecond() {
    return rate(last == null ? 0 : last.attempts(), before == null ? 0 : before.attempts());
  }

  /** Answers per second over the last interval; NaN while unknown. */
  public double servedPerSecond() {
    return rate(last == null ? 0 : last.served(), before == null ? 0 : before.served());
  }

  /** Refusals per second (rejected, shed, abandoned) over the last interval; NaN while unknown. */
  public double refusedPerSecond() {
    return rate(refused(last), refused(before));
  }

  private static long refused(@Nullable ServiceTraffic t) {
    return t == null ? 0 : t.rejected() + t.shed() + t.abandoned();
  }

  private double rate(long now, long then) {
    return last == null || intervalMs <= 0 ? Double.NaN : (now - then) * 1_000.0 / intervalMs;
  }

  /** Latencies since the front door's start, or null. */
  public @Nullable SparseHistogram latency() {
    return last == null ? null : last.latency();
  }

  /** Latencies up to the report before the last, or null. */
  public @Nullable SparseHistogram latencyBefore() {
    return before == null ? null : before.latency();
  }
}
