package dev.highwater.model;

import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.Observation.SparseHistogram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a cell lived through in a minute, second by second, as its owner keeps it: so that any span
 * of time can be told later by the meter of a rehearsal, although nobody recorded it. Immutable.
 *
 * <p>Columns hold one value per second, oldest first; one value alone stands for all seconds, none
 * for zeros, since most columns hardly change.
 *
 * @param epoch of the owner that saw it
 * @param startMs epoch milliseconds at which the first second begins; a multiple of 1,000
 * @param seconds 1 to 60; fewer than 60 where an owner began or ended
 * @param doorStartedMs since when the front door counts, as of the last second; 0 before it spoke
 * @param services those that had users or replicas; of more than {@link #SERVICES_MAX} the first by
 *     name
 * @param pools at most {@link Limits#SPEC_LIST_MAX}
 * @param costByEvent money that declared events cost
 * @param auditViolations rules that decisions broke
 * @param nodesLost nodes whose lease ran out
 * @param moves the decisions that moved most capacity, at most {@link #MOVES_MAX}, oldest first
 */
public record CellMinute(
    String cell,
    long epoch,
    long startMs,
    int seconds,
    long doorStartedMs,
    List<ServiceMinute> services,
    List<PoolMinute> pools,
    SortedMap<String, Double> costByEvent,
    int auditViolations,
    int nodesLost,
    List<Move> moves) {
  /** Seconds of a full minute. */
  public static final int SECONDS = 60;

  /** Services of one minute: as many as a front door can report. */
  public static final int SERVICES_MAX = Limits.SERVICES_PER_REPORT_MAX;

  /** Explained decisions kept of one minute. Chosen by us: they are a third of what is kept. */
  public static final int MOVES_MAX = 5;

  public CellMinute {
    Limits.name("cell", cell);
    Limits.range("seconds", seconds, 1, SECONDS);
    Limits.range("startMs", startMs, 0, Long.MAX_VALUE);
    if (startMs % 1_000 != 0) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, "startMs", startMs, "must be a multiple of 1,000");
    }
    services = Limits.list("services", services, SERVICES_MAX);
    pools = Limits.list("pools", pools, Limits.SPEC_LIST_MAX);
    costByEvent = Collections.unmodifiableSortedMap(new TreeMap<>(costByEvent));
    moves = Limits.list("moves", moves, MOVES_MAX);
    for (ServiceMinute service : services) {
      service.checkColumns(seconds);
    }
    for (PoolMinute pool : pools) {
      pool.checkColumns(seconds);
    }
  }

  /** Epoch milliseconds at which the last second ends. */
  public long endMs() {
    return startMs + seconds * 1_000L;
  }

  /** What is counted of users; the meaning is that of the field of the same name there. */
  public enum Count {
    FIRST_ATTEMPTS,
    ATTEMPTS,
    SERVED,
    REJECTED,
    SHED,
    ABANDONED,
    VIOLATIONS;

    /** Its value in a front door's totals. */
    public long of(ServiceTraffic totals) {
      return switch (this) {
        case FIRST_ATTEMPTS -> totals.firstAttempts();
        case ATTEMPTS -> totals.attempts();
        case SERVED -> totals.served();
        case REJECTED -> totals.rejected();
        case SHED -> totals.shed();
        case ABANDONED -> totals.abandoned();
        case VIOLATIONS -> totals.violations();
      };
    }
  }

  /**
   * How one count grew.
   *
   * @param total of the front door since its start, at the end of the last second: with the total
   *     before a gap between two minutes it tells what users did in the gap
   * @param growth column
   */
  public record Growth(Count count, long total, List<Long> growth) {
    public Growth {
      growth = Limits.list("growth", growth, SECONDS);
    }
  }

  /**
   * One service.
   *
   * @param counts in order of the counts; one that was always 0 is left out
   * @param target column of target replicas
   * @param ready column of ready replicas
   * @param replicas column of replicas that hold room
   * @param withheld column of replicas that quota or budget did not grant
   * @param pending column of replicas that found no node
   * @param refusals why most of them were pending, nodes by reason
   * @param share of the service's users that came here at the end, 0 to 1
   * @param cost money for the room of its replicas
   * @param changes of the target, by the wish that won
   * @param preempted replicas stopped for others of higher priority
   * @param reclaimed replicas stopped because their room was lent
   * @param lost replicas gone with nodes whose lease ran out
   * @param latency of attempts that were answered in this minute; null for none
   */
  public record ServiceMinute(
      ServiceId service,
      List<Growth> counts,
      List<Long> target,
      List<Long> ready,
      List<Long> replicas,
      List<Long> withheld,
      List<Long> pending,
      SortedMap<String, Integer> refusals,
      double share,
      double cost,
      List<Changes> changes,
      int preempted,
      int reclaimed,
      int lost,
      @Nullable Latencies latency) {
    public ServiceMinute {
      counts = Limits.list("counts", counts, Count.values().length);
      target = Limits.list("target", target, SECONDS);
      ready = Limits.list("ready", ready, SECONDS);
      replicas = Limits.list("replicas", replicas, SECONDS);
      withheld = Limits.list("withheld", withheld, SECONDS);
      pending = Limits.list("pending", pending, SECONDS);
      refusals = Collections.unmodifiableSortedMap(new TreeMap<>(refusals));
      changes = Limits.list("changes", changes, WishSource.values().length);
    }

    private void checkColumns(int seconds) {
      counts.forEach(count -> checkColumn("growth", count.growth(), seconds));
      checkColumn("target", target, seconds);
      checkColumn("ready", ready, seconds);
      checkColumn("replicas", replicas, seconds);
      checkColumn("withheld", withheld, seconds);
      checkColumn("pending", pending, seconds);
    }
  }

  /**
   * Latencies, four bins of the workload's histogram at a time: 6 % wide, since most of what is
   * kept would be latencies otherwise.
   *
   * @param firstBin of the first four
   * @param counts of each four bins, ascending
   */
  public record Latencies(int firstBin, List<Long> counts) {
    /** Bins that are counted together. Chosen by us. */
    public static final int BINS = 4;

    public Latencies {
      counts = Limits.list("counts", counts, 1_024);
    }

    /** The same counts, coarser; null when there are none. */
    public static @Nullable Latencies of(SparseHistogram fine) {
      if (fine.bins().isEmpty()) {
        return null;
      }
      int first = fine.bins().get(0) / BINS;
      int last = fine.bins().get(fine.bins().size() - 1) / BINS;
      long[] counts = new long[last - first + 1];
      for (int i = 0; i < fine.bins().size(); i++) {
        counts[fine.bins().get(i) / BINS - first] += fine.counts().get(i);
      }
      return new Latencies(first * BINS, Arrays.stream(counts).boxed().toList());
    }

    /** The bin that stands for those at an index of the counts: one in their middle. */
    public int bin(int index) {
      return firstBin + index * BINS + BINS / 2;
    }
  }

  /** How often one wish won a changed target. */
  public record Changes(WishSource winner, int count) {}

  /**
   * One pool.
   *
   * @param target column of nodes that it should have
   * @param booting column of nodes that boot
   * @param ready column of nodes that are ready
   * @param reservedCpuMilli processors that replicas hold at the end, by tenant
   */
  public record PoolMinute(
      String pool,
      List<Long> target,
      List<Long> booting,
      List<Long> ready,
      SortedMap<String, Long> reservedCpuMilli) {
    public PoolMinute {
      target = Limits.list("target", target, SECONDS);
      booting = Limits.list("booting", booting, SECONDS);
      ready = Limits.list("ready", ready, SECONDS);
      reservedCpuMilli = Collections.unmodifiableSortedMap(new TreeMap<>(reservedCpuMilli));
    }

    private void checkColumns(int seconds) {
      checkColumn("target", target, seconds);
      checkColumn("booting", booting, seconds);
      checkColumn("ready", ready, seconds);
    }
  }

  /**
   * A decision that moved a target.
   *
   * @param sequence of the decision
   * @param atMs epoch milliseconds of the decision
   * @param explanation of a service or a pool
   */
  public record Move(long sequence, long atMs, Explanation explanation) {}

  private static void checkColumn(String field, List<Long> column, int seconds) {
    if (column.size() > 1 && column.size() != seconds) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          field,
          column.size() + " values",
          "must have none, one, or one for each of " + seconds + " seconds");
    }
  }

  /** The value of a column in a second, counted from 0. */
  public static long at(List<Long> column, int second) {
    return column.isEmpty() ? 0 : column.size() == 1 ? column.get(0) : column.get(second);
  }

  /** The column of the first {@code seconds} values. */
  public static List<Long> column(long[] values, int seconds) {
    boolean same = true;
    for (int i = 1; i < seconds; i++) {
      same &= values[i] == values[0];
    }
    if (same) {
      return values[0] == 0 ? List.of() : List.of(values[0]);
    }
    List<Long> column = new ArrayList<>(seconds);
    for (int i = 0; i < seconds; i++) {
      column.add(values[i]);
    }
    return column;
  }
}
