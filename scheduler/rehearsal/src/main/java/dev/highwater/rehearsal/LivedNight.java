package dev.highwater.rehearsal;

import dev.highwater.kernel.account.MinuteBook;
import dev.highwater.kernel.audit.Auditor;
import dev.highwater.kernel.audit.RouteAuditor;
import dev.highwater.kernel.forecast.Coverage;
import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.Decision;
import dev.highwater.model.Digest;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Observation;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.workload.DoorFigures;
import dev.highwater.workload.LatencyHistogram;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A night that was lived through, told from its recording in the form of a rehearsed one: the
 * decisions are made again, audited again, and added up second by second by the same meter.
 *
 * <p>A live owner decides several times a second and at no fixed moment; an observer is told one
 * decision per cell and second that holds all facts and the last explanation of each subject, or
 * the last that moved it, and the newest report of everybody, as in a rehearsal.
 *
 * <p>Used once; for one thread.
 */
public final class LivedNight {
  private static final int SECONDS_PER_MINUTE = 60;

  private final RecordedWorld world;
  private final Scenario scenario;
  private final RunObserver observer;
  private final Replay replay = new Replay(new Decided());
  private final RouteAuditor routes = new RouteAuditor();
  private final RunMeter meter;
  private final long startMs;
  private final long seconds;
  private final SortedMap<String, LivedCell> cells = new TreeMap<>();
  private final AuditLog audited = new AuditLog();
  private long second;

  /**
   * A night that is about to be told.
   *
   * @param world of the same recording, all of it
   * @param scenario what was declared then, of the seconds that are told
   * @param observer told once per cell and second, and of pools and nodes before the first
   */
  public LivedNight(RecordedWorld world, Scenario scenario, RunObserver observer) {
    this.world = world;
    this.scenario = scenario;
    this.observer = observer;
    this.startMs = scenario.startsAtMs();
    this.seconds = scenario.durationMs() / Scenario.TICK_MS;
    this.meter = new RunMeter(scenario.services(), scenario.pools(), seconds);
    scenario.cells().forEach(cell -> cells.put(cell.name(), new LivedCell(cell.name())));
  }

  /**
   * Takes the next line.
   *
   * @return whether this build decides as the recorded one did; if not, nothing can be told
   * @throws InvalidInputException when the line is no part of a recording
   */
  public boolean take(String line) {
    return replay.take(line);
  }

  /** Where this build first decided otherwise, in words; empty before that. */
  public String difference() {
    return replay.difference();
  }

  /** What it came to, after the last line. */
  public RunResult result() {
    while (second < seconds) {
      endSecond();
    }
    meter.endMinute();
    Digest all = new Digest();
    replay.cells().values().forEach(all::add);
    return meter.result(
        new RunMeter.Run(
            PolicyChoice.ofScenario(scenario.services()).name(),
            cells.size() == 1 ? replay.cells().values().iterator().next() : all.hex(),
            true,
            seconds,
            0,
            audited.count(),
            audited.messages(),
            List.of()),
        this::latencies,
        this::coverage,
        service -> DoorFigures.NONE);
  }

  private LatencyHistogram latencies(ServiceId service) {
    LatencyHistogram sum = new LatencyHistogram();
    for (LivedCell cell : cells.values()) {
      DoorCount count = cell.door.get(service);
      if (count != null) {
        count.addLatenciesTo(sum);
      }
    }
    return sum;
  }

  /** The worst of the cells' forecasts. */
  private Coverage coverage(ServiceId id) {
    Coverage worst = Coverage.NONE;
    for (String cell : cells.keySet()) {
      CellState state = replay.state(cell);
      ServiceState service = state == null ? null : state.service(id);
      ServiceScaler scaler = service == null ? null : service.scaler();
      worst = worst.worse(scaler == null ? Coverage.NONE : scaler.coverage());
    }
    return worst;
  }

  private void endSecond() {
    second++;
    long endMs = startMs + second * Scenario.TICK_MS;
    meter.beginSecond();
    for (LivedCell cell : cells.values()) {
      cell.endSecond(endMs);
    }
    meter.endSecond(service -> Double.NaN, this::latencies);
    if (second % SECONDS_PER_MINUTE == 0 && second < seconds) {
      meter.endMinute();
    }
  }

  /** Hears every decision as it is made again. */
  private final class Decided implements RunObserver {
    @Override
    public void begun(String cell, boolean admission, List<Fact> facts, List<Input> observed) {
      LivedCell lived = cells.get(cell);
      if (cell.equals(Cell.ROUTES)) {
        facts.forEach(routes::replay);
      } else if (lived != null) {
        lived.begun(facts);
      }
    }

    @Override
    public void decided(Input input, Decision decision) {
      long atMs = input.nowMs() - MinuteBook.DECIDED_LATER_MS;
      boolean over = atMs > startMs + seconds * Scenario.TICK_MS;
      while (second < seconds && startMs + (second + 1) * Scenario.TICK_MS < atMs) {
        endSecond();
      }
      LivedCell cell = cells.get(input.cell());
      if (over) {
        return;
      }
      if (input.cell().equals(Cell.ROUTES)) {
        audited.add(input.cell(), input.sequence(), routes.check(decision));
        observer.decided(input, decision);
      } else if (cell != null) {
        cell.decided(input, decision);
      }
    }
  }

  /** One cell. */
  private final class LivedCell {
    private final String name;
    private final SortedMap<ServiceId, DoorCount> door = new TreeMap<>();
    private final SortedMap<String, Observation.NodeReport> nodes = new TreeMap<>();
    private final SortedMap<String, Observation.HostReport> hosts = new TreeMap<>();
    private final SortedMap<String, Long> heardMs = new TreeMap<>();
    private final SortedMap<ServiceId, Integer> targets = new TreeMap<>();
    private final SortedMap<ServiceId, int[]> capacity = new TreeMap<>();
    private final List<Observation> joined = new ArrayList<>();
    private final List<Fact> facts = new ArrayList<>();
    private final SortedMap<String, Explanation> explanations = new TreeMap<>();
    private Auditor auditor;
    private long doorStartedMs;
    private long doorAtMs;
    private long epoch;
    private long sequence;

    LivedCell(String name) {
      this.name = name;
      this.auditor = new Auditor(name);
    }

    void begun(List<Fact> journal) {
      auditor = new Auditor(name);
      journal.forEach(auditor::replay);
      for (Fact fact : journal) {
        if (fact instanceof Fact.TargetSet set) {
          targets.put(set.service(), set.replicas());
        } else if (fact instanceof Fact.PoolTargetSet) {
          facts.add(fact);
        }
      }
    }

    void decided(Input input, Decision decision) {
      audited.add(name, input.sequence(), auditor.check(decision));
      epoch = input.epoch();
      sequence = input.sequence();
      boolean before = input.nowMs() <= startMs + MinuteBook.DECIDED_LATER_MS;
      for (Observation observation : input.observations()) {
        heard(observation, input.nowMs());
      }
      // The nodes of a host that is gone count for as long as the state counts them.
      heardMs.values().removeIf(atMs -> input.nowMs() - atMs >= CellState.LEASE_MS);
      hosts.keySet().retainAll(heardMs.keySet());
      for (Fact fact : decision.facts()) {
        decided(fact, before);
      }
      if (before) {
        door.values().forEach(DoorCount::begin);
      } else {
        decision.explanations().forEach(this::explained);
      }
      CellState state = replay.state(name);
      if (state != null && before) {
        meter.begin(state);
      } else if (state != null) {
        meter.account(state); // here and not at the second's end, when the next was decided already
      }
      if (state != null) {
        for (ServiceState service : state.services()) {
          capacity.put(service.id(), new int[] {service.target(), service.ready(), service.size()});
        }
      }
    }

    private void heard(Observation observation, long nowMs) {
      if (observation instanceof Observation.NodeConnected) {
        joined.add(observation);
      } else if (observation instanceof Observation.NodeReport node) {
        nodes.put(node.node(), node);
      } else if (observation instanceof Observation.NodeDisconnected gone) {
        nodes.remove(gone.node());
      } else if (observation instanceof Observation.HostReport host) {
        hosts.put(host.host(), host);
        heardMs.put(host.host(), nowMs);
      } else if (observation instanceof Observation.FrontDoorReport report) {
        if (report.startedAtMs() != doorStartedMs) {
          doorStartedMs = report.startedAtMs();
          door.values().forEach(DoorCount::restarted);
        }
        doorAtMs = report.atMs();
        for (Observation.ServiceTraffic traffic : report.services()) {
          door.computeIfAbsent(traffic.service(), DoorCount::new).report(traffic);
        }
      }
    }

    private void decided(Fact fact, boolean before) {
      if (fact instanceof Fact.NodeLost lost) {
        nodes.remove(lost.node());
      } else if (fact instanceof Fact.TargetSet set) {
        Integer was = targets.put(set.service(), set.replicas());
        if (!before && was != null && was != set.replicas()) {
          meter.adapted(set);
        }
      }
      // Who was squeezed before is no part of what is told; what pools should have is.
      if (!before || fact instanceof Fact.PoolTargetSet) {
        facts.add(fact);
      }
    }

    /** Keeps the last of a second, but one that moved something before one that did not. */
    private void explained(Explanation explanation) {
      if (explanation instanceof ServiceExplained service) {
        boolean moved = service.target() != service.targetBefore();
        explanations.merge("s" + service.service(), service, (a, b) -> moved ? b : moving(a, b));
      } else if (explanation instanceof PoolExplained pool) {
        boolean moved = pool.target() != pool.targetBefore();
        explanations.merge("p" + pool.pool(), pool, (a, b) -> moved ? b : moving(a, b));
      }
    }

    private static Explanation moving(Explanation earlier, Explanation later) {
      if (earlier instanceof ServiceExplained service) {
        return service.target() != service.targetBefore() ? earlier : later;
      }
      return earlier instanceof PoolExplained pool && pool.target() != pool.targetBefore()
          ? earlier
          : later;
    }

    /**
     * Totals at a moment; a silence's are spread over it, or users would stay away and then storm.
     */
    private List<Observation.ServiceTraffic> traffic(long atMs) {
      Observation.FrontDoorReport later = world.afterSilence(name, doorAtMs);
      if (later == null) {
        return door.values().stream().map(DoorCount::sum).toList();
      }
      double part = Math.min(1, Math.max(0, atMs - doorAtMs) / (double) (later.atMs() - doorAtMs));
      SortedMap<ServiceId, Observation.ServiceTraffic> traffic = new TreeMap<>();
      door.forEach((service, count) -> traffic.put(service, count.sum()));
      for (Observation.ServiceTraffic totals : later.services()) {
        DoorCount count = door.get(totals.service());
        if (count != null) {
          traffic.put(totals.service(), count.sum(totals, part));
        }
      }
      return List.copyOf(traffic.values());
    }

    void endSecond(long endMs) {
      List<Observation> reports = new ArrayList<>(joined);
      reports.addAll(nodes.values());
      reports.addAll(hosts.values());
      List<Observation.ServiceTraffic> traffic = traffic(endMs);
      reports.add(new Observation.FrontDoorReport(endMs, startMs, traffic));
      observer.decided(
          new Input(name, epoch, sequence, endMs, List.of(), reports),
          new Decision(
              name, epoch, sequence, endMs, facts, List.of(), List.copyOf(explanations.values())));
      joined.clear();
      facts.clear();
      explanations.clear();
      traffic.forEach(meter::traffic);
      hosts.values().forEach(host -> host.pools().forEach(meter::nodes));
      for (ServiceMeter service : meter.services()) {
        int[] now = capacity.get(service.service.id());
        if (now != null) {
          service.capacity(now[0], now[1], now[2]);
        }
      }
    }
  }
}
