package dev.highwater.rehearsal.bench;

import dev.highwater.kernel.Kernel;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.model.BootTime;
import dev.highwater.model.Cell;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.Purchase;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Measures placement through the whole decision: specs, policy, quotas, filters, spread, counted
 * refusals, grouped facts, orders to nodes, and the state's evolution by those facts.
 *
 * <p>A service is a (tenant, shape) pair under policy {@code fixed}; its number grows with each
 * batch. A tenant's nominal quota is its share of tickets of the cell, borrowing is unlimited; a
 * node's zone is its number modulo 3 with a skew of at most 20 %. Each batch is two inputs, both
 * timed: one brings the changed specs, the next one places. Every placement is booked once more in
 * a ledger that throws when a node is given more than it has; that is not timed.
 *
 * <p>Confined to one thread.
 */
public final class PlacementBench {
  private static final String CELL = "bench";

  /**
   * What one run measured.
   *
   * @param replicasPerSecond replicas placed per second of time inside the kernel
   * @param batchP50Ms median time of one batch
   * @param batchP99Ms 99 % of batches took at most this
   * @param placedShare part of the replicas that were placed
   * @param nodesUsed nodes with a replica
   * @param nodesLowerBound fewest nodes, biggest first, that have as much CPU and memory as was
   *     placed
   * @param cpuDensity CPU placed over CPU of the nodes used
   */
  public record Result(
      int nodes,
      int replicas,
      double replicasPerSecond,
      double batchP50Ms,
      double batchP99Ms,
      double placedShare,
      int nodesUsed,
      int nodesLowerBound,
      double cpuDensity) {}

  private final PlacementWorkload workload;
  private final LongSupplier nanoTime;
  private final Kernel kernel = new Kernel();
  private final CellState state = new CellState(CELL);
  private final Service[] services =
      new Service[PlacementWorkload.TENANTS * PlacementWorkload.SHAPES];
  private long sequence;
  private long nowMs = 1_000;
  private long revision;

  /**
   * Prepares a run.
   *
   * @param nanoTime the caller's clock, in nanoseconds
   */
  public PlacementBench(PlacementWorkload workload, LongSupplier nanoTime) {
    this.workload = workload;
    this.nanoTime = nanoTime;
  }

  /** Runs once; a bench is used for one run. */
  public Result run() {
    open();
    int batches = workload.replicas() / PlacementWorkload.BATCH;
    long[] times = new long[batches];
    int[] wanted = new int[services.length];
    Ledger ledger = new Ledger(workload);
    for (int b = 0; b < batches; b++) {
      boolean[] grows = new boolean[services.length];
      for (int i = b * PlacementWorkload.BATCH; i < (b + 1) * PlacementWorkload.BATCH; i++) {
        int s = workload.tenant(i) * PlacementWorkload.SHAPES + workload.shape(i);
        wanted[s]++;
        grows[s] = true;
      }
      List<SpecChange> changes = new ArrayList<>();
      for (int s = 0; s < services.length; s++) {
        if (grows[s]) {
          changes.add(change(services[s].withScaling(fixed(wanted[s]))));
        }
      }
      Input specs = input(changes, List.of());
      Input tick = input(List.of(), List.of());
      long start = nanoTime.getAsLong();
      Kernel.evolve(state, kernel.step(state, specs));
      Decision decision = kernel.step(state, tick);
      Kernel.evolve(state, decision);
      times[b] = nanoTime.getAsLong() - start;
      ledger.book(decision);
    }
    return result(times, ledger.placed);
  }

  private void open() {
    state.evolve(new Fact.EpochBegun(1, "bench"));
    List<SpecChange> changes = new ArrayList<>();
    changes.add(change(Cell.named(CELL)));
    long[] cell = new long[2];
    int[] counts = new int[3];
    for (int i = 0; i < workload.nodes(); i++) {
      int size = workload.nodeSize(i);
      counts[size]++;
      cell[0] += PlacementWorkload.nodeCpuMilli(size);
      cell[1] += PlacementWorkload.nodeMemoryMib(size);
    }
    NodePool[] pools = new NodePool[3];
    for (int size = 0; size < 3; size++) {
      pools[size] =
          new NodePool(
              CELL,
              "size" + size,
              Resources.of(
                  PlacementWorkload.nodeCpuMilli(size), PlacementWorkload.nodeMemoryMib(size)),
              List.of("0", "1", "2"),
              new TreeMap<>(),
              List.of(),
              PlacementWorkload.nodeCpuMilli(size) / 32_000.0,
              Purchase.ON_DEMAND,
              BootTime.exactly(60_000),
              counts[size],
              counts[size],
              0,
              3_600_000);
      changes.add(change(pools[size]));
    }
    for (int t = 0; t < PlacementWorkload.TENANTS; t++) {
      long tickets = PlacementWorkload.tickets(t);
      Resources nominal =
          Resources.of(
              cell[0] * tickets / PlacementWorkload.TICKETS,
              cell[1] * tickets / PlacementWorkload.TICKETS);
      changes.add(
          change(
              new Tenant(
                  "t" + t,
                  "",
                  tickets,
                  100,
                  "default",
                  List.of(new Quota(CELL, nominal, null, null)),
                  0)));
      for (int s = 0; s < PlacementWorkload.SHAPES; s++) {
        Service plain = Service.named("t" + t, "s" + s);
        services[t * PlacementWorkload.SHAPES + s] =
            new Service(
                plain.tenant(),
                plain.name(),
                List.of(),
                Resources.of(PlacementWorkload.cpuMilli(s), PlacementWorkload.memoryMib(s)),
                plain.capacity(),
                plain.slo(),
                fixed(0),
                plain.residency(),
                new PlacementRule(new TreeMap<>(), List.of(), 0.2, 0, List.of()),
                plain.criticality(),
                0);
        changes.add(change(services[t * PlacementWorkload.SHAPES + s]));
      }
    }
    List<Observation> connected = new ArrayList<>();
    for (int i = 0; i < workload.nodes(); i++) {
      NodePool pool = pools[workload.nodeSize(i)];
      connected.add(
          new Observation.NodeConnected(
              nowMs,
              new NodeDescriptor(
                  CELL,
                  nodeName(i),
                  pool.key(),
                  Integer.toString(i % 3),
                  pool.shape(),
                  new TreeMap<>(),
                  List.of()),
              List.of()));
    }
    Kernel.evolve(state, kernel.step(state, input(changes, List.of())));
    Kernel.evolve(state, kernel.step(state, input(List.of(), connected)));
  }

  private static String nodeName(int i) {
    return "n" + (1_000_000 + i);
  }

  private static Scaling fixed(int replicas) {
    return new Scaling("fixed", 0, 1_000_000, replicas, 0, List.of(), List.of(), null, 0);
  }

  private SpecChange change(Spec spec) {
    revision++;
    return new SpecChange(SpecKind.of(spec), spec.key(), revision, revision, spec);
  }

  private Input input(List<SpecChange> changes, List<Observation> observations) {
    return new Input(CELL, 1, ++sequence, ++nowMs, changes, observations);
  }

  private Result result(long[] times, int placed) {
    long total = 0;
    for (long t : times) {
      total += t;
    }
    long[] sorted = times.clone();
    Arrays.sort(sorted);
    NodeTable table = state.table();
    int used = 0;
    long cpuUsed = 0;
    long cpuOfUsed = 0;
    long memoryUsed = 0;
    for (NodeState node : state.nodes()) {
      int slot = node.slot();
      if (table.replicas(slot) > 0) {
        used++;
        cpuOfUsed += table.cpuCapacity(slot);
        cpuUsed += table.cpuCapacity(slot) - table.cpuFree(slot);
        memoryUsed += table.memoryCapacity(slot) - table.memoryFree(slot);
      }
    }
    return new Result(
        workload.nodes(),
        workload.replicas(),
        placed * 1e9 / Math.max(1, total),
        rank(sorted, 0.5),
        rank(sorted, 0.99),
        placed / (double) workload.replicas(),
        used,
        lowerBound(cpuUsed, memoryUsed),
        cpuUsed / (double) Math.max(1, cpuOfUsed));
  }

  private static double rank(long[] sorted, double quantile) {
    return sorted[(int) Math.ceil(quantile * sorted.length) - 1] / 1e6;
  }

  private int lowerBound(long cpu, long memory) {
    int[] counts = new int[3];
    for (int i = 0; i < workload.nodes(); i++) {
      counts[workload.nodeSize(i)]++;
    }
    return Math.max(fewest(counts, cpu, true), fewest(counts, memory, false));
  }

  private static int fewest(int[] counts, long amount, boolean ofCpu) {
    int nodes = 0;
    long left = amount;
    for (int size = 2; size >= 0; size--) {
      long each =
          ofCpu ? PlacementWorkload.nodeCpuMilli(size) : PlacementWorkload.nodeMemoryMib(size);
      long n = Math.min(counts[size], (Math.max(0, left) + each - 1) / each);
      nodes += (int) n;
      left -= n * each;
    }
    return nodes;
  }

  /** A second book of what nodes hold. */
  private static final class Ledger {
    private final PlacementWorkload workload;
    private final long[] cpu;
    private final long[] memory;
    private int placed;

    Ledger(PlacementWorkload workload) {
      this.workload = workload;
      cpu = new long[workload.nodes()];
      memory = new long[workload.nodes()];
    }

    void book(Decision decision) {
      for (Fact fact : decision.facts()) {
        if (fact instanceof Fact.ReplicasPlaced f) {
          int shape = Integer.parseInt(f.service().name().substring(1));
          for (Fact.NodeShare share : f.shares()) {
            int node = Integer.parseInt(share.node().substring(1)) - 1_000_000;
            cpu[node] += (long) share.count() * PlacementWorkload.cpuMilli(shape);
            memory[node] += (long) share.count() * PlacementWorkload.memoryMib(shape);
            placed += share.count();
            int size = workload.nodeSize(node);
            if (cpu[node] > PlacementWorkload.nodeCpuMilli(size)
                || memory[node] > PlacementWorkload.nodeMemoryMib(size)) {
              throw new IllegalStateException("node " + share.node() + " holds more than it has");
            }
          }
        }
      }
    }
  }
}
