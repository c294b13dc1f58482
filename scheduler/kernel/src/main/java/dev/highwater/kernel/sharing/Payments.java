package dev.highwater.kernel.sharing;

import dev.highwater.kernel.account.Budgets;
import dev.highwater.kernel.account.Prices;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Resources;

/**
 * Pays from a tenant's budget for the replicas that lie above its nominal quota; in a cell that is
 * rented, for all of them.
 *
 * <p>Of several replicas those within nominal come first: they need no money. Made for one decision
 * together with its {@link Shares}; confined to its thread.
 */
public final class Payments {
  private final Shares shares;
  private final Budgets budgets;

  /** Reads budgets and what is spent. */
  public Payments(CellState state, Prices prices, Shares shares) {
    this.shares = shares;
    budgets = new Budgets(state, prices, name -> shares.nominal(shares.tenant(name)));
  }

  /** How many of {@code wanted} replicas need no money, or are paid by the rest of the budget. */
  public int affordable(int tenant, Resources each, int wanted) {
    String name = shares.state(tenant).name();
    if (!budgets.limits(name)) {
      return wanted;
    }
    int free = free(tenant, each, wanted);
    return free + budgets.affordable(name, each, wanted - free);
  }

  /** Pays for replicas and counts them as used. */
  public void take(int tenant, Resources each, int count) {
    String name = shares.state(tenant).name();
    if (budgets.limits(name)) {
      budgets.spend(name, each, count - free(tenant, each, count));
    }
    shares.take(tenant, each, count);
  }

  private int free(int tenant, Resources each, int wanted) {
    return budgets.rented() ? 0 : shares.nominalRoom(tenant, each, wanted);
  }
}
