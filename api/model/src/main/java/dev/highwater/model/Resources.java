package dev.highwater.model;

/**
 * An amount of what nodes have and replicas need. Immutable.
 *
 * @param cpuMilli thousandths of a core, >= 0
 * @param memoryMib mebibytes, >= 0
 * @param gpuMilli thousandths of GPU devices, >= 0. A node with three devices has 3,000. A replica
 *     asks for a part of one device (1 to 999) or for whole devices (a multiple of 1,000)
 */
public record Resources(long cpuMilli, long memoryMib, long gpuMilli) {
  /** Nothing at all. */
  public static final Resources NONE = new Resources(0, 0, 0);

  /** Most of each kind that can be said: sums of a thousand such amounts still fit a long. */
  public static final long MAX = 1L << 50;

  public Resources {
    Limits.range("cpuMilli", cpuMilli, 0, MAX);
    Limits.range("memoryMib", memoryMib, 0, MAX);
    Limits.range("gpuMilli", gpuMilli, 0, MAX);
  }

  /** An amount without GPU devices. */
  public static Resources of(long cpuMilli, long memoryMib) {
    return new Resources(cpuMilli, memoryMib, 0);
  }

  /** Sum of both, at most {@link #MAX} of each kind. */
  public Resources plus(Resources other) {
    return new Resources(
        Math.min(MAX, cpuMilli + other.cpuMilli),
        Math.min(MAX, memoryMib + other.memoryMib),
        Math.min(MAX, gpuMilli + other.gpuMilli));
  }

  /** This less the other, each part at least 0. */
  public Resources minus(Resources other) {
    return new Resources(
        Math.max(0, cpuMilli - other.cpuMilli),
        Math.max(0, memoryMib - other.memoryMib),
        Math.max(0, gpuMilli - other.gpuMilli));
  }

  /** This amount {@code n} times, {@code n >= 0}, at most {@link #MAX} of each kind. */
  public Resources times(long n) {
    return new Resources(times(cpuMilli, n), times(memoryMib, n), times(gpuMilli, n));
  }

  private static long times(long amount, long n) {
    return n > 0 && amount > MAX / n ? MAX : amount * n;
  }

  /** Whether this fits into the other in every part. */
  public boolean fitsIn(Resources other) {
    return cpuMilli <= other.cpuMilli && memoryMib <= other.memoryMib && gpuMilli <= other.gpuMilli;
  }
}
