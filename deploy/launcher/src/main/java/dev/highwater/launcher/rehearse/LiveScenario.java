package dev.highwater.launcher.rehearse;

import dev.highwater.cli.ClientVerbs;
import dev.highwater.client.HighwaterClient;
import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeState;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.view.LoadHistory;
import dev.highwater.rehearsal.scenario.Expectation;
import dev.highwater.rehearsal.scenario.Load;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioWriter;
import dev.highwater.rehearsal.scenario.StartNodes;
import dev.highwater.workload.Fidelity;
import dev.highwater.workload.LoadEvent;
import dev.highwater.workload.TrafficTrace;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * What runs now, written down as a scenario: specs and calendar as they are declared, and each
 * service's load as its cells have seen it in the last half hour, which then goes on at the mean of
 * its last five minutes while declared events come as declared. Stateless.
 *
 * <p>Each service's load is its own: who calls whom is not known to the scheduler. The run begins
 * when the first users were seen, so that what a cluster was before they came is no part of it, and
 * each pool begins with the nodes that were ready then. Nodes that are draining or cordoned now are
 * no part of it: nobody may use them.
 */
final class LiveScenario {
  /** Asked of each cell: all that a member keeps. */
  private static final int HISTORY_SECONDS = 1_800;

  private static final int MEAN_SECONDS = 300;

  /** Events that begin later are no part of the run. */
  private static final long AHEAD_MAX_MS = 86_400_000;

  /** The run goes on for this long after the last event, or after now without one. */
  private static final long AFTER_MS = 300_000;

  private LiveScenario() {}

  /**
   * Who answers for what runs.
   *
   * @param named the cluster that --from-live names; empty is the one that every other verb asks
   */
  static HighwaterClient client(CommandSpec spec, URI named) {
    try {
      return new HighwaterClient(named.toString().isEmpty() ? ClientVerbs.serverOf(spec) : named);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException("--from-live: " + e.getMessage());
    }
  }

  /**
   * Writes scenario and series into a folder.
   *
   * @param unseen told in one line when the load of services is not known
   * @return the scenario's file
   */
  static Path write(HighwaterClient client, Path folder, Consumer<String> unseen)
      throws IOException {
    List<Service> services = specs(client, SpecKind.SERVICE, Service.class);
    SortedMap<ServiceId, List<NavigableMap<Long, Double>>> seen = new TreeMap<>();
    List<CellHistory> cells = new ArrayList<>();
    long nowMs = 0;
    for (CellSnapshot snapshot : client.snapshots()) {
      nowMs = Math.max(nowMs, snapshot.nowMs());
      List<LoadHistory> pages = client.history(snapshot.cell(), HISTORY_SECONDS);
      cells.add(new CellHistory(snapshot, pages.get(0)));
      for (LoadHistory page : pages) {
        for (LoadHistory.ServiceHistory service : page.services()) {
          seen.computeIfAbsent(service.service(), id -> new ArrayList<>())
              .add(offered(page, service));
        }
      }
    }
    long startMs = usersSeenMs(seen.values(), nowMs) / 1_000 * 1_000;
    List<StartNodes> nodes = new ArrayList<>();
    for (CellHistory cell : cells) {
      nodes.addAll(cell.nodes(startMs));
    }
    long strangers = services.stream().filter(each -> !seen.containsKey(each.id())).count();
    if (strangers > 0) {
      unseen.accept(
          strangers
              + " of "
              + services.size()
              + " services begin without load: "
              + client.server()
              + " has seen none of theirs");
    }
    long passedSeconds = (nowMs - startMs) / 1_000;
    List<PeakEvent> events = events(client, startMs, nowMs);
    long endMs = nowMs;
    for (PeakEvent event : events) {
      long lastsMs = event.riseMs() + event.holdMs() + 3 * event.decayHalfLifeMs();
      endMs = Math.max(endMs, startMs + event.startMs() + lastsMs);
    }
    long seconds = (endMs + AFTER_MS - startMs) / 1_000;
    List<Load> loads = new ArrayList<>();
    for (Service service : services) {
      double[] rates =
          rates(seen.getOrDefault(service.id(), List.of()), startMs, passedSeconds, seconds);
      String file = service.tenant() + "-" + service.name() + ".csv";
      Files.write(folder.resolve(file), csv(rates));
      List<LoadEvent> crowds = crowds(service.id(), events, passedSeconds * 1_000);
      loads.add(
          Load.called(service.id())
              .edit(
                  draft -> {
                    draft.trace = new Load.Trace(file, 1, TrafficTrace.Interpolation.LINEAR);
                    draft.crowds = crowds;
                  }));
    }
    Scenario scenario =
        new Scenario(
            Scenario.FORMAT_VERSION,
            "live",
            "what runs at " + client.server() + ", from " + Instant.ofEpochMilli(startMs),
            seconds * 1_000,
            1,
            Instant.ofEpochMilli(startMs).toString(),
            200,
            Fidelity.REQUEST,
            true,
            specs(client, SpecKind.CELL, Cell.class),
            pools(client, cells),
            nodes,
            specs(client, SpecKind.TENANT, Tenant.class),
            List.of(),
            services,
            loads,
            events,
            List.of(),
            List.of(),
            new Expectation(List.of(), null, 0, null, null, null));
    Path file = folder.resolve("live.yaml");
    Files.writeString(file, ScenarioWriter.write(scenario));
    return file;
  }

  private static <T extends Spec> List<T> specs(
      HighwaterClient client, SpecKind kind, Class<T> type) {
    List<T> specs = new ArrayList<>();
    for (SpecChange change : client.specs(kind)) {
      Spec spec = change.spec();
      if (spec != null) {
        specs.add(type.cast(spec));
      }
    }
    return specs;
  }

  /** Events that began since the history does or begin within a day, counted from its start. */
  private static List<PeakEvent> events(HighwaterClient client, long startMs, long nowMs) {
    List<PeakEvent> events = new ArrayList<>();
    for (PeakEvent e : specs(client, SpecKind.PEAK_EVENT, PeakEvent.class)) {
      if (e.startMs() >= startMs && e.startMs() <= nowMs + AHEAD_MAX_MS) {
        events.add(
            new PeakEvent(
                e.name(),
                e.startMs() - startMs,
                e.riseMs(),
                e.holdMs(),
                e.decayHalfLifeMs(),
                e.loads()));
      }
    }
    return events;
  }

  /** Declared peaks that are still to come; those of before are in the history. */
  private static List<LoadEvent> crowds(ServiceId service, List<PeakEvent> events, long nowMs) {
    List<LoadEvent> crowds = new ArrayList<>();
    for (PeakEvent event : events) {
      for (PeakEvent.EventLoad load : event.loads()) {
        if (event.startMs() > nowMs && load.service().equals(service)) {
          crowds.add(
              new LoadEvent(
                  event.name(),
                  event.startMs(),
                  event.riseMs(),
                  event.holdMs(),
                  event.decayHalfLifeMs(),
                  1,
                  load.peakPerSecond()));
        }
      }
    }
    return crowds;
  }

  /** As they are declared, less the nodes that stay but may not be used. */
  private static List<NodePool> pools(HighwaterClient client, List<CellHistory> cells) {
    SortedMap<String, Integer> held = new TreeMap<>();
    for (CellHistory cell : cells) {
      for (NodeStatus node : cell.now.nodes()) {
        // One that drains is replaced, so its pool may have as many as before.
        if (node.cordon() != null && node.state() != NodeState.DRAINING) {
          held.merge(node.pool(), 1, Integer::sum);
        }
      }
    }
    return specs(client, SpecKind.NODE_POOL, NodePool.class).stream()
        .map(pool -> pool.fewer(held.getOrDefault(pool.key(), 0)))
        .toList();
  }

  /** When the first users were seen anywhere; now when nobody has seen any. */
  private static long usersSeenMs(
      Collection<List<NavigableMap<Long, Double>>> offered, long nowMs) {
    return offered.stream()
        .flatMap(List::stream)
        .flatMap(cell -> cell.entrySet().stream())
        .filter(point -> point.getValue() > 0)
        .mapToLong(Map.Entry::getKey)
        .min()
        .orElse(nowMs);
  }

  /** A cell now and the first page of what it was. */
  private record CellHistory(CellSnapshot now, LoadHistory page) {
    /** What each pool had ready first since then, as far as anybody knows, and may still use. */
    List<StartNodes> nodes(long sinceMs) {
      SortedMap<String, Integer> ready = new TreeMap<>();
      now.pools().forEach(pool -> ready.put(pool.pool(), pool.ready()));
      for (LoadHistory.PoolHistory pool : page.pools()) {
        for (int i = page.atMs().size() - 1; i >= 0 && page.atMs().get(i) >= sinceMs; i--) {
          Double known = pool.ready().get(i);
          if (known != null) {
            ready.replace(pool.pool(), known.intValue());
          }
        }
      }
      for (NodeStatus node : now.nodes()) {
        if (node.cordon() != null || node.state() == NodeState.DRAINING) {
          ready.computeIfPresent(node.pool(), (pool, count) -> Math.max(0, count - 1));
        }
      }
      return ready.entrySet().stream()
          .map(each -> new StartNodes(each.getKey(), each.getValue()))
          .toList();
    }
  }

  private static NavigableMap<Long, Double> offered(
      LoadHistory history, LoadHistory.ServiceHistory service) {
    NavigableMap<Long, Double> offered = new TreeMap<>();
    for (int i = 0; i < history.atMs().size(); i++) {
      Double rate = service.offeredPerSecond().get(i);
      if (rate != null) {
        offered.put(history.atMs().get(i), rate);
      }
    }
    return offered;
  }

  /**
   * One rate per second: what was seen last in each cell by the second's end, or the first would be
   * without the users with whom it begins; and at the end the mean of the last.
   */
  private static double[] rates(
      List<NavigableMap<Long, Double>> cells, long startMs, long passedSeconds, long seconds) {
    double[] rates = new double[(int) seconds + 1];
    double sum = 0;
    int counted = 0;
    for (int t = 0; t <= Math.min(passedSeconds, seconds); t++) {
      for (NavigableMap<Long, Double> cell : cells) {
        var last = cell.floorEntry(startMs + t * 1_000L + 999);
        rates[t] += last == null ? 0 : last.getValue();
      }
      if (t > passedSeconds - MEAN_SECONDS) {
        sum += rates[t];
        counted++;
      }
    }
    for (int t = (int) passedSeconds + 1; t <= seconds; t++) {
      rates[t] = counted == 0 ? 0 : sum / counted;
    }
    return rates;
  }

  private static List<String> csv(double[] rates) {
    List<String> lines = new ArrayList<>();
    lines.add("t_seconds,rate");
    for (int t = 0; t < rates.length; t++) {
      lines.add(t + "," + rates[t]);
    }
    return lines;
  }
}
