package dev.highwater.kernel.audit;

import dev.highwater.model.Cell;
import dev.highwater.model.CellImage;
import dev.highwater.model.Command;
import dev.highwater.model.Command.ReplicaOrder;
import dev.highwater.model.Cordon;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.WishSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Checks every decision of a cell against the invariants of the design.
 *
 * <p>It exists because a scheduler that is wrong is wrong quietly. It sees decisions and nothing
 * else, keeps its own books from their facts, and shares no code with the stages: simple and slow
 * on purpose.
 *
 * <p>Rules: I1 nothing is given more than it has; I2 quota, and what others do not lend; I3
 * residency, and with it labels, taints, anti-affinity and replicas per node; I4 one epoch,
 * generations that grow, orders that say exactly what the facts say; I6 every wanted replica is
 * placed or pending with a reason; I7 nobody loses replicas to another who has no better right to
 * the room.
 *
 * <p>Confined to one thread.
 */
public final class Auditor {
  private final String cellName;
  private @Nullable Cell cell;
  private long epoch;
  private long sequence = Long.MIN_VALUE;
  private long nowMs = Long.MIN_VALUE;
  private final Map<String, NodePool> pools = new TreeMap<>();
  private final SortedSet<String> deletedPools = new TreeSet<>();
  private final Map<String, Tenant> tenants = new TreeMap<>();
  private final AuditedLending lending;
  private final Map<ServiceId, Service> services = new TreeMap<>();
  private final Map<ServiceId, Integer> targets = new TreeMap<>();
  private final Map<ServiceId, Long> nextOrdinals = new TreeMap<>();
  private final Map<String, AuditedNode> nodes = new TreeMap<>();
  private final Map<ServiceId, TreeMap<Long, String>> placements = new TreeMap<>();
  private final Map<String, Resources> uses = new TreeMap<>();
  private final Map<ServiceId, Integer> active = new TreeMap<>();
  private final Map<String, Cordon> cordons = new TreeMap<>();
  private final Map<String, Long> poolGenerations = new TreeMap<>();
  private Collection<AuditedNode> counted = nodes.values();
  private List<Violation> found = new ArrayList<>();

  /** An auditor of a cell without history. */
  public Auditor(String cell) {
    cellName = cell;
    lending = new AuditedLending(cell, tenants);
  }

  /**
   * Takes in a fact of the past, before the first decision that is checked: a journal that is read
   * at take-over.
   */
  public void replay(Fact fact) {
    book(fact, new TreeSet<>(), new TreeMap<>());
    found = new ArrayList<>();
  }

  /**
   * Checks a decision, and takes it in.
   *
   * @return the rules it breaks; empty when it is sound
   */
  public List<Violation> check(Decision decision) {
    found = new ArrayList<>();
    if (!decision.cell().equals(cellName)) {
      broken("I4", "a decision of cell " + decision.cell());
      return found;
    }
    if (decision.epoch() != epoch && onlyRefuses(decision)) {
      return found;
    }
    if (decision.epoch() != epoch) {
      broken("I4", "epoch " + decision.epoch() + " decides under epoch " + epoch);
    }
    if (decision.sequence() < sequence || decision.nowMs() < nowMs) {
      broken("I8", "time or sequence goes back at sequence " + decision.sequence());
    }
    sequence = Math.max(sequence, decision.sequence());
    nowMs = Math.max(nowMs, decision.nowMs());
    TreeSet<String> touched = new TreeSet<>();
    SortedMap<String, Resources> grown = new TreeMap<>();
    Map<String, Resources> before = new TreeMap<>(uses);
    // Quota is reckoned with the nodes that were there when the decision began.
    boolean changed =
        decision.facts().stream()
            .anyMatch(fact -> fact instanceof Fact.NodeLost || fact instanceof Fact.NodeJoined);
    counted = changed ? List.copyOf(nodes.values()) : nodes.values();
    for (Fact fact : decision.facts()) {
      if (fact instanceof Fact.SpecApplied && !grown.isEmpty()) {
        // What was placed before a quota or a pool changed was placed under what was before.
        quotas(decision, grown, before);
        grown.clear();
        before = new TreeMap<>(uses);
      }
      book(fact, touched, grown);
    }
    quotas(decision, grown, before);
    orders(decision, touched);
    pending(decision);
    return found;
  }

  /** An input of another epoch is refused in its own name, which changes nothing. */
  private static boolean onlyRefuses(Decision decision) {
    return decision.commands().isEmpty()
        && decision.facts().stream().allMatch(fact -> fact instanceof Fact.InputRefused);
  }

  private void broken(String rule, String detail) {
    found.add(new Violation(rule, detail));
  }

  // Booking.

  private void book(Fact fact, SortedSet<String> touched, SortedMap<String, Resources> grown) {
    if (fact instanceof Fact.CellKept f) {
      begin(f.image());
    } else if (fact instanceof Fact.EpochBegun f) {
      if (f.epoch() <= epoch) {
        broken("I4", "epoch " + f.epoch() + " begins after " + epoch);
      }
      epoch = f.epoch();
    } else if (fact instanceof Fact.SpecApplied f) {
      apply(f);
    } else if (fact instanceof Fact.NodeJoined f) {
      AuditedNode before = nodes.get(f.node().name());
      if (before != null) {
        drop(before);
      }
      nodes.put(f.node().name(), new AuditedNode(f.node()));
    } else if (fact instanceof Fact.NodeLost f) {
      AuditedNode node = nodes.get(f.node());
      if (node == null) {
        broken("I6", "unknown node " + f.node() + " is lost");
        return;
      }
      if (f.reason() == Fact.NodeLossReason.RELEASED && !node.held.isEmpty()) {
        broken("I6", "node " + f.node() + " is given back with " + node.held.size() + " replicas");
      }
      drop(node);
      nodes.remove(f.node());
      touched.remove(f.node());
    } else if (fact instanceof Fact.NodeDrainStarted f) {
      AuditedNode node = nodes.get(f.node());
      if (node == null) {
        broken("I6", "unknown node " + f.node() + " drains");
      } else {
        node.draining = true;
      }
    } else if (fact instanceof Fact.TargetSet f) {
      target(f);
    } else if (fact instanceof Fact.ReplicasPlaced f) {
      place(f, touched, grown);
    } else if (fact instanceof Fact.ReplicasStopped f) {
      stop(f, touched);
    } else if (fact instanceof Fact.ReplicasGone f) {
      for (long ordinal : f.ordinals()) {
        AuditedNode node = nodeOf(f.service(), ordinal);
        if (node == null) {
          broken("I6", "replica " + f.service() + "#" + ordinal + " is gone and was not there");
        } else {
          free(node, new ReplicaOrder(f.service(), ordinal));
          touched.add(node.descriptor.name());
        }
      }
    } else if (fact instanceof Fact.PoolTargetSet f) {
      NodePool pool = pools.get(f.pool());
      long joined =
          nodes.values().stream().filter(node -> node.descriptor.pool().equals(f.pool())).count();
      long most = deletedPools.contains(f.pool()) ? 0 : pool == null ? -1 : pool.nodesMax();
      if (most < 0 || f.nodes() < 0 || f.nodes() > Math.max(joined, most)) {
        broken("I1", "pool " + f.pool() + " shall have " + f.nodes() + " nodes");
      }
    } else if (fact instanceof Fact.AdmissionRateSet f) {
      if (!(f.ratePerSecond() >= 0)) {
        broken("I6", "admission of " + f.service() + " is " + f.ratePerSecond());
      }
      if (!(f.retryRatio() >= 0)) {
        broken("I6", "retries of " + f.service() + " per first attempt are " + f.retryRatio());
      }
    }
  }

  /** Books what was kept as if it had been decided now; of a decision it can be no part. */
  private void begin(CellImage image) {
    if (epoch > 0) {
      broken("I8", "the sum of a journal stands amid it");
      return;
    }
    epoch = image.epoch();
    for (Spec spec : image.specs()) {
      apply(new Fact.SpecApplied(SpecKind.of(spec), spec.key(), 0, 0, spec));
    }
    for (CellImage.Pool kept : image.pools()) {
      if (kept.lastSpec() != null) {
        deletedPools.add(kept.key());
      }
    }
    Map<Integer, AuditedNode> bySlot = new TreeMap<>();
    for (CellImage.Node kept : image.nodes()) {
      AuditedNode node = new AuditedNode(kept.descriptor());
      node.draining = kept.draining() != null;
      nodes.put(kept.descriptor().name(), node);
      bySlot.put(kept.slot(), node);
    }
    for (CellImage.Deployed kept : image.services()) {
      ServiceId id = kept.spec().id();
      if (kept.targeted()) {
        targets.put(id, kept.target());
      }
      nextOrdinals.put(id, kept.nextOrdinal());
      TreeSet<Long> stopped = new TreeSet<>(kept.stopped());
      for (int i = 0; i < kept.ordinals().size(); i++) {
        AuditedNode node = bySlot.get(kept.slots().get(i));
        if (node == null) {
          broken("I1", id + "#" + kept.ordinals().get(i) + " is kept on no node");
          continue;
        }
        long ordinal = kept.ordinals().get(i);
        List<Integer> devices = new ArrayList<>();
        for (int d = 0; d < Integer.SIZE && !kept.devices().isEmpty(); d++) {
          if ((kept.devices().get(i) >>> d & 1) != 0) {
            devices.add(d);
          }
        }
        node.held.put(
            new ReplicaOrder(id, ordinal),
            new AuditedNode.Held(kept.spec().resources(), devices, stopped.contains(ordinal)));
        placements.computeIfAbsent(id, key -> new TreeMap<>()).put(ordinal, node.descriptor.name());
        uses.merge(id.tenant(), kept.spec().resources(), Resources::plus);
        active.merge(id, stopped.contains(ordinal) ? 0 : 1, Integer::sum);
      }
    }
  }

  private void apply(Fact.SpecApplied fact) {
    if (fact.specKind() == SpecKind.CELL && fact.key().equals(cellName)) {
      cell = (Cell) fact.spec();
    } else if (fact.specKind() == SpecKind.NODE_POOL && fact.key().startsWith(cellName + "/")) {
      if (fact.spec() != null) {
        deletedPools.remove(fact.key());
      } else if (pools.containsKey(fact.key())) {
        deletedPools.add(fact.key());
      }
      put(pools, fact.key(), (NodePool) fact.spec());
    } else if (fact.specKind() == SpecKind.TENANT) {
      put(tenants, fact.key(), (Tenant) fact.spec());
      lending.apply(fact.key(), (Tenant) fact.spec());
    } else if (fact.specKind() == SpecKind.SERVICE) {
      put(services, ServiceId.parse(fact.key()), (Service) fact.spec());
    } else if (fact.specKind() == SpecKind.CORDON) {
      put(cordons, fact.key(), (Cordon) fact.spec());
    }
  }

  private static <K, V> void put(Map<K, V> map, K key, @Nullable V value) {
    if (value == null) {
      map.remove(key);
    } else {
      map.put(key, value);
    }
  }

  private void target(Fact.TargetSet fact) {
    Service service = services.get(fact.service());
    int most = service == null ? 0 : service.scaling().replicasMax();
    if (fact.replicas() < 0 || (fact.replicas() > most && fact.winner() != WishSource.MANUAL)) {
      broken(
          "I6", "target of " + fact.service() + " is " + fact.replicas() + " of at most " + most);
    }
    targets.put(fact.service(), fact.replicas());
  }

  private @Nullable AuditedNode nodeOf(ServiceId service, long ordinal) {
    TreeMap<Long, String> of = placements.get(service);
    String node = of == null ? null : of.get(ordinal);
    return node == null ? null : nodes.get(node);
  }

  private void place(
      Fact.ReplicasPlaced fact, SortedSet<String> touched, SortedMap<String, Resources> grown) {
    Service service = services.get(fact.service());
    if (service == null) {
      broken("I6", "removed service " + fact.service() + " is placed");
      return;
    }
    if (cell == null || !service.mayRunIn(cell)) {
      broken("I3", fact.service() + " may not run in cell " + cellName);
    }
    long next = fact.firstOrdinal();
    if (next < nextOrdinals.getOrDefault(fact.service(), 0L)) {
      broken("I4", "ordinal " + next + " of " + fact.service() + " is used again");
    }
    for (Fact.NodeShare share : fact.shares()) {
      AuditedNode node = nodes.get(share.node());
      if (node == null || share.count() < 1) {
        broken("I1", share.count() + " of " + fact.service() + " on unknown node " + share.node());
        next += Math.max(0, share.count());
        continue;
      }
      rules(service, node, share);
      for (int i = 0; i < share.count(); i++) {
        hold(service, node, next++);
      }
      touched.add(share.node());
    }
    nextOrdinals.put(fact.service(), next);
    Resources all = service.resources().times(next - fact.firstOrdinal());
    uses.merge(fact.service().tenant(), all, Resources::plus);
    grown.merge(fact.service().tenant(), all, Resources::plus);
  }

  private void hold(Service service, AuditedNode node, long ordinal) {
    List<Integer> devices = node.devicesFor(service.resources().gpuMilli());
    if (devices == null) {
      broken("I1", "no device of " + node.descriptor.name() + " has room for " + service.id());
      devices = List.of();
    }
    node.held.put(
        new ReplicaOrder(service.id(), ordinal),
        new AuditedNode.Held(service.resources(), devices, false));
    active.merge(service.id(), 1, Integer::sum);
    placements
        .computeIfAbsent(service.id(), key -> new TreeMap<>())
        .put(ordinal, node.descriptor.name());
    Resources sum = node.sum();
    if (!sum.fitsIn(node.descriptor.resources())) {
      broken("I1", node.descriptor.name() + " holds " + sum + " of " + node.descriptor.resources());
    }
  }

  private void rules(Service service, AuditedNode node, Fact.NodeShare share) {
    String where = service.id() + " on " + share.node();
    if (node.draining) {
      broken("I3", where + ", which drains");
    }
    if (deletedPools.contains(node.descriptor.pool())) {
      broken("I3", where + ", whose pool was deleted");
    }
    Cordon cordon = cordons.get(cellName + "/" + share.node());
    if (cordon != null) {
      broken("I3", where + ", which is " + cordon.phrase());
    }
    service
        .placement()
        .nodeLabels()
        .forEach(
            (key, value) -> {
              if (!value.equals(node.descriptor.labels().get(key))) {
                broken("I3", where + " without label " + key + "=" + value);
              }
            });
    for (String taint : node.descriptor.taints()) {
      if (!service.placement().tolerations().contains(taint)) {
        broken("I3", where + " with taint " + taint);
      }
    }
    int mine = share.count();
    for (Map.Entry<ReplicaOrder, AuditedNode.Held> e : node.held.entrySet()) {
      ServiceId other = e.getKey().service();
      mine += other.equals(service.id()) && !e.getValue().stopped() ? 1 : 0;
      Service otherSpec = services.get(other);
      boolean apart =
          service.placement().antiAffinity().contains(other)
              || (otherSpec != null && otherSpec.placement().antiAffinity().contains(service.id()));
      if (apart && !other.equals(service.id())) {
        broken("I3", where + " beside " + other);
      }
    }
    if (mine > 1 && service.placement().antiAffinity().contains(service.id())) {
      broken("I3", mine + " of " + where + ", which must not be beside itself");
    }
    int most = service.placement().replicasPerNodeMax();
    if (most > 0 && mine > most) {
      broken("I3", mine + " of " + where + " of at most " + most);
    }
  }

  private void stop(Fact.ReplicasStopped fact, SortedSet<String> touched) {
    boolean taken =
        fact.reason() == Fact.StopReason.RECLAIMED || fact.reason() == Fact.StopReason.PREEMPTED;

    for (long ordinal : fact.ordinals()) {
      AuditedNode node = nodeOf(fact.service(), ordinal);
      ReplicaOrder order = new ReplicaOrder(fact.service(), ordinal);
      AuditedNode.Held held = node == null ? null : node.held.get(order);
      if (node == null || held == null) {
        broken("I6", "replica " + fact.service() + "#" + ordinal + " is stopped and was not there");
      } else {
        if (taken && !borrows(fact.service().tenant())) {
          broken("I7", fact.service() + " loses replicas that are nominally its own");
        }
        if (!held.stopped()) {
          active.merge(fact.service(), -1, Integer::sum);
        }
        node.held.put(order, new AuditedNode.Held(held.resources(), held.devices(), true));
        touched.add(node.descriptor.name());
      }
    }
  }

  /** Whether a tenant's replicas that were not told to stop use more than its nominal quota. */
  private boolean borrows(String tenant) {
    Resources active = Resources.NONE;
    for (AuditedNode node : nodes.values()) {
      for (Map.Entry<ReplicaOrder, AuditedNode.Held> e : node.held.entrySet()) {
        if (!e.getValue().stopped() && e.getKey().service().tenant().equals(tenant)) {
          active = active.plus(e.getValue().resources());
        }
      }
    }
    return !active.fitsIn(nominal(tenant));
  }

  private Resources nominal(String tenant) {
    Quota quota = lending.quota(tenant);
    return quota == null ? Resources.NONE : quota.nominal();
  }

  private void free(AuditedNode node, ReplicaOrder order) {
    AuditedNode.Held held = node.held.remove(order);
    TreeMap<Long, String> of = placements.get(order.service());
    if (of != null) {
      of.remove(order.ordinal());
    }
    if (held != null) {
      if (!held.stopped()) {
        active.merge(order.service(), -1, Integer::sum);
      }
      String tenant = order.service().tenant();
      uses.put(tenant, uses.getOrDefault(tenant, Resources.NONE).minus(held.resources()));
    }
  }

  private void drop(AuditedNode node) {
    for (ReplicaOrder order : new ArrayList<>(node.held.keySet())) {
      free(node, order);
    }
  }

  // Checking.

  private void quotas(
      Decision decision, SortedMap<String, Resources> grown, Map<String, Resources> before) {
    for (String tenant : grown.keySet()) {
      Quota quota = lending.quota(tenant);
      Resources borrowing = quota == null ? null : quota.borrowingLimit();
      Resources now = uses.getOrDefault(tenant, Resources.NONE);
      if (quota == null || borrowing == null) {
        continue;
      }
      Resources most = quota.nominal().plus(borrowing);
      Resources was = before.getOrDefault(tenant, Resources.NONE);
      boolean more =
          (now.cpuMilli() > most.cpuMilli() && now.cpuMilli() > was.cpuMilli())
              || (now.memoryMib() > most.memoryMib() && now.memoryMib() > was.memoryMib())
              || (now.gpuMilli() > most.gpuMilli() && now.gpuMilli() > was.gpuMilli());
      if (more) {
        broken("I2", tenant + " uses " + now + " of " + most + " at " + decision.sequence());
      }
    }
    if (!grown.isEmpty()) {
      lending
          .broken(grown, before, uses, this::capacity)
          .forEach(taken -> broken("I2", taken + " at " + decision.sequence()));
    }
  }

  /** All of one kind that pools may ever have, and what they have above that. */
  private double capacity(ToLongFunction<Resources> kind) {
    Map<String, Long> joined = new TreeMap<>();
    double sum = 0;
    for (AuditedNode node : counted) {
      String pool = node.descriptor.pool();
      joined.merge(pool, 1L, Long::sum);
      sum += pools.containsKey(pool) ? 0 : kind.applyAsLong(node.descriptor.resources());
    }
    for (NodePool pool : pools.values()) {
      long most = Math.max(pool.nodesMax(), joined.getOrDefault(pool.key(), 0L));
      sum += (double) kind.applyAsLong(pool.shape()) * most;
    }
    return sum;
  }

  private void orders(Decision decision, SortedSet<String> touched) {
    TreeSet<String> told = new TreeSet<>();
    for (Command command : decision.commands()) {
      if (command.epoch() != decision.epoch()) {
        broken("I4", "a command of epoch " + command.epoch() + " under " + decision.epoch());
      }
      if (command instanceof Command.RunReplicas c) {
        told.add(c.node());
        AuditedNode node = nodes.get(c.node());
        if (node == null) {
          broken("I4", "unknown node " + c.node() + " is told to run replicas");
          continue;
        }
        SortedMap<ServiceId, SortedSet<Long>> wanted = sorted(node.wanted());
        if (!sorted(c.replicas()).equals(wanted)) {
          broken("I4", c.node() + " is told " + c.replicas() + " and shall run " + wanted);
        }
        boolean same = sorted(node.told).equals(wanted) && node.epoch == c.epoch();
        if (c.generation() < node.generation
            || (c.generation() == node.generation && !same && node.epoch == c.epoch())) {
          broken(
              "I4",
              "generation " + c.generation() + " of " + c.node() + " after " + node.generation);
        }
        node.epoch = c.epoch();
        node.generation = c.generation();
        node.told = c.replicas();
      } else if (command instanceof Command.NodeTarget c) {
        long last = poolGenerations.getOrDefault(c.pool().key(), 0L);
        if (c.generation() < last) {
          broken(
              "I4",
              "generation " + c.generation() + " of pool " + c.pool().key() + " after " + last);
        }
        poolGenerations.put(c.pool().key(), c.generation());
        for (String node : c.release()) {
          if (nodes.containsKey(node)) {
            broken("I6", "node " + node + " is released and still counted");
          }
        }
      }
    }
    touched.removeAll(told);
    if (!touched.isEmpty()) {
      broken("I4", "facts change " + touched + " and no order follows");
    }
  }

  private static SortedMap<ServiceId, SortedSet<Long>> sorted(List<ReplicaOrder> orders) {
    SortedMap<ServiceId, SortedSet<Long>> map = new TreeMap<>();
    for (ReplicaOrder order : orders) {
      map.computeIfAbsent(order.service(), key -> new TreeSet<>()).add(order.ordinal());
    }
    return map;
  }

  private void pending(Decision decision) {
    Map<ServiceId, Integer> explained = new TreeMap<>();
    for (Explanation explanation : decision.explanations()) {
      if (explanation instanceof Explanation.ServiceExplained e && e.placement() != null) {
        boolean reason = e.placement().pending() == 0 || !e.placement().refusals().isEmpty();
        explained.put(e.service(), reason ? e.placement().pending() : 0);
      }
    }
    targets.forEach(
        (service, target) -> {
          if (target == 0 || !services.containsKey(service)) {
            return;
          }
          int missing = target - active.getOrDefault(service, 0);
          if (missing > explained.getOrDefault(service, 0)) {
            broken(
                "I6",
                missing
                    + " replicas of "
                    + service
                    + " are neither placed nor pending with a reason");
          }
        });
  }
}
