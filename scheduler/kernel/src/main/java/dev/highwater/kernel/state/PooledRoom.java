package dev.highwater.kernel.state;

import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import java.util.Collection;

/**
 * CPU and memory that are free on the nodes of pools, pool by pool, less with what is counted
 * against them.
 *
 * <p>It exists for questions that place nothing and must yet not find room where a service may not
 * go, by labels, taints or size. Within the pools that a service may use the room is one sum, which
 * costs nothing to ask for; what may go anywhere is counted where most is free, so that the least
 * is taken from those who cannot choose.
 *
 * <p>Confined to one thread.
 */
public final class PooledRoom {
  private final PoolState[] pools;
  private final long[] cpu;
  private final long[] memory;

  private PooledRoom(Collection<PoolState> all) {
    pools = all.toArray(new PoolState[0]);
    cpu = new long[pools.length];
    memory = new long[pools.length];
  }

  /** What was free on open nodes when time was last looked at. */
  public static PooledRoom onOpenNodes(CellState state) {
    PooledRoom room = new PooledRoom(state.pools().values());
    for (int i = 0; i < room.pools.length; i++) {
      room.cpu[i] = room.pools[i].openCpu;
      room.memory[i] = room.pools[i].openMemory;
    }
    return room;
  }

  /** What is free on nodes that hold replicas. */
  static PooledRoom onNodesInUse(Collection<PoolState> pools) {
    PooledRoom room = new PooledRoom(pools);
    for (int i = 0; i < room.pools.length; i++) {
      room.cpu[i] = room.pools[i].freeCpu;
      room.memory[i] = room.pools[i].freeMemory;
    }
    return room;
  }

  /** By pool, whether its nodes may hold a service's replicas. */
  public boolean[] accepting(Service service) {
    boolean[] accepting = new boolean[pools.length];
    for (int i = 0; i < pools.length; i++) {
      NodePool spec = pools[i].spec;
      accepting[i] = spec != null && PoolFilter.accepts(spec, service);
    }
    return accepting;
  }

  /** The number of a pool in the answers of {@link #accepting}. */
  public int number(PoolState pool) {
    for (int i = 0; i < pools.length; i++) {
      if (pools[i] == pool) {
        return i;
      }
    }
    throw new IllegalStateException("no such pool: " + pool.key);
  }

  /** How many of {@code most} replicas fit into some pools by the sums of both kinds. */
  public int fitting(boolean[] in, Resources each, int most) {
    long n = most;
    n = each.cpuMilli() == 0 ? n : Math.min(n, sum(cpu, in) / each.cpuMilli());
    n = each.memoryMib() == 0 ? n : Math.min(n, sum(memory, in) / each.memoryMib());
    return (int) Math.max(0, n);
  }

  /** Counts replicas against some pools, whether they fit or not. */
  public void take(boolean[] in, Resources each, int count) {
    take(in, each.cpuMilli() * count, each.memoryMib() * count);
  }

  /** Counts CPU and memory against some pools, whether they have it or not. */
  void take(boolean[] in, long cpuMilli, long memoryMib) {
    take(cpu, in, cpuMilli);
    take(memory, in, memoryMib);
  }

  /** What some pools have of CPU; less than nothing when more was counted against them. */
  long cpu(boolean[] in) {
    return sum(cpu, in);
  }

  /** The same of memory. */
  long memory(boolean[] in) {
    return sum(memory, in);
  }

  /** What one pool has of CPU; less than nothing when more was counted against it. */
  long cpu(int pool) {
    return cpu[pool];
  }

  /** The same of memory. */
  long memory(int pool) {
    return memory[pool];
  }

  private static long sum(long[] free, boolean[] in) {
    long sum = 0;
    for (int i = 0; i < free.length; i++) {
      sum += in[i] ? free[i] : 0;
    }
    return sum;
  }

  /** Counts an amount of one kind against some pools, where most is free first. */
  static void take(long[] free, boolean[] in, long amount) {
    long left = amount;
    while (left > 0) {
      int most = -1;
      for (int i = 0; i < free.length; i++) {
        most = in[i] && (most < 0 || free[i] > free[most]) ? i : most;
      }
      if (most < 0) {
        return;
      }
      long here = free[most] > 0 ? Math.min(left, free[most]) : left;
      free[most] -= here;
      left -= here;
    }
  }
}
