package dev.highwater.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that agents said about the world. Changes soft state only: losing one costs quality,
 * never safety. Immutable.
 */
public sealed interface Observation {
  /** Epoch milliseconds of the agent's clock at which it was so. */
  long atMs();

  /** A node opened its session. */
  record NodeConnected(long atMs, NodeDescriptor node, List<ReplicaReport> replicas)
      implements Observation {
    public NodeConnected {
      replicas = Limits.list("replicas", replicas, Limits.REPLICAS_PER_NODE_MAX);
    }
  }

  /** A node's session ended; it may come back within its lease. */
  record NodeDisconnected(long atMs, String node) implements Observation {}

  /**
   * What a node holds; sent each second.
   *
   * @param epoch of the last command that the node obeyed
   * @param generation of the last command that the node obeyed
   * @param leavesAtMs when its provider takes the node back, epoch milliseconds; 0 while it said
   *     nothing of that
   */
  record NodeReport(
      long atMs,
      String node,
      long epoch,
      long generation,
      long leavesAtMs,
      List<ReplicaReport> replicas)
      implements Observation {
    public NodeReport {
      replicas = Limits.list("replicas", replicas, Limits.REPLICAS_PER_NODE_MAX);
    }
  }

  /**
   * What users did at a cell's front door; sent each second. All counts are totals since {@code
   * startedAtMs}, so that a lost report loses nothing; another {@code startedAtMs} means a restart.
   */
  record FrontDoorReport(long atMs, long startedAtMs, List<ServiceTraffic> services)
      implements Observation {
    public FrontDoorReport {
      services = Limits.list("services", services, Limits.SERVICES_PER_REPORT_MAX);
    }
  }

  /** What a node host made of its pools; sent each second. */
  record HostReport(long atMs, String host, List<PoolReport> pools) implements Observation {
    public HostReport {
      pools = Limits.list("pools", pools, 1_000);
    }
  }

  /**
   * What the owner of a cell tells the routes after each of its ticks.
   *
   * @param epoch of the owner
   * @param lost whether the cell's front door has been silent for so long that users fail there
   */
  record CellReport(
      long atMs, String cell, long epoch, boolean lost, List<ServiceCapacity> services)
      implements Observation {
    public CellReport {
      services = Limits.list("services", services, Limits.SERVICES_PER_REPORT_MAX);
    }
  }

  /**
   * What a cell can do for one service, as first attempts per second that keep its promise.
   *
   * @param offeredPerSecond measured; 0 while unknown
   * @param forecastPerSecond upper bound at the time in which a node and a replica can be had
   * @param askedPerSecond what declared events ask of this cell at that time
   * @param readyPerSecond borne by ready replicas
   * @param bootingPerSecond borne in addition once what boots is ready
   * @param mostPerSecond borne by all replicas that quota, bounds and nodes still allow
   */
  record ServiceCapacity(
      ServiceId service,
      double offeredPerSecond,
      double forecastPerSecond,
      double askedPerSecond,
      double readyPerSecond,
      double bootingPerSecond,
      double mostPerSecond) {}

  /**
   * What the routes tell the owner of a cell: the part of each service's users that comes here.
   *
   * @param epoch of the routes
   * @param generation of the {@link Command.RouteUsers} that says so
   */
  record UserShares(long atMs, long epoch, long generation, List<UserShare> shares)
      implements Observation {
    public UserShares {
      shares = Limits.list("shares", shares, Limits.SERVICES_PER_REPORT_MAX);
    }

    /** The part of a route that concerns one cell. */
    public static UserShares of(Command.RouteUsers route, String cell, long atMs) {
      List<UserShare> here = new ArrayList<>();
      for (Command.ServiceRoute service : route.routes()) {
        UserShare share = new UserShare(service.service(), 0, 0);
        for (Command.RoutedCell routed : service.cells()) {
          if (routed.cell().equals(cell)) {
            share = new UserShare(service.service(), routed.ratio(), routed.expectedPerSecond());
          }
        }
        here.add(share);
      }
      return new UserShares(atMs, route.epoch(), route.generation(), here);
    }
  }

  /**
   * One service's users in a cell.
   *
   * @param ratio of all its users, 0 to 1
   * @param expectedPerSecond what to be ready for because the ratio will grow; 0 when it will not
   */
  record UserShare(ServiceId service, double ratio, double expectedPerSecond) {}

  /**
   * One replica on a node.
   *
   * @param inFlight requests in work
   * @param queued requests that wait
   * @param utilisationRatio busy share of its concurrency since the last report, 0 to 1
   */
  record ReplicaReport(
      ServiceId service,
      long ordinal,
      ReplicaState state,
      long inFlight,
      long queued,
      double utilisationRatio) {}

  /**
   * One pool at a host.
   *
   * @param generation of the last {@link Command.NodeTarget} that was obeyed
   */
  record PoolReport(String pool, long generation, int booting, int ready) {}

  /**
   * One service's users, totals since the front door's start unless said otherwise.
   *
   * @param firstAttempts requests that users (or calling services) made, retries not counted
   * @param attempts the same with retries
   * @param served answered within the client's timeout, by any attempt
   * @param late served, but later than the SLO's latency
   * @param timedOut attempts given up by the client
   * @param failed attempts lost with a replica or dropped by a full queue
   * @param rejected attempts refused by admission
   * @param shed attempts refused because more critical ones came first
   * @param abandoned users who left the waiting room
   * @param violations first attempts that ended late, failed, timed out, rejected, shed or given up
   * @param waiting users in the waiting room now
   * @param latency of answered attempts, since start
   */
  record ServiceTraffic(
      ServiceId service,
      long firstAttempts,
      long attempts,
      long served,
      long late,
      long timedOut,
      long failed,
      long rejected,
      long shed,
      long abandoned,
      long violations,
      long waiting,
      @Nullable SparseHistogram latency) {
    /** Totals before the first attempt. */
    public static ServiceTraffic none(ServiceId service) {
      return new ServiceTraffic(service, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null);
    }

    /** The same without latencies. */
    public ServiceTraffic withoutLatency() {
      return withAttempts(0);
    }

    /** The same after {@code more} first attempts of which nothing else is known; no latencies. */
    public ServiceTraffic withAttempts(long more) {
      return new ServiceTraffic(
          service,
          firstAttempts + more,
          attempts + more,
          served,
          late,
          timedOut,
          failed,
          rejected,
          shed,
          abandoned,
          violations,
          waiting,
          null);
    }
  }

  /**
   * The filled bins of a latency histogram.
   *
   * @param bins ascending indices; the bin layout is the workload histogram's
   * @param counts requests in the bin at the same place
   */
  record SparseHistogram(List<Integer> bins, List<Long> counts) {
    public SparseHistogram {
      bins = Limits.list("bins", bins, 4_096);
      counts = Limits.list("counts", counts, 4_096);
      Limits.range("counts.size", counts.size(), bins.size(), bins.size());
    }

    /**
     * What was counted since an earlier report of the same start.
     *
     * @param before null counts from the start
     */
    public SparseHistogram since(@Nullable SparseHistogram before) {
      if (before == null) {
        return this;
      }
      List<Integer> grownBins = new ArrayList<>();
      List<Long> grownCounts = new ArrayList<>();
      int j = 0;
      for (int i = 0; i < bins.size(); i++) {
        int bin = bins.get(i);
        while (j < before.bins.size() && before.bins.get(j) < bin) {
          j++;
        }
        boolean known = j < before.bins.size() && before.bins.get(j) == bin;
        long grown = counts.get(i) - (known ? before.counts.get(j) : 0);
        if (grown > 0) {
          grownBins.add(bin);
          grownCounts.add(grown);
        }
      }
      return new SparseHistogram(grownBins, grownCounts);
    }
  }
}
