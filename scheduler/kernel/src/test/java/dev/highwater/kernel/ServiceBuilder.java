package dev.highwater.kernel;

import dev.highwater.model.BootTime;
import dev.highwater.model.Capacity;
import dev.highwater.model.Criticality;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.Residency;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A service spec for tests that says what matters to them and has every default otherwise. */
public final class ServiceBuilder {
  private final Service plain;
  private List<String> cells;
  private Resources resources;
  private Capacity capacity;
  private Scaling scaling;
  private Residency residency;
  private PlacementRule placement;
  private Criticality criticality;

  private ServiceBuilder(Service plain) {
    this.plain = plain;
    cells = plain.cells();
    resources = plain.resources();
    capacity = plain.capacity();
    scaling = plain.scaling();
    residency = plain.residency();
    placement = plain.placement();
    criticality = plain.criticality();
  }

  public static ServiceBuilder service(String tenant, String name) {
    return like(Service.named(tenant, name));
  }

  /** Begins with what another spec says. */
  public static ServiceBuilder like(Service service) {
    return new ServiceBuilder(service);
  }

  public ServiceBuilder cells(List<String> only) {
    cells = only;
    return this;
  }

  public ServiceBuilder resources(Resources each) {
    resources = each;
    return this;
  }

  public ServiceBuilder cpuMilli(long each) {
    return resources(Resources.of(each, 1_024));
  }

  public ServiceBuilder scaling(Scaling other) {
    scaling = other;
    return this;
  }

  /** A policy that wants so many at first, anything from 0 to 1,000, and holds nothing back. */
  public ServiceBuilder policy(String policy, int initial) {
    return scaling(new Scaling(policy, 0, 1_000, initial, 0, List.of(), List.of(), null, 0));
  }

  /** Policy {@code fixed}. */
  public ServiceBuilder fixed(int replicas) {
    return policy("fixed", replicas);
  }

  public ServiceBuilder bootMs(long exactly) {
    capacity =
        new Capacity(
            capacity.concurrency(),
            capacity.meanServiceMs(),
            capacity.serviceScv(),
            capacity.law(),
            capacity.queueMax(),
            capacity.clientTimeoutMs(),
            capacity.balancing(),
            BootTime.exactly(exactly),
            capacity.serialRatePerSecondMax(),
            capacity.serialShards());
    return this;
  }

  public ServiceBuilder residency(Residency other) {
    residency = other;
    return this;
  }

  public ServiceBuilder placement(PlacementRule rule) {
    placement = rule;
    return this;
  }

  /** Any node, with these bounds of the zones' skew and of its replicas on a node. */
  public ServiceBuilder spread(double zoneSkewMaxRatio, int onNodeMax) {
    return placement(
        new PlacementRule(new TreeMap<>(), List.of(), zoneSkewMaxRatio, onNodeMax, List.of()));
  }

  /** Nodes that have the labels, and also those that have the taints. */
  public ServiceBuilder on(Map<String, String> labels, String... tolerations) {
    return placement(
        new PlacementRule(new TreeMap<>(labels), List.of(tolerations), 0.5, 0, List.of()));
  }

  public ServiceBuilder criticality(Criticality other) {
    criticality = other;
    return this;
  }

  public Service build() {
    return new Service(
        plain.tenant(),
        plain.name(),
        cells,
        resources,
        capacity,
        plain.slo(),
        scaling,
        residency,
        placement,
        criticality,
        plain.waitingRoomMax());
  }
}
