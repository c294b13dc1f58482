package dev.highwater.model;

import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Why something was decided, as data. Immutable. */
public sealed interface Explanation {
  /**
   * Why a service has its target, and what became of it.
   *
   * @param wishes every wish that was made, the winner first
   * @param clamps what changed the winner's number afterwards, in order
   * @param sharing null when quota had no say
   * @param placement null when nothing was to be placed
   * @param override the operator's word in force, whether it won or not; null without any
   */
  record ServiceExplained(
      ServiceId service,
      String policy,
      LoadView load,
      List<Wish> wishes,
      WishSource winner,
      List<Clamp> clamps,
      int targetBefore,
      int target,
      int ready,
      @Nullable SharingView sharing,
      @Nullable PlacementView placement,
      @Nullable AdmissionView admission,
      double costPerHour,
      @Nullable ManualOverride override)
      implements Explanation {
    public ServiceExplained {
      wishes = List.copyOf(wishes);
      clamps = List.copyOf(clamps);
    }

    /**
     * What set the target, in a phrase: the wish that won, or the bound or operator's word that put
     * its number aside. Empty when there is neither.
     */
    public String because() {
      if (winner == WishSource.MANUAL && override != null) {
        return override.phrase();
      }
      for (Wish wish : wishes) {
        if (wish.source() == winner) {
          return wish.because();
        }
      }
      if (clamps.isEmpty()) {
        return wishes.isEmpty() ? "" : wishes.get(0).because();
      }
      Clamp clamp = clamps.get(clamps.size() - 1);
      return clamp.bound() + " " + clamp.to() + " instead of " + clamp.from();
    }
  }

  /**
   * Why a pool has its number of nodes.
   *
   * @param neededForPlaced nodes that hold replicas, or whose room is booked for a declared event
   * @param neededForPending more nodes, booting or ordered, for replicas that wait for room
   * @param neededForCalendar more nodes for what declared events will ask of them once they could
   *     be ready
   * @param neededForForecast more nodes for what forecasts alone will ask of them by then
   * @param warm spare nodes that the spec asks for
   * @param moves replicas that could move so that nodes can be given back; null when none could
   */
  record PoolExplained(
      String pool,
      int targetBefore,
      int target,
      int neededForPlaced,
      int neededForPending,
      int neededForCalendar,
      int neededForForecast,
      int warm,
      String reason,
      @Nullable MovesView moves)
      implements Explanation {
    /**
     * Why it has its number, and what could move, in a phrase. Where the number stays, what could
     * move is the news.
     */
    public String because() {
      if (moves == null) {
        return reason;
      } else if (target == targetBefore) {
        return moves.phrase();
      }
      return moves.nodes().isEmpty() ? reason : reason + "; " + moves.phrase();
    }
  }

  /**
   * What it would take to empty nodes, and what that would save.
   *
   * @param nodes to empty and give back, by name
   * @param replicas that would boot elsewhere before the old ones stop, by service
   * @param bootCost money for old and new replicas beside each other while the new ones boot
   * @param savedPerHour money that the nodes cost
   * @param carriedOut whether the nodes drain from now on
   */
  record MovesView(
      List<String> nodes,
      SortedMap<String, Integer> replicas,
      double bootCost,
      double savedPerHour,
      boolean carriedOut,
      String because) {
    public MovesView {
      nodes = List.copyOf(nodes);
      replicas = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(replicas));
    }

    /** What moves, what that costs and saves, and whether it is done, in a phrase. */
    public String phrase() {
      if (nodes.isEmpty()) {
        return "no node can be emptied any more: " + because;
      }
      int moved = replicas.values().stream().mapToInt(Integer::intValue).sum();
      // The money comes first, where a table cuts nothing; a boot costs parts of a unit of it.
      return String.format(
              Locale.ROOT,
              bootCost < 0.1 ? "%s %.2f/h for %.4f: " : "%s %.2f/h for %.2f: ",
              carriedOut ? "saves" : "could save",
              savedPerHour,
              bootCost)
          + moved
          + (moved == 1 ? " replica leaves " : " replicas leave ")
          + nodes.size()
          + (nodes.size() == 1 ? " node; " : " nodes; ")
          + (carriedOut ? "" : "not done, ")
          + because;
    }
  }

  /**
   * Why a service's users come to the cells that they come to.
   *
   * @param offeredPerSecond first attempts per second in all cells
   * @param aheadPerSecond upper bound of the same, by the time that a cell can grow
   * @param cells every declared cell, in the order in which they are filled
   */
  record ServiceRouted(
      ServiceId service, double offeredPerSecond, double aheadPerSecond, List<CellRouted> cells)
      implements Explanation {
    public ServiceRouted {
      cells = List.copyOf(cells);
    }
  }

  /**
   * One cell in a route. Rates are first attempts per second.
   *
   * @param offeredPerSecond measured here
   * @param readyPerSecond borne by ready replicas
   * @param bootingPerSecond borne in addition once what boots is ready
   * @param mostPerSecond borne if the cell grows as far as it can
   * @param shareBefore part of the users that came here before
   * @param share part of the users that come here now
   * @param shareAhead part that is meant to come here when the load ahead is there
   */
  record CellRouted(
      String cell,
      RouteReason reason,
      double latencyMs,
      double offeredPerSecond,
      double readyPerSecond,
      double bootingPerSecond,
      double mostPerSecond,
      double shareBefore,
      double share,
      double shareAhead) {}

  /** Why a cell has its part of a service's users. */
  enum RouteReason {
    /** A private cell near its users: filled before any other. */
    PRIVATE_FIRST,
    /** A private cell farther away: filled when the nearer ones are full. */
    FARTHER,
    /** A public cell: takes what private cells cannot bear, now or in time. */
    BURST,
    /** Nothing is left for it: the cells before it bear all. */
    SPARE,
    /** Its front door is silent. */
    LOST,
    /** The service must not run here. */
    RESIDENCY
  }

  /**
   * What was seen and expected of a service's load.
   *
   * @param offeredPerSecond first attempts per second, measured; NaN when unknown
   * @param forecastPerSecond expected at the horizon
   * @param upperPerSecond the quantile of the forecast that is sized for
   * @param horizonMs time until a new replica is ready on a node that is there
   * @param nodeUpperPerSecond the quantile that nodes are ordered ahead for
   * @param nodeHorizonMs time until a new replica is ready on a node that must be ordered first; 0
   *     when no node can be
   * @param coverageAlpha the conformal miss rate in use
   * @param safeRatePerReplica rate at which one more request would break the SLO
   * @param serviceTimeRatio how many times longer than declared requests keep a replica's places,
   *     as was seen; the safe rate is reckoned with it. 1 or more
   */
  record LoadView(
      double offeredPerSecond,
      double forecastPerSecond,
      double upperPerSecond,
      long horizonMs,
      double nodeUpperPerSecond,
      long nodeHorizonMs,
      double coverageAlpha,
      double safeRatePerReplica,
      double serviceTimeRatio) {}

  /**
   * One wish for a number of replicas.
   *
   * @param lostBy replicas by which it lies below the winner; 0 for the winner
   * @param because a phrase for people, rendered from the same numbers
   */
  record Wish(WishSource source, int replicas, int lostBy, String because) {}

  /** A bound that changed the number. */
  record Clamp(String bound, int from, int to) {}

  /**
   * The arithmetic of quota: replicas are granted as long as what the tenant uses stays within both
   * bounds, in each resource.
   *
   * @param nominal quota as it counts
   * @param usedByTenant with what this decision granted
   * @param borrowed what it uses above nominal
   * @param mostAllowed bound of its own: nominal quota and borrowing limit; null without a limit
   * @param leftByOthers bound by others: what the cell can have less what others use or do not lend
   *     to it, and nominal quota at least
   * @param granted replicas that quota and budget allow
   * @param trade what the budget refused; null when it refused nothing or the load is unknown
   */
  record SharingView(
      Resources nominal,
      Resources usedByTenant,
      Resources borrowed,
      @Nullable Resources mostAllowed,
      Resources leftByOthers,
      int wanted,
      int granted,
      String because,
      @Nullable TradeView trade) {}

  /**
   * What money that a budget refuses would buy.
   *
   * @param refused replicas that the budget does not pay
   * @param pricePerHour money per hour that they would cost at the dearest pool
   * @param violationsPerSecond expected late requests per second that they would avoid
   * @param violationsPerMoney the same per unit of money
   */
  record TradeView(
      int refused, double pricePerHour, double violationsPerSecond, double violationsPerMoney) {}

  /**
   * What became of placing.
   *
   * @param refusals why replicas are left pending. By filter name the number of nodes that it
   *     refused, each node under the first filter that refuses it: {@code residency}, {@code
   *     draining}, {@code cordoned}, {@code silent}, {@code unknown-replicas}, {@code label},
   *     {@code taint}, {@code anti-affinity}, {@code replicas-per-node}, {@code cpu}, {@code
   *     memory}, {@code gpu}, {@code spot-share} (as much of a critical service is on spot nodes as
   *     their losses and its SLO allow, 30 % at most), {@code zone-skew}; {@code not-counted} the
   *     nodes when there was no time to count, {@code no-node} 0. Else the number of replicas:
   *     {@code quota} and {@code budget} those they do not allow, {@code taken-back} those that
   *     others with a better right take, {@code larger-than-any-node}
   * @param scores scorer name to its value for the nodes that were chosen, 0 (worst) to 1, the mean
   *     over the replicas placed: {@code packing} (nodes are full), {@code balance} (neither CPU
   *     nor memory is stranded), {@code spread} (zones are even), {@code churn} (replicas of the
   *     service that stay where they are), and of a service with devices {@code devices} (what of
   *     the nodes' devices is in use or can be used by what may come); empty when none was placed
   */
  record PlacementView(
      int requested,
      int placed,
      int pending,
      SortedMap<String, Integer> refusals,
      SortedMap<String, Double> scores) {
    public PlacementView {
      refusals = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(refusals));
      scores = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(scores));
    }
  }

  /**
   * Why the front door admits what it admits.
   *
   * @param readyCapacityPerSecond rate that ready replicas bear
   * @param serialPerSecond rate of the serial step, all its shards together; {@code
   *     Double.MAX_VALUE} for none
   * @param shardPerSecond rate of one of its shards; {@code Double.MAX_VALUE} when it is not
   *     divided
   * @param retryRatio retries per first attempt that first attempts leave room for; {@code
   *     Double.MAX_VALUE} for no limit
   */
  record AdmissionView(
      double ratePerSecond,
      double readyCapacityPerSecond,
      double serialPerSecond,
      double shardPerSecond,
      double retryRatio) {}
}
