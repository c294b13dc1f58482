package dev.highwater.kernel.state;

import dev.highwater.model.NodePool;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One node pool: its spec, the number of nodes wanted, and what hosts said they are booting.
 *
 * <p>Confined to the thread that owns the cell's state; written only by {@link CellState}.
 */
public final class PoolState {
  final String key;
  @Nullable NodePool spec;
  @Nullable NodePool lastSpec;
  int target;
  boolean targeted;
  long generation;
  int nodes;
  List<String> proposed = List.of();

  // Soft, by host name.
  final Map<String, Integer> booting = new TreeMap<>();
  final Map<String, Long> obeyed = new TreeMap<>();
  long orderedAtMs;
  long proposedAtMs;
  long reportedMs;
  long surplusSinceMs;
  int surplusNodes;

  // When time was last looked at: free on nodes that hold replicas, and on all that are open.
  long freeCpu;
  long freeMemory;
  long openCpu;
  long openMemory;

  PoolState(String key) {
    this.key = key;
  }

  PoolState copy() {
    PoolState copy = new PoolState(key);
    copy.spec = spec;
    copy.lastSpec = lastSpec;
    copy.target = target;
    copy.targeted = targeted;
    copy.generation = generation;
    copy.nodes = nodes;
    copy.proposed = proposed;
    copy.booting.putAll(booting);
    copy.obeyed.putAll(obeyed);
    copy.orderedAtMs = orderedAtMs;
    copy.proposedAtMs = proposedAtMs;
    copy.reportedMs = reportedMs;
    copy.surplusSinceMs = surplusSinceMs;
    copy.surplusNodes = surplusNodes;
    copy.openCpu = openCpu;
    copy.openMemory = openMemory;
    return copy;
  }

  /** Its orders changed; generations are taken from the number of facts, so they only grow. */
  void ordered(long newGeneration, long nowMs) {
    generation = newGeneration;
    orderedAtMs = nowMs;
  }

  /** A new owner has not heard its hosts. */
  void forget() {
    obeyed.clear();
    booting.clear();
  }

  /** Key {@code cell/pool}. */
  public String key() {
    return key;
  }

  /** The spec in force, or null when nodes named a pool that is not declared. */
  public @Nullable NodePool spec() {
    return spec;
  }

  /**
   * The spec in force or, of a pool that was deleted, the last one, because its nodes cost what
   * they did until they are gone. Null when it never was declared.
   */
  public @Nullable NodePool lastSpec() {
    return lastSpec;
  }

  /** Whether it was declared once and is no longer, so that its nodes are given back. */
  public boolean deleted() {
    return spec == null && lastSpec != null;
  }

  /** Puts another spec in force; null deletes it. */
  void declare(@Nullable NodePool other) {
    spec = other;
    lastSpec = other == null ? lastSpec : other;
  }

  /** Hosts that have reported of it, by name. */
  public SortedSet<String> hosts() {
    return new TreeSet<>(booting.keySet());
  }

  /** Nodes wanted. */
  public int target() {
    return target;
  }

  /** Whether a target was ever decided. */
  public boolean targeted() {
    return targeted;
  }

  /** Generation of the last change of the target or of the nodes to give back. */
  public long generation() {
    return generation;
  }

  /** Nodes that joined and were not lost, draining ones included. */
  public int nodes() {
    return nodes;
  }

  /** Nodes that hosts said are booting. */
  public int booting() {
    int sum = 0;
    for (int n : booting.values()) {
      sum += n;
    }
    return sum;
  }

  /** When its orders last changed, time of the input; 0 when that was before this owner. */
  public long orderedAtMs() {
    return orderedAtMs;
  }

  /** Nodes that the last proposal to move replicas named; empty when there was none. */
  public List<String> proposed() {
    return proposed;
  }

  /** When that was said, time of the input; 0 when that was before this owner. */
  public long proposedAtMs() {
    return proposedAtMs;
  }

  /** When a host last reported it, time of the input. */
  public long reportedMs() {
    return reportedMs;
  }

  /**
   * Nodes in use that it could do without: whole nodes in the free room that its replicas can use,
   * with half a node to spare, less what forecasts ask for.
   */
  public int surplusNodes() {
    return surplusNodes;
  }

  /** Since when it could do without one at least; 0 while it could not. */
  public long surplusSinceMs() {
    return surplusSinceMs;
  }

  /** Whether every host that reported obeyed the last target. */
  public boolean obeyed() {
    for (long g : obeyed.values()) {
      if (g < generation) {
        return false;
      }
    }
    return true;
  }
}
