package dev.highwater.model;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Nodes of one shape, price and boot time in one cell. Immutable.
 *
 * @param shape what each node has
 * @param zones a node's zone is {@code zones[ordinal % zones.size()]}
 * @param labels every node's labels
 * @param taints a replica needs a toleration for each
 * @param pricePerHour money per node and hour
 * @param nodesMin never fewer
 * @param nodesMax never more
 * @param nodesWarm booted beyond need, so that replicas need not wait for a node
 * @param scaleInDelayMs a node stays empty this long before it is given back
 * @param spotLossPerHour how often the provider takes a spot node back, expected per node and hour;
 *     0 for never, and for what is no spot node
 */
public record NodePool(
    String cell,
    String name,
    Resources shape,
    List<String> zones,
    SortedMap<String, String> labels,
    List<String> taints,
    double pricePerHour,
    Purchase purchase,
    BootTime boot,
    int nodesMin,
    int nodesMax,
    int nodesWarm,
    long scaleInDelayMs,
    double spotLossPerHour)
    implements Spec {
  /**
   * Pools of one cell: half of what a {@link CellMinute} holds, because one that was deleted counts
   * until its last node is gone.
   */
  public static final int IN_CELL_MAX = Limits.SPEC_LIST_MAX / 2;

  /** More often than once a minute nothing would boot in time. */
  private static final double SPOT_LOSS_PER_HOUR_MAX = 60;

  public NodePool {
    Limits.name("cell", cell);
    Limits.name("name", name);
    zones = Limits.list("zones", zones, 100);
    zones = zones.isEmpty() ? List.of("a") : zones;
    for (int i = 0; i < zones.size(); i++) {
      Limits.name("zones[" + i + "]", zones.get(i));
    }
    labels = Limits.labels("labels", labels);
    taints = Limits.list("taints", taints, 64);
    Limits.range("pricePerHour", pricePerHour, 0, 1e9);
    Limits.range("nodesMin", nodesMin, 0, Limits.NODES_MAX);
    Limits.range("nodesMax", nodesMax, 0, Limits.NODES_MAX);
    if (nodesMin > nodesMax) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "nodesMin",
          nodesMin,
          "must not exceed nodesMax (" + nodesMax + ")");
    }
    Limits.range("nodesWarm", nodesWarm, 0, Limits.NODES_MAX);
    Limits.durationMs("scaleInDelayMs", scaleInDelayMs);
    Limits.range("spotLossPerHour", spotLossPerHour, 0, SPOT_LOSS_PER_HOUR_MAX);
    if (spotLossPerHour > 0 && purchase != Purchase.SPOT) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "spotLossPerHour",
          spotLossPerHour,
          "must be 0 unless purchase is spot, because no other node is taken back");
    }
  }

  /** A pool whose nodes are not taken back. */
  public NodePool(
      String cell,
      String name,
      Resources shape,
      List<String> zones,
      SortedMap<String, String> labels,
      List<String> taints,
      double pricePerHour,
      Purchase purchase,
      BootTime boot,
      int nodesMin,
      int nodesMax,
      int nodesWarm,
      long scaleInDelayMs) {
    this(
        cell,
        name,
        shape,
        zones,
        labels,
        taints,
        pricePerHour,
        purchase,
        boot,
        nodesMin,
        nodesMax,
        nodesWarm,
        scaleInDelayMs,
        0);
  }

  /** A pool with every default: 16 cores, 64 GiB, three zones, 0 to 60 nodes. */
  public static NodePool named(String cell, String name) {
    return new NodePool(
        cell,
        name,
        Resources.of(16_000, 65_536),
        List.of("a", "b", "c"),
        new TreeMap<>(),
        List.of(),
        1,
        Purchase.ON_DEMAND,
        BootTime.exactly(15_000),
        0,
        60,
        0,
        60_000);
  }

  /** The same with another least number of nodes. */
  public NodePool withNodesMin(int otherNodesMin) {
    return withNodes(otherNodesMin, nodesMax);
  }

  /** The same with so many nodes fewer, such as when nobody may use some. */
  public NodePool fewer(int nodes) {
    return withNodes(Math.max(0, nodesMin - nodes), Math.max(0, nodesMax - nodes));
  }

  private NodePool withNodes(int otherNodesMin, int otherNodesMax) {
    return new NodePool(
        cell,
        name,
        shape,
        zones,
        labels,
        taints,
        pricePerHour,
        purchase,
        boot,
        otherNodesMin,
        otherNodesMax,
        nodesWarm,
        scaleInDelayMs,
        spotLossPerHour);
  }

  @Override
  public String key() {
    return cell + "/" + name;
  }
}
