package dev.highwater.kernel.state;

import dev.highwater.model.NodePool;
import dev.highwater.model.Service;

/** Which pools can be asked for nodes for a service. Stateless. */
public final class PoolFilter {
  private PoolFilter() {}

  /** Whether an empty node of the pool may hold a replica: by labels, taints and size. */
  public static boolean accepts(NodePool pool, Service service) {
    return service.placement().matches(pool.labels())
        && service.placement().tolerates(pool.taints())
        && Amounts.fits(service.resources(), pool.shape());
  }
}
