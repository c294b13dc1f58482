package dev.highwater.kernel.placement;

import dev.highwater.kernel.state.NodeTable;
import java.util.Arrays;

/**
 * Chooses nodes for groups of identical replicas.
 *
 * <p><b>Goals</b>: few nodes, no stranded memory or CPU, replicas of one service spread over zones,
 * the same answer for the same state.
 *
 * <p><b>Hard rules</b>: room on the node and on its devices; only partitions that labels, taints
 * and residency allow; zone skew; replicas per node; anti-affinity. A group that does not fit
 * leaves the table as it would be without it and holds up nobody.
 *
 * <p><b>Algorithm</b>: replicas go to the zone with fewest of the service. Within a zone the
 * partitions are asked in the order of preference for their first nodes with room (a tree search
 * each); of the first {@value #CANDIDATES_MAX} such nodes the best score takes as many of the group
 * as fit and the zone is due. Empty nodes are opened only when no node in use has room. Groups that
 * ask for devices look at every node with devices and take the one whose free device shares stay
 * most useful (see {@link DeviceScore}).
 *
 * <p><b>Source</b>: equivalence classes and score caching from Borg (EuroSys 2015, 3.4); best fit
 * over a bounded number of candidates from Nomad.
 *
 * <p>Stateless but for scratch arrays that are cleared by each call; confined to one thread.
 */
public final class Placer {
  /**
   * Nodes compared for one step. Chosen by us: 1 is plain first fit, more than 8 gained nothing in
   * the placement benchmark.
   */
  static final int CANDIDATES_MAX = 4;

  private final DeviceScore deviceScore;
  private boolean[] exhausted = new boolean[0];

  /**
   * Makes a placer.
   *
   * @param deviceScore how nodes with devices are compared
   */
  public Placer(DeviceScore deviceScore) {
    this.deviceScore = deviceScore;
  }

  /** How nodes with devices are compared. */
  DeviceScore deviceScore() {
    return deviceScore;
  }

  /**
   * Places up to {@code count} replicas and books them.
   *
   * @param slots receives the node of each placed replica from {@code from} on
   * @return how many were placed, 0 to {@code count}
   */
  public int place(NodeTable table, Group group, int count, int[] slots, int from) {
    int zones = group.partitions().length;
    int[] onZone = group.onZone();
    int total = count;
    int usable = 0;
    if (exhausted.length < zones) {
      exhausted = new boolean[zones];
    }
    for (int z = 0; z < zones; z++) {
      total += onZone[z];
      exhausted[z] = group.partitions()[z].length == 0;
      usable += exhausted[z] ? 0 : 1;
    }
    int skewMax = group.skewMax(total);
    int placed = 0;
    int left = usable;
    while (placed < count && left > 0) {
      int zone = -1;
      int second = Integer.MAX_VALUE;
      int lowest = Integer.MAX_VALUE;
      for (int i = 0; i < zones; i++) {
        int z =
            i + group.zoneFirst() < zones ? i + group.zoneFirst() : i + group.zoneFirst() - zones;
        if (group.partitions()[z].length == 0) {
          continue;
        }
        lowest = Math.min(lowest, onZone[z]);
        if (exhausted[z]) {
          continue;
        }
        if (zone < 0 || onZone[z] < onZone[zone]) {
          second = zone < 0 ? second : Math.min(second, onZone[zone]);
          zone = z;
        } else {
          second = Math.min(second, onZone[z]);
        }
      }
      if (onZone[zone] - lowest >= skewMax) {
        break;
      }
      int due =
          left == 1
              ? count - placed
              : Math.max(1, Math.min(second - onZone[zone], share(count - placed, left)));
      if (skewMax != Integer.MAX_VALUE && left < usable) {
        due = Math.min(due, lowest + skewMax - onZone[zone]);
      }
      int done =
          group.gpuMilli() > 0
              ? 0
              : placeInZone(
                  table, group, zone, Math.min(due, count - placed), slots, from + placed);
      if (done == 0) {
        done = placeDevices(table, group, zone, slots, from + placed);
      }
      if (done == 0) {
        exhausted[zone] = true;
        left--;
      }
      onZone[zone] += done;
      placed += done;
    }
    return placed;
  }

  private static int share(int count, int zones) {
    return (count + zones - 1) / zones;
  }

  private int placeInZone(NodeTable table, Group group, int zone, int due, int[] slots, int at) {
    int cpu = group.cpuMilli();
    int memory = group.memoryMib();
    int best = -1;
    double bestScore = Double.NEGATIVE_INFINITY;
    int seen = 0;
    for (int partition : group.partitions()[zone]) {
      if (table.hasDevices(partition)) {
        continue;
      }
      int position = -1;
      while (seen < CANDIDATES_MAX) {
        position = table.nextFit(partition, position + 1, cpu, memory);
        if (position < 0) {
          break;
        }
        int slot = table.nodeAt(partition, position);
        if (group.roomByRule(slot) <= 0) {
          continue;
        }
        if (table.replicas(slot) == 0) {
          if (best < 0) {
            best = slot;
          }
          break;
        }
        double score = score(table, slot, cpu, memory);
        if (score > bestScore) {
          bestScore = score;
          best = slot;
        }
        seen++;
      }
    }
    if (best < 0) {
      return 0;
    }
    int n = Math.min(due, group.roomByRule(best));
    n = cpu == 0 ? n : Math.min(n, table.cpuFree(best) / cpu);
    n = memory == 0 ? n : Math.min(n, table.memoryFree(best) / memory);
    table.book(best, n, cpu, memory);
    Arrays.fill(slots, at, at + n, best);
    int[] onNode = group.onNode();
    if (onNode != null) {
      onNode[best] += n;
    }
    return n;
  }

  /**
   * How good a node is for one more replica, 0 to 1: half for being full afterwards (packing), half
   * for what is left having the node's own ratio of CPU to memory (nothing stranded).
   */
  static double score(NodeTable table, int slot, int cpu, int memory) {
    double cpuLeft = (table.cpuFree(slot) - cpu) / (double) table.cpuCapacity(slot);
    double memoryLeft = (table.memoryFree(slot) - memory) / (double) table.memoryCapacity(slot);
    return (packing(cpuLeft, memoryLeft) + balance(cpuLeft, memoryLeft)) / 2;
  }

  static double packing(double cpuLeft, double memoryLeft) {
    return 1 - (cpuLeft + memoryLeft) / 2;
  }

  static double balance(double cpuLeft, double memoryLeft) {
    return 1 - Math.abs(cpuLeft - memoryLeft);
  }

  private int placeDevices(NodeTable table, Group group, int zone, int[] slots, int at) {
    int best = -1;
    double bestScore = Double.NEGATIVE_INFINITY;
    for (int partition : group.partitions()[zone]) {
      int n = table.hasDevices(partition) ? table.nodesIn(partition) : 0;
      for (int i = 0; i < n; i++) {
        int slot = table.nodeAt(partition, i);
        if (group.roomByRule(slot) <= 0
            || !table.fits(slot, group.cpuMilli(), group.memoryMib(), group.gpuMilli())) {
          continue;
        }
        double score =
            deviceScore.score(table, slot, group.cpuMilli(), group.memoryMib(), group.gpuMilli());
        if (score > bestScore) {
          bestScore = score;
          best = slot;
        }
      }
    }
    if (best < 0) {
      return 0;
    }
    if (group.gpuMilli() == 0) {
      table.book(best, 1, group.cpuMilli(), group.memoryMib());
    } else {
      int mask = table.devicesFor(best, group.gpuMilli());
      table.bookDevices(best, group.cpuMilli(), group.memoryMib(), group.gpuMilli(), mask);
    }
    slots[at] = best;
    int[] onNode = group.onNode();
    if (onNode != null) {
      onNode[best]++;
    }
    return 1;
  }
}
