package dev.highwater.kernel.state;

import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.sizing.ServiceTimeWatch;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.WishSource;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One service in one cell: its spec, its replicas and what was last seen of it.
 *
 * <p>Replicas are kept on arrays in ascending order of their ordinals, which are never used twice:
 * {@code ordinal[i]} is on node slot {@code slot[i]}. So 200,000 of them cost a few megabytes and a
 * decision can walk them.
 *
 * <p>Confined to the thread that owns the cell's state; written only by {@link CellState}.
 */
public final class ServiceState {
  final ServiceId id;
  final int index;

  // Journaled.
  Service spec;
  boolean removed;
  boolean sized;
  int target;
  WishSource winner = WishSource.INITIAL;
  boolean targeted;
  long nextOrdinal;
  double admissionPerSecond = Double.MAX_VALUE;
  double retryRatio = Double.MAX_VALUE;
  int size;
  int stopping;
  int ended;
  long[] ordinal = new long[4];
  int[] slot = new int[4];
  boolean[] stopped = new boolean[4];
  int[] devices = new int[0];
  int[] onZone = new int[4];
  int[] partition = new int[4];
  int[] onPartition = new int[4];

  // Soft: what nodes said of each replica.
  @Nullable ReplicaState[] seen = new ReplicaState[4];
  float[] utilisation = new float[4];
  int[] inFlight = new int[4];
  int[] queued = new int[4];

  // Soft: what the front door said, and what the policy made of it.
  Traffic traffic = new Traffic();
  @Nullable ServiceScaler scaler;
  int ready;
  int booting;
  int silent;
  double inFlightSum;
  double queuedSum;
  double utilisationSum;
  boolean reported = true;

  // Soft: what the routes said.
  double share = 1;
  double routedPerSecond;
  long sharedAtMs;
  double offeredPerSecond = Double.NaN;

  // Soft: how long requests really keep their places.
  ServiceTimeWatch serviceTime = new ServiceTimeWatch();

  // Derived.
  @Nullable Sizer sizer;
  int @Nullable [][] partitions;
  long partitionsVersion = -1;
  boolean[] accepting = new boolean[0];
  long nodeBootMs;
  long poolsVersion = -1;

  ServiceState(Service spec, int index) {
    this.id = spec.id();
    this.spec = spec;
    this.index = index;
  }

  ServiceState copy() {
    ServiceState copy = new ServiceState(spec, index);
    copy.removed = removed;
    copy.sized = sized;
    copy.target = target;
    copy.winner = winner;
    copy.targeted = targeted;
    copy.nextOrdinal = nextOrdinal;
    copy.admissionPerSecond = admissionPerSecond;
    copy.retryRatio = retryRatio;
    copy.size = size;
    copy.stopping = stopping;
    copy.ended = ended;
    copy.ordinal = ordinal.clone();
    copy.slot = slot.clone();
    copy.stopped = stopped.clone();
    copy.devices = devices.clone();
    copy.onZone = onZone.clone();
    copy.partition = partition.clone();
    copy.onPartition = onPartition.clone();
    copy.seen = seen.clone();
    copy.utilisation = utilisation.clone();
    copy.inFlight = inFlight.clone();
    copy.queued = queued.clone();
    copy.traffic = traffic.copy();
    copy.scaler = scaler == null ? null : scaler.copy();
    copy.serviceTime = serviceTime.copy();
    copy.sizer = sizer;
    copy.ready = ready;
    copy.booting = booting;
    copy.silent = silent;
    copy.inFlightSum = inFlightSum;
    copy.queuedSum = queuedSum;
    copy.utilisationSum = utilisationSum;
    copy.reported = reported;
    copy.share = share;
    copy.routedPerSecond = routedPerSecond;
    copy.sharedAtMs = sharedAtMs;
    copy.offeredPerSecond = offeredPerSecond;
    return copy;
  }

  /** Name with tenant. */
  public ServiceId id() {
    return id;
  }

  /** Number within the cell, dense from 0, never changed. */
  public int index() {
    return index;
  }

  /** The spec in force. */
  public Service spec() {
    return spec;
  }

  /** Whether the spec was removed; what still runs is being stopped. */
  public boolean removed() {
    return removed;
  }

  /** Replicas wanted; 0 before the first decision. */
  public int target() {
    return target;
  }

  /** Whether a target was ever decided. */
  public boolean targeted() {
    return targeted;
  }

  /** The wish that set the target. */
  public WishSource winner() {
    return winner;
  }

  /** The ordinal that the next new replica gets. */
  public long nextOrdinal() {
    return nextOrdinal;
  }

  /** Admission in force, {@code Double.MAX_VALUE} for no limit. */
  public double admissionPerSecond() {
    return admissionPerSecond;
  }

  /**
   * Retries per first attempt that front doors may allow, {@code Double.MAX_VALUE} for no limit.
   */
  public double retryRatio() {
    return retryRatio;
  }

  /** Replicas that hold room, those told to stop included. */
  public int size() {
    return size;
  }

  /** Replicas that hold room and were not told to stop. */
  public int active() {
    return size - stopping;
  }

  /** Replicas told to stop that still hold room. */
  public int stopping() {
    return stopping;
  }

  /** Replicas that their nodes said have stopped and that still hold room. */
  public int ended() {
    return ended;
  }

  /** Ordinal of the i-th replica, {@code i < size()}, ascending. */
  public long ordinal(int i) {
    return ordinal[i];
  }

  /** Node slot of the i-th replica. */
  public int slot(int i) {
    return slot[i];
  }

  /** Whether the i-th replica was told to stop. */
  public boolean stopped(int i) {
    return stopped[i];
  }

  /** Devices of the i-th replica, a bit each. */
  public int devices(int i) {
    return devices.length == 0 ? 0 : devices[i];
  }

  /** Active replicas in a zone. */
  public int onZone(int zone) {
    return zone < onZone.length ? onZone[zone] : 0;
  }

  /** Replicas that hold room in a partition of the capacity table. */
  public int onPartition(int number) {
    return number < onPartition.length ? onPartition[number] : 0;
  }

  /** State of the i-th replica as its node reported it, or null when it was not reported yet. */
  public @Nullable ReplicaState seen(int i) {
    return seen[i];
  }

  /** Busy share of the i-th replica at its last report, 0 to 1. */
  public double utilisation(int i) {
    return utilisation[i];
  }

  /** What the front door counted. */
  public Traffic traffic() {
    return traffic;
  }

  /** Active replicas that were reported ready. */
  public int ready() {
    return ready;
  }

  /** Active replicas that boot, or were not reported yet. */
  public int booting() {
    return booting;
  }

  /** First attempts per second that the front door last reported; NaN before it did. */
  public double offeredPerSecond() {
    return offeredPerSecond;
  }

  /** Part of the service's users that is sent to this cell, 0 to 1. */
  public double share() {
    return share;
  }

  /** The policy with what it learned, or null before the service was first looked at. */
  public @Nullable ServiceScaler scaler() {
    return scaler;
  }

  /** The service's sizing tables, or null before the service was first looked at. */
  public @Nullable Sizer sizer() {
    return sizer;
  }

  /** Position of an ordinal, or a negative number. */
  public int find(long wanted) {
    return Arrays.binarySearch(ordinal, 0, size, wanted);
  }

  void append(long newOrdinal, int newSlot, int newPartition, int zone, int newDevices) {
    if (size == ordinal.length) {
      int length = size * 2;
      ordinal = Arrays.copyOf(ordinal, length);
      slot = Arrays.copyOf(slot, length);
      partition = Arrays.copyOf(partition, length);
      stopped = Arrays.copyOf(stopped, length);
      seen = Arrays.copyOf(seen, length);
      utilisation = Arrays.copyOf(utilisation, length);
      inFlight = Arrays.copyOf(inFlight, length);
      queued = Arrays.copyOf(queued, length);
    }
    if (newDevices != 0 || devices.length != 0) {
      if (devices.length < ordinal.length) {
        devices = Arrays.copyOf(devices, ordinal.length);
      }
      devices[size] = newDevices;
    }
    ordinal[size] = newOrdinal;
    slot[size] = newSlot;
    partition[size] = newPartition;
    onPartition =
        newPartition < onPartition.length
            ? onPartition
            : Arrays.copyOf(onPartition, newPartition + 4);
    onPartition[newPartition]++;
    stopped[size] = false;
    seen[size] = null;
    utilisation[size] = 0;
    inFlight[size] = 0;
    queued[size] = 0;
    booting++;
    size++;
    onZone = zone < onZone.length ? onZone : Arrays.copyOf(onZone, zone + 4);
    onZone[zone]++;
  }

  /** Counts the i-th replica in or out of {@code ready} and {@code booting}. */
  private void count(int i, int sign) {
    if (!stopped[i]) {
      if (seen[i] == ReplicaState.READY) {
        ready += sign;
        reported = true;
      } else if (seen[i] == null || seen[i] == ReplicaState.BOOTING) {
        booting += sign;
      }
    }
  }

  void stop(int i) {
    count(i, -1);
    stopped[i] = true;
    stopping++;
  }

  /** Notes what a node said of the i-th replica; null when it said nothing. */
  void see(int i, @Nullable ReplicaState state) {
    if (seen[i] != state) {
      ended += (state == ReplicaState.STOPPED ? 1 : 0) - (seen[i] == ReplicaState.STOPPED ? 1 : 0);
      count(i, -1);
      seen[i] = state;
      count(i, 1);
    }
    reported = true;
  }

  /** Removes the replicas whose positions are marked, keeping the order. */
  void removeMarked(boolean[] marked) {
    int to = 0;
    for (int i = 0; i < size; i++) {
      if (marked[i]) {
        count(i, -1);
        onPartition[partition[i]]--;
        stopping -= stopped[i] ? 1 : 0;
        ended -= seen[i] == ReplicaState.STOPPED ? 1 : 0;
        continue;
      }
      if (to != i) {
        ordinal[to] = ordinal[i];
        slot[to] = slot[i];
        partition[to] = partition[i];
        stopped[to] = stopped[i];
        seen[to] = seen[i];
        utilisation[to] = utilisation[i];
        inFlight[to] = inFlight[i];
        queued[to] = queued[i];
        if (devices.length != 0) {
          devices[to] = devices[i];
        }
      }
      to++;
    }
    size = to;
  }
}
