package dev.highwater.workload;

import java.util.Arrays;

/**
 * Whether demands for GPU devices fit a node: whole devices alone, parts beside each other, no part
 * over two devices. Stateless.
 *
 * <p>Largest first onto the fullest device that still has room; if that fails, a bounded search
 * over all arrangements, so that a feasible order is refused only beyond the bound.
 */
final class DeviceFit {

  private static final int DEVICE_MILLI = 1_000;

  /** Steps of the search; a node of 8 devices with 16 parts needs far fewer. */
  private static final int SEARCH_STEPS_MAX = 20_000;

  private DeviceFit() {}

  /**
   * @param totalMilli thousandths of devices the node has
   * @param demandsMilli each a part (1..999) or whole devices (a multiple of 1,000); 0 is nothing
   */
  static boolean fits(long totalMilli, long[] demandsMilli) {
    long devices = totalMilli / DEVICE_MILLI;
    long parts = 0;
    for (long demand : demandsMilli) {
      if (demand >= DEVICE_MILLI) {
        devices -= (demand + DEVICE_MILLI - 1) / DEVICE_MILLI;
      } else if (demand > 0) {
        parts++;
      }
    }
    if (devices < 0 || (parts > 0 && devices == 0)) {
      return parts == 0 && devices == 0;
    }
    long[] sizes =
        Arrays.stream(demandsMilli).filter(d -> d > 0 && d < DEVICE_MILLI).sorted().toArray();
    int[] free = new int[(int) Math.min(devices, Math.max(1, sizes.length))];
    Arrays.fill(free, DEVICE_MILLI);
    return place(sizes, sizes.length - 1, free, new int[1]);
  }

  private static boolean place(long[] sizes, int next, int[] free, int[] steps) {
    if (next < 0) {
      return true;
    }
    if (steps[0]++ > SEARCH_STEPS_MAX) {
      return false;
    }
    long size = sizes[next];
    // Fullest first; devices with equal room are interchangeable, so each room is tried once.
    int tried = -1;
    for (int room = nextRoom(free, (int) size - 1); room > tried; room = nextRoom(free, room)) {
      tried = room;
      int device = indexOf(free, room);
      free[device] -= (int) size;
      if (place(sizes, next - 1, free, steps)) {
        return true;
      }
      free[device] += (int) size;
    }
    return false;
  }

  /** The smallest room larger than {@code above}; -1 if none. */
  private static int nextRoom(int[] free, int above) {
    int best = -1;
    for (int room : free) {
      if (room > above && (best < 0 || room < best)) {
        best = room;
      }
    }
    return best;
  }

  private static int indexOf(int[] free, int room) {
    for (int i = 0; i < free.length; i++) {
      if (free[i] == room) {
        return i;
      }
    }
    throw new IllegalStateException("no device has " + room);
  }
}
