package dev.highwater.kernel.state;

import dev.highwater.model.Cell;
import dev.highwater.model.Cordon;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Quota;
import dev.highwater.model.Tenant;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was declared of a cell, its services apart: the cell, its pools, tenants, events and
 * cordons.
 *
 * <p>Journaled. Confined to the thread that owns the cell's state.
 */
final class Specs {
  @Nullable Cell cell;
  final NavigableMap<String, PoolState> pools = new TreeMap<>();
  final NavigableMap<String, TenantState> tenants = new TreeMap<>();
  final NavigableMap<String, TenantState> sharers = new TreeMap<>();
  final NavigableMap<String, PeakEvent> events = new TreeMap<>();

  /** By name of the node, whether it is there or not. */
  final NavigableMap<String, Cordon> cordons = new TreeMap<>();

  Specs copy() {
    Specs copy = new Specs();
    copy.cell = cell;
    pools.forEach((key, pool) -> copy.pools.put(key, pool.copy()));
    tenants.forEach((key, tenant) -> copy.tenants.put(key, tenant.copy()));
    sharers.keySet().forEach(key -> copy.sharers.put(key, copy.tenant(key)));
    copy.events.putAll(events);
    copy.cordons.putAll(cordons);
    return copy;
  }

  PoolState pool(String key) {
    return pools.computeIfAbsent(key, PoolState::new);
  }

  TenantState tenant(String name) {
    return tenants.computeIfAbsent(name, TenantState::new);
  }

  /** A tenant without quota here that has services here shares nevertheless. */
  void shares(String name) {
    sharers.put(name, tenant(name));
  }

  void declared(String name, @Nullable Tenant spec, String cellName) {
    TenantState tenant = tenant(name);
    tenant.spec = spec;
    tenant.quota = null;
    for (Quota quota : tenant.spec().quotas()) {
      tenant.quota = quota.cell().equals(cellName) ? quota : tenant.quota;
    }
    if (tenant.quota != null) {
      sharers.put(tenant.name, tenant);
    }
  }

  /** The longest 99 % boot time of the cell's pools. */
  long nodeBootMs() {
    long longest = 0;
    for (PoolState pool : pools.values()) {
      if (pool.spec != null && pool.spec.nodesMax() > 0) {
        longest = Math.max(longest, pool.spec.boot().p99Ms());
      }
    }
    return longest;
  }

  /**
   * The same of the pools that may have nodes for a service, so that a slow pool that it may not
   * use does not make it look further ahead than it must.
   *
   * @param version grows when a pool changes; until then the answer is kept with the service,
   *     because each tick asks for all of them
   */
  long nodeBootMs(ServiceState service, long version) {
    lookAtPools(service, version);
    return service.nodeBootMs;
  }

  /**
   * By pool, in the order of their keys, whether its nodes may hold a service's replicas.
   *
   * @param version as for {@link #nodeBootMs(ServiceState, long)}
   */
  boolean[] accepting(ServiceState service, long version) {
    lookAtPools(service, version);
    return service.accepting;
  }

  private void lookAtPools(ServiceState service, long version) {
    if (service.poolsVersion == version) {
      return;
    }
    boolean[] accepting = new boolean[pools.size()];
    long longest = 0;
    int number = 0;
    for (PoolState pool : pools.values()) {
      NodePool spec = pool.spec;
      if (spec != null && PoolFilter.accepts(spec, service.spec)) {
        accepting[number] = true;
        longest = spec.nodesMax() == 0 ? longest : Math.max(longest, spec.boot().p99Ms());
      }
      number++;
    }
    service.accepting = accepting;
    service.nodeBootMs = longest;
    service.poolsVersion = version;
  }
}
