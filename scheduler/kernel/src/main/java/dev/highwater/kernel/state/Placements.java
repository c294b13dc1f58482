package dev.highwater.kernel.state;

import dev.highwater.model.Fact;
import java.util.Arrays;

/**
 * Applies the facts that say where replicas are, to everything that holds a part of that: services,
 * nodes, the capacity table and what tenants use.
 *
 * <p>Confined to the thread that owns the cell's state.
 */
final class Placements {
  private final Nodes nodes;
  private final Services services;
  private final Specs specs;

  Placements(Nodes nodes, Services services, Specs specs) {
    this.nodes = nodes;
    this.services = services;
    this.specs = specs;
  }

  void placed(Fact.ReplicasPlaced fact, long generation, long nowMs) {
    ServiceState service = services.get(fact.service());
    if (service == null) {
      return;
    }
    int cpu = Amounts.cpu(service.spec);
    int memory = Amounts.memory(service.spec);
    int gpu = Amounts.gpu(service.spec);
    long next = fact.firstOrdinal();
    int count = 0;
    for (Fact.NodeShare share : fact.shares()) {
      NodeState node = nodes.get(share.node());
      if (node == null) {
        next += share.count();
        continue;
      }
      for (int i = 0; i < share.count(); i++) {
        int devices = 0;
        if (gpu > 0) {
          devices = nodes.table.devicesFor(node.slot, gpu);
          nodes.table.bookDevices(node.slot, cpu, memory, gpu, devices);
        }
        service.append(next, node.slot, nodes.table.partitionOf(node.slot), node.zone, devices);
        node.add(service.index, next);
        next++;
      }
      if (gpu == 0) {
        nodes.table.book(node.slot, share.count(), cpu, memory);
      }
      count += share.count();
      node.ordered(generation, nowMs);
      node.emptySinceMs = 0;
    }
    service.nextOrdinal = Math.max(service.nextOrdinal, next);
    use(service, count);
  }

  private void use(ServiceState service, int count) {
    specs.tenant(service.id.tenant()).use(service.spec.resources(), count);
  }

  void stopped(Fact.ReplicasStopped fact, long generation, long nowMs) {
    ServiceState service = services.get(fact.service());
    if (service == null) {
      return;
    }
    for (long ordinal : fact.ordinals()) {
      int i = service.find(ordinal);
      if (i < 0 || service.stopped[i]) {
        continue;
      }
      service.stop(i);
      NodeState node = nodes.at(service.slot[i]);
      if (node != null) {
        service.onZone[node.zone]--;
        node.ordered(generation, nowMs);
      }
    }
  }

  void gone(Fact.ReplicasGone fact, long generation, long nowMs) {
    ServiceState service = services.get(fact.service());
    if (service == null) {
      return;
    }
    boolean[] marked = new boolean[service.size];
    int count = 0;
    for (long ordinal : fact.ordinals()) {
      int i = service.find(ordinal);
      if (i < 0 || marked[i]) {
        continue;
      }
      marked[i] = true;
      count++;
      NodeState node = nodes.at(service.slot[i]);
      if (node == null) {
        continue;
      }
      release(nodes.table, service, i);
      node.remove(service.index, ordinal);
      node.ordered(generation, nowMs);
      if (!service.stopped[i]) {
        service.onZone[node.zone]--;
      }
    }
    service.removeMarked(marked);
    use(service, -count);
  }

  /** Gives back in the table what the i-th replica of a service holds. */
  static void release(NodeTable table, ServiceState service, int i) {
    int cpu = Amounts.cpu(service.spec);
    int memory = Amounts.memory(service.spec);
    int gpu = Amounts.gpu(service.spec);
    if (gpu > 0) {
      table.releaseDevices(service.slot[i], cpu, memory, gpu, service.devices(i));
    } else {
      table.release(service.slot[i], 1, cpu, memory);
    }
  }

  /** Takes a node out with the replicas that it holds. */
  void drop(NodeState node) {
    boolean[] marked = new boolean[0];
    for (int i = 0; i < node.size; i++) {
      ServiceState service = services.get(node.service[i]);
      if (markedAlready(node, i)) {
        continue;
      }
      marked = marked.length >= service.size ? marked : new boolean[service.size];
      Arrays.fill(marked, 0, service.size, false);
      int count = 0;
      for (int j = 0; j < service.size; j++) {
        if (service.slot[j] == node.slot) {
          marked[j] = true;
          count++;
          if (!service.stopped[j]) {
            service.onZone[node.zone]--;
          }
        }
      }
      service.removeMarked(marked);
      use(service, -count);
    }
    nodes.remove(node);
  }

  private static boolean markedAlready(NodeState node, int i) {
    for (int j = 0; j < i; j++) {
      if (node.service[j] == node.service[i]) {
        return true;
      }
    }
    return false;
  }
}
