package dev.highwater.rehearsal;

import dev.highwater.kernel.forecast.Coverage;
import dev.highwater.model.CellMinute;
import dev.highwater.model.CellMinute.Changes;
import dev.highwater.model.CellMinute.Count;
import dev.highwater.model.CellMinute.Growth;
import dev.highwater.model.CellMinute.Latencies;
import dev.highwater.model.CellMinute.PoolMinute;
import dev.highwater.model.CellMinute.ServiceMinute;
import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.workload.DoorFigures;
import dev.highwater.workload.LatencyHistogram;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A night that was lived through, told from the minutes that the owners of its cells kept: added up
 * second by second by the meter of a rehearsal, but for latencies, which are known by the minute.
 *
 * <p>Where an owner was lost, no minute was kept until the next one had begun. What users did
 * meanwhile is told by the totals of the front door and spread over that time; replicas and nodes
 * are taken to have stayed as they were, for {@link #HELD_MS} at most. Such gaps are named.
 *
 * <p>Used once; for one thread.
 */
public final class KeptNight {
  /** Longer than a lost owner is missed and a member starts anew. Chosen by us. */
  public static final long HELD_MS = 300_000;

  private final Scenario scenario;
  private final MinuteObserver observer;
  private final long startMs;
  private final long seconds;
  private final RunMeter meter;
  private final SortedMap<String, KeptCell> cells = new TreeMap<>();
  private final SortedMap<ServiceId, Answered> answered = new TreeMap<>();
  private final List<Gap> gaps = new ArrayList<>();
  private long violations;
  private long second;

  /**
   * Time of which no minute of a cell was kept.
   *
   * @param fromMs epoch milliseconds
   * @param untilMs epoch milliseconds
   */
  public record Gap(String cell, long fromMs, long untilMs) {}

  /**
   * A night that is about to be told.
   *
   * @param scenario what was declared, of the seconds that are told; begins with a whole second
   */
  public KeptNight(Scenario scenario, MinuteObserver observer) {
    this.scenario = scenario;
    this.observer = observer;
    this.startMs = scenario.startsAtMs();
    this.seconds = scenario.durationMs() / Scenario.TICK_MS;
    this.meter = new RunMeter(scenario.services(), scenario.pools(), seconds);
    scenario.cells().forEach(cell -> cells.put(cell.name(), new KeptCell(cell.name())));
  }

  /** Takes the next minute of a cell; one after the night tells how a gap at its end ended. */
  public void take(CellMinute minute) {
    KeptCell cell = cells.get(minute.cell());
    if (cell != null && minute.endMs() > startMs) {
      cell.ahead.add(minute);
    }
  }

  /** Adds up the seconds until a time; every minute that begins before it was taken. */
  public void passed(long untilMs) {
    while (second < seconds && endMs(second + 1) <= untilMs) {
      endSecond();
    }
  }

  /** What it came to, after the last minute. */
  public RunResult result() {
    passed(Long.MAX_VALUE);
    meter.endMinute();
    return meter.result(
        new RunMeter.Run(
            PolicyChoice.ofScenario(scenario.services()).name(),
            "",
            true,
            seconds,
            0,
            violations,
            List.of(),
            List.of()),
        service -> answered(service).all,
        service -> Coverage.NONE,
        service -> DoorFigures.NONE);
  }

  /** Where nobody kept minutes, by cell and time; complete after {@link #result}. */
  public List<Gap> gaps() {
    return List.copyOf(gaps);
  }

  private long endMs(long ended) {
    return startMs + ended * Scenario.TICK_MS;
  }

  private Answered answered(ServiceId service) {
    return answered.computeIfAbsent(service, id -> new Answered());
  }

  private void endSecond() {
    long fromMs = endMs(second);
    second++;
    meter.beginSecond();
    for (KeptCell cell : cells.values()) {
      cell.endSecond(fromMs);
    }
    meter.endSecond(service -> Double.NaN, service -> answered(service).upToStep());
    if (second % CellMinute.SECONDS == 0 && second < seconds) {
      meter.endMinute();
    }
  }

  private static void add(EnumMap<Count, Long> totals, ServiceMinute minute, int i) {
    for (Growth count : minute.counts()) {
      totals.merge(count.count(), CellMinute.at(count.growth(), i), Long::sum);
    }
  }

  private static long sum(List<Long> column, int seconds) {
    long sum = 0;
    for (int i = 0; i < seconds; i++) {
      sum += CellMinute.at(column, i);
    }
    return sum;
  }

  /**
   * Latencies of one service over all cells. A step of a chart that is shorter than a minute has
   * those of the minute that it is in.
   */
  private static final class Answered {
    private final LatencyHistogram all = new LatencyHistogram();
    private final LatencyHistogram steps = new LatencyHistogram();
    private final SortedMap<String, Latencies> now = new TreeMap<>();
    private final List<Latencies> inStep = new ArrayList<>();

    /** A minute of a cell begins; null when nothing was answered in it. */
    void begin(String cell, @Nullable Latencies minute) {
      if (minute == null) {
        now.remove(cell);
      } else {
        now.put(cell, minute);
        inStep.add(minute);
        add(minute, all);
      }
    }

    private static void add(Latencies minute, LatencyHistogram sum) {
      for (int i = 0; i < minute.counts().size(); i++) {
        sum.addToBin(minute.bin(i), minute.counts().get(i));
      }
    }

    LatencyHistogram upToStep() {
      inStep.forEach(minute -> add(minute, steps));
      inStep.clear();
      inStep.addAll(now.values());
      LatencyHistogram copy = new LatencyHistogram();
      copy.addAll(steps);
      return copy;
    }
  }

  /** One cell. */
  private final class KeptCell {
    private final String name;
    private final Deque<CellMinute> ahead = new ArrayDeque<>();
    private @Nullable CellMinute now;

    /** Counted since the night began. */
    private final SortedMap<ServiceId, EnumMap<Count, Long>> counted = new TreeMap<>();

    /** Of the front door, up to which everything was counted. */
    private final SortedMap<ServiceId, EnumMap<Count, Long>> totals = new TreeMap<>();

    /** Start of the front door whose totals these are; 0 before it is known. */
    private long doorStartedMs;

    /** Whether that front door began within the night, so that what it has not counted yet is 0. */
    private boolean fromNothing;

    private @Nullable Gap gap;

    KeptCell(String name) {
      this.name = name;
    }

    void endSecond(long fromMs) {
      CellMinute next = ahead.peek();
      while (next != null && next.startMs() <= fromMs) {
        ahead.remove();
        begin(next);
        next = ahead.peek();
      }
      CellMinute minute = now;
      if (minute != null && fromMs < minute.endMs()) {
        int i = (int) ((fromMs - minute.startMs()) / Scenario.TICK_MS);
        for (ServiceMinute service : minute.services()) {
          add(counted(service.service()), service, i);
        }
        end(minute, i, fromMs);
        return;
      }
      missing(fromMs);
      if (next != null && next.doorStartedMs() <= fromMs && known(next)) {
        spread(next, Math.max(1, (next.startMs() - fromMs) / Scenario.TICK_MS));
      }
      if (minute != null && fromMs - minute.endMs() < HELD_MS) {
        spend(minute, 1.0 / minute.seconds());
        end(minute, minute.seconds() - 1, fromMs);
      } else {
        traffic().forEach(meter::traffic);
      }
    }

    private void begin(CellMinute minute) {
      if (known(minute)) {
        spread(minute, 1);
      }
      now = minute;
      if (minute.doorStartedMs() != 0) {
        fromNothing &= doorStartedMs == minute.doorStartedMs();
        doorStartedMs = minute.doorStartedMs();
      }
      for (ServiceMinute service : minute.services()) {
        EnumMap<Count, Long> known =
            totals.computeIfAbsent(service.service(), id -> new EnumMap<>(Count.class));
        for (Growth count : service.counts()) {
          known.put(count.count(), count.total());
        }
      }
      double told =
          (Math.min(minute.endMs(), endMs(seconds)) - Math.max(minute.startMs(), startMs))
              / (minute.seconds() * 1e3);
      spend(minute, told);
      if (told < 0.5) {
        return; // what is known of the whole minute only is told of the night that has most of it
      }
      violations += minute.auditViolations();
      answered.forEach((id, of) -> of.begin(name, null));
      for (ServiceMinute service : minute.services()) {
        answered(service.service()).begin(name, service.latency());
        for (Changes changes : service.changes()) {
          meter.adapted(service.service(), changes.winner(), changes.count());
        }
      }
      observer.begun(minute);
    }

    /**
     * Whether the totals say what users did before a minute: the front door has counted through, or
     * has begun since what is known of.
     */
    private boolean known(CellMinute next) {
      if (next.doorStartedMs() != doorStartedMs) {
        if (next.doorStartedMs() < (now == null ? startMs : now.endMs())) {
          return false;
        }
        totals.clear();
        doorStartedMs = next.doorStartedMs();
        fromNothing = true;
      }
      return true;
    }

    private void spend(CellMinute minute, double part) {
      for (ServiceMinute service : minute.services()) {
        meter.spent(service.service(), service.cost() * part);
      }
      minute.costByEvent().forEach((event, cost) -> meter.spentOnEvent(event, cost * part));
    }

    /** Counts what users did before a minute, a part of it in each of so many seconds. */
    private void spread(CellMinute next, long parts) {
      for (ServiceMinute service : next.services()) {
        if (!fromNothing && !totals.containsKey(service.service())) {
          continue; // when the night began it had been counting already
        }
        EnumMap<Count, Long> known =
            totals.computeIfAbsent(service.service(), id -> new EnumMap<>(Count.class));
        for (Growth count : service.counts()) {
          long begun = count.total() - sum(count.growth(), next.seconds());
          long missed = Math.max(0, begun - known.getOrDefault(count.count(), 0L));
          known.merge(count.count(), missed / parts, Long::sum);
          counted(service.service()).merge(count.count(), missed / parts, Long::sum);
        }
      }
    }

    private void missing(long fromMs) {
      Gap open = gap;
      long untilMs = fromMs + Scenario.TICK_MS;
      if (open != null && open.untilMs() == fromMs) {
        gaps.remove(open);
        gap = new Gap(name, open.fromMs(), untilMs);
      } else {
        gap = new Gap(name, fromMs, untilMs);
      }
      gaps.add(gap);
    }

    private EnumMap<Count, Long> counted(ServiceId service) {
      return counted.computeIfAbsent(service, id -> new EnumMap<>(Count.class));
    }

    private List<ServiceTraffic> traffic() {
      List<ServiceTraffic> traffic = new ArrayList<>(counted.size());
      counted.forEach(
          (service, of) ->
              traffic.add(
                  new ServiceTraffic(
                      service,
                      of.getOrDefault(Count.FIRST_ATTEMPTS, 0L),
                      of.getOrDefault(Count.ATTEMPTS, 0L),
                      of.getOrDefault(Count.SERVED, 0L),
                      0,
                      0,
                      0,
                      of.getOrDefault(Count.REJECTED, 0L),
                      of.getOrDefault(Count.SHED, 0L),
                      of.getOrDefault(Count.ABANDONED, 0L),
                      of.getOrDefault(Count.VIOLATIONS, 0L),
                      0,
                      null)));
      return traffic;
    }

    private void end(CellMinute minute, int i, long fromMs) {
      List<ServiceTraffic> traffic = traffic();
      traffic.forEach(meter::traffic);
      for (PoolMinute pool : minute.pools()) {
        long there = CellMinute.at(pool.booting(), i) + CellMinute.at(pool.ready(), i);
        meter.nodes(pool.pool(), (int) there);
      }
      for (ServiceMinute service : minute.services()) {
        meter.capacity(
            service.service(),
            (int) CellMinute.at(service.target(), i),
            (int) CellMinute.at(service.ready(), i),
            (int) CellMinute.at(service.replicas(), i));
      }
      observer.ended(minute, i, fromMs + Scenario.TICK_MS, traffic);
    }
  }
}
