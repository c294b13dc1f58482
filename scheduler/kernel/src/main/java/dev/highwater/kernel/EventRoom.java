package dev.highwater.kernel;

import dev.highwater.kernel.account.Prices;
import dev.highwater.kernel.placement.Filters;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.PoolFilter;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Room for the services of a declared event: what is free on nodes now and what pools may still
 * order; less with each service that was counted. Spread and anti-affinity are left out.
 *
 * <p>One for each question; changes nothing of the state.
 */
final class EventRoom {
  private final CellState state;
  private final NodeTable table;
  private final int[] cpu;
  private final int[] memory;
  private final SortedMap<Integer, int[]> deviceFree = new TreeMap<>();
  private final List<NodePool> pools = new ArrayList<>();
  private final List<long[]> orderable = new ArrayList<>();

  EventRoom(CellState state) {
    this.state = state;
    table = state.table();
    cpu = new int[table.slots()];
    memory = new int[table.slots()];
    for (int slot = 0; slot < table.slots(); slot++) {
      cpu[slot] = table.open(slot) ? table.cpuFree(slot) : 0;
      memory[slot] = table.open(slot) ? table.memoryFree(slot) : 0;
    }
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null) {
        long[] sum = new long[3];
        add(sum, spec.shape(), Math.max(0, spec.nodesMax() - pool.nodes()));
        pools.add(spec);
        orderable.add(sum);
      }
    }
  }

  /** Money per hour of one replica at the cheapest pool; negative when none carries it. */
  double cheapest(ServiceState service) {
    double cheapest = -1;
    for (NodePool pool : pools) {
      if (pool.nodesMax() > 0 && PoolFilter.accepts(pool, service.spec())) {
        double price = Prices.perHour(pool, service.spec().resources());
        cheapest = cheapest < 0 ? price : Math.min(cheapest, price);
      }
    }
    return cheapest;
  }

  /** Takes room on nodes for up to {@code wanted} replicas; returns for how many. */
  int onNodes(ServiceState service, int wanted) {
    Resources each = service.spec().resources();
    int done = 0;
    for (int[] zone : Filters.usable(state, service)) {
      for (int partition : zone) {
        for (int i = 0; i < table.nodesIn(partition) && done < wanted; i++) {
          int slot = table.nodeAt(partition, i);
          Resources free = new Resources(Math.max(0, cpu[slot]), Math.max(0, memory[slot]), 0);
          int n = fitting(free, Resources.of(each.cpuMilli(), each.memoryMib()), wanted - done);
          n = each.gpuMilli() == 0 ? n : takeDevices(slot, each.gpuMilli(), n);
          cpu[slot] -= (int) (n * each.cpuMilli());
          memory[slot] -= (int) (n * each.memoryMib());
          done += n;
        }
      }
    }
    return done;
  }

  /**
   * Takes devices for up to {@code wanted} replicas, each of which needs a part of one device or
   * whole devices; returns for how many.
   */
  private int takeDevices(int slot, long gpuMilli, int wanted) {
    if (!table.open(slot)) {
      return 0;
    }
    int[] free = deviceFree.computeIfAbsent(slot, this::devices);
    int done = 0;
    while (done < wanted && takeDevices(free, gpuMilli)) {
      done++;
    }
    return done;
  }

  private static boolean takeDevices(int[] free, long gpuMilli) {
    long whole = gpuMilli / 1_000;
    for (int d = 0; d < free.length; d++) {
      if (gpuMilli < 1_000 && free[d] >= gpuMilli) {
        free[d] -= (int) gpuMilli;
        return true;
      }
    }
    long idle = Arrays.stream(free).filter(each -> each == 1_000).count();
    if (gpuMilli < 1_000 || idle < whole) {
      return false;
    }
    for (int d = 0; d < free.length && whole > 0; d++) {
      if (free[d] == 1_000) {
        free[d] = 0;
        whole--;
      }
    }
    return true;
  }

  private int[] devices(int slot) {
    int[] free = new int[table.devices(slot)];
    for (int d = 0; d < free.length; d++) {
      free[d] = table.deviceFree(slot, d);
    }
    return free;
  }

  /** Takes room on nodes that pools may still order; returns for how many replicas. */
  int onNewNodes(ServiceState service, int wanted) {
    Resources each = service.spec().resources();
    int done = 0;
    for (int i = 0; i < pools.size() && done < wanted; i++) {
      if (PoolFilter.accepts(pools.get(i), service.spec())) {
        long[] left = orderable.get(i);
        int n = fitting(new Resources(left[0], left[1], left[2]), each, wanted - done);
        add(left, each, -n);
        done += n;
      }
    }
    return done;
  }

  /** How many of {@code most} replicas a room holds; the smallest of what each kind holds. */
  static int fitting(Resources room, Resources each, int most) {
    long n = most;
    n = each.cpuMilli() == 0 ? n : Math.min(n, room.cpuMilli() / each.cpuMilli());
    n = each.memoryMib() == 0 ? n : Math.min(n, room.memoryMib() / each.memoryMib());
    return (int) (each.gpuMilli() == 0 ? n : Math.min(n, room.gpuMilli() / each.gpuMilli()));
  }

  /** Adds {@code n} times so much of each kind. */
  static void add(long[] sum, Resources each, long n) {
    sum[0] += each.cpuMilli() * n;
    sum[1] += each.memoryMib() * n;
    sum[2] += each.gpuMilli() * n;
  }
}
