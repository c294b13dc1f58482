package dev.highwater.kernel;

import dev.highwater.kernel.forecast.EventCalendar;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.kernel.state.Traffic;
import dev.highwater.model.Command;
import dev.highwater.model.Command.ReplicaOrder;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The nodes, hosts and users of a cell as a plan foresees them: everybody obeys, boots take as long
 * as 99 % of boots do, what is asked now goes on, and declared events come as declared.
 *
 * <p>It exists because a decision moves the world that the next one is made in. It knows what the
 * owner's state knows and nothing else. For one thread.
 */
final class ForeseenWorld {
  private static final long TICK_MS = 1_000;

  /** A replica that is told to stop has finished what it had by then. */
  private static final long FINISHES_MS = 2_000;

  private static final String HOST = "plan";

  private final CellState state;
  private final long startMs;
  private final SortedMap<String, Node> nodes = new TreeMap<>();
  private final SortedMap<String, Command.NodeTarget> orders = new TreeMap<>();
  private final SortedMap<String, NodePool> pools = new TreeMap<>();
  private final SortedMap<ServiceId, Double> asked = new TreeMap<>();
  private int named;

  private static final class Node {
    final NodeDescriptor descriptor;
    final long joinsAtMs;
    boolean joined;
    long leavesAtMs;
    long epoch;
    long generation;
    final Map<ReplicaOrder, Replica> replicas = new LinkedHashMap<>();

    Node(NodeDescriptor descriptor, long joinsAtMs) {
      this.descriptor = descriptor;
      this.joinsAtMs = joinsAtMs;
    }
  }

  private static final class Replica {
    final long readyAtMs;
    long stopsAtMs = Long.MAX_VALUE;

    Replica(long readyAtMs) {
      this.readyAtMs = readyAtMs;
    }
  }

  /** The world around a state, which goes on being the owner's. */
  ForeseenWorld(CellState state) {
    this.state = state;
    this.startMs = state.nowMs();
    for (NodeState node : state.nodes()) {
      if (node.connected()) { // one that is silent stays so
        nodes.put(node.name(), seen(node));
      }
    }
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null) {
        pools.put(pool.key(), spec);
        boot(spec, pool.booting());
      }
    }
    for (ServiceState service : state.services()) {
      double rate = service.offeredPerSecond();
      asked.put(service.id(), rate >= 0 ? rate : 0);
    }
  }

  private Node seen(NodeState node) {
    Node seen = new Node(node.descriptor(), startMs);
    seen.joined = true;
    seen.leavesAtMs = node.leavesAtMs();
    seen.epoch = node.reportedEpoch();
    seen.generation = node.reportedGeneration();
    for (int i = 0; i < node.size(); i++) {
      ServiceState service = state.service(node.service(i));
      int at = service.find(node.ordinal(i));
      if (at >= 0 && service.seen(at) != ReplicaState.STOPPED) {
        boolean ready = service.seen(at) == ReplicaState.READY || service.stopped(at);
        Replica replica = new Replica(ready ? startMs : startMs + bootMs(service.spec()));
        replica.stopsAtMs = service.stopped(at) ? startMs + FINISHES_MS : Long.MAX_VALUE;
        seen.replicas.put(new ReplicaOrder(service.id(), node.ordinal(i)), replica);
      }
    }
    return seen;
  }

  private static long bootMs(Service service) {
    return service.capacity().boot().p99Ms();
  }

  private void boot(NodePool pool, int count) {
    for (int i = 0; i < count; i++) {
      int n = ++named;
      NodeDescriptor node =
          new NodeDescriptor(
              pool.cell(),
              "planned-" + n,
              pool.key(),
              pool.zones().get(n % pool.zones().size()),
              pool.shape(),
              pool.labels(),
              pool.taints());
      nodes.put(node.name(), new Node(node, state.nowMs() + pool.boot().p99Ms()));
    }
  }

  /** What everybody says at a time. */
  List<Observation> reports(long nowMs) {
    List<Observation> reports = new ArrayList<>();
    for (Node node : List.copyOf(nodes.values())) {
      if (node.leavesAtMs > 0 && node.leavesAtMs <= nowMs) {
        nodes.remove(node.descriptor.name());
        reports.add(new Observation.NodeDisconnected(nowMs, node.descriptor.name()));
      }
    }
    SortedMap<ServiceId, Double> busy = busy(nowMs);
    for (Node node : nodes.values()) {
      if (node.joinsAtMs > nowMs) {
        continue;
      }
      node.replicas.values().removeIf(replica -> replica.stopsAtMs <= nowMs);
      List<Observation.ReplicaReport> replicas = new ArrayList<>();
      node.replicas.forEach((order, replica) -> replicas.add(report(order, replica, nowMs, busy)));
      reports.add(
          node.joined
              ? new Observation.NodeReport(
                  nowMs,
                  node.descriptor.name(),
                  node.epoch,
                  node.generation,
                  node.leavesAtMs,
                  replicas)
              : new Observation.NodeConnected(nowMs, node.descriptor, replicas));
      node.joined = true;
    }
    reports.addAll(hosts(nowMs));
    if (state.frontDoorAtMs() > 0) {
      reports.add(new Observation.FrontDoorReport(nowMs, startMs, List.of()));
    }
    for (ServiceState service : state.services()) {
      Observation door = users(service, nowMs);
      if (door != null) {
        reports.add(door);
      }
    }
    return reports;
  }

  private Observation.ReplicaReport report(
      ReplicaOrder order, Replica replica, long nowMs, SortedMap<ServiceId, Double> busy) {
    boolean drains = replica.stopsAtMs < Long.MAX_VALUE;
    boolean ready = replica.readyAtMs <= nowMs;
    ServiceState service = state.service(order.service());
    double utilisation = ready && !drains ? busy.getOrDefault(order.service(), 0.0) : 0;
    double places = service == null ? 0 : service.spec().capacity().concurrency();
    return new Observation.ReplicaReport(
        order.service(),
        order.ordinal(),
        drains ? ReplicaState.DRAINING : ready ? ReplicaState.READY : ReplicaState.BOOTING,
        Math.round(utilisation * places),
        0,
        utilisation);
  }

  /** Busy share of the places of each service's ready replicas, at most all of them. */
  private SortedMap<ServiceId, Double> busy(long nowMs) {
    SortedMap<ServiceId, Double> busy = new TreeMap<>();
    for (Node node : nodes.values()) {
      node.replicas.forEach(
          (order, replica) -> {
            if (replica.readyAtMs <= nowMs && replica.stopsAtMs == Long.MAX_VALUE) {
              busy.merge(order.service(), 1.0, Double::sum);
            }
          });
    }
    busy.replaceAll(
        (id, ready) -> {
          ServiceState service = state.service(id);
          Sizer sizer = service == null ? null : service.sizer();
          return sizer == null
              ? 0
              : Math.min(1, rate(id, nowMs) / (ready * sizer.model().saturationPerSecond()));
        });
    return busy;
  }

  private List<Observation> hosts(long nowMs) {
    SortedMap<String, List<Observation.PoolReport>> byHost = new TreeMap<>();
    for (PoolState pool : state.pools().values()) {
      Command.NodeTarget order = orders.get(pool.key());
      long obeyed = order == null ? pool.generation() : order.generation();
      int booting = count(pool.key(), false);
      for (String host : pool.hosts().isEmpty() ? List.of(HOST) : pool.hosts()) {
        byHost
            .computeIfAbsent(host, name -> new ArrayList<>())
            .add(new Observation.PoolReport(pool.key(), obeyed, booting, count(pool.key(), true)));
        booting = 0; // whichever host boots them, they boot once
      }
    }
    List<Observation> reports = new ArrayList<>();
    byHost.forEach((host, told) -> reports.add(new Observation.HostReport(nowMs, host, told)));
    return reports;
  }

  /** Nodes of a pool that have joined, or that boot. */
  int count(String pool, boolean joined) {
    return (int)
        nodes.values().stream()
            .filter(node -> node.descriptor.pool().equals(pool) && node.joined == joined)
            .count();
  }

  /** Money per second for every node, those that boot too. */
  double pricePerSecond() {
    double sum = 0;
    for (Node node : nodes.values()) {
      NodePool pool = pools.get(node.descriptor.pool());
      sum += pool == null ? 0 : pool.pricePerHour() / 3_600;
    }
    return sum;
  }

  /** First attempts per second that come to a service then. */
  private double rate(ServiceId id, long nowMs) {
    ServiceState service = state.service(id);
    if (service == null || service.removed()) {
      return 0;
    }
    EventCalendar calendar = EventCalendar.of(id, state.events().values());
    return Math.max(
        asked.getOrDefault(id, 0.0), service.share() * calendar.largestBetween(nowMs, nowMs));
  }

  /** What the front door counts of a service; null while nobody was ever there. */
  private @Nullable Observation users(ServiceState service, long nowMs) {
    Traffic traffic = service.traffic();
    ServiceTraffic last = traffic.last();
    double rate = rate(service.id(), nowMs);
    if (last == null && rate == 0) {
      return null;
    }
    long more = Math.round(rate * TICK_MS / 1_000);
    ServiceTraffic before = last != null ? last : ServiceTraffic.none(service.id());
    return new Observation.FrontDoorReport(
        last != null ? traffic.atMs() + TICK_MS : nowMs,
        last != null ? traffic.startedAtMs() : nowMs - TICK_MS,
        List.of(before.withAttempts(more)));
  }

  /** Carries a command out. */
  void obey(Command command) {
    if (command instanceof Command.NodeTarget order) {
      order.release().forEach(nodes::remove);
      orders.put(order.pool().key(), order);
      pools.put(order.pool().key(), order.pool());
      String key = order.pool().key();
      int have = count(key, true) + count(key, false);
      boot(order.pool(), order.nodes() - have);
      for (Node node : List.copyOf(nodes.values())) {
        if (have > order.nodes() && !node.joined && node.descriptor.pool().equals(key)) {
          nodes.remove(node.descriptor.name());
          have--;
        }
      }
    } else if (command instanceof Command.RunReplicas order) {
      Node node = nodes.get(order.node());
      if (node != null) {
        run(node, order);
      }
    }
  }

  private void run(Node node, Command.RunReplicas order) {
    node.epoch = order.epoch();
    node.generation = order.generation();
    node.replicas.forEach(
        (each, replica) -> {
          if (!order.replicas().contains(each) && replica.stopsAtMs == Long.MAX_VALUE) {
            replica.stopsAtMs = state.nowMs() + FINISHES_MS;
          }
        });
    for (ReplicaOrder each : order.replicas()) {
      ServiceState service = state.service(each.service());
      long bootMs = service == null ? 0 : bootMs(service.spec());
      node.replicas.computeIfAbsent(each, key -> new Replica(state.nowMs() + bootMs));
    }
  }
}
