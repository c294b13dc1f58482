package dev.highwater.kernel.state;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.Fact;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.Observation;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Applies what nodes, hosts and front doors said. What makes no sense is refused by name and leaves
 * no trace.
 *
 * <p>Soft: a new owner hears it all again. Confined to the thread that owns the cell's state.
 */
final class Reports {
  /** Refusals that one input can cause; more would only repeat them. Chosen by us. */
  private static final int REFUSALS_MAX = 100;

  private final String cell;
  private final Nodes nodes;
  private final Services services;
  private final Specs specs;
  private final NavigableMap<String, Candidate> candidates = new TreeMap<>();
  private final Map<String, NodeDescriptor> expired = new TreeMap<>();
  private final List<NodeState> reportedNodes = new ArrayList<>();
  private final List<Fact.InputRefused> refusals = new ArrayList<>();
  private long frontDoorAtMs;
  private long heardAtMs;
  private boolean[] reportedHere = new boolean[64];

  private record Candidate(NodeDescriptor descriptor, int strangers) {}

  Reports(String cell, Nodes nodes, Services services, Specs specs) {
    this.cell = cell;
    this.nodes = nodes;
    this.services = services;
    this.specs = specs;
  }

  /** Takes over what another had heard, its nodes replaced by ours. */
  void take(Reports other, UnaryOperator<NodeState> ours) {
    candidates.putAll(other.candidates);
    expired.putAll(other.expired);
    other.reportedNodes.forEach(node -> reportedNodes.add(ours.apply(node)));
    refusals.addAll(other.refusals);
    frontDoorAtMs = other.frontDoorAtMs;
    heardAtMs = other.heardAtMs;
  }

  /** Begins an input. */
  void begin(long nowMs) {
    heardAtMs = heardAtMs == 0 ? nowMs : heardAtMs; // a new owner gives everybody time
    reportedNodes.clear();
    refusals.clear();
  }

  /** A new owner has heard nobody yet. */
  void forget() {
    candidates.clear();
    expired.clear();
    refusals.clear();
    frontDoorAtMs = 0;
    heardAtMs = 0;
  }

  void refuse(ErrorCode code, String subject, String detail) {
    if (refusals.size() < REFUSALS_MAX) {
      refusals.add(new Fact.InputRefused(code, subject, detail));
    }
  }

  List<Fact.InputRefused> refusals() {
    return Collections.unmodifiableList(refusals);
  }

  List<NodeState> reportedNodes() {
    return Collections.unmodifiableList(reportedNodes);
  }

  List<NodeDescriptor> candidates() {
    List<NodeDescriptor> list = new ArrayList<>();
    candidates.values().forEach(candidate -> list.add(candidate.descriptor));
    return list;
  }

  long frontDoorAtMs() {
    return frontDoorAtMs;
  }

  /** An agent of the cell said something. */
  void heard(long nowMs) {
    heardAtMs = nowMs;
  }

  /** {@link CellState#lost}. */
  boolean lost(long nowMs) {
    return frontDoorAtMs > 0
        ? nowMs - frontDoorAtMs >= CellState.DOOR_SILENT_MS
        : heardAtMs > 0 && nowMs - heardAtMs >= CellState.LEASE_MS;
  }

  /** A node that the journal now knows; it is heard when it was a candidate. */
  void joined(NodeState node, long nowMs) {
    Candidate candidate = candidates.remove(node.name());
    node.heard = candidate != null;
    node.connected = candidate != null;
    node.strangers = candidate == null ? 0 : candidate.strangers;
    node.lastReportMs = nowMs;
  }

  /** A node that was taken out; one whose lease ran out may report again without a new session. */
  void dropped(NodeState node, boolean mayComeBack) {
    reportedNodes.remove(node);
    if (mayComeBack) {
      expired.put(node.name(), node.descriptor);
    }
  }

  // Nodes.

  void nodeReport(Observation.NodeReport o, long epoch, long nowMs) {
    NodeState node = nodes.get(o.node());
    NodeDescriptor back = expired.isEmpty() ? null : expired.remove(o.node());
    if (candidates.containsKey(o.node())) {
      return; // it is not in the journal yet, whatever had its name before
    }
    if (node != null) {
      node.leavesAtMs = Math.max(0, o.leavesAtMs());
      reported(node, o.replicas(), nowMs);
      node.reportedEpoch = o.epoch();
      node.reportedGeneration = o.generation();
      presumeGone(node, epoch);
    } else if (back != null) {
      candidates.put(o.node(), new Candidate(back, running(o.replicas())));
    }
  }

  void nodeConnected(Observation.NodeConnected o, long nowMs) {
    String name = o.node().name();
    NodeState node = nodes.get(name);
    expired.remove(name);
    if (!o.node().cell().equals(cell)) {
      refuse(ErrorCode.INVALID_VALUE, name, "belongs to cell " + o.node().cell());
    } else if (tooLarge(o.node().resources())) {
      refuse(
          ErrorCode.TOO_LARGE,
          name,
          "has more than 1,000,000 cores, 1 PiB of memory or 31 devices");
    } else if (node == null || !node.descriptor.equals(o.node())) {
      candidates.put(name, new Candidate(o.node(), running(o.replicas())));
      if (node != null) {
        // Another machine under the same name: what was known of it takes nothing more.
        node.connected = false;
        nodes.refreshOpen(node, nowMs);
      }
    } else {
      candidates.remove(name);
      reported(node, o.replicas(), nowMs);
      node.reportedEpoch = 0;
      node.reportedGeneration = 0;
    }
  }

  void nodeDisconnected(Observation.NodeDisconnected o, long nowMs) {
    NodeState node = nodes.get(o.node());
    if (node != null) {
      node.connected = false;
      nodes.refreshOpen(node, nowMs);
    }
    candidates.remove(o.node());
    expired.remove(o.node());
  }

  private static boolean tooLarge(Resources r) {
    return r.cpuMilli() > 1_000_000_000 || r.memoryMib() > 1_000_000_000 || r.gpuMilli() > 31_000;
  }

  private static int running(List<Observation.ReplicaReport> replicas) {
    int n = 0;
    for (Observation.ReplicaReport replica : replicas) {
      n += replica.state() == ReplicaState.STOPPED ? 0 : 1;
    }
    return n;
  }

  private void reported(NodeState node, List<Observation.ReplicaReport> replicas, long nowMs) {
    node.connected = true;
    node.heard = true;
    if (node.lastReportMs != nowMs || reportedNodes.isEmpty() || !reportedNodes.contains(node)) {
      reportedNodes.add(node);
    }
    node.lastReportMs = nowMs;
    int strangers = 0;
    int matched = 0;
    int hint = 0;
    reportedHere = reportedHere.length >= node.size ? reportedHere : new boolean[node.size * 2];
    Arrays.fill(reportedHere, 0, node.size, false);
    for (Observation.ReplicaReport replica : replicas) {
      int at = find(node, replica, hint);
      if (at < 0) {
        strangers += replica.state() == ReplicaState.STOPPED ? 0 : 1;
        continue;
      }
      hint = at + 1 == node.size ? 0 : at + 1;
      if (!(replica.utilisationRatio() >= 0 && replica.utilisationRatio() < 1e6)
          || replica.inFlight() < 0
          || replica.queued() < 0) {
        refuse(
            ErrorCode.INVALID_VALUE,
            node.name(),
            "report of " + replica.service() + " is negative, infinite or not a number");
      } else {
        take(node, at, replica);
      }
      matched += reportedHere[at] ? 0 : 1;
      reportedHere[at] = true;
    }
    node.strangers = strangers;
    node.missing = false;
    if (matched < node.size) {
      for (int i = 0; i < node.size; i++) {
        if (!reportedHere[i]) {
          absent(node, services.get(node.service[i]), node.ordinal[i]);
        }
      }
    }
    nodes.refreshOpen(node, nowMs);
  }

  /** Where the node holds a replica, looked for from the one after the last: they come in order. */
  private int find(NodeState node, Observation.ReplicaReport replica, int hint) {
    for (int i = 0; i < node.size; i++) {
      int j = hint + i < node.size ? hint + i : hint + i - node.size;
      if (node.ordinal[j] == replica.ordinal()
          && services.get(node.service[j]).id.equals(replica.service())) {
        return j;
      }
    }
    return -1;
  }

  private void take(NodeState node, int at, Observation.ReplicaReport replica) {
    ServiceState service = services.get(node.service[at]);
    int i = node.position[at];
    if (i >= service.size || service.ordinal[i] != replica.ordinal()) {
      i = service.find(replica.ordinal());
      node.position[at] = i;
    }
    service.utilisation[i] = (float) replica.utilisationRatio();
    service.inFlight[i] = (int) Math.min(Integer.MAX_VALUE, replica.inFlight());
    service.queued[i] = (int) Math.min(Integer.MAX_VALUE, replica.queued());
    service.see(i, replica.state());
  }

  /**
   * A replica that was reported before and is not any more has ended; one that was never reported
   * is yet to start.
   */
  private static void absent(NodeState node, ServiceState service, long ordinal) {
    int i = service.find(ordinal);
    if (service.stopped[i]) {
      if (service.seen[i] != null) {
        service.see(i, ReplicaState.STOPPED);
      }
    } else {
      node.missing = true;
      service.see(i, null);
    }
  }

  /**
   * What was told to stop before the node ever started it is gone once the node obeys an order that
   * no longer has it.
   */
  private void presumeGone(NodeState node, long epoch) {
    if (node.reportedEpoch != epoch
        || node.reportedGeneration < node.generation
        || node.size == 0) {
      return;
    }
    for (int j = 0; j < node.size; j++) {
      ServiceState service = services.get(node.service[j]);
      if (service.stopping > 0) {
        int i = service.find(node.ordinal[j]);
        if (service.stopped[i] && service.seen[i] == null) {
          service.see(i, ReplicaState.STOPPED);
        }
      }
    }
  }

  // Hosts and front doors.

  void hostReport(Observation.HostReport o, long nowMs) {
    for (Observation.PoolReport p : o.pools()) {
      PoolState pool = specs.pools.get(p.pool());
      if (pool == null || p.booting() < 0 || p.ready() < 0) {
        refuse(ErrorCode.INVALID_VALUE, o.host(), "pool " + p.pool() + " booting " + p.booting());
      } else {
        pool.booting.put(o.host(), p.booting());
        pool.obeyed.put(o.host(), p.generation());
        pool.reportedMs = nowMs;
      }
    }
  }

  void frontDoorReport(Observation.FrontDoorReport report, long nowMs) {
    frontDoorAtMs = nowMs;
    for (Observation.ServiceTraffic t : report.services()) {
      ServiceState service = services.get(t.service());
      if (service == null) {
        continue;
      }
      Traffic traffic = service.traffic;
      Observation.@Nullable ServiceTraffic last = traffic.last;
      boolean sameStart = traffic.startedAtMs == report.startedAtMs();
      if (Traffic.negative(t)) {
        refuse(
            ErrorCode.INVALID_VALUE, t.service().toString(), "front door reports a negative count");
      } else if (last != null
          && sameStart
          && Traffic.wentBack(last, traffic.atMs, t, report.atMs())) {
        refuse(ErrorCode.INVALID_VALUE, t.service().toString(), "front door's totals went back");
      } else {
        traffic.accept(report.startedAtMs(), report.atMs(), t);
      }
    }
  }

  // Routes.

  void userShares(Observation.UserShares told, long nowMs) {
    for (Observation.UserShare share : told.shares()) {
      ServiceState service = services.get(share.service());
      if (service != null && share.ratio() >= 0 && share.ratio() <= 1) {
        service.share = share.ratio();
        service.routedPerSecond = Math.max(0, share.expectedPerSecond());
        service.sharedAtMs = nowMs;
      }
    }
  }
}
