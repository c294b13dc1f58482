package dev.highwater.kernel.sharing;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.TenantState;
import dev.highwater.model.NodePool;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic of quota in one cell during one decision.
 *
 * <p><b>Goals</b>: what is nominally a tenant's is never lent beyond recall; what is idle may be
 * borrowed; borrowed capacity is shared by weighted dominant share.
 *
 * <p><b>Hard rules</b> (invariant I2): a tenant never uses more than nominal + borrowing limit.
 * Nobody borrows what its owner does not lend: nominal less the lending limit within a cohort, all
 * of what is nominally a cohort's across cohorts.
 *
 * <p><b>Algorithm</b>: three numbers per tenant (CPU, memory, devices); a request is granted as the
 * smallest of what each resource allows.
 *
 * <p><b>Source</b>: Kueue's cluster queues (nominalQuota, borrowingLimit, lendingLimit, cohort;
 * fair sharing by the weighted dominant share of borrowed quota).
 *
 * <p>Made for one decision; confined to its thread.
 */
public final class Shares {
  private static final long NO_LIMIT = Long.MAX_VALUE / 4;
  private static final int KINDS = Held.KINDS;

  private final Map<String, Integer> index = new LinkedHashMap<>();
  private final TenantState[] tenants;
  private final long[][] nominal;
  private final long[][] limit;
  private final long[] capacity = new long[KINDS];
  private final Held held;

  /** What was held before anything was counted that is only foreseen; null until then. */
  private @Nullable Held granted;

  /**
   * Reads quotas and use from the state.
   *
   * <p>When nominal quotas add up to more than the cell can ever have, each counts in proportion: a
   * promise that cannot be kept to all is kept to all alike.
   */
  public Shares(CellState state) {
    int n = state.sharers().size();
    tenants = new TenantState[n];
    nominal = new long[n][];
    limit = new long[n][];
    long[][] used = new long[n][];
    long[][] unlent = new long[n][KINDS];
    int[] cohort = new int[n];
    Map<String, Integer> cohorts = new LinkedHashMap<>();
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null) {
        add(capacity, spec.shape(), Math.max(pool.nodes(), spec.nodesMax()));
      } else if (pool.nodes() > 0) {
        for (NodeState node : state.nodes()) {
          if (node.pool().equals(pool.key())) {
            add(capacity, node.descriptor().resources(), 1);
          }
        }
      }
    }
    long[] nominals = new long[KINDS];
    int i = 0;
    for (TenantState tenant : state.sharers()) {
      index.put(tenant.name(), i);
      tenants[i] = tenant;
      used[i] = new long[] {tenant.cpuMilli(), tenant.memoryMib(), tenant.gpuMilli()};
      Quota quota = tenant.quota();
      nominal[i] = quota == null ? new long[KINDS] : Held.amounts(quota.nominal());
      for (int k = 0; k < KINDS; k++) {
        nominals[k] = Math.min(NO_LIMIT, nominals[k] + nominal[i][k]);
      }
      i++;
    }
    for (i = 0; i < n; i++) {
      Quota quota = tenants[i].quota();
      limit[i] = new long[KINDS];
      long[] borrowing = quota == null ? null : amountsOrNull(quota.borrowingLimit());
      long[] lending = quota == null ? null : amountsOrNull(quota.lendingLimit());
      for (int k = 0; k < KINDS; k++) {
        limit[i][k] = borrowing == null ? NO_LIMIT : nominal[i][k] + borrowing[k];
        if (nominals[k] > capacity[k]) {
          nominal[i][k] = (long) (nominal[i][k] * (capacity[k] / (double) nominals[k]));
        }
        unlent[i][k] = lending == null ? 0 : Math.max(0, nominal[i][k] - lending[k]);
      }
      cohort[i] = cohorts.computeIfAbsent(tenants[i].spec().cohort(), key -> cohorts.size());
    }
    held = new Held(cohort, used, unlent, nominal);
  }

  private static void add(long[] sum, Resources each, long n) {
    long[] all = Held.amounts(each.times(n));
    for (int k = 0; k < KINDS; k++) {
      sum[k] = Math.min(NO_LIMIT, sum[k] + all[k]);
    }
  }

  private static long @Nullable [] amountsOrNull(@Nullable Resources r) {
    return r == null ? null : Held.amounts(r);
  }

  /** How many tenants there are; they are numbered from 0. */
  int tenants() {
    return tenants.length;
  }

  /** Number of a tenant, for the calls below. */
  public int tenant(String name) {
    Integer i = index.get(name);
    if (i == null) {
      throw new IllegalStateException("no such tenant: " + name);
    }
    return i;
  }

  /** The tenant's state. */
  public TenantState state(int tenant) {
    return tenants[tenant];
  }

  /**
   * How many replicas quota allows beyond what is used.
   *
   * @return at least 0
   */
  public int allowed(int tenant, Resources each, int wanted) {
    long[] r = Held.amounts(each);
    long n = wanted;
    for (int k = 0; k < KINDS; k++) {
      if (r[k] > 0) {
        n = Math.min(n, Math.max(0, room(tenant, k)) / r[k]);
      }
    }
    return (int) Math.max(0, n);
  }

  /** Whether quota allows so much of each kind beyond what is used. */
  boolean allows(int tenant, double[] amounts) {
    for (int k = 0; k < KINDS; k++) {
      if (amounts[k] > 0 && amounts[k] > room(tenant, k)) {
        return false;
      }
    }
    return true;
  }

  /**
   * How many replicas quota would allow beyond what is used if everybody who borrows gave way:
   * bounded by the tenant's own limit and by what others need not lend, another cohort none of its
   * nominal quotas.
   */
  public int claimable(int tenant, Resources each, int wanted) {
    long[] r = Held.amounts(each);
    long n = wanted;
    for (int k = 0; k < KINDS; k++) {
      if (r[k] > 0) {
        long lent = capacity[k] - held.keptByOthers(tenant, k);
        long room = Math.min(limit[tenant][k], Math.max(lent, nominal[tenant][k]));
        n = Math.min(n, Math.max(0, room - held.used(tenant, k)) / r[k]);
      }
    }
    return (int) Math.max(0, n);
  }

  /**
   * What the tenant may still take of a resource: the smaller of its own limit and what others
   * leave.
   */
  private long room(int tenant, int k) {
    return Math.min(limit[tenant][k], left(tenant, k)) - held.used(tenant, k);
  }

  /** What others leave of a resource, what the tenant uses included; at least what it is owed. */
  private long left(int tenant, int k) {
    return left(held, tenant, k);
  }

  /** The same by another account of what everybody holds. */
  long left(Held holds, int tenant, int k) {
    return Math.max(besideOthers(holds, tenant, k), Math.min(nominal[tenant][k], limit[tenant][k]));
  }

  /** What others leave of a resource by an account, whatever the tenant is owed. */
  long besideOthers(Held holds, int tenant, int k) {
    return capacity[k] - holds.byOthers(tenant, k);
  }

  /**
   * Whether others leave more to a tenant once another has a replica less: not where that one still
   * holds what it does not lend, nor where its cohort still holds its own.
   */
  public boolean leavesMore(int tenant, int loser, Resources each) {
    long[] r = Held.amounts(each);
    boolean more = false;
    for (int k = 0; k < KINDS; k++) {
      long before = held.byOthers(tenant, k);
      held.change(loser, k, -r[k]);
      more |= held.byOthers(tenant, k) < before;
      held.change(loser, k, r[k]);
    }
    return more;
  }

  /** Counts replicas as used ({@code n > 0}) or given back ({@code n < 0}). */
  public void take(int tenant, Resources each, int n) {
    long[] r = Held.amounts(each);
    for (int k = 0; k < KINDS; k++) {
      if (r[k] > 0) {
        held.change(tenant, k, r[k] * n);
      }
    }
  }

  /** What is taken from here on is only foreseen, and no reason to take anything back. */
  public void foresee() {
    granted = granted == null ? held.copy() : granted;
  }

  /** What tenants hold by what was granted, without what is only foreseen; not to be changed. */
  Held granted() {
    return granted == null ? held : granted;
  }

  /** Used resources of a tenant, this decision's grants included. */
  public Resources used(int tenant) {
    return new Resources(
        positive(held.used(tenant, 0)),
        positive(held.used(tenant, 1)),
        positive(held.used(tenant, 2)));
  }

  /** Nominal quota of a tenant as it counts. */
  public Resources nominal(int tenant) {
    return new Resources(nominal[tenant][0], nominal[tenant][1], nominal[tenant][2]);
  }

  /** Nominal quota of a tenant as it was declared, however much others were promised. */
  public Resources declared(int tenant) {
    Quota quota = tenants[tenant].quota();
    return quota == null ? Resources.NONE : quota.nominal();
  }

  /** The most that a tenant may use, nominal quota and borrowing limit; null without a limit. */
  public @Nullable Resources mostAllowed(int tenant) {
    long[] most = limit[tenant];
    return most[0] == NO_LIMIT ? null : atMost(most[0], most[1], most[2]);
  }

  /**
   * The most that a tenant may use by what others use or do not lend: what the cell can have less
   * that, and nominal quota at least.
   */
  public Resources leftByOthers(int tenant) {
    return atMost(left(tenant, 0), left(tenant, 1), left(tenant, 2));
  }

  /** Sums of senseless quotas and pools are more than can be said. */
  private static Resources atMost(long cpuMilli, long memoryMib, long gpuMilli) {
    return new Resources(
        Math.min(Resources.MAX, cpuMilli),
        Math.min(Resources.MAX, memoryMib),
        Math.min(Resources.MAX, gpuMilli));
  }

  /** What a tenant uses above nominal. */
  public Resources borrowed(int tenant) {
    return new Resources(
        positive(held.used(tenant, 0) - nominal[tenant][0]),
        positive(held.used(tenant, 1) - nominal[tenant][1]),
        positive(held.used(tenant, 2) - nominal[tenant][2]));
  }

  private static long positive(long value) {
    return Math.max(0, value);
  }

  /** Whether the tenant stays within nominal in every resource with {@code n} replicas more. */
  public boolean withinNominal(int tenant, Resources each, int n) {
    long[] r = Held.amounts(each);
    for (int k = 0; k < KINDS; k++) {
      if (r[k] > 0 && held.used(tenant, k) + r[k] * n > nominal[tenant][k]) {
        return false;
      }
    }
    return true;
  }

  /** How many of {@code wanted} replicas more keep the tenant within nominal in every resource. */
  public int nominalRoom(int tenant, Resources each, int wanted) {
    long[] r = Held.amounts(each);
    long n = wanted;
    for (int k = 0; k < KINDS; k++) {
      if (r[k] > 0) {
        n = Math.min(n, Math.max(0, nominal[tenant][k] - held.used(tenant, k)) / r[k]);
      }
    }
    return (int) n;
  }

  /**
   * Weighted dominant share of borrowed capacity: the largest share of the cell that the tenant
   * holds above nominal, over its weight.
   *
   * @return 0 when it borrows nothing
   */
  public double borrowedShare(int tenant) {
    return borrowedShare(tenant, held.used(tenant, 0), held.used(tenant, 1), held.used(tenant, 2));
  }

  /** The same with one replica more. */
  double borrowedShare(int tenant, Resources more) {
    return borrowedShare(
        tenant,
        held.used(tenant, 0) + more.cpuMilli(),
        held.used(tenant, 1) + more.memoryMib(),
        held.used(tenant, 2) + more.gpuMilli());
  }

  /** The same as if the tenant used these amounts. */
  double borrowedShare(int tenant, long cpuMilli, long memoryMib, long gpuMilli) {
    long[] uses = {cpuMilli, memoryMib, gpuMilli};
    double share = 0;
    for (int k = 0; k < KINDS; k++) {
      if (capacity[k] > 0) {
        share = Math.max(share, (uses[k] - nominal[tenant][k]) / (double) capacity[k]);
      }
    }
    return Math.max(0, share) / tenants[tenant].spec().weight();
  }
}
