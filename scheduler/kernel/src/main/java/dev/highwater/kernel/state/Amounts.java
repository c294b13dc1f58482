package dev.highwater.kernel.state;

import dev.highwater.model.Resources;
import dev.highwater.model.Service;

/**
 * A service's resources as whole ints, as the capacity table counts them. More than {@link #MOST}
 * of anything is more than any node has, so it counts as that and fits nowhere. Stateless.
 */
public final class Amounts {
  private static final int MOST = 1 << 30;

  /** Devices of a node that are counted: a bit each in an int. */
  private static final int DEVICES_MAX = 31;

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

  /** How many replicas of a kind an empty node of a shape holds. */
  public static int fitting(Resources replica, Resources shape) {
    long n = MOST;
    n = replica.cpuMilli() == 0 ? n : Math.min(n, shape.cpuMilli() / replica.cpuMilli());
    n = replica.memoryMib() == 0 ? n : Math.min(n, shape.memoryMib() / replica.memoryMib());
    long gpu = replica.gpuMilli();
    if (gpu > 0) {
      n =
          Math.min(
              n, gpu < 1_000 ? devices(shape) * (1_000 / gpu) : devices(shape) / (gpu / 1_000));
    }
    return (int) n;
  }

  /**
   * Thousandths of devices that a replica takes where devices hold nothing but its like: one that
   * asks for 600 takes a whole device, because no second one fits beside it.
   */
  public static long ofDevices(Resources replica) {
    long gpu = replica.gpuMilli();
    long onOne = gpu == 0 || gpu >= 1_000 ? 1 : 1_000 / gpu;
    return gpu == 0 || gpu >= 1_000 ? gpu : (1_000 + onOne - 1) / onOne;
  }

  /** Whole devices of a node of a shape. */
  public static int devices(Resources shape) {
    return (int) Math.min(DEVICES_MAX, shape.gpuMilli() / 1_000);
  }

  static int whole(long amount) {
    return (int) Math.min(amount, MOST);
  }
}
