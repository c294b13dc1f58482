package dev.highwater.kernel.route;

import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.Fact;
import dev.highwater.model.Observation;
import dev.highwater.model.RouteImage;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the routes of users: which cells and services there are, who goes where, and
 * what the cells' owners last said.
 *
 * <p>It exists beside the states of the cells because no cell may know another: it is small (one
 * number per service and cell), has its own epoch and journal, and is changed by facts and
 * observations alone. <em>Journaled</em>: specs, lost cells, shares. <em>Soft</em>: the owners'
 * reports and what was last told to whom.
 *
 * <p>Iteration is in the order of names. Confined to one thread.
 */
public final class RouteState {
  // Journaled.
  private long epoch;
  private long factCount;
  private long generation;
  private final NavigableMap<String, Cell> cells = new TreeMap<>();
  private final NavigableMap<ServiceId, Service> services = new TreeMap<>();
  private final NavigableMap<ServiceId, SortedMap<String, Double>> shares = new TreeMap<>();
  private final SortedSet<String> lost = new TreeSet<>();

  // Soft.
  private long nowMs;
  private final SortedMap<String, Report> reports = new TreeMap<>();
  private Command.@Nullable RouteUsers told;
  private long toldAtMs;
  private long explainedAtMs;

  // Derived: services that may run somewhere, or were routed before.
  private final NavigableMap<ServiceId, Service> routed = new TreeMap<>();

  /** What an owner last said. */
  private static final class Report {
    boolean lost;
    SortedMap<ServiceId, Observation.ServiceCapacity> capacities = new TreeMap<>();
  }

  /** Epoch of the owner. */
  public long epoch() {
    return epoch;
  }

  /** Latest time of an input, epoch milliseconds. */
  public long nowMs() {
    return nowMs;
  }

  /** Part of a service's users by cell, as last decided; empty before that. */
  public SortedMap<String, Double> shares(ServiceId service) {
    return Collections.unmodifiableSortedMap(shares.getOrDefault(service, new TreeMap<>()));
  }

  /** Whether a cell's front door is silent. */
  public boolean lost(String cell) {
    return lost.contains(cell);
  }

  // For the router.

  long factCount() {
    return factCount;
  }

  /** Generation of the last change of a share. */
  long generation() {
    return generation;
  }

  NavigableMap<String, Cell> cells() {
    return cells;
  }

  /**
   * Services that may run somewhere, or were routed before. Those of one cell too: others call
   * them.
   */
  NavigableMap<ServiceId, Service> routed() {
    return routed;
  }

  boolean decided(ServiceId service) {
    return shares.containsKey(service);
  }

  /** Whether an owner said last that its cell is lost; null when none has said anything. */
  @Nullable Boolean saidLost(String cell) {
    Report report = reports.get(cell);
    return report == null ? null : Boolean.valueOf(report.lost);
  }

  Observation.@Nullable ServiceCapacity capacity(String cell, ServiceId service) {
    Report report = reports.get(cell);
    return report == null ? null : report.capacities.get(service);
  }

  Command.@Nullable RouteUsers told() {
    return told;
  }

  long toldAtMs() {
    return toldAtMs;
  }

  long explainedAtMs() {
    return explainedAtMs;
  }

  // Writing.

  void advance(long inputMs) {
    nowMs = Math.max(nowMs, inputMs);
  }

  /**
   * What the journal adds up to: a state that begins with {@link Fact.RoutesKept} of it is equal
   * but for what was only observed.
   */
  public RouteImage image() {
    List<Fact.UsersRouted> routes = new ArrayList<>();
    shares.forEach(
        (service, parts) -> {
          List<Fact.CellShare> to = new ArrayList<>();
          parts.forEach((cell, ratio) -> to.add(new Fact.CellShare(cell, ratio)));
          routes.add(new Fact.UsersRouted(service, to));
        });
    return new RouteImage(
        epoch,
        factCount,
        generation,
        List.copyOf(cells.values()),
        List.copyOf(services.values()),
        routes,
        List.copyOf(lost));
  }

  /** The sum of what came before is taken by a state that has nothing yet, and by no other. */
  private void kept(RouteImage image) {
    if (factCount > 0) {
      return;
    }
    epoch = image.epoch();
    factCount = image.factCount();
    generation = image.generation();
    image.cells().forEach(cell -> cells.put(cell.name(), cell));
    for (Fact.UsersRouted routes : image.shares()) {
      shares.put(routes.service(), parts(routes));
    }
    lost.addAll(image.lost());
    for (Service service : image.services()) {
      services.put(service.id(), service);
      choose(service);
    }
  }

  private static SortedMap<String, Double> parts(Fact.UsersRouted fact) {
    SortedMap<String, Double> parts = new TreeMap<>();
    fact.cells().forEach(part -> parts.put(part.cell(), part.ratio()));
    return parts;
  }

  /** Applies a committed fact. */
  public void evolve(Fact fact) {
    if (fact instanceof Fact.RoutesKept f) {
      kept(f.image());
      return;
    }
    factCount++;
    if (fact instanceof Fact.UsersRouted f) {
      shares.put(f.service(), parts(f));
      generation = factCount;
    } else if (fact instanceof Fact.CellLost f) {
      lost.add(f.cell());
    } else if (fact instanceof Fact.CellFound f) {
      lost.remove(f.cell());
    } else if (fact instanceof Fact.SpecApplied f) {
      applied(f);
    } else if (fact instanceof Fact.EpochBegun f) {
      epoch = f.epoch();
      reports.clear();
      told = null;
    }
  }

  private void applied(Fact.SpecApplied fact) {
    if (fact.specKind() == SpecKind.CELL) {
      if (fact.spec() instanceof Cell cell) {
        cells.put(fact.key(), cell);
      } else {
        cells.remove(fact.key());
        reports.remove(fact.key());
        lost.remove(fact.key());
      }
      services.values().forEach(this::choose);
    } else if (fact.specKind() == SpecKind.SERVICE) {
      ServiceId id = ServiceId.parse(fact.key());
      if (fact.spec() instanceof Service service) {
        services.put(id, service);
        choose(service);
      } else {
        services.remove(id);
        shares.remove(id);
        routed.remove(id);
      }
    }
  }

  private void choose(Service service) {
    boolean anywhere = cells.values().stream().anyMatch(service::mayRunIn);
    if (anywhere || shares.containsKey(service.id())) {
      routed.put(service.id(), service);
    } else {
      routed.remove(service.id());
    }
  }

  /** Applies what an owner said; an older epoch of the same cell is left out. */
  void evolve(Observation observation) {
    if (!(observation instanceof Observation.CellReport said) || !cells.containsKey(said.cell())) {
      return;
    }
    Report report = reports.computeIfAbsent(said.cell(), cell -> new Report());
    if (said.lost()) {
      report.lost = true; // what it was offered before stays known: its users are still there
      return;
    }
    report.lost = false;
    report.capacities = new TreeMap<>();
    for (Observation.ServiceCapacity capacity : said.services()) {
      report.capacities.put(capacity.service(), sound(capacity));
    }
  }

  /** What is negative, infinite or not a number counts as nothing. */
  private static Observation.ServiceCapacity sound(Observation.ServiceCapacity c) {
    return new Observation.ServiceCapacity(
        c.service(),
        sound(c.offeredPerSecond()),
        sound(c.forecastPerSecond()),
        sound(c.askedPerSecond()),
        sound(c.readyPerSecond()),
        sound(c.bootingPerSecond()),
        sound(c.mostPerSecond()));
  }

  private static double sound(double perSecond) {
    return perSecond >= 0 && perSecond <= RATE_MAX ? perSecond : 0;
  }

  /** No cell bears more; a figure above it is a mistake. */
  private static final double RATE_MAX = 1e12;

  /** Notes what was said and why, so that it need not be repeated each time. */
  void said(List<Command> commands, boolean explained) {
    for (Command command : commands) {
      if (command instanceof Command.RouteUsers route) {
        told = route;
        toldAtMs = nowMs;
      }
    }
    if (explained) {
      explainedAtMs = nowMs;
    }
  }

  /** The declared cells, those that are filled first in front. */
  List<Cell> inOrder() {
    return Split.inOrder(cells.values());
  }
}
