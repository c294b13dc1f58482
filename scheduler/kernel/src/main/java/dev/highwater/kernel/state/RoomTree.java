package dev.highwater.kernel.state;

import java.util.Arrays;

/**
 * The nodes of one partition (one pool in one zone) in the order in which they are filled, with a
 * tree over them that finds the next one with room.
 *
 * <p>{@code tree[2i]} is the largest free CPU below position i, {@code tree[2i + 1]} the largest
 * free memory. It is built again, when it is next asked, after nodes came or went.
 *
 * <p>Confined to the thread of its {@link NodeTable}.
 */
final class RoomTree {
  private int[] order = new int[4];
  private int length;
  private int leaves = 1;
  private int[] tree = new int[4];
  boolean stale;
  int openNodes;
  boolean devices;

  RoomTree copy() {
    RoomTree copy = new RoomTree();
    copy.order = order.clone();
    copy.length = length;
    copy.leaves = leaves;
    copy.tree = tree.clone();
    copy.stale = stale;
    copy.openNodes = openNodes;
    copy.devices = devices;
    return copy;
  }

  int length() {
    return length;
  }

  int slotAt(int position) {
    return order[position];
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
      table.leafIs(slot, i);
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
