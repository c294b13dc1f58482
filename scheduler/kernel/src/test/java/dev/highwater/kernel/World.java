package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.audit.Auditor;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Quota;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Obedient hosts, nodes and a front door in a second-by-second world, for tests of the kernel
 * alone.
 */
final class World {
  static final String CELL = "cell";

  final Kernel kernel = new Kernel();
  CellState state = new CellState(CELL);
  final List<Fact> journal = new ArrayList<>();
  final List<Decision> decisions = new ArrayList<>();
  final Map<String, Node> nodes = new TreeMap<>();
  final Map<String, Command.NodeTarget> pools = new TreeMap<>();
  final Map<String, Integer> nextNode = new TreeMap<>();
  final Map<ServiceId, Double> rates = new TreeMap<>();
  final Map<ServiceId, Long> attempts = new TreeMap<>();

  /** How many times longer than declared a service's requests take; 1 when left out. */
  final Map<ServiceId, Double> slowness = new TreeMap<>();

  private final Map<ServiceId, Service> services = new TreeMap<>();
  final List<SpecChange> changes = new ArrayList<>();
  final List<Observation> said = new ArrayList<>();
  Consumer<Decision> onDecision = decision -> {};
  long nowMs = 1_000_000;
  long sequence;
  long revision;
  Input lastInput = new Input(CELL, 0, 0, 0, List.of(), List.of());
  Decision last = new Decision(CELL, 0, 0, 0, List.of(), List.of(), List.of());

  /** A node of the world. */
  static final class Node {
    final NodeDescriptor descriptor;
    final long readyAtMs;
    boolean connected;
    boolean crashed;
    boolean silent;
    boolean deaf;
    long leavesAtMs;
    long epoch;
    long generation;
    final Map<Command.ReplicaOrder, Replica> replicas = new java.util.LinkedHashMap<>();

    Node(NodeDescriptor descriptor, long readyAtMs) {
      this.descriptor = descriptor;
      this.readyAtMs = readyAtMs;
    }
  }

  /** A replica of the world. */
  static final class Replica {
    final long readyAtMs;
    long stopsAtMs = Long.MAX_VALUE;

    Replica(long readyAtMs) {
      this.readyAtMs = readyAtMs;
    }
  }

  World(Spec... specs) {
    append(new Fact.EpochBegun(1, "test"));
    for (Spec spec : specs) {
      apply(spec);
    }
  }

  /** Checks every decision from here on by an auditor of its own. */
  World audited() {
    Auditor auditor = new Auditor(CELL);
    auditor.replay(new Fact.EpochBegun(1, "test"));
    onDecision = decision -> assertThat(auditor.check(decision)).isEmpty();
    return this;
  }

  /** A tenant with a quota of the cell, and every default otherwise. */
  static Tenant tenant(String name, Quota quota) {
    return new Tenant(name, "", 1, 100, "default", List.of(quota), 0);
  }

  /** So many cores and more memory than there is are nominal; both others have no limit. */
  static Quota nominalCores(long cores) {
    return new Quota(CELL, Resources.of(1_000 * cores, 1 << 20), null, null);
  }

  private void append(Fact fact) {
    journal.add(fact);
    state.evolve(fact);
  }

  /**
   * Another member takes over: it knows the journal and nothing else, and sessions are opened anew.
   */
  Fact takeOver() {
    long epoch = state.epoch() + 1;
    state = new CellState(CELL);
    journal.forEach(state::evolve);
    Fact begun = new Fact.EpochBegun(epoch, "member-" + epoch);
    append(begun);
    said.clear();
    nodes.values().forEach(node -> node.connected = false);
    return begun;
  }

  void apply(Spec spec) {
    revision++;
    if (spec instanceof Service service) {
      services.put(service.id(), service);
    }
    changes.add(new SpecChange(SpecKind.of(spec), spec.key(), revision, revision, spec));
  }

  void remove(Spec spec) {
    revision++;
    changes.add(new SpecChange(SpecKind.of(spec), spec.key(), revision, revision, null));
  }

  /** Lets {@code seconds} pass. */
  World run(int seconds) {
    for (int i = 0; i < seconds; i++) {
      second();
    }
    return this;
  }

  void second() {
    nowMs += 1_000;
    report();
    List<SpecChange> now = new ArrayList<>(changes);
    changes.clear();
    Input input = new Input(CELL, state.epoch(), ++sequence, nowMs, now, new ArrayList<>(said));
    said.clear();
    lastInput = input;
    kernel.observe(state, input);
    last = kernel.decide(state, input);
    onDecision.accept(last);
    last.facts().forEach(this::append);
    decisions.add(last);
    last.commands().forEach(this::obey);
  }

  private void report() {
    for (Map.Entry<String, Command.NodeTarget> e : pools.entrySet()) {
      NodePool pool = e.getValue().pool();
      String key = pool.key();
      int have = 0;
      int booting = 0;
      for (Node node : nodes.values()) {
        if (node.descriptor.pool().equals(key) && !node.crashed) {
          have++;
          booting += node.readyAtMs > nowMs ? 1 : 0;
        }
      }
      while (have < e.getValue().nodes()) {
        int ordinal = nextNode.merge(key, 1, Integer::sum) - 1;
        String name = pool.name() + "-" + ordinal;
        NodeDescriptor descriptor =
            new NodeDescriptor(
                CELL,
                name,
                key,
                pool.zones().get(ordinal % pool.zones().size()),
                pool.shape(),
                pool.labels(),
                pool.taints());
        nodes.put(name, new Node(descriptor, nowMs + pool.boot().medianMs()));
        have++;
        booting++;
      }
      said.add(
          new Observation.HostReport(
              nowMs,
              "host",
              List.of(
                  new Observation.PoolReport(
                      key, e.getValue().generation(), booting, have - booting))));
    }
    nodes.values().removeIf(node -> node.leavesAtMs > 0 && node.leavesAtMs <= nowMs);
    for (Node node : nodes.values()) {
      if (node.crashed || node.readyAtMs > nowMs || node.silent) {
        continue;
      }
      node.replicas.values().removeIf(replica -> replica.stopsAtMs <= nowMs);
      List<Observation.ReplicaReport> reports = new ArrayList<>();
      node.replicas.forEach(
          (order, replica) ->
              reports.add(
                  new Observation.ReplicaReport(
                      order.service(),
                      order.ordinal(),
                      replica.stopsAtMs < Long.MAX_VALUE
                          ? ReplicaState.DRAINING
                          : replica.readyAtMs <= nowMs ? ReplicaState.READY : ReplicaState.BOOTING,
                      1,
                      0,
                      utilisation(order.service()))));
      if (!node.connected) {
        node.connected = true;
        said.add(new Observation.NodeConnected(nowMs, node.descriptor, reports));
      } else {
        said.add(
            new Observation.NodeReport(
                nowMs,
                node.descriptor.name(),
                node.epoch,
                node.generation,
                node.leavesAtMs,
                reports));
      }
    }
    Observation.FrontDoorReport traffic = traffic(nowMs);
    if (!traffic.services().isEmpty()) {
      said.add(traffic);
    }
  }

  /** Busy share of the places of a service's replicas. */
  private double utilisation(ServiceId id) {
    Service service = services.get(id);
    if (service == null) {
      return 0.5;
    }
    double busy =
        rates.getOrDefault(id, 0.0).longValue()
            * slowness.getOrDefault(id, 1.0)
            * service.capacity().meanServiceMs()
            / 1_000;
    double places = (double) Math.max(1, serving(id)) * service.capacity().concurrency();
    return Math.min(1, busy / places);
  }

  /** What the front door says after a second more of the rates. */
  Observation.FrontDoorReport traffic(long atMs) {
    List<Observation.ServiceTraffic> traffic = new ArrayList<>();
    rates.forEach(
        (service, rate) -> {
          long total = attempts.merge(service, (long) (double) rate, Long::sum);
          traffic.add(
              new Observation.ServiceTraffic(
                  service, total, total, total, 0, 0, 0, 0, 0, 0, 0, 0, null));
        });
    return new Observation.FrontDoorReport(atMs, 1, traffic);
  }

  private void obey(Command command) {
    if (command instanceof Command.NodeTarget c) {
      pools.put(c.pool().key(), c);
      c.release().forEach(nodes::remove);
    } else if (command instanceof Command.RunReplicas c) {
      Node node = nodes.get(c.node());
      boolean older =
          node != null
              && (c.epoch() < node.epoch
                  || (c.epoch() == node.epoch && c.generation() < node.generation));
      if (node == null || node.crashed || node.deaf || older) {
        return;
      }
      node.epoch = c.epoch();
      node.generation = c.generation();
      node.replicas.forEach(
          (order, replica) -> {
            if (!c.replicas().contains(order) && replica.stopsAtMs == Long.MAX_VALUE) {
              replica.stopsAtMs = nowMs + 2_000;
            }
          });
      for (Command.ReplicaOrder order : c.replicas()) {
        node.replicas.computeIfAbsent(order, key -> new Replica(nowMs + 5_000));
      }
    }
  }

  /** Replicas of a service that serve, as the world has them. */
  int serving(ServiceId service) {
    int n = 0;
    for (Node node : nodes.values()) {
      for (Map.Entry<Command.ReplicaOrder, Replica> e : node.replicas.entrySet()) {
        boolean serves =
            e.getKey().service().equals(service)
                && e.getValue().readyAtMs <= nowMs
                && e.getValue().stopsAtMs == Long.MAX_VALUE;
        n += serves && !node.crashed ? 1 : 0;
      }
    }
    return n;
  }

  /** Nodes of a pool, as the scheduler has them. */
  int nodes(String pool) {
    return Objects.requireNonNull(state.pools().get(CELL + "/" + pool)).nodes();
  }
}
