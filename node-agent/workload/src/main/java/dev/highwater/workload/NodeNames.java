package dev.highwater.workload;

import dev.highwater.model.NodePool;

/**
 * How a simulated host calls the nodes that it boots: cell, pool and a number from 0. Stateless.
 */
public final class NodeNames {
  private NodeNames() {}

  /** The name of the pool's node with a number. */
  public static String of(NodePool pool, long ordinal) {
    return prefix(pool) + ordinal;
  }

  /** Whether one of the pool's nodes may be called so. */
  public static boolean mayBe(NodePool pool, String name) {
    String prefix = prefix(pool);
    return name.startsWith(prefix)
        && name.length() > prefix.length()
        && name.chars().skip(prefix.length()).allMatch(c -> c >= '0' && c <= '9');
  }

  private static String prefix(NodePool pool) {
    return pool.cell() + "-" + pool.name() + "-";
  }
}
