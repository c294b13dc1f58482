package dev.highwater.kernel.sharing;

import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.model.Resources;

/**
 * What one replica more lacks of room on a node, less with each that leaves it.
 *
 * <p>Devices are looked at one by one, as placement does: parts of several make no whole one, and
 * room that nobody can use would go back to whom it was taken from, without end.
 *
 * <p>Made for one node and claim; confined to its thread.
 */
final class RoomLack {
  private final Resources each;
  private final int[] devicesFree;
  private long cpuMilli;
  private long memoryMib;
  private long gpuMilli;

  /**
   * Begins.
   *
   * @param cpuMilli that is lacking; nothing is when it is 0 or less, and so with all kinds
   * @param gpuMilli that is lacking whichever device it is on
   * @param devicesFree thousandths by device; changed as replicas leave
   */
  RoomLack(Resources each, long cpuMilli, long memoryMib, long gpuMilli, int[] devicesFree) {
    this.each = each;
    this.cpuMilli = cpuMilli;
    this.memoryMib = memoryMib;
    this.gpuMilli = gpuMilli;
    this.devicesFree = devicesFree;
  }

  /** The same, to be changed apart. */
  RoomLack copy() {
    return new RoomLack(each, cpuMilli, memoryMib, gpuMilli, devicesFree.clone());
  }

  /** Whether anything is lacking. */
  boolean any() {
    return cpuMilli > 0 || memoryMib > 0 || lacksDevices();
  }

  private boolean lacksDevices() {
    return gpuMilli > 0 || (each.gpuMilli() > 0 && NodeRoom.devicesFor(devicesFree, each) == 0);
  }

  /** Whether one gives something back, when it leaves, of what is lacking. */
  boolean lessBy(Resources gone) {
    return (cpuMilli > 0 && gone.cpuMilli() > 0)
        || (memoryMib > 0 && gone.memoryMib() > 0)
        || (gone.gpuMilli() > 0 && lacksDevices());
  }

  /** Counts a replica as leaving these devices. */
  void leaves(Resources gone, int devices) {
    count(gone, devices, -1);
  }

  /** Counts one that was leaving as staying. */
  void stays(Resources gone, int devices) {
    count(gone, devices, 1);
  }

  private void count(Resources other, int devices, int replicas) {
    cpuMilli += replicas * other.cpuMilli();
    memoryMib += replicas * other.memoryMib();
    gpuMilli += replicas * other.gpuMilli();
    NodeRoom.hold(devicesFree, other, devices, replicas);
  }
}
