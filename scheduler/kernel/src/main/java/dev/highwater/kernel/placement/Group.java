package dev.highwater.kernel.placement;

import org.jspecify.annotations.Nullable;

/**
 * Identical replicas of one service that are placed together, with what the placer needs to know of
 * their service.
 *
 * <p>Identical replicas differ in nothing that matters to placement, so the filters are evaluated
 * once for the group and not once for each. The arrays are the caller's; {@code onZone} and {@code
 * onNode} are changed by placing. Confined to the caller's thread.
 */
public final class Group {
  private final int cpuMilli;
  private final int memoryMib;
  private final int gpuMilli;
  private int[][] partitions;
  private final int[] onZone;
  private final int zoneFirst;
  private double zoneSkewMaxRatio = 1;
  private int perNodeMax;
  private int @Nullable [] onNode;
  private boolean @Nullable [] forbidden;

  /**
   * A group without rules.
   *
   * @param cpuMilli CPU of one replica
   * @param memoryMib memory of one replica
   * @param gpuMilli 0, a part of one device (1 to 999) or whole devices (a multiple of 1,000)
   * @param partitions {@code partitions[zone]} are the partitions of a zone that the service may
   *     use, best first; an empty row is a zone that it may not or cannot use
   * @param onZone replicas of the service in each zone already
   * @param zoneFirst the zone that takes the first replica when all are equally full, so that small
   *     services do not all begin in one
   */
  public Group(
      int cpuMilli, int memoryMib, int gpuMilli, int[][] partitions, int[] onZone, int zoneFirst) {
    this.cpuMilli = cpuMilli;
    this.memoryMib = memoryMib;
    this.gpuMilli = gpuMilli;
    this.partitions = partitions;
    this.onZone = onZone;
    this.zoneFirst = zoneFirst;
  }

  /**
   * Limits how uneven zones may be.
   *
   * @param skewMaxRatio largest difference between the fullest and emptiest usable zone as a share
   *     of the service's replicas; 1 means no limit
   */
  public Group spread(double skewMaxRatio) {
    zoneSkewMaxRatio = skewMaxRatio;
    return this;
  }

  /**
   * Limits replicas on one node.
   *
   * @param most of the service on one node, at least 1
   * @param alreadyOnNode replicas of the service by slot
   */
  public Group perNode(int most, int[] alreadyOnNode) {
    perNodeMax = most;
    onNode = alreadyOnNode;
    return this;
  }

  /** Changes which partitions may be used, as in the constructor. */
  Group within(int[][] usable) {
    partitions = usable;
    return this;
  }

  /**
   * Excludes nodes.
   *
   * @param slots true for each slot that is excluded, or null for none
   */
  public Group apartFrom(boolean @Nullable [] slots) {
    forbidden = slots;
    return this;
  }

  int cpuMilli() {
    return cpuMilli;
  }

  int memoryMib() {
    return memoryMib;
  }

  int gpuMilli() {
    return gpuMilli;
  }

  /** Usable partitions by zone, best first. */
  public int[][] partitions() {
    return partitions;
  }

  /** Replicas of the service by zone, those placed by this group included. */
  public int[] onZone() {
    return onZone;
  }

  int zoneFirst() {
    return zoneFirst;
  }

  /** Replicas of the service by slot, or null when their number is not limited. */
  public int @Nullable [] onNode() {
    return onNode;
  }

  /** Slots that are excluded, or null. */
  public boolean @Nullable [] forbidden() {
    return forbidden;
  }

  /** Largest allowed difference between two usable zones when the service has so many replicas. */
  public int skewMax(int total) {
    return zoneSkewMaxRatio >= 1
        ? Integer.MAX_VALUE
        : Math.max(1, (int) (zoneSkewMaxRatio * total));
  }

  /** Whether rules of its own exclude nodes, or limit replicas on one. */
  public boolean hasRules() {
    return forbidden != null || onNode != null;
  }

  /** Replicas of the service that its own rules still allow on a node. */
  public int roomByRule(int slot) {
    if (forbidden != null && forbidden[slot]) {
      return 0;
    }
    return onNode == null ? Integer.MAX_VALUE : perNodeMax - onNode[slot];
  }
}
