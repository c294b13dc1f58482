package dev.highwater.kernel.account;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.kernel.state.TenantState;
import dev.highwater.model.Cell;
import dev.highwater.model.NodePool;
import dev.highwater.model.Ownership;
import dev.highwater.model.Resources;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Holds a tenant's borrowed and public capacity within its budget.
 *
 * <p>In a private cell only what lies above nominal quota counts, by the same nominal quota that
 * lets replicas be placed for nothing; in a public one everything does, because everything is
 * rented. New replicas are priced at the dearest pool that could carry them, so that the budget
 * holds wherever they land; what runs already is never stopped for money.
 *
 * <p>Made for one decision; confined to its thread.
 */
public final class Budgets {
  private final CellState state;
  private final boolean rented;
  private final Prices prices;
  private final Function<String, Resources> nominal;
  private final Map<String, Double> left = new LinkedHashMap<>();

  /**
   * Reads budgets and what is spent.
   *
   * @param nominal quota of a tenant as it counts, by name
   */
  public Budgets(CellState state, Prices prices, Function<String, Resources> nominal) {
    this.state = state;
    this.nominal = nominal;
    this.prices = prices;
    Cell cell = state.spec();
    rented = cell != null && cell.ownership() == Ownership.PUBLIC;
    for (TenantState tenant : state.sharers()) {
      double budget = tenant.spec().budgetPerHour();
      if (budget > 0) {
        left.put(tenant.name(), budget - spent(tenant));
      }
    }
  }

  private double spent(TenantState tenant) {
    double cost = 0;
    for (ServiceState service : state.services()) {
      if (service.id().tenant().equals(tenant.name())) {
        cost += prices.perHour(service);
      }
    }
    return rented ? cost : cost * (1 - nominalShare(nominal.apply(tenant.name()), tenant));
  }

  /**
   * Part of what a tenant uses that lies within nominal, 0 to 1: that of the resource of which most
   * is borrowed, because a replica that borrows anything is a borrowed one.
   */
  private static double nominalShare(Resources nominal, TenantState tenant) {
    double share = Math.min(1, ratio(nominal.cpuMilli(), tenant.cpuMilli()));
    share = Math.min(share, ratio(nominal.memoryMib(), tenant.memoryMib()));
    return Math.min(share, ratio(nominal.gpuMilli(), tenant.gpuMilli()));
  }

  private static double ratio(long nominal, long used) {
    return used == 0 ? 1 : nominal / (double) used;
  }

  /** Whether everything in this cell is paid, and not only what is borrowed. */
  public boolean rented() {
    return rented;
  }

  /** Whether the tenant has a budget. */
  public boolean limits(String tenant) {
    return left.containsKey(tenant);
  }

  /** How many of {@code wanted} replicas the rest of the budget pays. */
  public int affordable(String tenant, Resources each, int wanted) {
    double price = replicaPerHour(state, each);
    double rest = left.getOrDefault(tenant, Double.MAX_VALUE);
    return price <= 0
        ? wanted
        : (int) Math.max(0, Math.min(wanted, Math.floor(rest / price + 1e-9)));
  }

  /** Counts replicas as bought. */
  public void spend(String tenant, Resources each, int count) {
    double price = replicaPerHour(state, each);
    left.computeIfPresent(tenant, (key, rest) -> rest - count * price);
  }

  /** Money per hour of one replica at the dearest pool that could carry it. */
  public static double replicaPerHour(CellState state, Resources each) {
    double dearest = 0;
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null && each.fitsIn(spec.shape())) {
        dearest = Math.max(dearest, Prices.perHour(spec, each));
      }
    }
    return dearest;
  }
}
