package dev.highwater.kernel.state;

import java.util.Arrays;

/**
 * Free and total capacity of the nodes of one cell, on arrays, with an index that answers "the
 * first node from here on that still fits".
 *
 * <p>It exists because a decision asks this question once per replica: a scan of 10,000 nodes per
 * question is what limits other schedulers. Nodes are kept in <em>partitions</em> (one pool in one
 * zone: equal labels, taints, price); each partition holds a tree of the largest free CPU and
 * memory below each inner position. The index is a pure function of the free amounts, so bookings
 * that are undone leave no trace and two owners that read the same journal choose the same node.
 *
 * <p>Confined to the thread that owns the cell's state.
 */
public final class NodeTable {
  private static final int NO_PARTITION = -1;

  private int slots;
  private int[] cpuCapacity = new int[16];
  private int[] memoryCapacity = new int[16];
  private int[] cpuFree = new int[16];
  private int[] memoryFree = new int[16];
  private int[] partitionOf = new int[16];
  private int[] leafOf = new int[16];
  private int[] replicas = new int[16];
  private long[] changes = new long[16];
  private long change;
  private boolean[] open = new boolean[16];
  private DeviceTable devices = new DeviceTable();

  private RoomTree[] partitions = new RoomTree[8];
  private int partitionCount;
  private int cpuSmallest = 1;
  private int memorySmallest = 1;

  private int[] undo = new int[64];
  private int undoLength;
  private boolean trial;

  /** A table without nodes. */
  public NodeTable() {
    Arrays.fill(partitionOf, NO_PARTITION);
  }

  /**
   * Returns an independent copy, for what-if questions.
   *
   * @return equal content; no array is shared
   */
  public NodeTable copy() {
    if (trial) {
      throw new IllegalStateException("a trial booking is open");
    }
    NodeTable copy = new NodeTable();
    copy.slots = slots;
    copy.holes = holes;
    copy.cpuCapacity = cpuCapacity.clone();
    copy.memoryCapacity = memoryCapacity.clone();
    copy.cpuFree = cpuFree.clone();
    copy.memoryFree = memoryFree.clone();
    copy.partitionOf = partitionOf.clone();
    copy.leafOf = leafOf.clone();
    copy.replicas = replicas.clone();
    copy.changes = changes.clone();
    copy.change = change;
    copy.open = open.clone();
    copy.devices = devices.copy();
    copy.partitions = new RoomTree[partitions.length];
    for (int i = 0; i < partitionCount; i++) {
      copy.partitions[i] = partitions[i].copy();
    }
    copy.partitionCount = partitionCount;
    copy.cpuSmallest = cpuSmallest;
    copy.memorySmallest = memorySmallest;
    return copy;
  }

  /**
   * Adds an empty partition.
   *
   * @return its number, counted from 0
   */
  public int addPartition() {
    if (partitionCount == partitions.length) {
      partitions = Arrays.copyOf(partitions, partitionCount * 2);
    }
    partitions[partitionCount] = new RoomTree();
    return partitionCount++;
  }

  /** Says that a node of the partition had devices once. */
  void hadDevices(int partition) {
    partitions[partition].devices = true;
  }

  /**
   * Puts an empty node into a free slot; the lowest free slot is taken so that the table does not
   * grow with every replaced node.
   *
   * @param deviceCount number of devices, each of 1,000 thousandths
   * @return the slot
   */
  public int addNode(int partition, int cpuMilli, int memoryMib, int deviceCount) {
    int slot = 0;
    if (holes == 0) {
      slot = slots;
    } else {
      while (partitionOf[slot] != NO_PARTITION) {
        slot++;
      }
      holes--;
    }
    fill(slot, partition, cpuMilli, memoryMib, deviceCount);
    return slot;
  }

  /** Puts an empty node into a slot that it had, while a table is built up anew. */
  void putNode(int slot, int partition, int cpuMilli, int memoryMib, int deviceCount) {
    fill(slot, partition, cpuMilli, memoryMib, deviceCount);
  }

  /** So many slots were ever used; called once every node is in its slot again. */
  void slotsWere(int count) {
    reach(count);
    holes = 0;
    for (int slot = 0; slot < slots; slot++) {
      holes += used(slot) ? 0 : 1;
    }
  }

  private void reach(int count) {
    while (cpuCapacity.length < count) {
      grow();
    }
    slots = Math.max(slots, count);
  }

  private void fill(int slot, int partition, int cpuMilli, int memoryMib, int deviceCount) {
    reach(slot + 1);
    cpuCapacity[slot] = cpuMilli;
    cpuFree[slot] = cpuMilli;
    memoryCapacity[slot] = memoryMib;
    memoryFree[slot] = memoryMib;
    partitionOf[slot] = partition;
    replicas[slot] = 0;
    changes[slot] = ++change;
    open[slot] = true;
    partitions[partition].openNodes++;
    partitions[partition].devices |= deviceCount > 0;
    devices.add(slot, deviceCount);
    partitions[partition].add(this, slot);
  }

  private int holes;

  private void grow() {
    int before = cpuCapacity.length;
    int size = before * 2;
    cpuCapacity = Arrays.copyOf(cpuCapacity, size);
    memoryCapacity = Arrays.copyOf(memoryCapacity, size);
    cpuFree = Arrays.copyOf(cpuFree, size);
    memoryFree = Arrays.copyOf(memoryFree, size);
    partitionOf = Arrays.copyOf(partitionOf, size);
    Arrays.fill(partitionOf, before, size, NO_PARTITION);
    leafOf = Arrays.copyOf(leafOf, size);
    replicas = Arrays.copyOf(replicas, size);
    changes = Arrays.copyOf(changes, size);
    open = Arrays.copyOf(open, size);
    devices.grow(size);
  }

  /** Takes a node out; what was booked on it is gone with it. */
  public void removeNode(int slot) {
    int partition = partitionOf[slot];
    partitions[partition].remove(slot);
    partitions[partition].openNodes -= open[slot] ? 1 : 0;
    partitionOf[slot] = NO_PARTITION;
    cpuCapacity[slot] = 0;
    memoryCapacity[slot] = 0;
    cpuFree[slot] = 0;
    memoryFree[slot] = 0;
    open[slot] = false;
    devices.remove(slot);
    holes++;
  }

  /** Says whether the node takes new replicas (false while cordoned, draining, silent or lost). */
  public void setOpen(int slot, boolean accepts) {
    if (open[slot] != accepts) {
      open[slot] = accepts;
      partitions[partitionOf[slot]].openNodes += accepts ? 1 : -1;
      refresh(slot);
    }
  }

  /**
   * Tells the smallest request that exists, below which a remainder counts as nothing.
   *
   * <p>Without it a node whose memory is gone but whose CPU is not (or the reverse) is looked at
   * again for every request.
   */
  public void setSmallest(int cpuMilli, int memoryMib) {
    int cpu = Math.max(1, cpuMilli);
    int memory = Math.max(1, memoryMib);
    if (cpu == cpuSmallest && memory == memorySmallest) {
      return;
    }
    cpuSmallest = cpu;
    memorySmallest = memory;
    for (int i = 0; i < partitionCount; i++) {
      partitions[i].stale = true;
    }
  }

  /** Number of slots ever used; a slot below it may be empty. */
  public int slots() {
    return slots;
  }

  /** Whether a node is in the slot. */
  public boolean used(int slot) {
    return partitionOf[slot] != NO_PARTITION;
  }

  /** Whether the node takes new replicas. */
  public boolean open(int slot) {
    return open[slot];
  }

  /** Partition of the node in the slot. */
  public int partitionOf(int slot) {
    return partitionOf[slot];
  }

  /** Free CPU in millicores. */
  public int cpuFree(int slot) {
    return cpuFree[slot];
  }

  /** Free memory in MiB. */
  public int memoryFree(int slot) {
    return memoryFree[slot];
  }

  /** All CPU in millicores. */
  public int cpuCapacity(int slot) {
    return cpuCapacity[slot];
  }

  /** All memory in MiB. */
  public int memoryCapacity(int slot) {
    return memoryCapacity[slot];
  }

  /** Replicas booked on the node. */
  public int replicas(int slot) {
    return replicas[slot];
  }

  /**
   * Grows whenever something of the node's room changes, so that what was computed from it is
   * computed again.
   */
  public long changes(int slot) {
    return changes[slot];
  }

  /** Number of devices of the node. */
  public int devices(int slot) {
    return devices.count(slot);
  }

  /** Free thousandths of one device of the node. */
  public int deviceFree(int slot, int device) {
    return devices.free(slot, device);
  }

  /** Whether the node is open and has the room, devices included. */
  public boolean fits(int slot, int cpuMilli, int memoryMib, int gpuMilli) {
    return open[slot]
        && cpuFree[slot] >= cpuMilli
        && memoryFree[slot] >= memoryMib
        && (gpuMilli == 0 || devicesFor(slot, gpuMilli) != 0);
  }

  /**
   * The devices that a request would get: the fullest one that still holds a part of a device, or
   * the first free ones for whole devices.
   *
   * @param gpuMilli 1 to 1,000 for a part of one device, or a multiple of 1,000 for whole devices
   * @return a bit per device, or 0 when there is no room
   */
  public int devicesFor(int slot, int gpuMilli) {
    return devices.bestFor(slot, gpuMilli);
  }

  /** Books replicas of one shape without devices. */
  public void book(int slot, int count, int cpuMilli, int memoryMib) {
    note(slot, cpuFree[slot], memoryFree[slot], replicas[slot], 0, 0);
    cpuFree[slot] -= count * cpuMilli;
    memoryFree[slot] -= count * memoryMib;
    replicas[slot] += count;
    refresh(slot);
  }

  /** Gives back what {@link #book} took. */
  public void release(int slot, int count, int cpuMilli, int memoryMib) {
    book(slot, -count, cpuMilli, memoryMib);
  }

  /**
   * Books one replica with devices.
   *
   * @param mask a bit per device; each gives {@code min(gpuMilli, 1,000)} thousandths
   */
  public void bookDevices(int slot, int cpuMilli, int memoryMib, int gpuMilli, int mask) {
    moveDevices(slot, 1, cpuMilli, memoryMib, gpuMilli, mask);
  }

  /** Gives back what {@link #bookDevices} took. */
  public void releaseDevices(int slot, int cpuMilli, int memoryMib, int gpuMilli, int mask) {
    moveDevices(slot, -1, cpuMilli, memoryMib, gpuMilli, mask);
  }

  private void moveDevices(
      int slot, int sign, int cpuMilli, int memoryMib, int gpuMilli, int mask) {
    int each = sign * Math.min(gpuMilli, 1_000);
    note(slot, cpuFree[slot], memoryFree[slot], replicas[slot], mask, each);
    cpuFree[slot] -= sign * cpuMilli;
    memoryFree[slot] -= sign * memoryMib;
    replicas[slot] += sign;
    devices.take(slot, mask, each);
    refresh(slot);
  }

  /** From now on bookings are remembered, to be undone by {@link #rollback}. */
  public void beginTrial() {
    if (trial) {
      throw new IllegalStateException("a trial booking is already open");
    }
    trial = true;
    undoLength = 0;
  }

  /** Where a trial stands, for {@link #rollbackTo}. */
  public int mark() {
    return undoLength;
  }

  /** Undoes every booking since {@link #beginTrial}, which ends. */
  public void rollback() {
    rollbackTo(0);
    trial = false;
  }

  /** Undoes every booking since a mark; the trial goes on. */
  public void rollbackTo(int mark) {
    for (int i = undoLength - 6; i >= mark; i -= 6) {
      int slot = undo[i];
      cpuFree[slot] = undo[i + 1];
      memoryFree[slot] = undo[i + 2];
      replicas[slot] = undo[i + 3];
      if (undo[i + 4] != 0) {
        devices.take(slot, undo[i + 4], -undo[i + 5]);
      }
      refresh(slot);
    }
    undoLength = mark;
  }

  private void note(int slot, int cpu, int memory, int count, int mask, int each) {
    if (!trial) {
      return;
    }
    if (undoLength + 6 > undo.length) {
      undo = Arrays.copyOf(undo, undo.length * 2);
    }
    undo[undoLength] = slot;
    undo[undoLength + 1] = cpu;
    undo[undoLength + 2] = memory;
    undo[undoLength + 3] = count;
    undo[undoLength + 4] = mask;
    undo[undoLength + 5] = each;
    undoLength += 6;
  }

  private void refresh(int slot) {
    changes[slot] = ++change;
    RoomTree partition = partitions[partitionOf[slot]];
    if (!partition.stale) {
      partition.set(leafOf[slot], cpuLeaf(slot), memoryLeaf(slot));
    }
  }

  void leafIs(int slot, int leaf) {
    leafOf[slot] = leaf;
  }

  int cpuLeaf(int slot) {
    return !open[slot] || memoryFree[slot] < memorySmallest ? 0 : cpuFree[slot];
  }

  int memoryLeaf(int slot) {
    return !open[slot] || cpuFree[slot] < cpuSmallest ? 0 : memoryFree[slot];
  }

  /** Number of nodes in the partition, open or not. */
  public int nodesIn(int partition) {
    return partitions[partition].length();
  }

  /** Whether a node of the partition has devices. */
  public boolean hasDevices(int partition) {
    return partitions[partition].devices;
  }

  /** Number of open nodes in the partition. */
  public int openIn(int partition) {
    return partitions[partition].openNodes;
  }

  /** The node at a position of the partition, in the order in which its nodes are filled. */
  public int nodeAt(int partition, int position) {
    RoomTree p = partitions[partition];
    p.rebuildIfStale(this);
    return p.slotAt(position);
  }

  /**
   * The first position from {@code from} on whose node is open and has the room.
   *
   * @return a position below {@link #nodesIn}, or -1
   */
  public int nextFit(int partition, int from, int cpuMilli, int memoryMib) {
    RoomTree p = partitions[partition];
    p.rebuildIfStale(this);
    return p.next(from, Math.max(1, cpuMilli), Math.max(1, memoryMib));
  }

  /**
   * Bigger nodes are filled first (fewer nodes are used); equal ones in the order of their slots.
   */
  boolean before(int a, int b) {
    if (cpuCapacity[a] != cpuCapacity[b]) {
      return cpuCapacity[a] > cpuCapacity[b];
    }
    if (memoryCapacity[a] != memoryCapacity[b]) {
      return memoryCapacity[a] > memoryCapacity[b];
    }
    return a < b;
  }
}
