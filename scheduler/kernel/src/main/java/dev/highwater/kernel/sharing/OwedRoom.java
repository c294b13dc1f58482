package dev.highwater.kernel.sharing;

import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.model.Resources;
import org.jspecify.annotations.Nullable;

/**
 * What each node's room owes: what is promised to claims, less what is leaving.
 *
 * <p>Made for one decision's claims; confined to its thread.
 */
final class OwedRoom {
  private final NodeTable table;
  private final Occupancy occupancy;
  private final long[] cpuMilli;
  private final long[] memoryMib;

  /**
   * By slot and device, thousandths that are leaving less those that are promised; null until asked
   * for.
   */
  private final int[] @Nullable [] devicesComing;

  OwedRoom(NodeTable table, Occupancy occupancy) {
    this.table = table;
    this.occupancy = occupancy;
    cpuMilli = new long[table.slots()];
    memoryMib = new long[table.slots()];
    devicesComing = new int[table.slots()][];
    for (int slot = 0; slot < cpuMilli.length; slot++) {
      cpuMilli[slot] = -occupancy.cpuLeaving(slot);
      memoryMib[slot] = -occupancy.memoryLeaving(slot);
    }
  }

  /** CPU that a node owes; negative when more leaves than is promised. */
  long cpuMilli(int slot) {
    return cpuMilli[slot];
  }

  /** The same of memory. */
  long memoryMib(int slot) {
    return memoryMib[slot];
  }

  /** Thousandths that each device of a node has free when all leave that do; a copy. */
  int[] devicesFree(int slot) {
    int[] free = devicesComing(slot).clone();
    for (int d = 0; d < free.length; d++) {
      free[d] += table.deviceFree(slot, d);
    }
    return free;
  }

  /** Promises room to a claim. */
  void promise(int slot, Resources each) {
    int devices = NodeRoom.devicesFor(devicesFree(slot), each);
    owe(slot, each, devices, 1);
  }

  /** Counts a replica as leaving these devices. */
  void leaves(int slot, Resources each, int devices) {
    owe(slot, each, devices, -1);
  }

  private void owe(int slot, Resources each, int devices, int replicas) {
    cpuMilli[slot] += replicas * each.cpuMilli();
    memoryMib[slot] += replicas * each.memoryMib();
    NodeRoom.hold(devicesComing(slot), each, devices, replicas);
  }

  private int[] devicesComing(int slot) {
    int[] known = devicesComing[slot];
    if (known == null) {
      known = new int[table.devices(slot)];
      for (int entry = occupancy.stayTo(slot); entry < occupancy.to(slot); entry++) {
        int devices = occupancy.service(entry).devices(occupancy.position(entry));
        NodeRoom.hold(known, occupancy.resources(entry), devices, -1);
      }
      devicesComing[slot] = known;
    }
    return known;
  }
}
