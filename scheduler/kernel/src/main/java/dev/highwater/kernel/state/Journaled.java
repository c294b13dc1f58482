package dev.highwater.kernel.state;

import dev.highwater.model.Cell;
import dev.highwater.model.CellImage;
import dev.highwater.model.Cordon;
import dev.highwater.model.Fact;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import org.jspecify.annotations.Nullable;

/**
 * Applies facts: the only writer of what the journal adds up to.
 *
 * <p>Never throws on a fact that a kernel made: one that names what does not exist any more changes
 * nothing. Confined to the thread that owns the cell's state.
 */
final class Journaled {
  private final String cell;
  private final Nodes nodes;
  private final Services services;
  private final Specs specs;
  private final Placements placements;
  private long epoch;
  private long factCount;
  private long admissionGeneration;

  Journaled(String cell, Nodes nodes, Services services, Specs specs) {
    this.cell = cell;
    this.nodes = nodes;
    this.services = services;
    this.specs = specs;
    placements = new Placements(nodes, services, specs);
  }

  /** Takes over another's counts; the directories are copied by their owner. */
  void take(Journaled other) {
    epoch = other.epoch;
    factCount = other.factCount;
    admissionGeneration = other.admissionGeneration;
  }

  long epoch() {
    return epoch;
  }

  long factCount() {
    return factCount;
  }

  long admissionGeneration() {
    return admissionGeneration;
  }

  CellImage image() {
    return new Imaging(nodes, services, specs).take(cell, epoch, factCount, admissionGeneration);
  }

  /** The sum of what came before is taken by a state that has nothing yet, and by no other. */
  private void kept(CellImage image) {
    if (factCount == 0 && image.cell().equals(cell)) {
      new Imaging(nodes, services, specs).build(image);
      epoch = image.epoch();
      factCount = image.factCount();
      admissionGeneration = image.admissionGeneration();
    }
  }

  void evolve(Fact fact, long nowMs, Reports reports) {
    if (fact instanceof Fact.CellKept f) {
      kept(f.image());
      return;
    }
    factCount++;
    if (fact instanceof Fact.ReplicasPlaced f) {
      placements.placed(f, factCount, nowMs);
    } else if (fact instanceof Fact.TargetSet f) {
      targetSet(f, nowMs);
    } else if (fact instanceof Fact.ReplicasStopped f) {
      placements.stopped(f, factCount, nowMs);
    } else if (fact instanceof Fact.ReplicasGone f) {
      placements.gone(f, factCount, nowMs);
    } else if (fact instanceof Fact.AdmissionRateSet f) {
      admissionRateSet(f);
    } else if (fact instanceof Fact.NodeJoined f) {
      joined(f.node(), nowMs, reports);
    } else if (fact instanceof Fact.NodeLost f) {
      lost(f, nowMs, reports);
    } else if (fact instanceof Fact.NodeDrainStarted f) {
      NodeState node = nodes.get(f.node());
      if (node != null) {
        nodes.drain(node, f.reason());
        nodes.refreshOpen(node, nowMs);
      }
    } else if (fact instanceof Fact.PoolTargetSet f) {
      poolTargetSet(f, nowMs);
    } else if (fact instanceof Fact.MovesProposed f) {
      PoolState pool = specs.pool(f.pool());
      pool.proposed = f.nodes();
      pool.proposedAtMs = nowMs;
    } else if (fact instanceof Fact.SpecApplied f) {
      applied(f, nowMs);
    } else if (fact instanceof Fact.EpochBegun f) {
      epoch = f.epoch();
      begun(nowMs);
    }
  }

  private void targetSet(Fact.TargetSet fact, long nowMs) {
    ServiceState service = services.get(fact.service());
    if (service == null) {
      return;
    }
    if (service.scaler != null) {
      service.scaler.targetSet(nowMs, service.target, fact.replicas());
    }
    service.target = fact.replicas();
    service.winner = fact.winner();
    service.targeted = true;
  }

  private void admissionRateSet(Fact.AdmissionRateSet fact) {
    ServiceState service = services.get(fact.service());
    if (service != null) {
      service.admissionPerSecond = fact.ratePerSecond();
      service.retryRatio = fact.retryRatio();
    }
    admissionGeneration = factCount;
  }

  /** A new owner has not heard of anything yet. */
  private void begun(long nowMs) {
    for (NodeState node : nodes.all()) {
      node.forget();
      nodes.refreshOpen(node, nowMs);
    }
    specs.pools.values().forEach(PoolState::forget);
  }

  private void joined(NodeDescriptor descriptor, long nowMs, Reports reports) {
    NodeState before = nodes.get(descriptor.name());
    if (before != null) {
      placements.drop(before);
      reports.dropped(before, false);
    }
    NodeState node = nodes.join(descriptor, specs.pool(descriptor.pool()));
    nodes.cordon(node, specs.cordons.get(node.name()));
    node.ordered(factCount, nowMs);
    reports.joined(node, nowMs);
    nodes.refreshOpen(node, nowMs);
  }

  private void lost(Fact.NodeLost fact, long nowMs, Reports reports) {
    NodeState node = nodes.get(fact.node());
    if (node == null) {
      return;
    }
    boolean released = fact.reason() == Fact.NodeLossReason.RELEASED;
    placements.drop(node);
    reports.dropped(node, !released);
    if (released) {
      nodes.giveBack(node);
      node.pool.ordered(factCount, nowMs);
    }
  }

  private void poolTargetSet(Fact.PoolTargetSet fact, long nowMs) {
    PoolState pool = specs.pool(fact.pool());
    if (fact.nodes() > pool.target) {
      nodes.forgetReleased(fact.pool());
    }
    pool.target = fact.nodes();
    pool.targeted = true;
    pool.ordered(factCount, nowMs);
  }

  private void applied(Fact.SpecApplied fact, long nowMs) {
    SpecKind kind = fact.specKind();
    if (kind == SpecKind.CELL) {
      if (fact.key().equals(cell)) {
        specs.cell = (Cell) fact.spec();
        nodes.partitionsChanged();
      }
    } else if (kind == SpecKind.NODE_POOL && fact.key().startsWith(cell + "/")) {
      PoolState pool = specs.pool(fact.key());
      nodes.declare(pool, (NodePool) fact.spec(), nowMs);
      pool.ordered(factCount, nowMs);
    } else if (kind == SpecKind.CORDON && fact.key().startsWith(cell + "/")) {
      cordon(fact.key().substring(cell.length() + 1), (Cordon) fact.spec(), nowMs);
    } else if (kind == SpecKind.TENANT) {
      specs.declared(fact.key(), (Tenant) fact.spec(), cell);
    } else if (kind == SpecKind.PEAK_EVENT) {
      PeakEvent before = specs.events.remove(fact.key());
      PeakEvent after = (PeakEvent) fact.spec();
      if (after != null) {
        specs.events.put(fact.key(), after);
      }
      services.replan(before, specs.events.values());
      services.replan(after, specs.events.values());
    } else if (kind == SpecKind.SERVICE) {
      Service service = (Service) fact.spec();
      if (service == null) {
        services.withdrawn(ServiceId.parse(fact.key()));
      } else {
        specs.shares(service.id().tenant());
        services.declared(service, specs.events.values(), nodes.table);
      }
    }
  }

  private void cordon(String name, @Nullable Cordon cordon, long nowMs) {
    if (cordon == null) {
      specs.cordons.remove(name);
    } else {
      specs.cordons.put(name, cordon);
    }
    NodeState node = nodes.get(name);
    if (node != null) {
      nodes.cordon(node, cordon);
      nodes.refreshOpen(node, nowMs);
    }
  }
}
