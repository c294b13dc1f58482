package dev.highwater.kernel.placement;

import dev.highwater.kernel.state.NodeTable;
import java.util.Arrays;
import java.util.List;

/**
 * Prefers the node whose free devices lose least of their use to the tasks that are likely to come.
 *
 * <p><b>Goals</b>: devices end up allocated and not stranded, neither as parts nobody fits into nor
 * as whole devices on nodes without CPU.
 *
 * <p><b>Algorithm</b>: for a task type m, the <em>fragmented</em> share of a node is what m cannot
 * use of its free devices: all of it when m does not fit the node, otherwise what would be left of
 * them if tasks of type m alone came until the node's devices or its CPU are used up. The score of
 * a node is minus the growth of the mean of that over all types, weighted by how often they come.
 * Each node's scores are kept until the node changes, so one more replica costs one table look-up
 * per node.
 *
 * <p><b>Source</b>: after Q. Weng, L. Yang et al., "Beware of Fragmentation: Scheduling GPU-Sharing
 * Workloads with Fragmentation Gradient Descent", USENIX ATC 2023, which counts only devices with
 * less free than m asks for; counting how often m fits raised the allocated share of its own
 * workload in our measurement.
 *
 * <p>Confined to one thread and one table.
 */
public final class FragmentationScore implements DeviceScore {
  /**
   * A kind of task that may come.
   *
   * @param gpuMilli as a request: 0, a part of one device, or whole devices
   * @param weight how often it comes, > 0; the sum is taken as 1
   */
  public record TaskType(int cpuMilli, int memoryMib, int gpuMilli, double weight) {}

  private final TaskType[] types;
  private double[][] kept = new double[16][];
  private long[] version = new long[16];

  /**
   * Makes a score.
   *
   * @param types what may come, at least one
   */
  public FragmentationScore(List<TaskType> types) {
    double sum = 0;
    for (TaskType type : types) {
      sum += type.weight();
    }
    this.types = new TaskType[types.size()];
    for (int i = 0; i < this.types.length; i++) {
      TaskType t = types.get(i);
      this.types[i] = new TaskType(t.cpuMilli(), t.memoryMib(), t.gpuMilli(), t.weight() / sum);
    }
  }

  @Override
  public double score(NodeTable table, int slot, int cpuMilli, int memoryMib, int gpuMilli) {
    if (slot >= kept.length) {
      kept = Arrays.copyOf(kept, Math.max(slot + 1, kept.length * 2));
      version = Arrays.copyOf(version, kept.length);
    }
    double[] row = kept[slot];
    if (row == null || version[slot] != table.changes(slot)) {
      row = new double[types.length + 1];
      Arrays.fill(row, Double.NaN);
      kept[slot] = row;
      version[slot] = table.changes(slot);
    }
    int type = typeOf(cpuMilli, memoryMib, gpuMilli);
    if (type < 0) {
      return before(table, slot, row) - after(table, slot, cpuMilli, memoryMib, gpuMilli);
    }
    if (Double.isNaN(row[type + 1])) {
      row[type + 1] = before(table, slot, row) - after(table, slot, cpuMilli, memoryMib, gpuMilli);
    }
    return row[type + 1];
  }

  /** The part of the devices that is in use, or that the mean task with devices can still use. */
  @Override
  public double useful(NodeTable table, int slot) {
    int[] free = free(table, slot);
    int total = 0;
    for (int f : free) {
      total += f;
    }
    double withDevices = 0;
    for (TaskType type : types) {
      withDevices += type.gpuMilli() > 0 ? type.weight() : 0;
    }
    if (withDevices == 0 || free.length == 0) {
      return 1;
    }
    // Tasks without devices use none of them, whatever the node; that says nothing of the node.
    double ofThose =
        fragmented(free, table.cpuFree(slot), table.memoryFree(slot)) - (1 - withDevices) * total;
    return 1 - ofThose / withDevices / (1_000.0 * free.length);
  }

  private static int[] free(NodeTable table, int slot) {
    int[] free = new int[table.devices(slot)];
    for (int d = 0; d < free.length; d++) {
      free[d] = table.deviceFree(slot, d);
    }
    return free;
  }

  private int typeOf(int cpuMilli, int memoryMib, int gpuMilli) {
    for (int i = 0; i < types.length; i++) {
      TaskType t = types[i];
      if (t.cpuMilli() == cpuMilli && t.gpuMilli() == gpuMilli && t.memoryMib() == memoryMib) {
        return i;
      }
    }
    return -1;
  }

  private double before(NodeTable table, int slot, double[] row) {
    if (Double.isNaN(row[0])) {
      row[0] = fragmented(free(table, slot), table.cpuFree(slot), table.memoryFree(slot));
    }
    return row[0];
  }

  private double after(NodeTable table, int slot, int cpuMilli, int memoryMib, int gpuMilli) {
    int mask = gpuMilli == 0 ? 0 : table.devicesFor(slot, gpuMilli);
    int[] free = free(table, slot);
    for (int d = 0; d < free.length; d++) {
      free[d] -= (mask >>> d & 1) != 0 ? Math.min(gpuMilli, 1_000) : 0;
    }
    return fragmented(free, table.cpuFree(slot) - cpuMilli, table.memoryFree(slot) - memoryMib);
  }

  /** Thousandths of the free devices that the mean task cannot use. */
  private double fragmented(int[] free, int cpuFree, int memoryFree) {
    int total = 0;
    int whole = 0;
    int largest = 0;
    for (int f : free) {
      total += f;
      whole += f == 1_000 ? 1 : 0;
      largest = Math.max(largest, f);
    }
    if (total == 0) {
      return 0;
    }
    double sum = 0;
    for (TaskType t : types) {
      boolean fits =
          t.gpuMilli() > 0
              && cpuFree >= t.cpuMilli()
              && memoryFree >= t.memoryMib()
              && (t.gpuMilli() <= 1_000 ? largest >= t.gpuMilli() : whole >= t.gpuMilli() / 1_000);
      if (!fits) {
        sum += t.weight() * total;
        continue;
      }
      int each = Math.min(1_000, t.gpuMilli());
      int fitting = 0;
      int lost = 0;
      for (int f : free) {
        fitting += f / each;
        lost += f < each ? f : 0;
      }
      int most = fitting / Math.max(1, t.gpuMilli() / 1_000);
      if (t.cpuMilli() > 0) {
        most = Math.min(most, cpuFree / t.cpuMilli());
      }
      lost = Math.max(lost, total - most * t.gpuMilli());
      sum += t.weight() * lost;
    }
    return sum;
  }
}
