package dev.highwater.rehearsal.scenario;

import dev.highwater.model.Cell;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.Tenant;
import dev.highwater.workload.Fidelity;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One night, written down: the declared world, what its users really do, and what must hold at the
 * end. The same file drives a rehearsal and a live cluster. Immutable.
 *
 * <p>Times count from the moment at which users come. Before it the first nodes and replicas are
 * put in place; nothing of that is scored.
 *
 * @param formatVersion {@link #FORMAT_VERSION}
 * @param title one line for people
 * @param startsAt date and time of day at which users come, such as {@code 2016-11-10T16:00:00Z}
 * @param windowMs length of a simulation window; divides 1,000
 * @param fidelity of a rehearsal unless the command line says otherwise
 * @param admission whether front doors are told a rate; off compares scaling alone
 * @param startNodes nodes that are ready when users come; of other pools what the first decisions
 *     want
 * @param tails tenants that are a pattern of very many; the reader writes them out, and leaves none
 * @param events what an operator declares; {@code startMs} counts from the start of the run
 */
public record Scenario(
    int formatVersion,
    String name,
    String title,
    long durationMs,
    long seed,
    String startsAt,
    long windowMs,
    Fidelity fidelity,
    boolean admission,
    List<Cell> cells,
    List<NodePool> pools,
    List<StartNodes> startNodes,
    List<Tenant> tenants,
    List<Tail> tails,
    List<Service> services,
    List<Load> loads,
    List<PeakEvent> events,
    List<TimedSurge> surges,
    List<TimedFault> faults,
    Expectation expect) {
  /** The format that this build reads. */
  public static final int FORMAT_VERSION = 1;

  /** Tenants of a scenario, those of its tails included. */
  public static final int TENANTS_MAX = 1_000_000;

  /** Services of a scenario, those of its tails included. */
  public static final int SERVICES_MAX = 100_000;

  /** Time between two decisions. */
  public static final long TICK_MS = 1_000;

  /** Monday 2001-01-01 00:00 UTC: a day that nobody takes for a real one. */
  public static final String STARTS_AT_DEFAULT = "2001-01-01T00:00:00Z";

  public Scenario {
    Limits.range("formatVersion", formatVersion, FORMAT_VERSION, FORMAT_VERSION);
    Limits.name("name", name);
    title = Limits.text("title", title);
    Limits.range("durationMs", durationMs, TICK_MS, Limits.DURATION_MAX_MS);
    if (durationMs % TICK_MS != 0) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, "durationMs", durationMs, "must be whole seconds");
    }
    Limits.range("windowMs", windowMs, 50, TICK_MS);
    if (TICK_MS % windowMs != 0) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, "windowMs", windowMs, "must divide 1000 ms, such as 200ms");
    }
    try {
      Limits.range("startsAt", Instant.parse(startsAt).toEpochMilli(), 86_400_000, 1L << 50);
    } catch (DateTimeParseException e) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, "startsAt", startsAt, "must be like 2016-11-10T16:00:00Z");
    }
    cells = Limits.list("cells", cells, Limits.SPEC_LIST_MAX);
    pools = Limits.list("pools", pools, Limits.SPEC_LIST_MAX);
    startNodes = Limits.list("startNodes", startNodes, Limits.SPEC_LIST_MAX);
    tenants = Limits.list("tenants", tenants, TENANTS_MAX);
    tails = Limits.list("tails", tails, 100);
    services = Limits.list("services", services, SERVICES_MAX);
    loads = Limits.list("loads", loads, SERVICES_MAX);
    events = Limits.list("events", events, Limits.SPEC_LIST_MAX);
    surges = Limits.list("surges", surges, Limits.SPEC_LIST_MAX);
    faults = Limits.list("faults", faults, Limits.SPEC_LIST_MAX);
  }

  /** When users come, as epoch milliseconds. */
  public long startsAtMs() {
    return Instant.parse(startsAt).toEpochMilli();
  }

  /** A service, or null. */
  public @Nullable Service service(ServiceId id) {
    for (Service service : services) {
      if (service.id().equals(id)) {
        return service;
      }
    }
    return null;
  }

  /**
   * Pools as they are declared until users come: those of {@link #startNodes} may not have fewer.
   */
  public List<NodePool> poolsAtStart() {
    List<NodePool> held = new ArrayList<>();
    for (StartNodes start : startNodes) {
      for (NodePool pool : pools) {
        if (pool.key().equals(start.pool()) && start.nodes() > pool.nodesMin()) {
          held.add(pool.withNodesMin(start.nodes()));
        }
      }
    }
    return held;
  }

  /**
   * Everything declared, in the order in which specs refer to one another.
   *
   * @param usersComeAtMs epoch milliseconds of the start of the run; events count from it
   */
  public List<Spec> specs(long usersComeAtMs) {
    List<Spec> specs = new ArrayList<>(cells);
    specs.addAll(pools);
    specs.addAll(tenants);
    specs.addAll(services);
    for (PeakEvent event : events) {
      specs.add(
          new PeakEvent(
              event.name(),
              usersComeAtMs + event.startMs(),
              event.riseMs(),
              event.holdMs(),
              event.decayHalfLifeMs(),
              event.loads()));
    }
    return specs;
  }

  /** The same night ended at {@code endMs}; surges and faults that begin later are left out. */
  public Scenario ending(long endMs) {
    return edit(
        draft -> {
          draft.durationMs = endMs;
          draft.surges = surges.stream().filter(surge -> surge.startMs() < endMs).toList();
          draft.faults = faults.stream().filter(fault -> fault.startMs() < endMs).toList();
        });
  }

  /**
   * The same but for what {@code edit} changes in a draft of it, such as {@code draft -> draft.seed
   * = 7}.
   */
  public Scenario edit(Consumer<Draft> edit) {
    Draft draft = new Draft(this);
    edit.accept(draft);
    return draft.scenario();
  }

  /** What may be changed of a scenario, for the length of one {@link #edit}. For one thread. */
  public static final class Draft {
    private final Scenario of;
    public String name;
    public String title;
    public long durationMs;
    public long seed;
    public String startsAt;
    public long windowMs;
    public Fidelity fidelity;
    public boolean admission;
    public List<Cell> cells;
    public List<NodePool> pools;
    public List<StartNodes> startNodes;
    public List<Tenant> tenants;
    public List<Tail> tails;
    public List<Service> services;
    public List<Load> loads;
    public List<PeakEvent> events;
    public List<TimedSurge> surges;
    public List<TimedFault> faults;
    public Expectation expect;

    private Draft(Scenario of) {
      this.of = of;
      name = of.name();
      title = of.title();
      durationMs = of.durationMs();
      seed = of.seed();
      startsAt = of.startsAt();
      windowMs = of.windowMs();
      fidelity = of.fidelity();
      admission = of.admission();
      cells = of.cells();
      pools = of.pools();
      startNodes = of.startNodes();
      tenants = of.tenants();
      tails = of.tails();
      services = of.services();
      loads = of.loads();
      events = of.events();
      surges = of.surges();
      faults = of.faults();
      expect = of.expect();
    }

    private Scenario scenario() {
      return new Scenario(
          of.formatVersion(),
          name,
          title,
          durationMs,
          seed,
          startsAt,
          windowMs,
          fidelity,
          admission,
          cells,
          pools,
          startNodes,
          tenants,
          tails,
          services,
          loads,
          events,
          surges,
          faults,
          expect);
    }
  }
}
