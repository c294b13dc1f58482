package dev.highwater.kernel;

import dev.highwater.model.BootTime;
import dev.highwater.model.NodePool;
import dev.highwater.model.Purchase;
import dev.highwater.model.Resources;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A pool of {@link World#CELL} for tests that says what matters to them: four cores and 16 GiB a
 * node, one zone, on demand for 1 an hour, 0 to 20 nodes, given back after ten seconds otherwise.
 */
public final class PoolBuilder {
  private final String name;
  private Resources shape = Resources.of(4_000, 16_384);
  private List<String> zones = List.of("a");
  private SortedMap<String, String> labels = new TreeMap<>();
  private List<String> taints = List.of();
  private double pricePerHour = 1;
  private Purchase purchase = Purchase.ON_DEMAND;
  private BootTime boot = BootTime.exactly(15_000);
  private int nodesMin;
  private int nodesMax = 20;
  private int nodesWarm;
  private long scaleInDelayMs = 10_000;
  private double lossPerHour;

  private PoolBuilder(String name) {
    this.name = name;
  }

  public static PoolBuilder pool(String name) {
    return new PoolBuilder(name);
  }

  /** Begins with what another spec says. */
  public static PoolBuilder like(NodePool other) {
    return pool(other.name())
        .shape(other.shape())
        .zones(other.zones().toArray(new String[0]))
        .labels(other.labels())
        .taints(other.taints().toArray(new String[0]))
        .bought(other.purchase(), other.pricePerHour())
        .boot(other.boot())
        .nodes(other.nodesMin(), other.nodesMax())
        .nodesWarm(other.nodesWarm())
        .scaleInDelayMs(other.scaleInDelayMs())
        .lossPerHour(other.spotLossPerHour());
  }

  public PoolBuilder shape(Resources each) {
    shape = each;
    return this;
  }

  public PoolBuilder zones(String... all) {
    zones = List.of(all);
    return this;
  }

  public PoolBuilder labels(Map<String, String> all) {
    labels = new TreeMap<>(all);
    return this;
  }

  public PoolBuilder taints(String... all) {
    taints = List.of(all);
    return this;
  }

  public PoolBuilder bought(Purchase how, double perHour) {
    purchase = how;
    pricePerHour = perHour;
    return this;
  }

  public PoolBuilder boot(BootTime time) {
    boot = time;
    return this;
  }

  public PoolBuilder bootMs(long exactly) {
    return boot(BootTime.exactly(exactly));
  }

  public PoolBuilder nodes(int min, int max) {
    nodesMin = min;
    nodesMax = max;
    return this;
  }

  public PoolBuilder nodesWarm(int kept) {
    nodesWarm = kept;
    return this;
  }

  public PoolBuilder scaleInDelayMs(long delayMs) {
    scaleInDelayMs = delayMs;
    return this;
  }

  public PoolBuilder lossPerHour(double losses) {
    lossPerHour = losses;
    return this;
  }

  public NodePool build() {
    return new NodePool(
        World.CELL,
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
        lossPerHour);
  }
}
