package dev.highwater.kernel.state;

import java.util.Arrays;

/**
 * Free thousandths of the devices (gpu) of nodes, by slot of the capacity table.
 *
 * <p>Confined to the thread of its {@link NodeTable}.
 */
final class DeviceTable {
  /** Thousandths of a whole device. */
  static final int WHOLE = 1_000;

  private int[][] free = new int[16][];

  DeviceTable copy() {
    DeviceTable copy = new DeviceTable();
    copy.free = new int[free.length][];
    for (int i = 0; i < free.length; i++) {
      copy.free[i] = free[i] == null ? null : free[i].clone();
    }
    return copy;
  }

  void grow(int slots) {
    free = Arrays.copyOf(free, slots);
  }

  void add(int slot, int devices) {
    free[slot] = null;
    if (devices > 0) {
      free[slot] = new int[devices];
      Arrays.fill(free[slot], WHOLE);
    }
  }

  void remove(int slot) {
    free[slot] = null;
  }

  int count(int slot) {
    return free[slot] == null ? 0 : free[slot].length;
  }

  int free(int slot, int device) {
    return free[slot][device];
  }

  /** The devices that a request would get, a bit each; 0 when there is no room. */
  int bestFor(int slot, int gpuMilli) {
    int[] of = free[slot];
    return of == null ? 0 : bestOf(of, gpuMilli);
  }

  /** The same of devices with so much free each. */
  static int bestOf(int[] of, int gpuMilli) {
    return gpuMilli <= WHOLE ? fullest(of, gpuMilli) : wholes(of, gpuMilli / WHOLE);
  }

  private static int fullest(int[] of, int gpuMilli) {
    int best = -1;
    for (int i = 0; i < of.length; i++) {
      if (of[i] >= gpuMilli && (best < 0 || of[i] < of[best])) {
        best = i;
      }
    }
    return best < 0 ? 0 : 1 << best;
  }

  private static int wholes(int[] of, int count) {
    int wanted = count;
    int mask = 0;
    for (int i = 0; i < of.length && wanted > 0; i++) {
      if (of[i] == WHOLE) {
        mask |= 1 << i;
        wanted--;
      }
    }
    return wanted == 0 ? mask : 0;
  }

  /** Takes (or with a negative amount gives back) so much of each of the devices. */
  void take(int slot, int devices, int each) {
    int[] of = free[slot];
    for (int i = 0; i < of.length; i++) {
      if ((devices >>> i & 1) != 0) {
        of[i] -= each;
      }
    }
  }
}
