package dev.highwater.kernel.account;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.Partition;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.CellMinute;
import dev.highwater.model.CellMinute.Move;
import dev.highwater.model.CellMinute.PoolMinute;
import dev.highwater.model.CellMinute.ServiceMinute;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.PlacementView;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Explanation.SharingView;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Observation.FrontDoorReport;
import dev.highwater.model.Observation.PoolReport;
import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what a cell lives through, a {@link CellMinute} each minute: what its front door,
 * hosts and replicas did in each second, and what was decided.
 *
 * <p>A report live is decided on a little later than it was made, so a second takes what is decided
 * up to {@link #DECIDED_LATER_MS} after its end; it ends with the capacity of the last decision in
 * it. What was before the first decision belongs to another owner's minutes.
 *
 * <p>Confined to its owner.
 */
public final class MinuteBook {
  /** What agents say of a second is decided on at most so much later. Chosen by us. */
  public static final long DECIDED_LATER_MS = 500;

  /** A front door reports each second; one that is late by less has lost no second. */
  public static final long SILENT_MS = 1_500;

  private static final long SECOND_MS = 1_000;
  private static final long MINUTE_MS = CellMinute.SECONDS * SECOND_MS;

  private final Ledger ledger = new Ledger();
  private final SortedMap<ServiceId, ServiceBook> services = new TreeMap<>();
  private final SortedMap<String, PoolBook> pools = new TreeMap<>();
  private final SortedMap<String, Double> eventCosts = new TreeMap<>();
  private final SortedMap<String, SizedMove> moves = new TreeMap<>();
  private long doorStartedMs;
  private long doorAtMs;

  /** Whether the front door's totals are known from which growth counts. */
  private boolean counting;

  private int auditViolations;
  private int nodesLost;

  /** Of the minute that is open, epoch milliseconds; 0 before the first. */
  private long startMs;

  /** That is open, counted from {@link #startMs}; -1 before the first begins. */
  private int second;

  /** A move and how many processors it moved. */
  private record SizedMove(Move move, long cpuMilli) {}

  /** What a host said last, and when that was decided on. */
  private record HeardReport(PoolReport report, long atMs) {}

  /** The lines of one pool. */
  private static final class PoolBook {
    final SortedMap<String, HeardReport> hosts = new TreeMap<>();
    int targetNow;
    Column target = new Column();
    Column booting = new Column();
    Column ready = new Column();

    void endSecond(int second) {
      target.add(second, targetNow);
      for (HeardReport heard : hosts.values()) {
        booting.add(second, heard.report.booting());
        ready.add(second, heard.report.ready());
      }
    }

    /** The nodes of a host that is gone count for as long as the state counts them. */
    void forgetSilent(long nowMs) {
      hosts.values().removeIf(heard -> nowMs - heard.atMs >= CellState.LEASE_MS);
    }

    PoolMinute endMinute(String key, int seconds, SortedMap<String, Long> reserved) {
      PoolMinute minute =
          new PoolMinute(
              key, target.list(seconds), booting.list(seconds), ready.list(seconds), reserved);
      target = new Column();
      booting = new Column();
      ready = new Column();
      return minute;
    }
  }

  /** Money since the book began, counted up to the last decision. */
  public Ledger ledger() {
    return ledger;
  }

  /**
   * Writes down a decision.
   *
   * @param state after the decision
   * @param broken rules that it broke
   * @return gives the minutes that ended before it, mostly none, on any thread: to put one together
   *     is most of the work, and fails when it holds more than a minute may
   */
  public List<Supplier<CellMinute>> add(
      CellState state, Input input, Decision decision, int broken) {
    long openMs = Math.floorDiv(input.nowMs() - DECIDED_LATER_MS, SECOND_MS) * SECOND_MS;
    List<Supplier<CellMinute>> ended = new ArrayList<>();
    if (startMs == 0) {
      startMs = openMs + SECOND_MS;
      second = -1;
    } else if (openMs - openSecondMs() > MINUTE_MS) {
      // Nobody decided for so long that what was meanwhile is not known.
      ended.addAll(rest(state));
      startMs = openMs;
      counting = false;
    }
    while (openSecondMs() < openMs) {
      endSecond();
      if (second > 0 && openSecondMs() % MINUTE_MS == 0) {
        ended.add(endMinute(state));
      }
    }
    for (Observation observation : input.observations()) {
      heard(state, observation, input.nowMs());
    }
    auditViolations += broken;
    for (Fact fact : decision.facts()) {
      decided(state, fact);
    }
    for (Explanation explanation : decision.explanations()) {
      explained(state, decision, explanation);
    }
    for (ServiceState service : state.services()) {
      if (service.target() > 0 || service.size() > 0) {
        service(state, service.id()).seen(service);
      }
    }
    services.values().forEach(ServiceBook::decided);
    for (PoolBook pool : pools.values()) {
      pool.forgetSilent(input.nowMs());
      pool.targetNow = 0;
    }
    for (PoolState pool : state.pools().values()) {
      if (exists(pool)) {
        pool(pool.key()).targetNow = pool.target();
      }
    }
    ledger.account(state);
    return ended;
  }

  /** What is left of the open minute, for an owner that ends; one minute or none. */
  public List<Supplier<CellMinute>> rest(CellState state) {
    if (startMs == 0 || second < 0) {
      return List.of();
    }
    endSecond();
    return List.of(endMinute(state));
  }

  private long openSecondMs() {
    return startMs + second * SECOND_MS;
  }

  private ServiceBook service(CellState state, ServiceId id) {
    ServiceState known = state.service(id);
    return service(id, known == null ? null : known.traffic().last());
  }

  private ServiceBook service(ServiceId id, @Nullable ServiceTraffic before) {
    ServiceBook book = services.get(id);
    if (book == null) {
      book = new ServiceBook(id, before, ledger.of(id));
      services.put(id, book);
    }
    return book;
  }

  private PoolBook pool(String key) {
    return pools.computeIfAbsent(key, name -> new PoolBook());
  }

  /** A pool that was deleted exists until its last node is gone; the state never forgets it. */
  private static boolean exists(@Nullable PoolState pool) {
    return pool != null && (pool.spec() != null || pool.nodes() > 0);
  }

  private void heard(CellState state, Observation observation, long nowMs) {
    if (observation instanceof Observation.HostReport host) {
      for (PoolReport report : host.pools()) {
        String key = report.pool();
        if (pools.containsKey(key) || exists(state.pools().get(key))) {
          pool(key).hosts.put(host.host(), new HeardReport(report, nowMs));
        }
      }
    } else if (observation instanceof FrontDoorReport report) {
      heard(state, report);
    }
  }

  private void heard(CellState state, FrontDoorReport report) {
    boolean restarted = report.startedAtMs() != doorStartedMs;
    boolean before = second < 0 || (!counting && report.startedAtMs() < startMs);
    if (restarted) {
      services.values().forEach(ServiceBook::restarted);
    }
    long silentMs = restarted ? 0 : report.atMs() - doorAtMs;
    int silent = silentMs <= SILENT_MS ? 1 : (int) Math.min(silentMs / SECOND_MS, second + 1L);
    for (ServiceTraffic traffic : report.services()) {
      ServiceState known = state.service(traffic.service());
      ServiceBook book =
          service(traffic.service(), known == null ? null : known.traffic().before());
      boolean refused = book.refuses(traffic, report.atMs());
      if (before && !refused) {
        book.begin(traffic, report.atMs());
      } else if (!refused) {
        book.heard(traffic, report.atMs(), second, silent);
      }
    }
    doorAtMs = restarted ? report.atMs() : Math.max(doorAtMs, report.atMs());
    doorStartedMs = report.startedAtMs();
    counting = true;
  }

  private void decided(CellState state, Fact fact) {
    if (fact instanceof Fact.TargetSet set) {
      service(state, set.service()).targetSet(set.replicas(), set.winner());
    } else if (fact instanceof Fact.ReplicasStopped stopped) {
      if (stopped.reason() == Fact.StopReason.PREEMPTED) {
        service(state, stopped.service()).preempted(stopped.ordinals().size());
      } else if (stopped.reason() == Fact.StopReason.RECLAIMED) {
        service(state, stopped.service()).reclaimed(stopped.ordinals().size());
      }
    } else if (fact instanceof Fact.NodeLost node
        && node.reason() == Fact.NodeLossReason.LEASE_EXPIRED) {
      nodesLost++;
      for (Fact.ServiceShare share : node.held()) {
        service(state, share.service()).lost(share.count());
      }
    }
  }

  private void explained(CellState state, Decision decision, Explanation explanation) {
    if (explanation instanceof ServiceExplained of) {
      squeezed(state, of);
      ServiceState service = state.service(of.service());
      if (service != null) {
        long each = service.spec().resources().cpuMilli();
        int more = of.target() - of.targetBefore();
        moved("service " + of.service(), more, each, decision, explanation);
      }
    } else if (explanation instanceof PoolExplained of) {
      PoolState pool = state.pools().get(of.pool());
      NodePool spec = pool == null ? null : pool.spec();
      if (spec != null) {
        int more = of.target() - of.targetBefore();
        moved("pool " + of.pool(), more, spec.shape().cpuMilli(), decision, explanation);
      }
    }
  }

  private void squeezed(CellState state, ServiceExplained of) {
    SharingView sharing = of.sharing();
    PlacementView placement = of.placement();
    int withheld = sharing == null ? 0 : Math.max(0, sharing.wanted() - sharing.granted());
    int pending = placement == null ? 0 : placement.pending();
    if (withheld + pending > 0 || services.containsKey(of.service())) {
      service(state, of.service())
          .squeezed(withheld, pending, placement == null ? new TreeMap<>() : placement.refusals());
    }
  }

  /** Keeps the largest of each subject and direction. */
  private void moved(
      String subject, int more, long cpuMilliEach, Decision decision, Explanation explanation) {
    if (more != 0) {
      SizedMove move =
          new SizedMove(
              new Move(decision.sequence(), decision.nowMs(), explanation),
              Math.abs(more) * cpuMilliEach);
      moves.merge(
          subject + (more > 0 ? " up" : " down"),
          move,
          (old, other) -> other.cpuMilli > old.cpuMilli ? other : old);
    }
  }

  private void endSecond() {
    if (second >= 0) {
      for (ServiceBook service : services.values()) {
        service.endSecond(second);
      }
      for (PoolBook pool : pools.values()) {
        pool.endSecond(second);
      }
    }
    second++;
  }

  private Supplier<CellMinute> endMinute(CellState state) {
    List<Supplier<ServiceMinute>> asked = new ArrayList<>();
    List<ServiceId> idle = new ArrayList<>();
    services.forEach(
        (id, service) -> {
          Supplier<ServiceMinute> minute = service.endMinute(second, ledger.of(id));
          if (minute == null) {
            idle.add(id);
          } else {
            asked.add(minute);
          }
        });
    services.keySet().removeAll(idle);
    List<PoolMinute> held = new ArrayList<>();
    SortedMap<String, SortedMap<String, Long>> reserved = reserved(state);
    pools.forEach(
        (key, pool) ->
            held.add(pool.endMinute(key, second, reserved.getOrDefault(key, new TreeMap<>()))));
    pools.keySet().removeIf(key -> !exists(state.pools().get(key)));
    String name = state.name();
    long epoch = state.epoch();
    long beganMs = startMs;
    int seconds = second;
    long doorMs = doorStartedMs;
    SortedMap<String, Double> costs = eventCosts(state);
    int broken = auditViolations;
    int lost = nodesLost;
    List<Move> largest = largestMoves();
    startMs += second * SECOND_MS;
    second = 0;
    auditViolations = 0;
    nodesLost = 0;
    moves.clear();
    // The record checks its limits; what is beyond them may cost the minute and not the owner.
    return () ->
        new CellMinute(
            name,
            epoch,
            beganMs,
            seconds,
            doorMs,
            asked.stream().limit(CellMinute.SERVICES_MAX).map(Supplier::get).toList(),
            held,
            costs,
            broken,
            lost,
            largest);
  }

  /** Processors that replicas hold, by pool and tenant. */
  private static SortedMap<String, SortedMap<String, Long>> reserved(CellState state) {
    SortedMap<String, SortedMap<String, Long>> byPool = new TreeMap<>();
    for (ServiceState service : state.services()) {
      if (service.size() == 0) {
        continue; // of very many services most are idle
      }
      for (Partition partition : state.partitions()) {
        int replicas = service.onPartition(partition.number());
        if (replicas > 0) {
          byPool
              .computeIfAbsent(partition.pool(), pool -> new TreeMap<>())
              .merge(
                  service.id().tenant(),
                  replicas * service.spec().resources().cpuMilli(),
                  Long::sum);
        }
      }
    }
    return byPool;
  }

  private SortedMap<String, Double> eventCosts(CellState state) {
    SortedMap<String, Double> costs = new TreeMap<>();
    for (String event : state.events().keySet()) {
      double cost = ledger.ofEvent(event);
      costs.put(event, Math.max(0, cost - eventCosts.getOrDefault(event, 0.0)));
      eventCosts.put(event, cost);
    }
    eventCosts.keySet().retainAll(state.events().keySet());
    return costs;
  }

  private List<Move> largestMoves() {
    List<SizedMove> largest = new ArrayList<>(moves.values());
    largest.sort(Comparator.comparingLong((SizedMove sized) -> -sized.cpuMilli));
    return largest.stream()
        .limit(CellMinute.MOVES_MAX)
        .map(SizedMove::move)
        .sorted(Comparator.comparingLong(Move::sequence))
        .toList();
  }
}
