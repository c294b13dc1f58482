package dev.highwater.kernel.placement;

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
  private int[][] deviceFree = new int[16][];

  private Partition[] partitions = new Partition[8];
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
    copy.deviceFree = new int[deviceFree.length][];
    for (int i = 0; i < slots; i++) {
      copy.deviceFree[i] = deviceFree[i] == null ? null : deviceFree[i].clone();
    }
    copy.partitions = new Partition[partitions.length];
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
    partitions[partitionCount] = new Partition();
    return partitionCount++;
  }

  /**
   * Puts an empty node into a free slot; the lowest free slot is taken so that the table does not
   * grow with every replaced node.
   *
   * @param devices number of devices, each of 1,000 thousandths
   * @return the slot
   */
  public int addNode(int partition, int cpuMilli, int memoryMib, int devices) {
    int slot = 0;
    if (holes == 0) {
      slot = slots;
    } else {
      while (partitionOf[slot] != NO_PARTITION) {
        slot++;
      }
      holes--;
    }
    if (slot == slots) {
      if (slots == cpuCapacity.length) {
        grow();
      }
      slots++;
    }
    cpuCapacity[slot] = cpuMilli;
    cpuFree[slot] = cpuMilli;
    memoryCapacity[slot] = memoryMib;
    memoryFree[slot] = memoryMib;
    partitionOf[slot] = partition;
    replicas[slot] = 0;
    changes[slot] = ++change;
    open[slot] = true;
    partitions[partition].openNodes++;
    partitions[partition].devices |= devices > 0;
    deviceFree[slot] = null;
    if (devices > 0) {
      deviceFree[slot] = new int[devices];
      Arrays.fill(deviceFree[slot], 1_000);
    }
    partitions[partition].add(this, slot);
    return slot;
  }

  private int holes;

  private void grow() {
    int size = slots * 2;
    cpuCapacity = Arrays.copyOf(cpuCapacity, size);
    memoryCapacity = Arrays.copyOf(memoryCapacity, size);
    cpuFree = Arrays.copyOf(cpuFree, size);
    memoryFree = Arrays.copyOf(memoryFree, size);
    partitionOf = Arrays.copyOf(partitionOf, size);
    Arrays.fill(partitionOf, slots, size, NO_PARTITION);
    leafOf = Arrays.copyOf(leafOf, size);
    replicas = Arrays.copyOf(replicas, size);
    changes = Arrays.copyOf(changes, size);
    open = Arrays.copyOf(open, size);
    deviceFree = Arrays.copyOf(deviceFree, size);
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
    deviceFree[slot] = null;
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
    return deviceFree[slot] == null ? 0 : deviceFree[slot].length;
  }

  /** Free thousandths of one device of the node. */
  public int deviceFree(int slot, int device) {
    return deviceFree[slot][device];
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
    int[] free = deviceFree[slot];
    if (free == null) {
      return 0;
    }
    if (gpuMilli <= 1_000) {
      int best = -1;
      for (int i = 0; i < free.length; i++) {
        if (free[i] >= gpuMilli && (best < 0 || free[i] < free[best])) {
          best = i;
        }
      }
      return best < 0 ? 0 : 1 << best;
    }
    int wanted = gpuMilli / 1_000;
    int mask = 0;
    for (int i = 0; i < free.length && wanted > 0; i++) {
      if (free[i] == 1_000) {
        mask |= 1 << i;
        wanted--;
      }
    }
    return wanted == 0 ? mask : 0;
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
   * @param devices a bit per device; each gives {@code min(gpuMilli, 1,000)} thousandths
   */
  public void bookDevices(int slot, int cpuMilli, int memoryMib, int gpuMilli, int devices) {
    moveDevices(slot, 1, cpuMilli, memoryMib, gpuMilli, devices);
  }

  /** Gives back what {@link #bookDevices} took. */
  public void releaseDevices(int slot, int cpuMilli, int memoryMib, int gpuMilli, int devices) {
    moveDevices(slot, -1, cpuMilli, memoryMib, gpuMilli, devices);
  }

  private void moveDevices(
      int slot, int sign, int cpuMilli, int memoryMib, int gpuMilli, int devices) {
    int each = sign * Math.min(gpuMilli, 1_000);
    note(slot, cpuFree[slot], memoryFree[slot], replicas[slot], devices, each);
    cpuFree[slot] -= sign * cpuMilli;
    memoryFree[slot] -= sign * memoryMib;
    replicas[slot] += sign;
    int[] free = deviceFree[slot];
    for (int i = 0; i < free.length; i++) {
      if ((devices >>> i & 1) != 0) {
        free[i] -= each;
      }
    }
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

  /** Undoes every booking since {@link #beginTrial}. */
  public void rollback() {
    for (int i = undoLength - 6; i >= 0; i -= 6) {
      int slot = undo[i];
      cpuFree[slot] = undo[i + 1];
      memoryFree[slot] = undo[i + 2];
      replicas[slot] = undo[i + 3];
      int devices = undo[i + 4];
      int each = undo[i + 5];
      if (devices != 0) {
        int[] free = deviceFree[slot];
        for (int d = 0; d < free.length; d++) {
          if ((devices >>> d & 1) != 0) {
            free[d] += each;
          }
        }
      }
      refresh(slot);
    }
    undoLength = 0;
    trial = false;
  }

  private void note(int slot, int cpu, int memory, int count, int devices, int each) {
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
    undo[undoLength + 4] = devices;
    undo[undoLength + 5] = each;
    undoLength += 6;
  }

  private void refresh(int slot) {
    changes[slot] = ++change;
    Partition partition = partitions[partitionOf[slot]];
    if (!partition.stale) {
      partition.set(leafOf[slot], cpuLeaf(slot), memoryLeaf(slot));
    }
  }

  private int cpuLeaf(int slot) {
    return !open[slot] || memoryFree[slot] < memorySmallest ? 0 : cpuFree[slot];
  }

  private int memoryLeaf(int slot) {
    return !open[slot] || cpuFree[slot] < cpuSmallest ? 0 : memoryFree[slot];
  }

  /** Number of nodes in the partition, open or not. */
  public int nodesIn(int partition) {
    return partitions[partition].length;
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
    Partition p = partitions[partition];
    p.rebuildIfStale(this);
    return p.order[position];
  }

  /**
   * The first position from {@code from} on whose node is open and has the room.
   *
   * @return a position below {@link #nodesIn}, or -1
   */
  public int nextFit(int partition, int from, int cpuMilli, int memoryMib) {
    Partition p = partitions[partition];
    p.rebuildIfStale(this);
    return p.next(from, Math.max(1, cpuMilli), Math.max(1, memoryMib));
  }

  /**
   * One pool in one zone. {@code tree[2i]} is the largest free CPU below position i, {@code tree[2i
   * + 1]} the largest free memory.
   */
  private static final class Partition {
    private int[] order = new int[4];
    private int length;
    private int leaves = 1;
    private int[] tree = new int[4];
    private boolean stale;
    private int openNodes;
    private boolean devices;

    Partition copy() {
      Partition copy = new Partition();
      copy.order = order.clone();
      copy.length = length;
      copy.leaves = leaves;
      copy.tree = tree.clone();
      copy.stale = stale;
      copy.openNodes = openNodes;
      copy.devices = devices;
      return copy;
    }

    void add(NodeTable table, int slot) {
      if (length == order.length) {
        order = Arrays.copyOf(order, length * 2);
      }
      int at = length;
      while (at > 0 && table.before(slot, order[at - 1])) {
        order[at] = order[at - 1];
        at--;
      }
      order[at] = slot;
      length++;
      stale = true;
    }

    void remove(int slot) {
      int at = 0;
      while (order[at] != slot) {
        at++;
      }
      System.arraycopy(order, at + 1, order, at, length - at - 1);
      length--;
      stale = true;
    }

    void rebuildIfStale(NodeTable table) {
      if (!stale) {
        return;
      }
      stale = false;
      leaves = 1;
      while (leaves < length) {
        leaves *= 2;
      }
      tree = tree.length >= 4 * leaves ? tree : new int[4 * leaves];
      Arrays.fill(tree, 0);
      for (int i = 0; i < length; i++) {
        int slot = order[i];
        table.leafOf[slot] = i;
        tree[2 * (leaves + i)] = table.cpuLeaf(slot);
        tree[2 * (leaves + i) + 1] = table.memoryLeaf(slot);
      }
      for (int i = leaves - 1; i >= 1; i--) {
        tree[2 * i] = Math.max(tree[4 * i], tree[4 * i + 2]);
        tree[2 * i + 1] = Math.max(tree[4 * i + 1], tree[4 * i + 3]);
      }
    }

    void set(int leaf, int cpu, int memory) {
      int i = leaves + leaf;
      tree[2 * i] = cpu;
      tree[2 * i + 1] = memory;
      for (i >>= 1; i >= 1; i >>= 1) {
        int c = Math.max(tree[4 * i], tree[4 * i + 2]);
        int m = Math.max(tree[4 * i + 1], tree[4 * i + 3]);
        if (tree[2 * i] == c && tree[2 * i + 1] == m) {
          return;
        }
        tree[2 * i] = c;
        tree[2 * i + 1] = m;
      }
    }

    int next(int from, int cpu, int memory) {
      if (from >= length) {
        return -1;
      }
      int i = from == 0 ? 1 : leaves + from;
      while (true) {
        if (tree[2 * i] >= cpu && tree[2 * i + 1] >= memory) {
          if (i >= leaves) {
            return i - leaves;
          }
          i *= 2;
        } else {
          while ((i & 1) == 1) {
            i >>= 1;
          }
          if (i == 0) {
            return -1;
          }
          i++;
        }
      }
    }
  }

  /**
   * Bigger nodes are filled first (fewer nodes are used); equal ones in the order of their slots.
   */
  private boolean before(int a, int b) {
    if (cpuCapacity[a] != cpuCapacity[b]) {
      return cpuCapacity[a] > cpuCapacity[b];
    }
    if (memoryCapacity[a] != memoryCapacity[b]) {
      return memoryCapacity[a] > memoryCapacity[b];
    }
    return a < b;
  }
}
