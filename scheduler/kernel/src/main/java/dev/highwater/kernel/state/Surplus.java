package dev.highwater.kernel.state;

import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How many of its nodes in use each pool could do without.
 *
 * <p>It exists because room in one pool is of no use to another whose replicas may not go there, by
 * labels, taints, devices or size. A pool could do with so many nodes less as are whole nodes in
 * its own free room and in what its replicas could take of the free room of other pools, when half
 * a node more is free in any of these pools for what comes next. What forecasts ask for does not
 * count as free.
 *
 * <p>All are sums by pool, because they are asked for several times a second: who empties a node
 * places its replicas on trial before.
 *
 * <p>Made for one look; confined to its thread.
 */
final class Surplus {
  private static final int CPU = 0;
  private static final int MEMORY = 1;
  private static final int GPU = 2;
  private static final int KINDS = 3;

  private final Specs specs;
  private final long version;
  private final int pools;

  /** By partition the number of its pool, or that after the last. */
  private final int[] poolOf;

  /** Replicas of one service by pool, summed up here and then used again. */
  private final int[] onPool;

  /** By kind and pool. */
  private final long[][] free;

  private final List<Movable> groups = new ArrayList<>();

  /** Replicas that may go to the same pools. */
  private static final class Movable {
    final boolean[] in;

    /** By pool. */
    final int[] replicas;

    /** What they hold, by kind and pool. */
    final long[][] held;

    Movable(boolean[] in) {
      this.in = in;
      replicas = new int[in.length];
      held = new long[KINDS][in.length];
    }

    void add(int[] onPool, Resources each) {
      long cpuMilli = each.cpuMilli();
      long memoryMib = each.memoryMib();
      long gpuMilli = each.gpuMilli();
      long[] cpu = held[CPU];
      long[] memory = held[MEMORY];
      long[] gpu = held[GPU];
      for (int pool = 0; pool < replicas.length; pool++) {
        int count = onPool[pool];
        replicas[pool] += count;
        cpu[pool] += count * cpuMilli;
        memory[pool] += count * memoryMib;
        gpu[pool] += count * gpuMilli;
      }
    }
  }

  /**
   * Begins.
   *
   * @param room of nodes in use, less what forecasts will take
   * @param gpuFree the same of thousandths of devices, by pool
   */
  Surplus(Specs specs, Nodes nodes, PooledRoom room, long[] gpuFree) {
    this.specs = specs;
    version = nodes.partitionsVersion();
    pools = specs.pools.size();
    List<Partition> partitions = nodes.partitions();
    poolOf = new int[partitions.size()];
    for (int i = 0; i < poolOf.length; i++) {
      PoolState pool = specs.pools.get(partitions.get(i).pool());
      poolOf[i] = pool == null ? pools : room.number(pool);
    }
    onPool = new int[pools + 1];
    free = new long[KINDS][pools];
    for (int pool = 0; pool < pools; pool++) {
      free[CPU][pool] = room.cpu(pool);
      free[MEMORY][pool] = room.memory(pool);
      free[GPU][pool] = gpuFree[pool];
    }
  }

  /** Notes with each pool how many nodes it could do without, and since when it could. */
  void find(Services services, long nowMs) {
    if (pools > 1 && anyIfAllWereShared()) {
      for (int i = 0; i < services.count(); i++) {
        count(services.get(i));
      }
    }
    int number = 0;
    for (PoolState pool : specs.pools.values()) {
      int nodes = pool.spec == null ? 0 : spare(number, pool.spec.shape());
      pool.surplusNodes = nodes;
      pool.surplusSinceMs = nodes == 0 ? 0 : pool.surplusSinceMs == 0 ? nowMs : pool.surplusSinceMs;
      number++;
    }
  }

  /**
   * Whether any pool could do without a node if all room were free to all. In a busy cell none
   * could, and then it need not be looked at who may go where.
   */
  private boolean anyIfAllWereShared() {
    long cpu = all(CPU);
    long memory = all(MEMORY);
    for (PoolState pool : specs.pools.values()) {
      Resources shape = pool.spec == null ? Resources.NONE : pool.spec.shape();
      if (spare(cpu, cpu, shape.cpuMilli()) > 0 && spare(memory, memory, shape.memoryMib()) > 0) {
        return true;
      }
    }
    return false;
  }

  private long all(int kind) {
    long sum = 0;
    for (long each : free[kind]) {
      sum += Math.max(0, each);
    }
    return sum;
  }

  private void count(ServiceState service) {
    if (service.size == 0) {
      return;
    }
    Arrays.fill(onPool, 0);
    int[] onPartition = service.onPartition;
    int partitions = Math.min(onPartition.length, poolOf.length);
    for (int i = 0; i < partitions; i++) {
      onPool[poolOf[i]] += onPartition[i];
    }
    group(specs.accepting(service, version)).add(onPool, service.spec.resources());
  }

  private Movable group(boolean[] in) {
    for (Movable group : groups) {
      if (Arrays.equals(group.in, in)) {
        return group;
      }
    }
    Movable group = new Movable(in);
    groups.add(group);
    return group;
  }

  private int spare(int pool, Resources shape) {
    boolean[] others = new boolean[pools];
    for (Movable group : groups) {
      for (int i = 0; i < pools; i++) {
        others[i] |= group.replicas[pool] > 0 && group.in[i];
      }
    }
    long nodes = spare(pool, others, CPU, shape.cpuMilli());
    nodes = Math.min(nodes, spare(pool, others, MEMORY, shape.memoryMib()));
    if (shape.gpuMilli() > 0) {
      nodes = Math.min(nodes, spare(pool, others, GPU, shape.gpuMilli()));
    }
    return (int) nodes;
  }

  /** The same by one kind. */
  private long spare(int pool, boolean[] others, int kind, long ofNode) {
    long own = free[kind][pool];
    long elsewhere = elsewhere(pool, others, kind);
    long leaving = 0;
    for (Movable group : groups) {
      leaving += Math.min(group.held[kind][pool], elsewhere(pool, group.in, kind));
    }
    return spare(own + Math.min(leaving, elsewhere), own + elsewhere, ofNode);
  }

  /**
   * Whole nodes in what their replicas can use, with more than half a node to spare in what they
   * can reach.
   */
  private static long spare(long usable, long reachable, long ofNode) {
    if (ofNode == 0) {
      return 0;
    }
    long withHalfMore = (2 * reachable - ofNode - 1) / (2 * ofNode);
    return Math.max(0, Math.min(usable / ofNode, withHalfMore));
  }

  /** What is free in some pools, one of them left out. */
  private long elsewhere(int pool, boolean[] in, int kind) {
    long sum = 0;
    for (int i = 0; i < pools; i++) {
      sum += in[i] && i != pool ? Math.max(0, free[kind][i]) : 0;
    }
    return sum;
  }
}
