package dev.highwater.model.view;

import dev.highwater.model.ServiceId;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a change of specs would do to a cell over a span of time, foreseen by the kernel that
 * decides and by nodes and users that do as expected: what is asked now goes on, declared events
 * come as declared, and every boot takes as long as 99 % of boots do. Immutable.
 *
 * @param forMs length of the span
 * @param services those that would fare otherwise than without the change, by name
 * @param pools those that would have other nodes than without the change, by key
 * @param reclaimed replicas taken from services for those with a better right, by whom they are
 *     taken from
 * @param cost money for nodes over the span
 * @param costAnyway the same without the change
 */
public record PlanSpan(
    long forMs,
    List<ServiceSpan> services,
    List<PoolSpan> pools,
    List<EventReadiness.Reclaimed> reclaimed,
    double cost,
    double costAnyway) {
  /** Longest span: beyond it nobody's load goes on as it is. */
  public static final long FOR_MS_MAX = 3_600_000;

  /** Most moments that are told of one service or pool. */
  public static final int MOMENTS_MAX = 50;

  public PlanSpan {
    services = List.copyOf(services);
    pools = List.copyOf(pools);
    reclaimed = List.copyOf(reclaimed);
  }

  /**
   * One service over the span.
   *
   * @param targetBefore replicas wanted before it
   * @param targetMost most replicas wanted at any moment of it
   * @param target replicas wanted at its end
   * @param ready replicas that serve at its end
   * @param placed replicas placed in it
   * @param stopped replicas stopped in it
   * @param pending replicas that wait for room at its end
   * @param refusals why some wait, as in {@link dev.highwater.model.Explanation.PlacementView}
   * @param moments of the first {@value #MOMENTS_MAX} changes of the target
   */
  public record ServiceSpan(
      ServiceId service,
      int targetBefore,
      int targetMost,
      int target,
      int ready,
      int placed,
      int stopped,
      int pending,
      SortedMap<String, Integer> refusals,
      List<Moment> moments) {
    public ServiceSpan {
      refusals = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(refusals));
      moments = List.copyOf(moments);
    }
  }

  /**
   * One pool over the span.
   *
   * @param targetBefore nodes wanted before it
   * @param targetMost most nodes wanted at any moment of it
   * @param target nodes wanted at its end
   * @param ready nodes that are there at its end
   * @param moments of the first {@value #MOMENTS_MAX} changes of the target
   */
  public record PoolSpan(
      String pool, int targetBefore, int targetMost, int target, int ready, List<Moment> moments) {
    public PoolSpan {
      moments = List.copyOf(moments);
    }
  }

  /**
   * A target changes.
   *
   * @param afterMs from the start of the span
   * @param target from then on
   * @param because a phrase for people
   */
  public record Moment(long afterMs, int target, String because) {}
}
