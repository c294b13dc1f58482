package dev.highwater.rehearsal.scenario;

import dev.highwater.model.Limits;

/**
 * Nodes of a pool that are ready when users come, though the scheduler may want fewer. From then on
 * the pool is as declared, so those that nobody needs are given back as ever. Immutable.
 *
 * @param pool key, such as {@code local/general}
 */
public record StartNodes(String pool, int nodes) {
  public StartNodes {
    pool = Limits.text("pool", pool);
    Limits.range("nodes", nodes, 0, Limits.NODES_MAX);
  }
}
