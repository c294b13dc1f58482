package dev.highwater.model;

import java.util.List;

/**
 * One scalable part of a tenant's system: identical replicas that serve one kind of request.
 * Immutable.
 *
 * @param cells names of cells it may run in; empty means every cell that residency allows
 * @param resources what one replica needs
 * @param criticality what is refused first when capacity is short
 * @param waitingRoomMax users that may wait for admission; 0 means they are rejected at once
 */
public record Service(
    String tenant,
    String name,
    List<String> cells,
    Resources resources,
    Capacity capacity,
    Slo slo,
    Scaling scaling,
    Residency residency,
    PlacementRule placement,
    Criticality criticality,
    long waitingRoomMax)
    implements Spec {
  public Service {
    Limits.name("tenant", tenant);
    Limits.name("name", name);
    cells = Limits.list("cells", cells, Limits.SPEC_LIST_MAX);
    long gpu = resources.gpuMilli();
    if (gpu > 1_000 && gpu % 1_000 != 0) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "resources.gpuMilli",
          gpu,
          "must be a part of one device (1 to 999) or whole devices (a multiple of 1000)");
    }
    Limits.range("waitingRoomMax", waitingRoomMax, 0, 1_000_000_000);
  }

  /** A service with every default. */
  public static Service named(String tenant, String name) {
    return new Service(
        tenant,
        name,
        List.of(),
        Resources.of(1_000, 1_024),
        Capacity.DEFAULT,
        Slo.DEFAULT,
        Scaling.DEFAULT,
        Residency.ANYWHERE,
        PlacementRule.DEFAULT,
        Criticality.NORMAL,
        0);
  }

  /** The service's name with its tenant's. */
  public ServiceId id() {
    return new ServiceId(tenant, name);
  }

  /** Whether this service may run in a cell. */
  public boolean mayRunIn(Cell cell) {
    return (cells.isEmpty() || cells.contains(cell.name())) && residency.allows(cell);
  }

  /** Its replicas that may share a node, by either of its rules; 0 means no limit. */
  public int onNodeMax() {
    for (ServiceId other : placement.antiAffinity()) {
      if (other.tenant().equals(tenant) && other.name().equals(name)) {
        return 1;
      }
    }
    return placement.replicasPerNodeMax();
  }

  /** The same service with another capacity. */
  public Service withCapacity(Capacity other) {
    return new Service(
        tenant,
        name,
        cells,
        resources,
        other,
        slo,
        scaling,
        residency,
        placement,
        criticality,
        waitingRoomMax);
  }

  /** The same service under another scaling. */
  public Service withScaling(Scaling other) {
    return new Service(
        tenant,
        name,
        cells,
        resources,
        capacity,
        slo,
        other,
        residency,
        placement,
        criticality,
        waitingRoomMax);
  }

  @Override
  public String key() {
    return tenant + "/" + name;
  }
}
