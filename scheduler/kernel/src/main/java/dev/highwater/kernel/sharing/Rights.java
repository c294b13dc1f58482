package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who must give way to whom: the two sides of the account that {@link Reclaim} keeps.
 *
 * <p>A loser's side is what its replicas hold that run and stay, the taker's is what it uses by
 * this decision, less what is stopping, and with what it claimed. Both are counted for all tenants
 * in one pass over the replicas, because thousands of claims may ask for each of thousands of
 * tenants.
 *
 * <p>Who may have to give way is known without asking them all. Who loses nothing from here on
 * yields as it did at the start, and who loses something yields less, so the services are put in
 * order once: by priority, and by the share that was left after one replica. In this order those
 * who may yield to a claim come before all who cannot, and when the first cannot, nobody can.
 *
 * <p>Made for one decision, once scale-in has said what stops; confined to its thread.
 */
final class Rights {
  private static final int KINDS = Held.KINDS;

  private final Draft draft;
  private final Shares shares;
  private final long[][] kept;

  /** What was claimed less what is stopping. */
  private final long[][] moved;

  private final long[][] lost;
  private final boolean keptApart;
  private Held holds;
  private long holdsAsOf;

  /** Services of tenants above nominal, in the order in which they may have to give way. */
  private final List<Loser> losers = new ArrayList<>();

  /** By index of the service. */
  private final int[] ranks;

  /** A service of a tenant above nominal, with the share left to it after it loses a replica. */
  private record Loser(ServiceState service, int priority, double shareAfterLoss) {
    /** In this order those who may have to give way to any claim come before all others. */
    static final Comparator<Loser> FIRST =
        Comparator.comparingInt(Loser::priority).thenComparingDouble(l -> -l.shareAfterLoss);

    boolean mayYield(Claim claim) {
      return claim.nominal()
          || priority < claim.priority()
          || (priority == claim.priority() && shareAfterLoss > claim.share());
    }
  }

  Rights(Draft draft, Shares shares) {
    this.draft = draft;
    this.shares = shares;
    CellState state = draft.state();
    kept = new long[shares.tenants()][KINDS];
    moved = new long[shares.tenants()][KINDS];
    lost = new long[shares.tenants()][KINDS];
    ranks = new int[state.serviceCount()];
    for (ServiceDraft held : draft.services()) {
      ServiceState service = held.service();
      int staying = 0;
      int stopping = 0;
      for (int i = 0; i < service.size(); i++) {
        if (state.nodeAt(service.slot(i)) != null && service.seen(i) != ReplicaState.STOPPED) {
          staying += held.counts(i) ? 1 : 0;
          stopping += held.counts(i) ? 0 : 1;
        }
      }
      add(kept[held.tenant()], service.spec().resources(), staying);
      add(moved[held.tenant()], service.spec().resources(), -stopping);
    }
    for (ServiceDraft held : draft.services()) {
      Resources own = held.service().spec().resources();
      if (held.service().size() > 0 && above(held.tenant(), own, own)) {
        double share = shareAfterLosing(held.tenant(), own);
        losers.add(new Loser(held.service(), priority(held.service()), share));
      }
    }
    losers.sort(Loser.FIRST);
    Arrays.fill(ranks, Integer.MAX_VALUE);
    for (int rank = 0; rank < losers.size(); rank++) {
      ranks[losers.get(rank).service().index()] = rank;
    }
    keptApart = shares.granted().keepsApart();
    holds = keptApart ? holds() : shares.granted();
  }

  private Held holds() {
    Held now = shares.granted().copy();
    for (int tenant = 0; tenant < moved.length; tenant++) {
      for (int k = 0; k < KINDS; k++) {
        long by = moved[tenant][k] - lost[tenant][k];
        if (by != 0) {
          now.change(tenant, k, by);
        }
      }
    }
    holdsAsOf = shares.granted().changes();
    return now;
  }

  /**
   * What a claim lacks of quota once everything leaves that stops, or null.
   *
   * <p>Where one cohort lends everything, only what others use can be lacking, and that is lacking
   * on the node, too.
   */
  @Nullable QuotaLack lack(Claim claim) {
    if (!keptApart) {
      return null;
    }
    if (holdsAsOf != shares.granted().changes()) {
      holds = holds();
    }
    return QuotaLack.of(shares, holds, claim);
  }

  /** A claim of one replica, as the taker stands now. */
  Claim claim(int tenant, Resources each) {
    Resources used = shares.used(tenant);
    long cpu = used.cpuMilli() + moved[tenant][0] + each.cpuMilli();
    long memory = used.memoryMib() + moved[tenant][1] + each.memoryMib();
    long gpu = used.gpuMilli() + moved[tenant][2] + each.gpuMilli();
    Resources nominal = shares.nominal(tenant);
    return new Claim(
        tenant,
        each,
        cpu <= nominal.cpuMilli() && memory <= nominal.memoryMib() && gpu <= nominal.gpuMilli(),
        shares.state(tenant).spec().priority(),
        shares.borrowedShare(
            tenant, cpu - each.cpuMilli(), memory - each.memoryMib(), gpu - each.gpuMilli()));
  }

  /** Counts room as claimed by a tenant. */
  void take(int tenant, Resources each) {
    add(moved[tenant], each, 1);
    hold(tenant, each, 1);
  }

  /** Counts one replica of a service as lost by its tenant. */
  void lose(ServiceState service) {
    add(kept[loser(service)], service.spec().resources(), -1);
    add(lost[loser(service)], service.spec().resources(), 1);
    hold(loser(service), service.spec().resources(), -1);
  }

  private void hold(int tenant, Resources each, int n) {
    long[] amounts = Held.amounts(each);
    for (int k = 0; keptApart && k < KINDS; k++) {
      holds.change(tenant, k, n * amounts[k]);
    }
  }

  /** Services of tenants above nominal. */
  int losers() {
    return losers.size();
  }

  /** One of them, in the order in which they may have to give way. */
  ServiceState loser(int rank) {
    return losers.get(rank).service();
  }

  /** A service's place in that order; behind everybody's when its tenant was not above nominal. */
  int rank(ServiceState service) {
    return ranks[service.index()];
  }

  /** How many in that order may have to give way to a claim; nobody behind them has to. */
  int yielding(Claim claim) {
    int low = 0;
    int high = losers.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (losers.get(middle).mayYield(claim)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * Whether a service's tenant must give way to a claim with one replica of it.
   *
   * @param losing all that the tenant then loses to the claim, this replica included; its other
   *     services' replicas count with the size that they have
   */
  boolean yields(ServiceState service, Resources losing, Claim claim) {
    int loser = loser(service);
    if (loser == claim.tenant() || !above(loser, service.spec().resources(), losing)) {
      return false;
    }
    int priority = priority(service);
    return claim.nominal()
        || claim.priority() > priority
        || (claim.priority() == priority && shareAfterLosing(loser, losing) > claim.share());
  }

  /** Priority of a service's tenant. */
  int priority(ServiceState service) {
    return shares.state(loser(service)).spec().priority();
  }

  /** Share of borrowed capacity that a tenant keeps. */
  double keptShare(int tenant) {
    return shareAfterLosing(tenant, Resources.NONE);
  }

  private int loser(ServiceState service) {
    return draft.service(service.index()).tenant();
  }

  private double shareAfterLosing(int tenant, Resources losing) {
    return shares.borrowedShare(
        tenant,
        kept[tenant][0] - losing.cpuMilli(),
        kept[tenant][1] - losing.memoryMib(),
        kept[tenant][2] - losing.gpuMilli());
  }

  /** Whether of something that {@code own} holds a tenant still keeps nominal after a loss. */
  private boolean above(int tenant, Resources own, Resources losing) {
    Resources nominal = shares.declared(tenant);
    long[] keeps = kept[tenant];
    return (own.cpuMilli() > 0 && keeps[0] - losing.cpuMilli() >= nominal.cpuMilli())
        || (own.memoryMib() > 0 && keeps[1] - losing.memoryMib() >= nominal.memoryMib())
        || (own.gpuMilli() > 0 && keeps[2] - losing.gpuMilli() >= nominal.gpuMilli());
  }

  private static void add(long[] sum, Resources each, int n) {
    sum[0] += n * each.cpuMilli();
    sum[1] += n * each.memoryMib();
    sum[2] += n * each.gpuMilli();
  }
}
