package dev.highwater.kernel.state;

import dev.highwater.model.Cordon;
import dev.highwater.model.Fact;
import dev.highwater.model.NodeDescriptor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One node that joined a cell: what it is, what it was told to run, and when it was last heard of.
 *
 * <p>Confined to the thread that owns the cell's state; written only by {@link CellState}.
 */
public final class NodeState {
  // Journaled.
  final NodeDescriptor descriptor;
  final int slot;
  final int zone;
  final PoolState pool;
  Fact.@Nullable DrainReason draining;
  @Nullable Cordon cordon;
  long generation;
  int size;
  int[] service = new int[8];
  long[] ordinal = new long[8];

  /** Where each replica was last found in its service; a hint that is checked before use. */
  int[] position = new int[8];

  // Soft.
  boolean connected;
  long lastReportMs;
  long reportedEpoch;
  long reportedGeneration;
  boolean heard;
  int strangers;
  boolean missing;
  long emptySinceMs;
  long orderedAtMs;
  boolean heardAtScan;
  long leavesAtMs;

  NodeState(NodeDescriptor descriptor, int slot, int zone, PoolState pool) {
    this.descriptor = descriptor;
    this.slot = slot;
    this.zone = zone;
    this.pool = pool;
  }

  NodeState copy(PoolState ofCopy) {
    NodeState copy = new NodeState(descriptor, slot, zone, ofCopy);
    copy.draining = draining;
    copy.cordon = cordon;
    copy.generation = generation;
    copy.size = size;
    copy.service = service.clone();
    copy.ordinal = ordinal.clone();
    copy.position = position.clone();
    copy.connected = connected;
    copy.lastReportMs = lastReportMs;
    copy.reportedEpoch = reportedEpoch;
    copy.reportedGeneration = reportedGeneration;
    copy.heard = heard;
    copy.strangers = strangers;
    copy.missing = missing;
    copy.emptySinceMs = emptySinceMs;
    copy.orderedAtMs = orderedAtMs;
    copy.heardAtScan = heardAtScan;
    copy.leavesAtMs = leavesAtMs;
    return copy;
  }

  /** What the node said it is. */
  public NodeDescriptor descriptor() {
    return descriptor;
  }

  /** Name. */
  public String name() {
    return descriptor.name();
  }

  /** Key of the node's pool. */
  public String pool() {
    return descriptor.pool();
  }

  /** Its pool. */
  public PoolState poolState() {
    return pool;
  }

  /** Position in the capacity table. */
  public int slot() {
    return slot;
  }

  /** Number of its zone. */
  public int zone() {
    return zone;
  }

  /** Whether it takes no new replicas and will be given back. */
  public boolean draining() {
    return drainReason() != null;
  }

  /**
   * Why it drains, or null while it does not. An operator's word counts for more than that the
   * scheduler empties the node anyway, and less than that its provider takes it away. One that is
   * only cordoned stays when its pool is deleted.
   */
  public Fact.@Nullable DrainReason drainReason() {
    if (draining == Fact.DrainReason.WITHDRAWN) {
      return draining;
    } else if (cordon != null && cordon.drain()) {
      return Fact.DrainReason.ORDERED;
    }
    return cordon == null && pool.deleted() ? Fact.DrainReason.POOL_DELETED : draining;
  }

  /** An operator's word that it takes no new replicas, or null. */
  public @Nullable Cordon cordon() {
    return cordon;
  }

  /** Whether it may take new replicas at all, however much it has room and is heard. */
  public boolean usable() {
    return draining == null && cordon == null && !pool.deleted();
  }

  /** Generation of the orders that the node shall obey; grows with each change of them. */
  public long generation() {
    return generation;
  }

  /** Replicas that hold room on it. */
  public int size() {
    return size;
  }

  /** Index of the i-th replica's service. */
  public int service(int i) {
    return service[i];
  }

  /** Ordinal of the i-th replica. */
  public long ordinal(int i) {
    return ordinal[i];
  }

  /** Whether it has connected or reported under this epoch. */
  public boolean heard() {
    return heard;
  }

  /** Whether its session is open. */
  public boolean connected() {
    return connected;
  }

  /** When it was last heard of, epoch milliseconds of the input. */
  public long lastReportMs() {
    return lastReportMs;
  }

  /** Epoch of the last command that it said to have obeyed. */
  public long reportedEpoch() {
    return reportedEpoch;
  }

  /** Generation of the last command that it said to have obeyed. */
  public long reportedGeneration() {
    return reportedGeneration;
  }

  /**
   * Replicas that it reported and that are not its own by the journal; they hold room that is not
   * counted.
   */
  public int strangers() {
    return strangers;
  }

  /** Whether its last report lacked a replica that it had been told to run. */
  public boolean missing() {
    return missing;
  }

  /** When its provider takes it back, epoch milliseconds; 0 while it said nothing of that. */
  public long leavesAtMs() {
    return leavesAtMs;
  }

  /** When its orders last changed, time of the input; 0 when that was before this owner. */
  public long orderedAtMs() {
    return orderedAtMs;
  }

  /**
   * Since when it holds no replica, epoch milliseconds; 0 while it holds one or was never observed.
   */
  public long emptySinceMs() {
    return emptySinceMs;
  }

  /** Whether it was heard of within {@link CellState#SILENT_MS}. */
  boolean heardAt(long nowMs) {
    return heard && nowMs - lastReportMs < CellState.SILENT_MS;
  }

  /** Its orders changed; generations are taken from the number of facts, so they only grow. */
  void ordered(long newGeneration, long nowMs) {
    generation = newGeneration;
    orderedAtMs = nowMs;
  }

  /** A new owner has not heard it. */
  void forget() {
    connected = false;
    heard = false;
    lastReportMs = 0;
    reportedEpoch = 0;
    reportedGeneration = 0;
  }

  void add(int serviceIndex, long newOrdinal) {
    if (size == service.length) {
      service = Arrays.copyOf(service, size * 2);
      ordinal = Arrays.copyOf(ordinal, size * 2);
      position = Arrays.copyOf(position, size * 2);
    }
    service[size] = serviceIndex;
    ordinal[size] = newOrdinal;
    size++;
  }

  void remove(int serviceIndex, long oldOrdinal) {
    for (int i = 0; i < size; i++) {
      if (service[i] == serviceIndex && ordinal[i] == oldOrdinal) {
        System.arraycopy(service, i + 1, service, i, size - i - 1);
        System.arraycopy(ordinal, i + 1, ordinal, i, size - i - 1);
        System.arraycopy(position, i + 1, position, i, size - i - 1);
        size--;
        return;
      }
    }
  }
}
