package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
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
  private TakeBack() {}

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
      Map<ServiceId, Integer> unmet) {
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
    Map<ServiceDraft, List<Reclaim.Victim>> taken = new LinkedHashMap<>();
    while (!queue.isEmpty()) {
      ServiceDraft service = queue.remove().service();
      int now = service.granted() - service.placed() + service.aheadSoon();
      int unmetNow = Math.min(unmet.getOrDefault(service.service().id(), 0), now);
      int count = unmetNow + service.contended() - service.onTheWay();
      if (count > 0) {
        List<Reclaim.Victim> victims =
            reclaim.take(service.service(), service.tenant(), placing.group(service), count);
        for (Reclaim.Victim victim : victims) {
          taken
              .computeIfAbsent(draft.service(victim.service().index()), key -> new ArrayList<>())
              .add(victim);
        }
      }
    }
    taken.forEach(
        (service, victims) -> {
          stop(draft, service, victims, true, Fact.StopReason.RECLAIMED);
          stop(draft, service, victims, false, Fact.StopReason.PREEMPTED);
        });
  }

  private static void stop(
      Draft draft,
      ServiceDraft service,
      List<Reclaim.Victim> victims,
      boolean nominal,
      Fact.StopReason reason) {
    boolean[] chosen = new boolean[service.service().size()];
    int n = 0;
    for (Reclaim.Victim victim : victims) {
      if (victim.nominal() == nominal) {
        chosen[victim.position()] = true;
        n++;
      }
    }
    if (n > 0) {
      service.takeBack(chosen, n);
      draft.stop(service, chosen, reason);
    }
  }
}
