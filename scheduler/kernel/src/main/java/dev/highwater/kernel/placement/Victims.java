package dev.highwater.kernel.placement;

import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.ReplicaState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Chooses which replicas stop when a service shrinks.
 *
 * <p><b>Goals</b>: serving capacity goes last, zones stay even, nodes become empty.
 *
 * <p><b>Algorithm</b>: always from the zone with most replicas; there first those that do not serve
 * yet, then those on the node with fewest replicas, then the newest. Stateless.
 */
final class Victims {
  private Victims() {}

  /** Marks up to {@code count} replicas on draining nodes, oldest first; returns how many. */
  static int onDraining(CellState state, ServiceDraft draft, boolean[] marks, int count) {
    ServiceState service = draft.service();
    int n = 0;
    for (int i = 0; i < service.size() && n < count; i++) {
      NodeState node = state.nodeAt(service.slot(i));
      if (draft.counts(i) && node != null && node.draining()) {
        marks[i] = true;
        n++;
      }
    }
    return n;
  }

  /**
   * Marks up to {@code count} replicas that are not excluded, draining nodes only when no other is
   * left; returns how many.
   */
  static int choose(
      CellState state, ServiceDraft draft, boolean[] excluded, boolean[] marks, int count) {
    ServiceState service = draft.service();
    int zones = state.zones().size();
    List<List<Integer>> byZone = new ArrayList<>();
    for (int z = 0; z < zones; z++) {
      byZone.add(new ArrayList<>());
    }
    for (int i = 0; i < service.size(); i++) {
      NodeState node = state.nodeAt(service.slot(i));
      if (draft.counts(i) && !excluded[i] && node != null) {
        byZone.get(node.zone()).add(i);
      }
    }
    // The best victim is at the end of its list, so that taking it is cheap.
    Comparator<Integer> keepLongest =
        Comparator.comparing((Integer i) -> drains(state, service, i))
            .thenComparing(i -> service.seen(i) == ReplicaState.READY)
            .reversed()
            .thenComparing(i -> -state.table().replicas(service.slot(i)))
            .thenComparingInt(i -> i);
    for (List<Integer> zone : byZone) {
      zone.sort(keepLongest);
    }
    int n = 0;
    while (n < count) {
      List<Integer> fullest = List.of();
      for (List<Integer> zone : byZone) {
        fullest = zone.size() > fullest.size() ? zone : fullest;
      }
      if (fullest.isEmpty()) {
        break;
      }
      marks[fullest.remove(fullest.size() - 1)] = true;
      n++;
    }
    return n;
  }

  private static boolean drains(CellState state, ServiceState service, int i) {
    NodeState node = state.nodeAt(service.slot(i));
    return node != null && node.draining();
  }
}
