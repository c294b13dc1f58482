package dev.highwater.rehearsal.bench;

import dev.highwater.model.Limits;

/**
 * The placement benchmark's nodes and replicas, equal to the byte wherever it is generated.
 *
 * <p>Nodes of 32, 64 and 96 cores in a ratio of 6 : 3 : 1; replicas of ten shapes in exact shares,
 * shuffled; twenty tenants with 20 to 1 of 210 tickets. Random numbers are SplitMix64 ({@code
 * below(n) = (next >>> 33) mod n}): one generator seeded with {@code seed} shuffles, a second one
 * seeded with {@code seed + 1} draws tenants. Replicas arrive in batches of {@value #BATCH} in that
 * order, and none ever leaves. Immutable.
 */
public final class PlacementWorkload {
  /** Replicas that arrive together. */
  public static final int BATCH = 1_000;

  /** Number of tenants; tenant t holds {@code TENANTS - t} of {@link #TICKETS} tickets. */
  public static final int TENANTS = 20;

  /** Sum of all tickets. */
  public static final int TICKETS = 210;

  /** Number of replica shapes. */
  public static final int SHAPES = 10;

  private static final int[] NODE_ORDER = {0, 0, 0, 0, 0, 0, 1, 1, 1, 2};
  private static final int[] NODE_CPU = {32_000, 64_000, 96_000};
  private static final int[] NODE_MEMORY = {131_072, 262_144, 786_432};
  private static final int[] CPU = {
    500, 500, 1_000, 1_000, 2_000, 2_000, 2_000, 4_000, 8_000, 16_000
  };
  private static final int[] MEMORY = {
    1_024, 2_048, 2_048, 4_096, 4_096, 8_192, 16_384, 16_384, 32_768, 65_536
  };
  private static final int[] OF_1000 = {170, 130, 150, 150, 90, 120, 40, 80, 45, 25};

  private final int nodes;
  private final byte[] shape;
  private final byte[] tenant;

  private static final class SplitMix64 {
    private long state;

    SplitMix64(long seed) {
      state = seed;
    }

    int below(int n) {
      state += 0x9E3779B97F4A7C15L;
      long z = state;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      z ^= z >>> 31;
      return (int) ((z >>> 33) % n);
    }
  }

  /**
   * Generates a workload.
   *
   * @param nodes 1 to {@link Limits#NODES_MAX}
   * @param replicas a multiple of 1,000
   */
  public PlacementWorkload(int nodes, int replicas, long seed) {
    this.nodes = Limits.range("nodes", nodes, 1, Limits.NODES_MAX);
    Limits.range("replicas", replicas, BATCH, 100_000_000);
    Limits.range("replicas modulo 1000", replicas % BATCH, 0, 0);
    shape = new byte[replicas];
    tenant = new byte[replicas];
    int k = 0;
    for (int s = 0; s < SHAPES; s++) {
      for (int i = 0; i < OF_1000[s] * (replicas / BATCH); i++) {
        shape[k++] = (byte) s;
      }
    }
    SplitMix64 shuffle = new SplitMix64(seed);
    for (int i = replicas - 1; i >= 1; i--) {
      int j = shuffle.below(i + 1);
      byte swap = shape[i];
      shape[i] = shape[j];
      shape[j] = swap;
    }
    byte[] ticket = new byte[TICKETS];
    k = 0;
    for (int t = 0; t < TENANTS; t++) {
      for (int i = 0; i < tickets(t); i++) {
        ticket[k++] = (byte) t;
      }
    }
    SplitMix64 draw = new SplitMix64(seed + 1);
    for (int i = 0; i < replicas; i++) {
      tenant[i] = ticket[draw.below(TICKETS)];
    }
  }

  /** Number of nodes. */
  public int nodes() {
    return nodes;
  }

  /** Number of replicas. */
  public int replicas() {
    return shape.length;
  }

  /** Tickets of a tenant; its nominal quota is this of {@link #TICKETS} parts of the cell. */
  public static int tickets(int tenant) {
    return TENANTS - tenant;
  }

  /** Size of a node, 0 to 2: the number of its pool. */
  public int nodeSize(int node) {
    return NODE_ORDER[node % NODE_ORDER.length];
  }

  /** CPU in millicores of a node size. */
  public static int nodeCpuMilli(int size) {
    return NODE_CPU[size];
  }

  /** Memory in MiB of a node size. */
  public static int nodeMemoryMib(int size) {
    return NODE_MEMORY[size];
  }

  /** Shape of a replica, 0 to 9. */
  public int shape(int replica) {
    return shape[replica];
  }

  /** Tenant of a replica, 0 to 19. */
  public int tenant(int replica) {
    return tenant[replica];
  }

  /** CPU in millicores of a replica shape. */
  public static int cpuMilli(int shape) {
    return CPU[shape];
  }

  /** Memory in MiB of a replica shape. */
  public static int memoryMib(int shape) {
    return MEMORY[shape];
  }
}
