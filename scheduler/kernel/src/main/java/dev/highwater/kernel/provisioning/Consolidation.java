package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.account.Prices;
import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.placement.EmptyNodes;
import dev.highwater.kernel.placement.Placing;
import dev.highwater.kernel.sharing.Shares;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Explanation.MovesView;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Purchase;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Proposes to move replicas together, so that nodes become empty and can be given back.
 *
 * <p><b>Goals</b>: what scale-in and departures left scattered costs no more nodes than it needs.
 *
 * <p><b>Hard rules</b>: never while anything waits for room or forecasts ask for more (what quota
 * refuses waits for no room, however long), while more than a twentieth of all replicas boots, or
 * from a declared event's preparation until it has fallen to half its peak; one pool at a time, and
 * the next only when the last is done. A move makes before it breaks: the node is drained, others
 * are placed and ready, and only then the old replicas stop. So there must be room and quota for
 * both.
 *
 * <p><b>Algorithm</b>: the emptiest nodes of each pool are closed one by one and their replicas
 * placed on others that hold replicas, on trial, by the placer itself, as long as all find room. Of
 * all pools the one that saves most per hour is proposed. It is carried out when what it saves in
 * {@value #PAYBACK_MINUTES} minutes pays for the replicas that run twice while the new ones boot.
 *
 * <p><b>Source</b>: Karpenter's consolidation (simulate, then replace before removing); the
 * pay-back rule is ours.
 *
 * <p>Made for one decision; confined to its thread.
 */
final class Consolidation {
  /** Chosen by us, to be short beside the hours between peaks. */
  static final int PAYBACK_MINUTES = 10;

  /** Proposals are made this often at most. Chosen by us. */
  private static final long PROPOSE_MS = 15_000;

  /**
   * Other nodes are named this often at most while nothing is done. Chosen by us: which nodes are
   * emptiest changes with every replica that comes or goes, and people read it.
   */
  private static final long NEWS_MS = 300_000;

  /** Load rises while more than this part of all replicas boots. Chosen by us. */
  private static final int BOOTING_PART = 20;

  private static final double HOUR_MS = 3_600_000;

  private final Draft draft;
  private final CellState state;
  private final NodeTable table;
  private final Shares shares;
  private final List<Taken> taken = new ArrayList<>();

  /** Quota that a trial uses, to be given back. */
  private record Taken(int tenant, Resources each, int count) {}

  /** What one pool could do. */
  record Proposal(PoolState pool, MovesView view) {}

  Consolidation(Draft draft, Shares shares) {
    this.draft = draft;
    this.state = draft.state();
    this.table = draft.table();
    this.shares = shares;
  }

  /** The best proposal, or null when there is nothing to propose or no time for it. */
  @Nullable Proposal propose(List<PoolPlan> plans) {
    boolean due = draft.nowMs() / PROPOSE_MS != state.previousMs() / PROPOSE_MS;
    if (!due || !calm()) {
      return null;
    }
    Proposal best = null;
    for (PoolPlan plan : plans) {
      NodePool spec = plan.pool().spec();
      if (spec != null && !plan.emptiest().isEmpty()) {
        Proposal proposal = new Proposal(plan.pool(), onTrial(spec, plan.emptiest()));
        best = best == null || better(proposal.view(), best.view()) ? proposal : best;
      }
    }
    return best;
  }

  /** Whether a proposal is to be said, or only tells again what stands. */
  static boolean news(PoolState pool, MovesView moves, long nowMs) {
    return moves.carriedOut()
        || (!moves.nodes().equals(pool.proposed())
            && (pool.proposedAtMs() == 0 || nowMs - pool.proposedAtMs() >= NEWS_MS));
  }

  private static boolean better(MovesView one, MovesView other) {
    return one.carriedOut() != other.carriedOut()
        ? one.carriedOut()
        : one.savedPerHour() > other.savedPerHour();
  }

  /** Whether nothing waits, little grows, and no declared event is on or near. */
  private boolean calm() {
    int active = 0;
    int booting = 0;
    for (ServiceDraft service : draft.services()) {
      if (service.waitingForRoom() > 0 || service.ahead() > 0 || service.booked() > 0) {
        return false;
      }
      active += service.activeBefore();
      booting += service.service().booting() + service.placed();
    }
    if (booting * BOOTING_PART > active || state.drainingNodes() > 0) {
      return false;
    }
    for (PeakEvent event : state.events().values()) {
      long fromMs = event.startMs() - state.nodeBootMs() - PAYBACK_MINUTES * 60_000L;
      long untilMs = event.startMs() + event.riseMs() + event.holdMs() + event.decayHalfLifeMs();
      if (draft.nowMs() >= fromMs && draft.nowMs() <= untilMs) {
        return false;
      }
    }
    return true;
  }

  private MovesView onTrial(NodePool pool, List<NodeState> emptiest) {
    int start = table.mark();
    Placing placing = new Placing(draft);
    for (NodeState node : emptiest) {
      held(node)
          .keySet()
          .forEach(index -> placing.group(draft.service(index))); // as if all were open
    }
    EmptyNodes empty = EmptyNodes.close(state);
    List<NodeState> closed = new ArrayList<>();
    List<String> emptied = new ArrayList<>();
    SortedMap<String, Integer> moved = new TreeMap<>();
    double bootCost = 0;
    String obstacle = "";
    for (NodeState node : emptiest) {
      if (!table.open(node.slot())) {
        obstacle = "the emptiest node is not heard";
        break;
      }
      table.setOpen(node.slot(), false);
      closed.add(node);
      int mark = table.mark();
      SortedMap<Integer, Integer> held = held(node);
      obstacle = move(placing, node, held);
      if (!obstacle.isEmpty()) {
        table.rollbackTo(mark);
        break;
      }
      emptied.add(node.name());
      for (Map.Entry<Integer, Integer> each : held.entrySet()) {
        ServiceState service = state.service(each.getKey());
        moved.merge(service.id().toString(), each.getValue(), Integer::sum);
        bootCost += each.getValue() * bootCost(pool, service);
      }
    }
    table.rollbackTo(start);
    taken.forEach(each -> shares.take(each.tenant(), each.each(), -each.count()));
    taken.clear();
    closed.forEach(node -> table.setOpen(node.slot(), true));
    empty.open();
    double price = pool.purchase() == Purchase.RESERVED ? 0 : pool.pricePerHour();
    double saved = emptied.size() * price;
    boolean pays = saved > 0 && saved * PAYBACK_MINUTES / 60 >= bootCost;
    String because =
        emptied.isEmpty()
            ? obstacle
            : pays
                ? "replicas have room on fewer nodes"
                : saved == 0
                    ? "the nodes are paid for anyway"
                    : "the boots cost more than is saved";
    return new MovesView(emptied, moved, bootCost, saved, pays, because);
  }

  /** Replicas of a node that would have to go on elsewhere, by index of their service. */
  private SortedMap<Integer, Integer> held(NodeState node) {
    SortedMap<Integer, Integer> held = new TreeMap<>();
    for (int i = 0; i < node.size(); i++) {
      ServiceDraft service = draft.service(node.service(i));
      if (service.counts(service.service().find(node.ordinal(i)))) {
        held.merge(node.service(i), 1, Integer::sum);
      }
    }
    return held;
  }

  /** Places replicas on trial; returns what stands in the way, or nothing. */
  private String move(Placing placing, NodeState from, SortedMap<Integer, Integer> held) {
    for (Map.Entry<Integer, Integer> each : held.entrySet()) {
      ServiceDraft service = draft.service(each.getKey());
      int count = each.getValue();
      Resources resources = service.service().spec().resources();
      if (shares.allowed(service.tenant(), resources, count) < count) {
        return "quota leaves no room to start before stopping " + service.service().id();
      }
      placing.group(service).onZone()[from.zone()] -= count; // who drains counts for no zone
      int before = service.shares().size();
      int done = placing.place(service, count);
      service.unshare(before);
      shares.take(service.tenant(), resources, done);
      taken.add(new Taken(service.tenant(), resources, done));
      if (done < count) {
        return "no room elsewhere for " + service.service().id();
      }
    }
    return "";
  }

  private static double bootCost(NodePool pool, ServiceState service) {
    Resources each = service.spec().resources();
    return Prices.perHour(pool, each) * service.spec().capacity().boot().p99Ms() / HOUR_MS;
  }
}
