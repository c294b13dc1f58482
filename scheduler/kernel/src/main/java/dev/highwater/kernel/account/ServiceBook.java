package dev.highwater.kernel.account;

import dev.highwater.kernel.state.ServiceState;
import dev.highwater.kernel.state.Traffic;
import dev.highwater.model.CellMinute.Changes;
import dev.highwater.model.CellMinute.Count;
import dev.highwater.model.CellMinute.Growth;
import dev.highwater.model.CellMinute.Latencies;
import dev.highwater.model.CellMinute.ServiceMinute;
import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.Observation.SparseHistogram;
import dev.highwater.model.ServiceId;
import dev.highwater.model.WishSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The lines of one service in a {@link MinuteBook}. Confined to its owner. */
final class ServiceBook {
  private static final List<Count> COUNTS = List.of(Count.values());

  private final ServiceId service;
  private @Nullable ServiceTraffic last;

  /** When the last totals were made; 0 while unknown. */
  private long lastAtMs;

  private @Nullable SparseHistogram latency;
  private @Nullable SparseHistogram latencyBefore;
  private boolean targeted;
  private int target;
  private int ready;
  private int replicas;
  private int withheld;
  private int pending;
  private double share = 1;
  private double costBefore;
  private boolean seenNow;
  private Open open = new Open();

  /** What is of the minute that is open; nobody changes it any more once that has ended. */
  private static final class Open {
    final EnumMap<Count, Column> growth = new EnumMap<>(Count.class);
    final Column target = new Column();
    final Column ready = new Column();
    final Column replicas = new Column();
    final Column withheld = new Column();
    final Column pending = new Column();
    final SortedMap<WishSource, Integer> changes = new TreeMap<>();
    SortedMap<String, Integer> refusals = new TreeMap<>();
    int pendingMost;
    int preempted;
    int reclaimed;
    int lost;
  }

  /**
   * A service that nobody asked for so far, in this minute at least.
   *
   * @param before what the front door had counted; null when nothing
   * @param cost of the service since the ledger began
   */
  ServiceBook(ServiceId service, @Nullable ServiceTraffic before, double cost) {
    this.service = service;
    costBefore = cost;
    if (before != null) {
      begin(before, 0);
    }
  }

  /** The front door counts from 0 again; what it counted of latencies in this minute is lost. */
  void restarted() {
    last = null;
    lastAtMs = 0;
    latency = null;
    latencyBefore = null;
  }

  /** Whether the state refuses totals too, by the same rules; they say nothing. */
  boolean refuses(ServiceTraffic now, long atMs) {
    return Traffic.negative(now) || (last != null && Traffic.wentBack(last, lastAtMs, now, atMs));
  }

  /** Takes totals as they are: what was before is another's minute. */
  void begin(ServiceTraffic now, long atMs) {
    last = now;
    lastAtMs = atMs;
    latency = now.latency() == null ? latency : now.latency();
    latencyBefore = latency;
  }

  /**
   * Counts what the front door counted since its last report.
   *
   * @param atMs when it did
   * @param second that is open
   * @param silent seconds since that report, over which the growth is spread
   */
  void heard(ServiceTraffic now, long atMs, int second, int silent) {
    ServiceTraffic before = last;
    for (Count count : COUNTS) {
      long grown = count.of(now) - (before == null ? 0 : count.of(before));
      if (grown != 0) {
        Column column = open.growth.computeIfAbsent(count, key -> new Column());
        for (int i = 0; i < silent; i++) {
          column.add(second - silent + 1 + i, grown * (i + 1) / silent - grown * i / silent);
        }
      }
    }
    last = now;
    lastAtMs = atMs;
    latency = now.latency() == null ? latency : now.latency();
  }

  /** So many replicas were not granted, and so many found no node, of the last decision. */
  void squeezed(int notGranted, int noNode, SortedMap<String, Integer> refusals) {
    withheld = notGranted;
    pending = noNode;
    if (noNode > open.pendingMost) {
      open.pendingMost = noNode;
      open.refusals = refusals;
    }
  }

  /** A target was set; the first one changes nothing. */
  void targetSet(int wanted, WishSource winner) {
    if (targeted && wanted != target) {
      open.changes.merge(winner, 1, Integer::sum);
    }
    targeted = true;
    target = wanted;
  }

  void preempted(int stopped) {
    open.preempted += stopped;
  }

  void reclaimed(int stopped) {
    open.reclaimed += stopped;
  }

  void lost(int gone) {
    open.lost += gone;
  }

  /** Its state after a decision; followed by {@link #decided}. */
  void seen(ServiceState state) {
    targeted |= state.targeted();
    target = state.target();
    ready = state.ready();
    replicas = state.size();
    share = state.share();
    seenNow = true;
  }

  /** A decision is over; a service that was not seen has no target and no replica. */
  void decided() {
    if (!seenNow) {
      target = 0;
      ready = 0;
      replicas = 0;
    }
    seenNow = false;
  }

  void endSecond(int second) {
    open.target.add(second, target);
    open.ready.add(second, ready);
    open.replicas.add(second, replicas);
    open.withheld.add(second, withheld);
    open.pending.add(second, pending);
    withheld = 0;
    pending = 0;
  }

  /**
   * Ends the minute.
   *
   * @param cost of the service since the ledger began
   * @return gives the minute, on any thread; null when nobody asked for it and it held nothing
   */
  @Nullable Supplier<ServiceMinute> endMinute(int seconds, double cost) {
    Open ended = open;
    open = new Open();
    double spent = Math.max(0, cost - costBefore);
    SparseHistogram from = latencyBefore;
    SparseHistogram until = latency;
    costBefore = cost;
    latencyBefore = latency;
    if (ended.growth.isEmpty()
        && ended.changes.isEmpty()
        && ended.target.empty()
        && ended.replicas.empty()) {
      return null;
    }
    ServiceTraffic counted = last;
    double part = share;
    return () ->
        new ServiceMinute(
            service,
            counts(ended, counted, seconds),
            ended.target.list(seconds),
            ended.ready.list(seconds),
            ended.replicas.list(seconds),
            ended.withheld.list(seconds),
            ended.pending.list(seconds),
            ended.refusals,
            part,
            spent,
            changes(ended),
            ended.preempted,
            ended.reclaimed,
            ended.lost,
            until == null ? null : Latencies.of(until.since(from)));
  }

  private static List<Growth> counts(Open ended, @Nullable ServiceTraffic counted, int seconds) {
    List<Growth> counts = new ArrayList<>();
    for (Count count : COUNTS) {
      long total = counted == null ? 0 : count.of(counted);
      if (total != 0) {
        Column column = ended.growth.get(count);
        counts.add(new Growth(count, total, column == null ? List.of() : column.list(seconds)));
      }
    }
    return counts;
  }

  private static List<Changes> changes(Open ended) {
    List<Changes> changes = new ArrayList<>();
    ended.changes.forEach((winner, count) -> changes.add(new Changes(winner, count)));
    return changes;
  }
}
