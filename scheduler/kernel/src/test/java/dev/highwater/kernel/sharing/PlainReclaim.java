package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.placement.Group;
import dev.highwater.kernel.sharing.Reclaim.Victim;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.kernel.state.TenantState;
import dev.highwater.model.NodePool;
import dev.highwater.model.Quota;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rule of {@link Reclaim} without anything that makes it fast: it looks at every replica of
 * every node, and counts a tenant's replicas by looking at all services.
 *
 * <p>It exists to be held against the other. For one test; confined to its thread.
 */
final class PlainReclaim {
  private static final int CLAIMS_MAX = 64;
  private static final long[] NOTHING = new long[3];

  private final Draft draft;
  private final CellState state;
  private final NodeTable table;
  private final Shares shares;
  private final boolean[] spoken;
  private final Map<ServiceState, boolean[]> chosen = new LinkedHashMap<>();
  private final Map<Integer, long[]> kept = new LinkedHashMap<>();
  private final Map<Integer, long[]> claimed = new LinkedHashMap<>();
  private final Map<Integer, long[]> lost = new LinkedHashMap<>();
  private final Map<Integer, long[]> promised = new LinkedHashMap<>();
  private final Map<Integer, int[]> promisedDevices = new LinkedHashMap<>();
  private int claims;

  /** Begins a decision's claims; room that the reservation keeps is spoken for. */
  PlainReclaim(Draft draft, Shares shares, Reservation reservation) {
    this.draft = draft;
    this.state = draft.state();
    this.table = draft.table();
    this.shares = shares;
    this.spoken = reservation.reserved().clone();
  }

  /** Whether room for one replica could be taken back now. */
  boolean possible(ServiceDraft claimant, Group group) {
    Resources each = claimant.service().spec().resources();
    int tenant = claimant.tenant();
    boolean nominal = within(tenant, each);
    return bestChoice(group, group.onZone(), tenant, each, nominal) != null;
  }

  /** Chooses victims for a claim. */
  List<Victim> take(ServiceState claimant, int tenant, Group group, int count) {
    List<Victim> taken = new ArrayList<>();
    Resources each = claimant.spec().resources();
    int[] onZone = group.onZone().clone();
    for (int n = 0; n < count && claims < CLAIMS_MAX; n++, claims++) {
      boolean nominal = within(tenant, each);
      Choice best = bestChoice(group, onZone, tenant, each, nominal);
      if (best == null) {
        break;
      }
      onZone[best.zone]++;
      long[] room = promised.computeIfAbsent(best.slot, key -> new long[2]);
      room[0] += each.cpuMilli();
      room[1] += each.memoryMib();
      add(claimed(tenant), each, 1);
      for (Victim victim : best.victims) {
        marks(victim.service())[victim.position()] = true;
        int loser = shares.tenant(victim.service().id().tenant());
        Resources own = victim.service().spec().resources();
        add(kept(loser), own, -1);
        add(lost.computeIfAbsent(loser, key -> new long[3]), own, 1);
        taken.add(victim);
      }
      if (each.gpuMilli() > 0) {
        int[] free = devicesFree(best.slot);
        int[] held = promisedDevices.computeIfAbsent(best.slot, key -> new int[table.devices(key)]);
        NodeRoom.hold(held, each, NodeRoom.devicesFor(free, each), 1);
      }
    }
    return taken;
  }

  /** Thousandths of a node's devices when all leave that do and all come that are promised. */
  private int[] devicesFree(int slot) {
    NodeState node = Objects.requireNonNull(state.nodeAt(slot));
    int[] held = promisedDevices.getOrDefault(slot, new int[table.devices(slot)]);
    int[] free = new int[table.devices(slot)];
    for (int d = 0; d < free.length; d++) {
      free[d] = table.deviceFree(slot, d) + held[d];
    }
    for (int j = 0; j < node.size(); j++) {
      ServiceState service = state.service(node.service(j));
      int i = service.find(node.ordinal(j));
      ServiceDraft draftOf = draft.service(service.index());
      if (!draftOf.gone(i) && (!draftOf.counts(i) || marks(service)[i])) {
        NodeRoom.hold(free, service.spec().resources(), service.devices(i), -1);
      }
    }
    return free;
  }

  /** Whether a node's devices hold one more when these leave, too. */
  private boolean fits(int slot, Resources each, List<Victim> victims) {
    int[] free = devicesFree(slot);
    for (Victim v : victims) {
      NodeRoom.hold(free, v.service().spec().resources(), v.service().devices(v.position()), -1);
    }
    return each.gpuMilli() == 0 || NodeRoom.devicesFor(free, each) != 0;
  }

  private record Choice(int slot, int zone, long cost, List<Victim> victims) {}

  /** The cheapest node of the emptiest zone that has one and may take one more. */
  private @Nullable Choice bestChoice(
      Group group, int[] onZone, int tenant, Resources each, boolean nominal) {
    Choice best = bestChoice(group, onZone, tenant, each, nominal, true);
    if (best == null && (nominal || shares.granted().keepsApart())) {
      best = bestChoice(group, onZone, tenant, each, nominal, false);
      best = best == null || nominal ? best : withQuota(best, tenant, each);
    }
    return best;
  }

  /** A choice and those on any node who give up what it still lacks of quota; null if nobody. */
  private @Nullable Choice withQuota(Choice choice, int tenant, Resources each) {
    List<Victim> victims = new ArrayList<>(choice.victims);
    List<ServiceState> services = new ArrayList<>(state.services());
    services.removeIf(service -> service.size() == 0 || !yields(service, List.of(), tenant, false));
    services.sort(
        Comparator.comparing(
            service -> new Victim(service, service.size() - 1, false), leastFirst()));
    for (ServiceState service : services) {
      for (int i = service.size() - 1; i >= 0; i--) {
        long[] lacking = lacking(tenant, each, false, victims);
        Victim victim = new Victim(service, i, false);
        boolean stays = draft.service(service.index()).counts(i) && !marks(service)[i];
        if (!lacks(lacking) || !stays || victims.contains(victim)) {
          continue;
        }
        boolean yields = yields(service, victims, tenant, false);
        victims.add(victim);
        long[] then = lacking(tenant, each, false, victims);
        boolean givesUp = then[0] < lacking[0] || then[1] < lacking[1] || then[2] < lacking[2];
        if (!givesUp || !yields) {
          victims.remove(victims.size() - 1);
        }
      }
    }
    return lacks(lacking(tenant, each, false, victims))
        ? null
        : new Choice(choice.slot, choice.zone, choice.cost, victims);
  }

  /**
   * The same.
   *
   * @param quota whether victims shall give up what the claim lacks of quota
   */
  private @Nullable Choice bestChoice(
      Group group, int[] onZone, int tenant, Resources each, boolean nominal, boolean quota) {
    int[][] usable = group.partitions();
    boolean[] tried = new boolean[usable.length];
    int lowest = Integer.MAX_VALUE;
    int total = 1;
    for (int z = 0; z < usable.length; z++) {
      lowest = usable[z].length == 0 ? lowest : Math.min(lowest, onZone[z]);
      total += onZone[z];
    }
    int skewMax = group.skewMax(total);
    while (true) {
      int zone = -1;
      for (int z = 0; z < usable.length; z++) {
        if (!tried[z] && usable[z].length > 0 && (zone < 0 || onZone[z] < onZone[zone])) {
          zone = z;
        }
      }
      if (zone < 0 || onZone[zone] - lowest >= skewMax) {
        return null;
      }
      tried[zone] = true;
      Choice best = null;
      for (int partition : usable[zone]) {
        for (int i = 0; i < table.nodesIn(partition); i++) {
          int slot = table.nodeAt(partition, i);
          Choice choice =
              spoken[slot] || !table.open(slot) || group.roomByRule(slot) <= 0
                  ? null
                  : choice(slot, zone, tenant, each, nominal, quota);
          if (choice != null && (best == null || choice.cost < best.cost)) {
            best = choice;
          }
        }
      }
      if (best != null) {
        return best;
      }
    }
  }

  private boolean[] marks(ServiceState service) {
    return chosen.computeIfAbsent(service, key -> new boolean[service.size()]);
  }

  private @Nullable Choice choice(
      int slot, int zone, int tenant, Resources each, boolean nominal, boolean quota) {
    NodeState node = state.nodeAt(slot);
    if (node == null
        || each.cpuMilli() > table.cpuCapacity(slot)
        || each.memoryMib() > table.memoryCapacity(slot)) {
      return null;
    }
    long[] room = promised.getOrDefault(slot, NOTHING);
    long cpu = room[0] + each.cpuMilli() - table.cpuFree(slot);
    long memory = room[1] + each.memoryMib() - table.memoryFree(slot);
    long gpu = 0;
    List<Victim> candidates = new ArrayList<>();
    for (int j = 0; j < node.size(); j++) {
      ServiceState service = state.service(node.service(j));
      int i = service.find(node.ordinal(j));
      ServiceDraft held = draft.service(service.index());
      if (held.gone(i)) {
        continue; // its room is free already
      }
      if (!held.counts(i) || marks(service)[i]) {
        Resources r = service.spec().resources();
        cpu -= r.cpuMilli();
        memory -= r.memoryMib();
      } else if (yields(service, List.of(), tenant, nominal)) {
        candidates.add(new Victim(service, i, nominal));
      }
    }
    List<Victim> victims = new ArrayList<>();
    long[] lacking = quota ? lacking(tenant, each, nominal, victims) : new long[3];
    boolean spares =
        each.gpuMilli() > 0 && (nominal || !lacks(lacking) || !shares.granted().keepsApart());
    if (!nominal) {
      cpu = Math.max(cpu, lacking[0]);
      memory = Math.max(memory, lacking[1]);
      gpu = shares.granted().keepsApart() ? lacking[2] : 0;
    }
    if (cpu <= 0 && memory <= 0 && gpu <= 0 && fits(slot, each, List.of())) {
      return new Choice(slot, zone, 0, List.of());
    }
    candidates.sort(leastFirst());
    long cost = 1;
    for (Victim v : candidates) {
      boolean lacks = quota && !nominal && lacks(lacking);
      boolean lacksDevices = gpu > 0 || !fits(slot, each, victims);
      if (cpu <= 0 && memory <= 0 && !lacksDevices && !lacks) {
        break;
      }
      Resources r = v.service().spec().resources();
      boolean yields = yields(v.service(), victims, tenant, nominal);
      boolean helps =
          (cpu > 0 && r.cpuMilli() > 0)
              || (memory > 0 && r.memoryMib() > 0)
              || (lacksDevices && r.gpuMilli() > 0)
              || lacks;
      victims.add(v);
      long[] then = quota ? lacking(tenant, each, nominal, victims) : lacking;
      boolean givesUp =
          !lacks(lacking)
              || (then[0] < lacking[0])
              || (then[1] < lacking[1])
              || (then[2] < lacking[2]);
      if (!helps || !yields || !givesUp) {
        victims.remove(victims.size() - 1);
        continue;
      }
      lacking = then;
      cpu -= r.cpuMilli();
      memory -= r.memoryMib();
      gpu -= r.gpuMilli();
      cost += 1_000_000L * tenantOf(v).spec().priority() + r.cpuMilli() + r.memoryMib() / 4 + 1;
    }
    boolean enough =
        cpu <= 0
            && memory <= 0
            && gpu <= 0
            && fits(slot, each, victims)
            && (nominal || !lacks(lacking));
    if (enough && spares) {
      for (Victim v : List.copyOf(victims)) {
        Resources r = v.service().spec().resources();
        List<Victim> others = new ArrayList<>(victims);
        others.remove(v);
        if (cpu + r.cpuMilli() <= 0
            && memory + r.memoryMib() <= 0
            && gpu + r.gpuMilli() <= 0
            && fits(slot, each, others)) {
          cpu += r.cpuMilli();
          memory += r.memoryMib();
          gpu += r.gpuMilli();
          cost -= 1_000_000L * tenantOf(v).spec().priority() + r.cpuMilli() + r.memoryMib() / 4 + 1;
          victims = others;
        }
      }
    }
    return enough ? new Choice(slot, zone, cost, victims) : null;
  }

  private Comparator<Victim> leastFirst() {
    return Comparator.comparingInt((Victim v) -> tenantOf(v).spec().priority())
        .thenComparing(v -> v.service().spec().criticality(), Comparator.reverseOrder())
        .thenComparingDouble(v -> -loserShare(v))
        .thenComparingLong(v -> -v.service().ordinal(v.position()))
        .thenComparingInt(v -> v.service().index());
  }

  private static boolean lacks(long[] lacking) {
    return lacking[0] > 0 || lacking[1] > 0 || lacking[2] > 0;
  }

  /**
   * What one replica more lacks of quota by kind if these stop, too; nothing where it needs none.
   */
  private long[] lacking(int taker, Resources each, boolean nominal, List<Victim> victims) {
    long[] needs = amounts(each);
    long[] capacity = new long[3];
    for (PoolState pool : state.pools().values()) {
      NodePool spec = Objects.requireNonNull(pool.spec());
      add(capacity, spec.shape(), Math.max(pool.nodes(), spec.nodesMax()));
    }
    long[] lacking = new long[3];
    for (int k = 0; k < 3; k++) {
      long beside = capacity[k];
      Map<String, long[]> others = new TreeMap<>();
      for (int t = 0; t < shares.tenants(); t++) {
        long holds = Math.max(holds(t, k, victims), unlent(t, k));
        if (!cohort(t).equals(cohort(taker))) {
          long[] both = others.computeIfAbsent(cohort(t), key -> new long[2]);
          both[0] += holds;
          both[1] += amounts(shares.nominal(t))[k];
        } else if (t != taker) {
          beside -= holds;
        }
      }
      for (long[] both : others.values()) {
        beside -= Math.max(both[0], both[1]);
      }
      Resources limit = shares.mostAllowed(taker);
      long owed = amounts(shares.nominal(taker))[k];
      owed = limit == null ? owed : Math.min(owed, amounts(limit)[k]);
      long uses = holds(taker, k, victims) + needs[k];
      boolean bound = needs[k] > 0 && (nominal || uses > owed);
      lacking[k] = bound ? Math.max(0, uses - beside) : 0;
    }
    return lacking;
  }

  private long holds(int tenant, int k, List<Victim> victims) {
    long holds = claimed(tenant)[k] - lost.getOrDefault(tenant, NOTHING)[k];
    for (Victim victim : victims) {
      boolean own = shares.tenant(victim.service().id().tenant()) == tenant;
      holds -= own ? amounts(victim.service().spec().resources())[k] : 0;
    }
    return holds;
  }

  private long unlent(int tenant, int k) {
    Quota quota = shares.state(tenant).quota();
    Resources lending = quota == null ? null : quota.lendingLimit();
    return lending == null
        ? 0
        : Math.max(0, amounts(shares.nominal(tenant))[k] - amounts(lending)[k]);
  }

  private String cohort(int tenant) {
    return shares.state(tenant).spec().cohort();
  }

  private static long[] amounts(Resources of) {
    return new long[] {of.cpuMilli(), of.memoryMib(), of.gpuMilli()};
  }

  private double loserShare(Victim victim) {
    int loser = shares.tenant(victim.service().id().tenant());
    return share(loser, kept(loser));
  }

  private TenantState tenantOf(Victim victim) {
    return shares.state(shares.tenant(victim.service().id().tenant()));
  }

  /** Whether a service's tenant must give way with one replica more than these victims. */
  private boolean yields(ServiceState service, List<Victim> victims, int taker, boolean nominal) {
    int loser = shares.tenant(service.id().tenant());
    long[] keeps = kept(loser).clone();
    add(keeps, service.spec().resources(), -1);
    for (Victim victim : victims) {
      boolean own = shares.tenant(victim.service().id().tenant()) == loser;
      add(keeps, victim.service().spec().resources(), own ? -1 : 0);
    }
    if (loser == taker || !above(loser, service.spec().resources(), keeps)) {
      return false;
    }
    if (nominal) {
      return true;
    }
    int loserPriority = shares.state(loser).spec().priority();
    int takerPriority = shares.state(taker).spec().priority();
    return takerPriority > loserPriority
        || (takerPriority == loserPriority && share(loser, keeps) > share(taker, claimed(taker)));
  }

  /** Whether what a tenant keeps is at least nominal of some resource that a replica holds. */
  private boolean above(int tenant, Resources each, long[] keeps) {
    long[] nominal = amounts(shares.declared(tenant));
    boolean above = false;
    for (int k = 0; k < 3; k++) {
      above |= amounts(each)[k] > 0 && keeps[k] >= nominal[k];
    }
    return above;
  }

  private boolean within(int tenant, Resources each) {
    long[] claims = claimed(tenant);
    Resources nominal = shares.nominal(tenant);
    return claims[0] + each.cpuMilli() <= nominal.cpuMilli()
        && claims[1] + each.memoryMib() <= nominal.memoryMib()
        && claims[2] + each.gpuMilli() <= nominal.gpuMilli();
  }

  private double share(int tenant, long[] use) {
    return shares.borrowedShare(tenant, use[0], use[1], use[2]);
  }

  private static void add(long[] use, Resources each, int n) {
    use[0] += n * each.cpuMilli();
    use[1] += n * each.memoryMib();
    use[2] += n * each.gpuMilli();
  }

  /** What a tenant's replicas hold that run and stay: the loser's side of the account. */
  private long[] kept(int tenant) {
    return kept.computeIfAbsent(tenant, key -> count(key, false));
  }

  /**
   * What a tenant uses by this decision, less what is stopping, and with what it claimed: the
   * taker's side.
   */
  private long[] claimed(int tenant) {
    return claimed.computeIfAbsent(
        tenant,
        key -> {
          Resources used = shares.used(key);
          long[] stopping = count(key, true);
          return new long[] {
            used.cpuMilli() - stopping[0],
            used.memoryMib() - stopping[1],
            used.gpuMilli() - stopping[2]
          };
        });
  }

  private long[] count(int tenant, boolean stopping) {
    long[] sum = new long[3];
    for (ServiceState service : state.services()) {
      if (service.id().tenant().equals(shares.state(tenant).name())) {
        for (int i = 0; i < service.size(); i++) {
          boolean holds =
              state.nodeAt(service.slot(i)) != null && service.seen(i) != ReplicaState.STOPPED;
          if (holds && draft.service(service.index()).counts(i) != stopping) {
            add(sum, service.spec().resources(), 1);
          }
        }
      }
    }
    return sum;
  }
}
