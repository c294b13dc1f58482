package dev.highwater.workload;

import dev.highwater.model.Command;
import dev.highwater.model.Criticality;
import dev.highwater.model.Observation;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where a cell's users come in: draws their attempts window by window, admits or refuses them, and
 * makes new attempts from outcomes (retries, calls to other services, users who ask again).
 *
 * <p>A window goes through the services in the topological order of their calls: callers first, so
 * that a call which an answer makes at once is served in the same window as the answer. A retry, a
 * new question and a call to another cell happen in a later window. Touched by one thread at a
 * time.
 */
public final class FrontDoor {

  /** What is behind a door in one window. */
  @FunctionalInterface
  public interface Replicas {

    /**
     * Serves the attempts of one service in the open window.
     *
     * @param attempts per class; valid during the call
     * @param shards the same attempts per shard of the serial step; valid during the call
     * @param holdNanos time that each request keeps its place for those it calls, >= 0
     * @param tally where what ended in this window is added to
     */
    void serve(
        ServiceId service, int[] attempts, int[] shards, double holdNanos, OutcomeTally tally);
  }

  private static final long OUTGOING = 8;

  private final String cell;
  private final long seed;
  private final long windowMs;
  private long startMs;
  private final SortedMap<ServiceId, ServiceDoor> doors = new TreeMap<>();

  // The same doors, callers before those they call.
  private final List<ServiceDoor> inCallOrder = new ArrayList<>();
  private long epoch;
  private long generation;
  private long routeEpoch;
  private long routeGeneration;
  private final SortedMap<ServiceId, Command.ServiceRoute> routes = new TreeMap<>();
  private long opened = -1;
  private final RandomStream random = new RandomStream(0);

  /**
   * @param seed of the scenario
   * @param startMs epoch milliseconds of window 0's start
   * @param services what is behind this door
   * @param traffic at most one per service; a service without one is only called by others
   */
  public FrontDoor(
      String cell,
      long seed,
      long windowMs,
      long startMs,
      List<Service> services,
      List<TrafficSpec> traffic) {
    this.cell = cell;
    this.seed = seed;
    this.windowMs = windowMs;
    this.startMs = startMs;
    SortedMap<ServiceId, TrafficSpec> specs = new TreeMap<>();
    for (TrafficSpec spec : traffic) {
      if (specs.put(spec.service(), spec) != null) {
        throw new IllegalArgumentException("two traffic specs for " + spec.service());
      }
    }
    for (Service service : services) {
      TrafficSpec spec = specs.getOrDefault(service.id(), TrafficSpec.called(service.id()));
      SortedSet<Criticality> criticalities = new TreeSet<>();
      criticalities.add(service.criticality());
      spec.mix().forEach(part -> criticalities.add(part.criticality()));
      for (TrafficSpec caller : specs.values()) {
        for (TrafficSpec.Call call : caller.calls()) {
          if (call.service().equals(service.id()) && call.criticality() != null) {
            criticalities.add(call.criticality());
          }
        }
      }
      doors.put(service.id(), door(service, spec, List.copyOf(criticalities)));
    }
    for (ServiceDoor door : doors.values()) {
      door.connect(doors);
    }
    SortedSet<ServiceId> seen = new TreeSet<>();
    doors.values().forEach(door -> putCallersLast(door, seen));
    Collections.reverse(inCallOrder);
  }

  /** A call that leads back to its caller is left out: its calls come in the next window. */
  private void putCallersLast(ServiceDoor door, SortedSet<ServiceId> seen) {
    if (seen.add(door.id())) {
      door.called().forEach(called -> putCallersLast(called, seen));
      inCallOrder.add(door);
    }
  }

  private ServiceDoor door(Service service, TrafficSpec spec, List<Criticality> criticalities) {
    long doorSeed =
        RandomStream.seed(
            seed, RandomStream.nameSeed(cell), RandomStream.nameSeed(service.id().toString()));
    return new ServiceDoor(service, spec, criticalities, doorSeed, windowMs);
  }

  /** A service that came later; nobody uses it yet. One that is known is left as it is. */
  public void add(Service service) {
    if (!doors.containsKey(service.id())) {
      ServiceDoor door =
          door(service, TrafficSpec.called(service.id()), List.of(service.criticality()));
      doors.put(service.id(), door);
      inCallOrder.add(door);
    }
  }

  /** Moves the start of window 0, which must not have been opened. */
  void begin(long newStartMs) {
    startMs = newStartMs;
  }

  /** The services that users of their own come to, not only calls of others, in order. */
  List<ServiceId> withUsers() {
    return doors.entrySet().stream()
        .filter(each -> each.getValue().traffic().profile() != null)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Seed of a service in this cell: its fleet's streams begin there. */
  public long seed(ServiceId service) {
    return door(service).seed();
  }

  /** How a service's replicas behave. */
  public TrafficSpec traffic(ServiceId service) {
    return door(service).traffic();
  }

  /** Number of request classes of a service's attempts and tally. */
  public int classes(ServiceId service) {
    return door(service).classes();
  }

  private ServiceDoor door(ServiceId service) {
    ServiceDoor door = doors.get(service);
    if (door == null) {
      throw new IllegalArgumentException("cell " + cell + " has no service " + service);
    }
    return door;
  }

  /** Whether {@code service} is behind this door. */
  public boolean serves(ServiceId service) {
    return doors.containsKey(service);
  }

  /** Takes admission rates and retry budgets: absolute, a service not named is not limited. */
  public Obedience obey(Command.AdmitRates order) {
    if (order.epoch() < epoch || (order.epoch() == epoch && order.generation() < generation)) {
      return older(order, epoch, generation);
    }
    epoch = order.epoch();
    generation = order.generation();
    SortedMap<ServiceId, Command.AdmissionRate> rates = new TreeMap<>();
    order.rates().forEach(rate -> rates.put(rate.service(), rate));
    doors.forEach((id, door) -> door.admit(rates.getOrDefault(id, unlimited(id))));
    return Obedience.OBEYED;
  }

  private static Command.AdmissionRate unlimited(ServiceId service) {
    return new Command.AdmissionRate(service, Double.MAX_VALUE, Double.MAX_VALUE, Double.MAX_VALUE);
  }

  private static Obedience older(Command order, long epoch, long generation) {
    return Obedience.refused(
        Obedience.Verdict.OLDER,
        "epoch %d generation %d came after epoch %d generation %d"
            .formatted(order.epoch(), order.generation(), epoch, generation));
  }

  /**
   * Takes routes, from the next window on: which part of a service's own users comes to this cell,
   * and where calls to services of other cells go. A service not named keeps its route.
   */
  public Obedience obey(Command.RouteUsers order) {
    if (order.epoch() < routeEpoch
        || (order.epoch() == routeEpoch && order.generation() < routeGeneration)) {
      return older(order, routeEpoch, routeGeneration);
    }
    routeEpoch = order.epoch();
    routeGeneration = order.generation();
    for (Command.ServiceRoute route : order.routes()) {
      routes.put(route.service(), route);
      ServiceDoor door = doors.get(route.service());
      if (door != null) {
        double here = 0;
        for (Command.RoutedCell part : route.cells()) {
          here = part.cell().equals(cell) ? part.ratio() : here;
        }
        door.share(here);
      }
    }
    return Obedience.OBEYED;
  }

  /** Part of a service's own users who come to this cell, 0 to 1. */
  public double share(ServiceId service) {
    return door(service).share();
  }

  /** Admission is forgotten: everybody who comes or waits goes to replicas, if there are any. */
  void goDark() {
    epoch = 0;
    generation = 0;
    doors.forEach((id, door) -> door.admit(unlimited(id)));
  }

  /** More load than declared, from {@code nowMs} on; a service of another cell is ignored. */
  public void surge(SimulationCommand.Surge surge, long nowMs) {
    ServiceDoor door = doors.get(surge.service());
    if (door != null) {
      door.surge(surge, (double) (nowMs - startMs));
    }
  }

  /**
   * One window: for each service, callers first, draws who comes, admits them, lets the replicas
   * serve them, and makes what follows from the outcomes. Windows go forward; users of windows that
   * a live process missed come all the same.
   */
  public void serve(long window, Replicas replicas) {
    if (window <= opened) {
      throw new IllegalStateException("windows must go forward: " + window + " after " + opened);
    }
    for (ServiceDoor door : inCallOrder) {
      door.stockUp(opened + 1, window);
    }
    for (ServiceDoor door : inCallOrder) {
      door.open(opened + 1, window);
      replicas.serve(
          door.id(), door.admitted(), door.admittedByShard(), door.holdNanos(), door.tally());
      door.settle(window);
    }
    opened = window;
  }

  /** Where what ends between two windows is added to, as by a crash. */
  OutcomeTally tally(ServiceId service) {
    return door(service).tally();
  }

  /**
   * First attempts of this window that belong to other cells: the part of calls and of questions
   * asked again that the service's route sends elsewhere, and calls to services that are not behind
   * this door. Divided over the other cells by the routes, by cell and service; what no route
   * covers goes to the cell named "".
   */
  public SortedMap<String, SortedMap<ServiceId, Long>> takeOutgoing() {
    SortedMap<ServiceId, Long> calls = new TreeMap<>();
    doors.values().forEach(door -> door.takeOutgoing(calls));
    random.reseed(RandomStream.seed(seed, RandomStream.nameSeed(cell), OUTGOING, opened));
    SortedMap<String, SortedMap<ServiceId, Long>> parts = new TreeMap<>();
    calls.forEach((service, count) -> divide(service, count, parts));
    return parts;
  }

  private void divide(
      ServiceId service, long count, SortedMap<String, SortedMap<ServiceId, Long>> parts) {
    Command.ServiceRoute route = routes.get(service);
    double elsewhere = 0;
    long left = count;
    if (route != null) {
      // Who could stay behind this door has stayed.
      for (Command.RoutedCell part : route.cells()) {
        elsewhere += part.cell().equals(cell) ? 0 : part.ratio();
      }
      for (Command.RoutedCell part : route.cells()) {
        if (!part.cell().equals(cell) && part.ratio() > 0) {
          long there = random.nextBinomial(left, Math.min(1, part.ratio() / elsewhere));
          put(parts, part.cell(), service, there);
          left -= there;
          elsewhere -= part.ratio();
        }
      }
    }
    put(parts, "", service, left);
  }

  private static void put(
      SortedMap<String, SortedMap<ServiceId, Long>> parts,
      String cell,
      ServiceId service,
      long count) {
    if (count > 0) {
      parts.computeIfAbsent(cell, key -> new TreeMap<>()).merge(service, count, Long::sum);
    }
  }

  /**
   * Calls from another cell; they are first attempts of the next window.
   *
   * @param calls >= 0
   */
  public void arrive(ServiceId service, long calls) {
    door(service).arrive(calls);
  }

  /** What is left of each stock that is kept behind this door. */
  public SortedMap<ServiceId, Double> stocks() {
    SortedMap<ServiceId, Double> left = new TreeMap<>();
    doors.forEach(
        (service, door) -> {
          if (!Double.isNaN(door.stockLeft())) {
            left.put(service, door.stockLeft());
          }
        });
    return left;
  }

  /**
   * What another cell says is left of a stock: users who look for it here find it as long as it
   * lasts there. Until something is said it lasts.
   */
  public void tellStock(ServiceId service, double left) {
    doors.forEach(
        (id, door) -> {
          if (service.equals(door.stockAsked())) {
            door.tellStock(left);
          }
        });
  }

  /** First attempts per second that users of a service make now, calls by others not included. */
  public double userRate(ServiceId service, long nowMs) {
    return door(service).userRate((double) (nowMs - startMs));
  }

  /** Counters since window 0, with histograms. */
  public Observation.FrontDoorReport report(long nowMs) {
    return report(nowMs, true);
  }

  /**
   * Counters since window 0.
   *
   * @param withLatencies whether with histograms, which are for people and cost most of a report
   */
  public Observation.FrontDoorReport report(long nowMs, boolean withLatencies) {
    List<Observation.ServiceTraffic> services = new ArrayList<>();
    for (ServiceDoor door : doors.values()) {
      services.add(door.report(withLatencies));
    }
    return new Observation.FrontDoorReport(nowMs, startMs, services);
  }

  /** Counters of one service since window 0, with its histogram. */
  public Observation.ServiceTraffic totals(ServiceId service) {
    return door(service).report(true);
  }

  /** How long users of one service waited, and how many found something, since window 0. */
  public DoorFigures figures(ServiceId service) {
    return door(service).figures();
  }

  /** Latencies of one service since window 0. */
  public LatencyHistogram latencies(ServiceId service) {
    return door(service).tally().latencies();
  }
}
