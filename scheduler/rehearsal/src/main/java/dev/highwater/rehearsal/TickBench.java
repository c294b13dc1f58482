package dev.highwater.rehearsal;

import dev.highwater.kernel.Kernel;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.BootTime;
import dev.highwater.model.Capacity;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Limits;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Purchase;
import dev.highwater.model.Quota;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Measures one tick of a large cell: every node and the front door report each second, loads of all
 * services rise and fall by half over ten minutes with noise, and policy {@code slo} follows.
 *
 * <p>Agents are as simple as can be: an order is obeyed at once, a replica boots for five seconds.
 * Only the kernel is timed: observe, decide, evolve. For one thread.
 */
public final class TickBench {
  private static final String CELL = "bench";
  private static final String POOL = CELL + "/general";
  private static final int NODE_CPU_MILLI = 16_000;
  private static final long BOOT_TICKS = 5;
  private static final int SETTLE_TICKS = 60;
  private static final double PERIOD_SECONDS = 600;
  private static final double SWING = 0.25;

  /**
   * What was measured.
   *
   * @param tenants that have services and a quota
   * @param registered tenants in all
   * @param replicas at the end
   */
  public record Result(
      int nodes,
      int services,
      int tenants,
      int registered,
      int ticks,
      long replicas,
      double tickP50Ms,
      double tickP99Ms,
      double tickMaxMs) {}

  /** What one node runs. */
  private static final class Agent {
    long epoch;
    long generation;
    final TreeMap<Command.ReplicaOrder, Long> readyAt =
        new TreeMap<>(
            java.util.Comparator.comparing(Command.ReplicaOrder::service)
                .thenComparingLong(Command.ReplicaOrder::ordinal));
    List<Observation.ReplicaReport> reports = List.of();
    long changesAt = Long.MAX_VALUE;
  }

  private final int nodes;
  private final int tenants;
  private final int registered;
  private final LongSupplier nanoTime;
  private final Kernel kernel = new Kernel();
  private final CellState state = new CellState(CELL);
  private final List<Service> services = new ArrayList<>();
  private final List<SpecChange> changes = new ArrayList<>();
  private final TreeMap<String, Agent> agents = new TreeMap<>();
  private final double[] base;
  private final long[] asked;
  private final SplittableRandom random = new SplittableRandom(42);
  private long sequence;
  private long tick = 1_000;

  /**
   * Prepares a cell.
   *
   * @param tenants that have services and a quota
   * @param registered tenants in all; those beyond {@code tenants} are known and no more
   * @param replicas that all services together need on average
   * @param nanoTime the caller's clock, in nanoseconds
   */
  public TickBench(
      int nodes, int services, int tenants, int registered, int replicas, LongSupplier nanoTime) {
    this.nodes = Limits.range("nodes", nodes, 1, Limits.NODES_MAX);
    this.tenants = Limits.range("tenants", tenants, 1, 100_000);
    Limits.range("services", services, 1, 100_000);
    Limits.range("registered", registered, 0, 1_000_000);
    Limits.range("replicas", replicas, 1, 10_000_000);
    this.registered = Math.max(tenants, registered);
    this.nanoTime = nanoTime;
    base = new double[services];
    asked = new long[services];
    state.evolve(new Fact.EpochBegun(1, "bench"));
    declare(Cell.named(CELL));
    declare(
        new NodePool(
            CELL,
            "general",
            Resources.of(NODE_CPU_MILLI, 65_536),
            List.of("a", "b", "c"),
            new TreeMap<>(),
            List.of(),
            1,
            Purchase.ON_DEMAND,
            BootTime.exactly(0),
            nodes,
            nodes,
            0,
            60_000));
    Resources share =
        Resources.of((long) nodes * NODE_CPU_MILLI / tenants, nodes * 65_536L / tenants);
    for (int t = tenants; t < registered; t++) {
      declare(Tenant.named("r" + t));
    }
    for (int t = 0; t < tenants; t++) {
      Tenant plain = Tenant.named("t" + t);
      declare(
          new Tenant(
              plain.name(),
              plain.displayName(),
              1,
              100,
              "default",
              List.of(new Quota(CELL, share, null, null)),
              0));
    }
    double perReplica =
        0.7 * 1_000 * Capacity.DEFAULT.concurrency() / Capacity.DEFAULT.meanServiceMs();
    for (int s = 0; s < services; s++) {
      Service plain = Service.named("t" + s % tenants, "s" + s);
      int mean = replicas / services;
      Scaling d = Scaling.DEFAULT;
      Scaling scaling =
          new Scaling("slo", 1, 10_000, mean, 60_000, d.schedules(), d.metrics(), null, 0);
      Service service = plain.withScaling(scaling);
      this.services.add(service);
      declare(service);
      base[s] = mean * perReplica * (0.5 + random.nextDouble());
    }
  }

  private void declare(Spec spec) {
    changes.add(new SpecChange(SpecKind.of(spec), spec.key(), 1, changes.size() + 1L, spec));
  }

  /** Runs some ticks more, after a minute to settle. */
  public Result run(int ticks) {
    for (int i = 0; i < SETTLE_TICKS; i++) {
      step();
    }
    long[] times = new long[ticks];
    for (int i = 0; i < ticks; i++) {
      times[i] = step();
    }
    Arrays.sort(times);
    long replicas = 0;
    for (Agent agent : agents.values()) {
      replicas += agent.readyAt.size();
    }
    return new Result(
        nodes,
        services.size(),
        tenants,
        registered,
        ticks,
        replicas,
        times[ticks / 2] / 1e6,
        times[(int) Math.min(ticks - 1L, (long) Math.ceil(ticks * 0.99) - 1)] / 1e6,
        times[ticks - 1] / 1e6);
  }

  private long step() {
    tick++;
    long nowMs = tick * 1_000;
    List<Observation> observations = new ArrayList<>(nodes + 1);
    agents.forEach(
        (name, agent) -> {
          if (tick >= agent.changesAt) {
            refresh(agent);
          }
          observations.add(
              new Observation.NodeReport(
                  nowMs, name, agent.epoch, agent.generation, 0, agent.reports));
        });
    observations.add(new Observation.FrontDoorReport(nowMs, 0, traffic()));
    if (agents.isEmpty()) {
      connect(nowMs, observations);
    }
    Input input = new Input(CELL, 1, ++sequence, nowMs, List.copyOf(changes), observations);
    changes.clear();
    long begun = nanoTime.getAsLong();
    Decision decision = kernel.step(state, input);
    Kernel.evolve(state, decision);
    long took = nanoTime.getAsLong() - begun;
    for (Command command : decision.commands()) {
      if (command instanceof Command.RunReplicas order) {
        obey(order);
      }
    }
    return took;
  }

  private void connect(long nowMs, List<Observation> observations) {
    for (int i = 0; i < nodes; i++) {
      String name = "n" + i;
      agents.put(name, new Agent());
      observations.add(
          new Observation.NodeConnected(
              nowMs,
              new NodeDescriptor(
                  CELL,
                  name,
                  POOL,
                  List.of("a", "b", "c").get(i % 3),
                  Resources.of(NODE_CPU_MILLI, 65_536),
                  new TreeMap<>(),
                  List.of()),
              List.of()));
    }
  }

  private void obey(Command.RunReplicas order) {
    Agent agent = agents.get(order.node());
    if (agent == null) {
      return;
    }
    agent.epoch = order.epoch();
    agent.generation = order.generation();
    agent.readyAt.keySet().retainAll(order.replicas());
    for (Command.ReplicaOrder replica : order.replicas()) {
      agent.readyAt.putIfAbsent(replica, tick + BOOT_TICKS);
    }
    refresh(agent);
  }

  private void refresh(Agent agent) {
    List<Observation.ReplicaReport> reports = new ArrayList<>(agent.readyAt.size());
    agent.changesAt = Long.MAX_VALUE;
    agent.readyAt.forEach(
        (replica, readyAt) -> {
          boolean ready = readyAt <= tick;
          if (!ready) {
            agent.changesAt = Math.min(agent.changesAt, readyAt);
          }
          reports.add(
              new Observation.ReplicaReport(
                  replica.service(),
                  replica.ordinal(),
                  ready ? ReplicaState.READY : ReplicaState.BOOTING,
                  ready ? 5 : 0,
                  0,
                  ready ? 0.6 : 0));
        });
    agent.reports = List.copyOf(reports);
  }

  private List<Observation.ServiceTraffic> traffic() {
    List<Observation.ServiceTraffic> traffic = new ArrayList<>(services.size());
    for (int s = 0; s < services.size(); s++) {
      double phase = (tick + s * 7L) % PERIOD_SECONDS / PERIOD_SECONDS;
      double swing = 1 + SWING * (phase < 0.5 ? 4 * phase - 1 : 3 - 4 * phase);
      double noise = 1 + 0.05 * (random.nextDouble() - 0.5);
      asked[s] += Math.round(base[s] * swing * noise);
      ServiceId id = services.get(s).id();
      long all = asked[s];
      traffic.add(new Observation.ServiceTraffic(id, all, all, all, 0, 0, 0, 0, 0, 0, 0, 0, null));
    }
    return traffic;
  }
}
