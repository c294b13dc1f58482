package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.draft.Unmet;
import dev.highwater.kernel.placement.Placing;
import dev.highwater.model.Fact;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Takes room back for replicas that no node, and no node to come, has room for.
 *
 * <p>Claims come by {@link Turn}; whom they take from is {@link Reclaim}'s. Stateless.
 */
public final class TakeBack {
  /**
   * Services tried in one decision: so many that come first, and so many of the others in turn, so
   * that those who find nothing cost bounded time and yet hold up nobody for long. Chosen by us: a
   * try may look at every node.
   */
  static final int TRIED_MAX = 64;

  private static final long ROUND_MS = 1_000;

  private TakeBack() {}

  /** What one fact says. */
  private record Said(ServiceDraft service, boolean nominal) {}

  /**
   * The stage.
   *
   * @param unmet replicas that no pool can hold within its maximum, by service
   */
  public static void take(
      Draft draft,
      Shares shares,
      Placing placing,
      Reservation reservation,
      Map<ServiceId, Unmet> unmet) {
    PriorityQueue<Turn> queue = new PriorityQueue<>();
    for (ServiceDraft service : draft.services()) {
      if (service.contended() > 0 || unmet.containsKey(service.service().id())) {
        queue.add(Turn.of(shares, service));
      }
    }
    if (queue.isEmpty()) {
      return;
    }
    reservation.reopen();
    Reclaim reclaim = new Reclaim(draft, shares, reservation);
    Map<Said, List<Reclaim.Victim>> taken = new LinkedHashMap<>();
    List<ServiceDraft> inTurn = new ArrayList<>();
    while (!queue.isEmpty()) {
      inTurn.add(queue.remove().service());
    }
    for (ServiceDraft service : tried(inTurn, draft.nowMs())) {
      Unmet lacking = unmet.getOrDefault(service.service().id(), Unmet.NONE);
      int waiting = Math.min(lacking.waiting(), service.waitingForRoom());
      int unmetNow = waiting + Math.min(lacking.calendar(), service.aheadSoon());
      int count = unmetNow + service.contended() - service.onTheWay();
      if (count > 0) {
        List<Reclaim.Victim> victims =
            reclaim.take(service.service(), service.tenant(), placing.group(service), count);
        for (Reclaim.Victim victim : victims) {
          // Said when its last is taken: who borrowed then did so when the others of it were.
          Said said = new Said(draft.service(victim.service().index()), victim.nominal());
          List<Reclaim.Victim> together = taken.remove(said);
          together = together == null ? new ArrayList<>() : together;
          together.add(victim);
          taken.put(said, together);
        }
      }
    }
    taken.forEach((said, victims) -> stop(draft, said, victims));
  }

  /** The first of them, and from the others each second the next. */
  static <T> List<T> tried(List<T> inTurn, long nowMs) {
    if (inTurn.size() <= 2 * TRIED_MAX) {
      return inTurn;
    }
    List<T> tried = new ArrayList<>(inTurn.subList(0, TRIED_MAX));
    int others = inTurn.size() - TRIED_MAX;
    int from = (int) (nowMs / ROUND_MS * TRIED_MAX % others);
    for (int i = 0; i < TRIED_MAX; i++) {
      tried.add(inTurn.get(TRIED_MAX + (from + i) % others));
    }
    return tried;
  }

  private static void stop(Draft draft, Said said, List<Reclaim.Victim> victims) {
    ServiceDraft service = said.service;
    boolean[] chosen = new boolean[service.service().size()];
    victims.forEach(victim -> chosen[victim.position()] = true);
    service.takeBack(chosen, victims.size());
    draft.stop(
        service, chosen, said.nominal ? Fact.StopReason.RECLAIMED : Fact.StopReason.PREEMPTED);
  }
}
