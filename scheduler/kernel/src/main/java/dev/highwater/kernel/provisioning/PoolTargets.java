package dev.highwater.kernel.provisioning;

import static dev.highwater.model.Fact.DrainReason.EMPTIED;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.NodeOrders;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.draft.Unmet;
import dev.highwater.kernel.placement.Placing;
import dev.highwater.kernel.placement.SpotShare;
import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.sharing.Shares;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.model.Command;
import dev.highwater.model.Explanation.MovesView;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Says how many nodes each pool shall have, and which drain and are given back.
 *
 * <p>The plan is {@link Provisioner}'s; hosts that have not obeyed are told again. Stateless.
 */
public final class PoolTargets {
  private PoolTargets() {}

  /**
   * The stage.
   *
   * @return replicas that no pool can hold within its maximum, by service
   */
  public static Map<ServiceId, Unmet> set(Draft draft, Shares shares, Placing placing) {
    List<Pending> pending = new ArrayList<>();
    for (ServiceDraft service : draft.services()) {
      int waiting = service.waitingForRoom();
      if (waiting + service.ahead() > 0) {
        pending.add(
            new Pending(
                service.service().spec(),
                waiting,
                service.aheadOfEvents(),
                service.aheadOfForecast(),
                event(service),
                placing.zonesAtSkew(service, waiting + service.ahead()),
                SpotShare.left(draft.state(), service)));
      }
    }
    if (!draft.state().scanned() && pending.isEmpty()) {
      return new TreeMap<>();
    }
    NodePlan plan = Provisioner.plan(draft.state(), draft.lost(), pending);
    Consolidation.Proposal proposal = new Consolidation(draft, shares).propose(plan.pools());
    for (PoolPlan pool : plan.pools()) {
      boolean moves = proposal != null && proposal.pool() == pool.pool();
      carryOut(draft, pool, moves ? proposal : null);
    }
    return plan.unmet();
  }

  /** The declared event that nodes are ordered ahead of for a service; empty without one. */
  private static String event(ServiceDraft service) {
    ServiceScaler scaler = service.service().scaler();
    return service.aheadOfEvents() == 0 || scaler == null ? "" : scaler.eventAhead();
  }

  private static void carryOut(
      Draft draft, PoolPlan plan, Consolidation.@Nullable Proposal proposal) {
    CellState state = draft.state();
    PoolState pool = plan.pool();
    for (String node : plan.release()) {
      draft.say(new Fact.NodeLost(node, Fact.NodeLossReason.RELEASED, List.of()));
      NodeState released = state.node(node);
      if (released != null) {
        draft.lose(released);
      }
    }
    boolean changed = plan.target() != pool.target() || !pool.targeted();
    if (changed) {
      draft.say(new Fact.PoolTargetSet(pool.key(), plan.target()));
    }
    NodePool spec = pool.lastSpec();
    boolean told = changed || !plan.release().isEmpty();
    boolean again =
        !told
            && !pool.obeyed()
            && pool.reportedMs() == draft.nowMs()
            && draft.nowMs() - pool.orderedAtMs() >= NodeOrders.RESEND_MS;
    if (spec != null && (told || again)) {
      List<String> release = new ArrayList<>();
      if (plan.target() <= pool.target()) {
        release.addAll(state.released(pool.key()));
        state.candidates().forEach(back -> release.remove(back.name()));
      }
      release.addAll(plan.release());
      long generation = told ? draft.generation() : pool.generation();
      draft.command(
          new Command.NodeTarget(state.epoch(), generation, spec, plan.target(), release));
    }
    MovesView moves = proposal == null ? null : proposal.view();
    if (moves != null && Consolidation.news(pool, moves, draft.nowMs())) {
      draft.say(new Fact.MovesProposed(pool.key(), moves.nodes()));
    }
    if (moves != null && moves.carriedOut()) {
      moves.nodes().forEach(node -> draft.say(new Fact.NodeDrainStarted(node, EMPTIED)));
    }
    if (changed || moves != null || !plan.release().isEmpty()) {
      draft.explain(plan.explained(moves));
    }
  }
}
