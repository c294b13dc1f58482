package dev.highwater.kernel.state;

import dev.highwater.model.Resources;
import dev.highwater.model.Service;

/**
 * A service's resources as whole ints, as the capacity table counts them. More than {@link #MOST}
 * of anything is more than any node has, so it counts as that and fits nowhere. Stateless.
 */
public final class Amounts {
  private static final int MOST = 1 << 30;

  private Amounts() {}

  public static int cpu(Service service) {
    return whole(service.resources().cpuMilli());
  }

  public static int memory(Service service) {
    return whole(service.resources().memoryMib());
  }

  public static int gpu(Service service) {
    return whole(service.resources().gpuMilli());
  }

  /** Whether one replica fits into an empty node of a shape, a part of one device included. */
  public static boolean fits(Resources replica, Resources shape) {
    return replica.cpuMilli() <= shape.cpuMilli()
        && replica.memoryMib() <= shape.memoryMib()
        && replica.gpuMilli() <= shape.gpuMilli() / 1_000 * 1_000;
  }

  static int whole(long amount) {
    return (int) Math.min(amount, MOST);
  }
}
