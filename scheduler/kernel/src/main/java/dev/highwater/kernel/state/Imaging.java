package dev.highwater.kernel.state;

import dev.highwater.model.CellImage;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes the journaled part of a cell's state down as an image, and builds an empty state up from
 * one.
 *
 * <p>Room that is taken is not in the image: it follows from the replicas, because a service's size
 * cannot change while they run. Confined to the thread that owns the cell's state.
 */
final class Imaging {
  private final Nodes nodes;
  private final Services services;
  private final Specs specs;

  Imaging(Nodes nodes, Services services, Specs specs) {
    this.nodes = nodes;
    this.services = services;
    this.specs = specs;
  }

  CellImage take(String cell, long epoch, long factCount, long admissionGeneration) {
    List<CellImage.Pool> pools = new ArrayList<>();
    for (PoolState pool : specs.pools.values()) {
      pools.add(
          new CellImage.Pool(
              pool.key,
              pool.spec,
              pool.spec == null ? pool.lastSpec : null,
              pool.target,
              pool.targeted,
              pool.generation,
              pool.proposed.isEmpty() ? null : pool.proposed));
    }
    List<CellImage.Holder> tenants = new ArrayList<>();
    for (TenantState tenant : specs.tenants.values()) {
      tenants.add(
          new CellImage.Holder(tenant.name, tenant.spec, specs.sharers.containsKey(tenant.name)));
    }
    List<CellImage.Deployed> deployed = new ArrayList<>();
    for (int i = 0; i < services.count(); i++) {
      deployed.add(deployed(services.get(i)));
    }
    List<CellImage.Node> kept = new ArrayList<>();
    for (int slot = 0; slot < nodes.table.slots(); slot++) {
      NodeState node = nodes.at(slot);
      if (node != null) {
        kept.add(node(node));
      }
    }
    List<CellImage.Partition> partitions = new ArrayList<>();
    for (Partition partition : nodes.partitions()) {
      partitions.add(
          new CellImage.Partition(
              partition.pool(),
              partition.zone(),
              partition.like(),
              nodes.table.hasDevices(partition.number())));
    }
    return new CellImage(
        cell,
        epoch,
        factCount,
        admissionGeneration,
        specs.cell,
        pools,
        tenants,
        List.copyOf(specs.events.values()),
        deployed,
        nodes.zones(),
        partitions,
        nodes.table.slots(),
        kept,
        nodes.released(),
        List.copyOf(specs.cordons.values()));
  }

  private static CellImage.Deployed deployed(ServiceState service) {
    List<Long> ordinals = new ArrayList<>(service.size);
    List<Integer> slots = new ArrayList<>(service.size);
    List<Long> stopped = new ArrayList<>();
    List<Integer> devices = new ArrayList<>();
    for (int i = 0; i < service.size; i++) {
      ordinals.add(service.ordinal[i]);
      slots.add(service.slot[i]);
      if (service.stopped[i]) {
        stopped.add(service.ordinal[i]);
      }
      if (service.devices.length > 0) {
        devices.add(service.devices[i]);
      }
    }
    return new CellImage.Deployed(
        service.spec,
        service.removed,
        service.target,
        service.winner,
        service.targeted,
        service.nextOrdinal,
        service.admissionPerSecond,
        service.retryRatio,
        ordinals,
        slots,
        stopped,
        devices);
  }

  private static CellImage.Node node(NodeState node) {
    List<Integer> of = new ArrayList<>(node.size);
    List<Long> ordinals = new ArrayList<>(node.size);
    for (int i = 0; i < node.size; i++) {
      of.add(node.service[i]);
      ordinals.add(node.ordinal[i]);
    }
    return new CellImage.Node(
        node.descriptor, node.slot, node.draining, node.generation, of, ordinals);
  }

  /** Builds up what is empty until now. */
  void build(CellImage image) {
    specs.cell = image.spec();
    for (CellImage.Pool kept : image.pools()) {
      PoolState pool = specs.pool(kept.key());
      pool.declare(kept.lastSpec());
      pool.declare(kept.spec());
      pool.target = kept.target();
      pool.targeted = kept.targeted();
      pool.generation = kept.generation();
      pool.proposed = kept.proposed() == null ? List.of() : kept.proposed();
    }
    image.events().forEach(event -> specs.events.put(event.name(), event));
    for (CellImage.Holder kept : image.tenants()) {
      if (kept.spec() != null) {
        specs.declared(kept.name(), kept.spec(), image.cell());
      }
      if (kept.shares()) {
        specs.shares(kept.name());
      } else {
        specs.tenant(kept.name());
      }
    }
    image.cordons().forEach(cordon -> specs.cordons.put(cordon.node(), cordon));
    image.zones().forEach(nodes::zone);
    image.partitions().forEach(nodes::wasPartition);
    for (CellImage.Node kept : image.nodes()) {
      NodeState node =
          nodes.was(kept.descriptor(), kept.slot(), specs.pool(kept.descriptor().pool()));
      node.generation = kept.generation();
      if (kept.draining() != null) {
        nodes.drain(node, kept.draining());
      }
      nodes.cordon(node, specs.cordons.get(node.name()));
      for (int i = 0; i < kept.services().size(); i++) {
        node.add(kept.services().get(i), kept.ordinals().get(i));
      }
    }
    nodes.slotsWere(image.slots());
    image.released().forEach(nodes::wereReleased);
    image.services().forEach(this::build);
    nodes.all().forEach(node -> nodes.refreshOpen(node, 0));
  }

  private void build(CellImage.Deployed kept) {
    services.declared(kept.spec(), specs.events.values(), nodes.table);
    ServiceState service = services.get(services.count() - 1);
    service.removed = kept.removed();
    service.target = kept.target();
    service.winner = kept.winner();
    service.targeted = kept.targeted();
    service.nextOrdinal = kept.nextOrdinal();
    service.admissionPerSecond = kept.admissionPerSecond();
    service.retryRatio = kept.retryRatio();
    int cpu = Amounts.cpu(service.spec);
    int memory = Amounts.memory(service.spec);
    int gpu = Amounts.gpu(service.spec);
    for (int i = 0; i < kept.ordinals().size(); i++) {
      int slot = kept.slots().get(i);
      NodeState node = nodes.at(slot);
      if (node == null) {
        throw new IllegalArgumentException(
            "replica "
                + service.id
                + "#"
                + kept.ordinals().get(i)
                + " is on no node: slot "
                + slot);
      }
      int devices = kept.devices().isEmpty() ? 0 : kept.devices().get(i);
      if (gpu > 0) {
        nodes.table.bookDevices(slot, cpu, memory, gpu, devices);
      } else {
        nodes.table.book(slot, 1, cpu, memory);
      }
      service.append(
          kept.ordinals().get(i), slot, nodes.table.partitionOf(slot), node.zone, devices);
    }
    for (long ordinal : kept.stopped()) {
      int i = service.find(ordinal);
      service.stop(i);
      NodeState node = nodes.at(service.slot[i]);
      if (node != null) {
        service.onZone[node.zone]--;
      }
    }
    specs.tenant(service.id.tenant()).use(service.spec.resources(), service.size);
  }
}
