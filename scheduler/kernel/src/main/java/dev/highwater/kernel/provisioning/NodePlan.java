package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.draft.Unmet;
import dev.highwater.model.ServiceId;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What every pool shall do. Immutable.
 *
 * @param pools a plan per declared pool, by name
 * @param unmet replicas that no pool can hold within its maximum, by service
 */
public record NodePlan(List<PoolPlan> pools, Map<ServiceId, Unmet> unmet) {
  public NodePlan {
    pools = List.copyOf(pools);
    unmet = Collections.unmodifiableMap(new TreeMap<>(unmet));
  }
}
