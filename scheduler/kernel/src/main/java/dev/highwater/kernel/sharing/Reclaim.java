package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.placement.Group;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Takes room back for replicas that have a better right to it.
 *
 * <p><b>Goals</b>: nominal quota is obtainable; borrowed capacity goes to higher priority, and
 * among equals to the smaller weighted share; the least is taken from the least important.
 *
 * <p><b>Hard rules</b>: only a tenant that uses more than nominal loses anything, and never below
 * nominal. Nobody takes from its own tenant. Nothing is taken for a claim that would lack quota
 * afterwards ({@link QuotaLack}).
 *
 * <p><b>Why it does not loop</b>: (1) a claim within nominal takes from borrowers, and what it
 * holds afterwards is not borrowed, so nobody takes it back; (2) a borrowed claim takes from
 * strictly lower priority; (3) among equal priorities the loser keeps a larger share after all it
 * loses than the taker had before, so of the shares sorted from the smallest on, the first that
 * changes rises. Granting free room only raises shares, so no order of takes and grants comes back
 * to where it was without a change from outside. And {@link Growth} grants nobody what somebody
 * before would take back at once.
 *
 * <p><b>How even shares become</b>: where everybody can find victims, nobody has more than who has
 * least and wants more, but for the replicas that would have to stop for one of the other's. So
 * shares are within one such step of the exact ones, which is one replica where all are of one
 * size.
 *
 * <p><b>Algorithm</b>: per claimed replica the node where the fewest and least important victims
 * make room. Room of replicas that are stopping already is counted first. With thousands who claim
 * and find nothing the search is most of a decision, so it asks what is cheap first: whether
 * anybody would give way at all ({@link Rights}), then what a node's leaving replicas and free room
 * come to, then whether all of a node's victims together would be enough, and only then which of
 * them. Where no node's victims have quota enough, the quota that somebody who borrows lacks is
 * given up wherever it is used: service by service, the least important first, of those that may
 * yield at all. Such a claim looks at no replica twice; over 2,000 services on 2,000 nodes this
 * adds some 3 µs to the 100 µs of the search before it.
 *
 * <p><b>Source</b>: Kueue's preemption within cohorts (reclaimWithinCohort; fair sharing, whose
 * LessThanInitialShare is rule (3) between replicas of one size and weight; with its
 * LessThanOrEqualToFinalShare alone shares stay up to two steps apart).
 *
 * <p>Made for one decision, once scale-in has said what stops; confined to its thread.
 */
public final class Reclaim {
  /**
   * Claims handled in one decision; more wait for the next. Bounds the time on 10,000 nodes to some
   * 20 ms.
   */
  private static final int CLAIMS_MAX = 64;

  /**
   * Replicas that one claim may stop on nodes other than its own, for their quota alone; with them
   * a claim finds nothing that would need more. Chosen by us.
   */
  private static final int VICTIMS_MAX = 1_000;

  private static final int[] NO_DEVICES = new int[0];

  /**
   * A replica that shall stop.
   *
   * @param position of the replica in its service
   * @param nominal true when its room is nominally the taker's, false when the taker only comes
   *     first
   */
  public record Victim(ServiceState service, int position, boolean nominal) {
    int devices() {
      return service.devices(position);
    }
  }

  private final Draft draft;
  private final CellState state;
  private final NodeTable table;
  private final Rights rights;
  private final boolean[] spoken;
  private final boolean[] @Nullable [] chosen;
  private final Occupancy occupancy;
  private final OwedRoom owed;
  private int claims;

  /** By zone, the last claim that found no room there. */
  private final @Nullable Full[] full;

  /** By node slot, the last search that found somebody there who yields. */
  private final int[] reached;

  private int marks;

  /**
   * By how many in the order of {@link Rights} yield, what the least important replica of them
   * costs.
   */
  private final long[] leastCost;

  /** Begins a decision's claims; room that the reservation keeps is spoken for. */
  Reclaim(Draft draft, Shares shares, Reservation reservation) {
    this.draft = draft;
    this.state = draft.state();
    this.table = draft.table();
    this.rights = new Rights(draft, shares);
    this.spoken = reservation.reserved().clone();
    this.chosen = new boolean[state.serviceCount()][];
    this.occupancy = reservation.occupancy();
    this.owed = new OwedRoom(table, occupancy);
    this.full = new Full[state.zones().size()];
    this.reached = new int[table.slots()];
    this.leastCost = new long[rights.losers() + 1];
    leastCost[0] = Long.MAX_VALUE;
    for (int rank = 0; rank < rights.losers(); rank++) {
      leastCost[rank + 1] = Math.min(leastCost[rank], cost(rights.loser(rank)));
    }
  }

  /** Whether room for one replica could be taken back now, before anything is taken. */
  boolean possible(ServiceDraft claimant, Group group) {
    Claim claim = rights.claim(claimant.tenant(), claimant.service().spec().resources());
    return bestChoice(group, group.onZone(), claim, true) != null;
  }

  /**
   * Chooses victims for a claim. The claimed replicas spread over zones as they will when they are
   * placed.
   *
   * @param group the claimant's replicas, as they would be placed
   * @param count replicas claimed
   * @return what shall stop; empty when nobody has less right
   */
  public List<Victim> take(ServiceState claimant, int tenant, Group group, int count) {
    List<Victim> taken = new ArrayList<>();
    Resources each = claimant.spec().resources();
    int[] onZone = group.onZone().clone();
    for (int n = 0; n < count && claims < CLAIMS_MAX; n++, claims++) {
      Choice best = bestChoice(group, onZone, rights.claim(tenant, each), false);
      if (best == null) {
        break;
      }
      onZone[best.zone]++;
      rights.take(tenant, each);
      for (Victim victim : best.victims) {
        ServiceState service = victim.service();
        mark(victim, true);
        leaves(victim);
        rights.lose(service);
        taken.add(victim);
      }
      owed.promise(best.slot, each);
    }
    return taken;
  }

  private void leaves(Victim victim) {
    int slot = victim.service().slot(victim.position());
    owed.leaves(slot, victim.service().spec().resources(), victim.devices());
    Arrays.fill(full, null);
  }

  /**
   * Where nobody's leaving makes enough room: what is true of one claim is true of all that need as
   * much or more, until somebody else is told to stop.
   */
  private static final class Full {
    private final int[] partitions;
    private final Resources each;

    Full(int[] partitions, Resources each) {
      this.partitions = partitions;
      this.each = each;
    }

    boolean refuses(int[] others, Resources more) {
      return more.cpuMilli() >= each.cpuMilli()
          && more.memoryMib() >= each.memoryMib()
          && Arrays.equals(others, partitions);
    }
  }

  private record Choice(int slot, int zone, long cost, List<Victim> victims) {}

  /**
   * The cheapest choice. What quota is lacking because of is given up on the node that makes room,
   * if there is one where that is enough. If not, what is nominally the taker's comes from anybody;
   * who borrows takes the room alone there, and the quota from whatever nodes it is used on.
   *
   * @param any whether any node of the zone will do, because only its being there matters
   */
  private @Nullable Choice bestChoice(Group group, int[] onZone, Claim claim, boolean any) {
    QuotaLack lack = rights.lack(claim);
    Choice best = cheapest(group, onZone, new Yielding(claim, lack), any);
    if (best != null || lack == null) {
      return best;
    }
    Yielding anybody = new Yielding(claim, null);
    Choice room = cheapest(group, onZone, anybody, any);
    return room == null || !lack.mustBeMet() ? room : withQuota(room, anybody, lack);
  }

  /** A choice and those on any node who give up what it still lacks of quota; null if nobody. */
  private @Nullable Choice withQuota(Choice room, Yielding yielding, QuotaLack lack) {
    List<Victim> victims = new ArrayList<>(room.victims);
    Map<Integer, Resources> losing = new LinkedHashMap<>();
    for (Victim victim : victims) {
      int loser = draft.service(victim.service().index()).tenant();
      Resources own = victim.service().spec().resources();
      losing.merge(loser, own, Resources::plus);
      lack.lose(loser, own);
      mark(victim, true);
    }
    PriorityQueue<Candidate> leastFirst = services(yielding);
    while (lack.open() && !leastFirst.isEmpty()) {
      giveUp(leastFirst.remove(), yielding.claim, lack, losing, victims);
    }
    boolean met = !lack.open();
    lack.undo();
    victims.forEach(victim -> mark(victim, false));
    return met ? new Choice(room.slot, room.zone, room.cost, victims) : null;
  }

  /** Adds as many of a service's replicas, the newest first, as give up what is lacking. */
  private void giveUp(
      Candidate least,
      Claim claim,
      QuotaLack lack,
      Map<Integer, Resources> losing,
      List<Victim> victims) {
    ServiceState service = least.service;
    ServiceDraft held = draft.service(service.index());
    Resources own = service.spec().resources();
    boolean[] marks = marks(service);
    for (int i = least.position; i >= 0 && lack.open() && victims.size() < VICTIMS_MAX; i--) {
      if (held.counts(i) && !marks[i]) {
        Resources more = losing.getOrDefault(least.loser, Resources.NONE).plus(own);
        if (!rights.yields(service, more, claim) || !lack.lose(least.loser, own)) {
          return; // its others are of the same size
        }
        losing.put(least.loser, more);
        Victim victim = new Victim(service, i, false);
        mark(victim, true);
        victims.add(victim);
      }
    }
  }

  /** Services that would give way, each by its newest replica; the least important first. */
  private PriorityQueue<Candidate> services(Yielding yielding) {
    PriorityQueue<Candidate> services = new PriorityQueue<>(Candidate.LEAST_FIRST);
    for (int rank = 0; rank < yielding.count; rank++) {
      ServiceState service = rights.loser(rank);
      if (yielding.one(service)) {
        services.add(candidate(service, service.size() - 1));
      }
    }
    return services;
  }

  /**
   * The cheapest node of the emptiest zone that has one and may take one more. Zones may be as
   * uneven as they may when this one replica is placed: were more allowed here, what it takes would
   * stand empty, go back to the loser and be taken again.
   */
  private @Nullable Choice cheapest(Group group, int[] onZone, Yielding yielding, boolean any) {
    int[][] usable = group.partitions();
    boolean[] tried = new boolean[usable.length];
    int lowest = Integer.MAX_VALUE;
    int total = 1;
    for (int z = 0; z < usable.length; z++) {
      total += onZone[z];
      lowest = usable[z].length == 0 ? lowest : Math.min(lowest, onZone[z]);
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
      Choice best = bestOf(group, zone, yielding, any);
      if (best != null) {
        return best;
      }
    }
  }

  /** The first of the cheapest nodes of a zone. */
  private @Nullable Choice bestOf(Group group, int zone, Yielding yielding, boolean any) {
    Resources each = yielding.claim.each();
    int[] partitions = group.partitions()[zone];
    Full known = full[zone];
    if (yielding.count == 0 && known != null && known.refuses(partitions, each)) {
      return null;
    }
    Choice best = null;
    for (int partition : partitions) {
      for (int i = 0; i < table.nodesIn(partition); i++) {
        int slot = table.nodeAt(partition, i);
        if (!spoken[slot] && table.open(slot) && group.roomByRule(slot) > 0) {
          Choice choice = choice(slot, zone, yielding, best == null ? Long.MAX_VALUE : best.cost);
          if (choice != null) {
            best = choice;
            if (any || best.cost == 0) {
              return best;
            }
          }
        }
      }
    }
    boolean roomAlone = yielding.lack == null || !yielding.lack.mustBeMet();
    if (best == null && roomAlone && !group.hasRules() && each.gpuMilli() == 0) {
      full[zone] = new Full(partitions, each);
    }
    return best;
  }

  private void mark(Victim victim, boolean leaves) {
    marks(victim.service())[victim.position()] = leaves;
  }

  private boolean[] marks(ServiceState service) {
    boolean[] marks = chosen[service.index()];
    if (marks == null) {
      marks = new boolean[service.size()];
      chosen[service.index()] = marks;
    }
    return marks;
  }

  /** A node's victims when there are enough and they cost less than {@code limit}, or null. */
  private @Nullable Choice choice(int slot, int zone, Yielding yielding, long limit) {
    Resources each = yielding.claim.each();
    if (each.cpuMilli() > table.cpuCapacity(slot)
        || each.memoryMib() > table.memoryCapacity(slot)) {
      return null;
    }
    long cpu = owed.cpuMilli(slot) + each.cpuMilli() - table.cpuFree(slot);
    long memory = owed.memoryMib(slot) + each.memoryMib() - table.memoryFree(slot);
    long gpu = 0;
    QuotaLack lack = yielding.lack;
    if (lack != null && lack.mustBeMet()) {
      cpu = Math.max(cpu, lack.lacking(0));
      memory = Math.max(memory, lack.lacking(1));
      gpu = lack.lacking(2);
    }
    boolean anybody = yielding.least < limit && yielding.on(slot);
    if (!anybody && (cpu > 0 || memory > 0 || gpu > 0)) {
      return null;
    }
    int[] devices = each.gpuMilli() == 0 ? NO_DEVICES : owed.devicesFree(slot);
    RoomLack room = new RoomLack(each, cpu, memory, gpu, devices);
    if (!room.any()) {
      return new Choice(slot, zone, 0, List.of());
    }
    if (!anybody || !enough(slot, yielding, room.copy(), limit)) {
      return null;
    }
    List<Victim> victims = new ArrayList<>();
    long cost = victims(slot, yielding, room, limit, victims);
    if (lack != null) {
      lack.undo();
    }
    return cost < limit ? new Choice(slot, zone, cost, victims) : null;
  }

  /**
   * Chooses the least important who make enough room together.
   *
   * @param room that lacks; what is left of it afterwards
   * @param victims to which they are added
   * @return what they cost; {@code limit} or more when there are not enough, or not for less
   */
  private long victims(
      int slot, Yielding yielding, RoomLack room, long limit, List<Victim> victims) {
    PriorityQueue<Candidate> candidates = new PriorityQueue<>(Candidate.LEAST_FIRST);
    for (int entry = occupancy.from(slot); entry < occupancy.stayTo(slot); entry++) {
      ServiceState service = occupancy.service(entry);
      int position = occupancy.position(entry);
      if (yielding.one(service) && !marks(service)[position]) {
        candidates.add(candidate(service, position));
      }
    }
    QuotaLack lack = yielding.lack;
    boolean spares = yielding.claim.each().gpuMilli() > 0 && (lack == null || !lack.mustBeMet());
    Map<Integer, Resources> losing = new LinkedHashMap<>();
    long cost = 1;
    while (room.any() || yielding.mustGiveUpMore()) {
      Candidate candidate = candidates.poll();
      if (candidate == null || (cost >= limit && !spares)) {
        return Long.MAX_VALUE;
      }
      ServiceState service = candidate.service;
      Resources r = service.spec().resources();
      Resources more = losing.getOrDefault(candidate.loser, Resources.NONE).plus(r);
      boolean helps = room.lessBy(r) || yielding.mustGiveUpMore();
      if (!helps
          || !rights.yields(service, more, yielding.claim)
          || (lack != null && !lack.lose(candidate.loser, r))) {
        continue;
      }
      losing.put(candidate.loser, more);
      Victim victim = new Victim(service, candidate.position, yielding.claim.nominal());
      room.leaves(r, victim.devices());
      cost += cost(service);
      victims.add(victim);
    }
    return spares ? cost - spare(room, victims) : cost;
  }

  /**
   * Spares those without whom there is room, too: the devices that they leave do not become free.
   *
   * @return what they would have cost
   */
  private long spare(RoomLack room, List<Victim> victims) {
    long spared = 0;
    for (Victim victim : List.copyOf(victims)) {
      Resources r = victim.service().spec().resources();
      room.stays(r, victim.devices());
      if (room.any()) {
        room.leaves(r, victim.devices());
      } else {
        spared += cost(victim.service());
        victims.remove(victim);
      }
    }
    return spared;
  }

  /**
   * What the loss of one of a service's replicas counts; choices are compared by the sum. The sum
   * of priorities decides first, because a step of one outweighs 1,000 cores, which nodes rarely
   * have. Size decides among equals, 4 GiB like a core, as common nodes have them. The 1 makes the
   * fewest stop where size is nothing. Chosen by us.
   */
  private long cost(ServiceState service) {
    Resources r = service.spec().resources();
    return 1_000_000L * rights.priority(service) + r.cpuMilli() + r.memoryMib() / 4 + 1;
  }

  /**
   * Whether all who yield on a node together make room, and the cheapest of them alone costs less
   * than {@code limit}: without that no choice among them can.
   */
  private boolean enough(int slot, Yielding yielding, RoomLack room, long limit) {
    long least = Long.MAX_VALUE;
    for (int entry = occupancy.from(slot); entry < occupancy.stayTo(slot); entry++) {
      ServiceState service = occupancy.service(entry);
      int position = occupancy.position(entry);
      if (yielding.one(service) && !marks(service)[position]) {
        room.leaves(service.spec().resources(), service.devices(position));
        least = Math.min(least, cost(service));
      }
    }
    return !room.any() && least < limit - 1;
  }

  private Candidate candidate(ServiceState service, int position) {
    int loser = draft.service(service.index()).tenant();
    return new Candidate(
        service, position, loser, rights.priority(service), rights.keptShare(loser));
  }

  /** A replica that would give way, with what decides who of them does first. */
  private record Candidate(
      ServiceState service, int position, int loser, int priority, double keptShare) {
    static final Comparator<Candidate> LEAST_FIRST =
        Comparator.comparingInt(Candidate::priority)
            .thenComparing(c -> c.service().spec().criticality(), Comparator.reverseOrder())
            .thenComparingDouble(c -> -c.keptShare())
            .thenComparingLong(c -> -c.service().ordinal(c.position()))
            .thenComparingInt(c -> c.service().index());
  }

  /** Who gives way to one claim with one replica, asked once per service. */
  private final class Yielding {
    private static final byte YES = 1;
    private static final byte NO = 2;

    final Claim claim;
    final @Nullable QuotaLack lack;

    /** So many of the order of {@link Rights} may yield, and nobody behind them. */
    final int count;

    /** No choice with victims costs less. */
    final long least;

    /** Mark of the nodes where somebody yields; 0 when they are too many to be marked. */
    final int mark;

    private final byte[] answers;

    Yielding(Claim claim, @Nullable QuotaLack lack) {
      this.claim = claim;
      this.lack = lack;
      int mayYield = rights.yielding(claim);
      answers = new byte[mayYield == 0 ? 0 : state.serviceCount()];
      int replicas = 0;
      for (int rank = 0; rank < mayYield && replicas <= reached.length; rank++) {
        ServiceState service = rights.loser(rank);
        replicas += yields(service) ? service.size() : 0;
      }
      count = replicas == 0 ? 0 : mayYield;
      least = count == 0 ? Long.MAX_VALUE : 1 + leastCost[count];
      mark = replicas <= reached.length ? ++marks : 0;
      for (int rank = 0; mark > 0 && rank < count; rank++) {
        reach(rights.loser(rank));
      }
    }

    private void reach(ServiceState service) {
      for (int i = 0; one(service) && i < service.size(); i++) {
        reached[service.slot(i)] = mark;
      }
    }

    /** Whether somebody may yield on a node. */
    boolean on(int slot) {
      return count > 0 && (mark == 0 || reached[slot] == mark);
    }

    /** Whether the claim would still come to nothing for want of quota. */
    boolean mustGiveUpMore() {
      return lack != null && lack.mustBeMet() && lack.open();
    }

    boolean one(ServiceState service) {
      return rights.rank(service) < count && yields(service);
    }

    private boolean yields(ServiceState service) {
      byte answer = answers[service.index()];
      if (answer == 0) {
        answer = rights.yields(service, service.spec().resources(), claim) ? YES : NO;
        answers[service.index()] = answer;
      }
      return answer == YES;
    }
  }
}
