package dev.highwater.model;

import dev.highwater.model.Fact.DrainReason;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What all facts of a cell's journal up to a position add up to, so that the facts themselves need
 * not be kept. Everything on which a later decision depends is in it, down to the order in which
 * nodes and services came, so that who begins with it decides exactly as who read them all.
 * Immutable.
 *
 * @param cell name of the cell
 * @param factCount number of facts; generations of orders are taken from it
 * @param admissionGeneration generation of the last change of an admission rate
 * @param spec of the cell, or null before it was applied
 * @param services in the order in which they came
 * @param zones in the order in which nodes brought them
 * @param partitions in the order in which nodes brought them
 * @param slots places for nodes that were ever taken
 * @param nodes in the order of their slots
 * @param released by pool, names of nodes that were given back and not seen since
 * @param cordons in the order of their nodes; null, of an image from before there were any, is none
 */
public record CellImage(
    String cell,
    long epoch,
    long factCount,
    long admissionGeneration,
    @Nullable Cell spec,
    List<Pool> pools,
    List<Holder> tenants,
    List<PeakEvent> events,
    List<Deployed> services,
    List<String> zones,
    List<Partition> partitions,
    int slots,
    List<Node> nodes,
    SortedMap<String, List<String>> released,
    @Nullable List<Cordon> cordons) {
  public CellImage {
    pools = List.copyOf(pools);
    tenants = List.copyOf(tenants);
    events = List.copyOf(events);
    services = List.copyOf(services);
    zones = List.copyOf(zones);
    partitions = List.copyOf(partitions);
    nodes = List.copyOf(nodes);
    released = new TreeMap<>(released);
    cordons = cordons == null ? List.of() : List.copyOf(cordons);
  }

  @Override
  public List<Cordon> cordons() {
    return cordons == null ? List.of() : cordons;
  }

  /**
   * A pool.
   *
   * @param spec null when nodes named a pool that is not declared
   * @param lastSpec the last one of a pool that was deleted; null while one is in force or when
   *     none ever was
   * @param targeted whether a target was ever decided
   * @param proposed nodes that the last proposal to move replicas named; null when there was none
   */
  public record Pool(
      String key,
      @Nullable NodePool spec,
      @Nullable NodePool lastSpec,
      int target,
      boolean targeted,
      long generation,
      @Nullable List<String> proposed) {
    public Pool {
      proposed = proposed == null ? null : List.copyOf(proposed);
    }
  }

  /**
   * A tenant.
   *
   * @param spec null when services named a tenant that is not declared
   * @param shares whether it has, or had, services here or a quota of this cell
   */
  public record Holder(String name, @Nullable Tenant spec, boolean shares) {}

  /**
   * A service with its replicas, which are lists of equal length in the order of their ordinals.
   *
   * @param removed whether its spec was removed; what still runs is being stopped
   * @param targeted whether a target was ever decided
   * @param ordinals of the replicas that hold room
   * @param slots of the nodes that they are on
   * @param stopped those of the ordinals that were told to stop
   * @param devices a bit per device that each holds; empty when none holds any
   */
  public record Deployed(
      Service spec,
      boolean removed,
      int target,
      WishSource winner,
      boolean targeted,
      long nextOrdinal,
      double admissionPerSecond,
      double retryRatio,
      List<Long> ordinals,
      List<Integer> slots,
      List<Long> stopped,
      List<Integer> devices) {
    public Deployed {
      ordinals = List.copyOf(ordinals);
      slots = List.copyOf(slots);
      stopped = List.copyOf(stopped);
      devices = List.copyOf(devices);
    }
  }

  /**
   * Nodes that filters treat alike.
   *
   * @param like any of them
   * @param devices whether one of them ever had devices
   */
  public record Partition(String pool, int zone, NodeDescriptor like, boolean devices) {}

  /**
   * A node; its replicas are two lists of equal length.
   *
   * @param draining why it drains, or null while it does not
   * @param services of its replicas, by their position among all services
   * @param ordinals of its replicas
   */
  public record Node(
      NodeDescriptor descriptor,
      int slot,
      @Nullable DrainReason draining,
      long generation,
      List<Integer> services,
      List<Long> ordinals) {
    public Node {
      services = List.copyOf(services);
      ordinals = List.copyOf(ordinals);
    }
  }

  /** Every spec in force, for those who want to know what was declared. */
  public List<Spec> specs() {
    List<Spec> specs = new ArrayList<>();
    if (spec != null) {
      specs.add(spec);
    }
    for (Pool pool : pools) {
      if (pool.spec() != null) {
        specs.add(pool.spec());
      }
    }
    for (Holder tenant : tenants) {
      if (tenant.spec() != null) {
        specs.add(tenant.spec());
      }
    }
    for (Deployed service : services) {
      if (!service.removed()) {
        specs.add(service.spec());
      }
    }
    specs.addAll(events);
    specs.addAll(cordons());
    return specs;
  }
}
