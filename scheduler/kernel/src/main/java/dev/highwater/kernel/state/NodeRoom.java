package dev.highwater.kernel.state;

import dev.highwater.model.Resources;
import java.util.Arrays;

/**
 * What one node still holds, device by device, less with each replica that is counted against it.
 *
 * <p>It exists for questions that place nothing: how many replicas would find room, how many nodes
 * they need. Thousandths of devices must not be added up for these, because two halves make no
 * whole. Devices are chosen as the capacity table chooses them.
 *
 * <p>Confined to one thread.
 */
public final class NodeRoom {
  private long cpuFree;
  private long memoryFree;
  private final int[] deviceFree;

  private NodeRoom(long cpuFree, long memoryFree, int[] deviceFree) {
    this.cpuFree = cpuFree;
    this.memoryFree = memoryFree;
    this.deviceFree = deviceFree;
  }

  /** A node of a shape, empty. */
  public static NodeRoom of(Resources shape) {
    int[] devices = new int[Amounts.devices(shape)];
    Arrays.fill(devices, DeviceTable.WHOLE);
    return new NodeRoom(shape.cpuMilli(), shape.memoryMib(), devices);
  }

  /** What is free on a node now; nothing when it is overfull. */
  public static NodeRoom of(NodeTable table, int slot) {
    int[] devices = new int[table.devices(slot)];
    for (int d = 0; d < devices.length; d++) {
      devices[d] = table.deviceFree(slot, d);
    }
    return new NodeRoom(
        Math.max(0, table.cpuFree(slot)), Math.max(0, table.memoryFree(slot)), devices);
  }

  /**
   * Counts replicas against it.
   *
   * @param count at most so many
   * @return how many it holds
   */
  public int take(Resources each, int count) {
    long n = count;
    n = each.cpuMilli() == 0 ? n : Math.min(n, cpuFree / each.cpuMilli());
    n = each.memoryMib() == 0 ? n : Math.min(n, memoryFree / each.memoryMib());
    n = each.gpuMilli() == 0 ? n : takeDevices(Amounts.whole(each.gpuMilli()), (int) n);
    cpuFree -= n * each.cpuMilli();
    memoryFree -= n * each.memoryMib();
    return (int) n;
  }

  /** The same, to be changed apart. */
  public NodeRoom copy() {
    return new NodeRoom(cpuFree, memoryFree, deviceFree.clone());
  }

  /**
   * Counts a replica as gone.
   *
   * @param devices of the node that it held, a bit each
   */
  public void giveBack(Resources each, int devices) {
    cpuFree += each.cpuMilli();
    memoryFree += each.memoryMib();
    hold(deviceFree, each, devices, -1);
  }

  /** Whether one more lacks something of which another gives something back when it goes. */
  public boolean lacks(Resources each, Resources gone) {
    int gpuMilli = Amounts.whole(each.gpuMilli());
    return (gone.cpuMilli() > 0 && each.cpuMilli() > cpuFree)
        || (gone.memoryMib() > 0 && each.memoryMib() > memoryFree)
        || (gone.gpuMilli() > 0 && gpuMilli > 0 && DeviceTable.bestOf(deviceFree, gpuMilli) == 0);
  }

  /**
   * The devices that one replica would get, a bit each.
   *
   * @param free thousandths by device
   * @return 0 when it finds none
   */
  public static int devicesFor(int[] free, Resources each) {
    int gpuMilli = Amounts.whole(each.gpuMilli());
    return gpuMilli == 0 ? 0 : DeviceTable.bestOf(free, gpuMilli);
  }

  /** Counts so many replicas as holding these devices, or as leaving them. */
  public static void hold(int[] free, Resources each, int devices, int replicas) {
    for (int d = 0; d < free.length; d++) {
      free[d] -= (devices >>> d & 1) != 0 ? replicas * onDevice(each.gpuMilli()) : 0;
    }
  }

  private static int onDevice(long gpuMilli) {
    return (int) Math.min(gpuMilli, DeviceTable.WHOLE);
  }

  private int takeDevices(int gpuMilli, int count) {
    for (int taken = 0; taken < count; taken++) {
      int mask = DeviceTable.bestOf(deviceFree, gpuMilli);
      if (mask == 0) {
        return taken;
      }
      for (int d = 0; d < deviceFree.length; d++) {
        deviceFree[d] -= (mask >>> d & 1) != 0 ? onDevice(gpuMilli) : 0;
      }
    }
    return count;
  }

  /** Free thousandths of all its devices. */
  long gpuFree() {
    long sum = 0;
    for (int free : deviceFree) {
      sum += free;
    }
    return sum;
  }
}
