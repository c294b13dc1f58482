package dev.highwater.http;

import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Explanation.ServiceRouted;
import dev.highwater.model.Fact;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cuts decisions to what a reader asked for.
 *
 * <p>Why: a decision explains every service of a cell at every tick, thousands of them, while
 * people read what changed. Commands are left out, since they repeat the facts for the agents.
 * Stateless.
 */
final class DecisionView {
  private DecisionView() {}

  /**
   * Cuts a decision to one service, or to the explanations of what it changed.
   *
   * @param service the only service of interest, or null for all
   */
  static Decision cut(Decision decision, @Nullable ServiceId service) {
    List<Fact> facts = new ArrayList<>();
    for (Fact fact : decision.facts()) {
      Fact own = service == null ? fact : cut(fact, service);
      if (own != null) {
        facts.add(own);
      }
    }
    // A target that is set to what it was tells of an operator's word that came or went.
    Set<ServiceId> set = new HashSet<>();
    // What could move is explained at every look, and said when it is news.
    Set<String> proposed = new HashSet<>();
    for (Fact fact : decision.facts()) {
      if (fact instanceof Fact.TargetSet target) {
        set.add(target.service());
      } else if (fact instanceof Fact.MovesProposed moves) {
        proposed.add(moves.pool());
      }
    }
    List<Explanation> explanations =
        decision.explanations().stream()
            .filter(explanation -> matters(explanation, set, proposed, service))
            .toList();
    return new Decision(
        decision.cell(),
        decision.epoch(),
        decision.sequence(),
        decision.nowMs(),
        facts,
        List.of(),
        explanations);
  }

  private static boolean matters(
      Explanation explanation,
      Set<ServiceId> set,
      Set<String> proposed,
      @Nullable ServiceId service) {
    if (explanation instanceof ServiceExplained explained) {
      if (service != null) {
        return service.equals(explained.service());
      }
      return set.contains(explained.service())
          || (explained.placement() != null && explained.placement().pending() > 0);
    }
    if (explanation instanceof ServiceRouted routed) {
      return service != null
          ? service.equals(routed.service())
          : routed.cells().stream().anyMatch(cell -> cell.share() != cell.shareBefore());
    }
    PoolExplained pool = (PoolExplained) explanation;
    return service == null
        && (proposed.contains(pool.pool()) || pool.target() != pool.targetBefore());
  }

  /** What a fact says of a service, or null if it says nothing of it. */
  private static @Nullable Fact cut(Fact fact, ServiceId service) {
    if (fact instanceof Fact.NodeLost lost) {
      List<Fact.ServiceShare> own =
          lost.held().stream().filter(share -> share.service().equals(service)).toList();
      return own.isEmpty() ? null : new Fact.NodeLost(lost.node(), lost.reason(), own);
    }
    return service.equals(serviceOf(fact)) ? fact : null;
  }

  private static @Nullable ServiceId serviceOf(Fact fact) {
    if (fact instanceof Fact.TargetSet set) {
      return set.service();
    }
    if (fact instanceof Fact.ReplicasPlaced placed) {
      return placed.service();
    }
    if (fact instanceof Fact.ReplicasStopped stopped) {
      return stopped.service();
    }
    if (fact instanceof Fact.ReplicasGone gone) {
      return gone.service();
    }
    if (fact instanceof Fact.AdmissionRateSet set) {
      return set.service();
    }
    if (fact instanceof Fact.UsersRouted routed) {
      return routed.service();
    }
    return null;
  }
}
