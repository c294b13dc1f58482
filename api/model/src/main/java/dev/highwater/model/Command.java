package dev.highwater.model;

import java.util.List;

/**
 * What an agent shall do: absolute, so that a repeated one is harmless, and fenced, so that an
 * older one is refused by its receiver. Immutable.
 */
public sealed interface Command {
  /** Epoch of the owner that says so. */
  long epoch();

  /** Grows with each change of the same receiver's orders within an epoch and beyond. */
  long generation();

  /**
   * All replicas that a node shall have; others finish and stop.
   *
   * @param services specs of the services named, each once
   */
  record RunReplicas(
      long epoch, long generation, String node, List<ReplicaOrder> replicas, List<Service> services)
      implements Command {
    public RunReplicas {
      replicas = List.copyOf(replicas);
      services = List.copyOf(services);
    }
  }

  /** One replica that shall run. */
  record ReplicaOrder(ServiceId service, long ordinal) {}

  /**
   * How many nodes a pool shall have.
   *
   * @param release names of nodes to give back now; each is empty
   */
  record NodeTarget(long epoch, long generation, NodePool pool, int nodes, List<String> release)
      implements Command {
    public NodeTarget {
      release = List.copyOf(release);
    }
  }

  /**
   * Admission rates of every service of a cell's front door; a service not named is not limited.
   */
  record AdmitRates(long epoch, long generation, List<AdmissionRate> rates) implements Command {
    public AdmitRates {
      rates = List.copyOf(rates);
    }
  }

  /**
   * One service's admission.
   *
   * @param ratePerSecond {@code Double.MAX_VALUE} for no limit
   * @param shardRatePerSecond of it, at most so much for each shard of the serial step; {@code
   *     Double.MAX_VALUE} for no limit
   * @param retryRatio retries per first attempt that the door lets its clients make; {@code
   *     Double.MAX_VALUE} for no limit
   */
  record AdmissionRate(
      ServiceId service, double ratePerSecond, double shardRatePerSecond, double retryRatio) {}

  /**
   * Which part of each service's users comes to which cell: the same order for the front doors of
   * all cells, because calls between cells follow it too. Fenced by the epoch of the routes, which
   * is not that of a cell. A service not named is not moved.
   */
  record RouteUsers(long epoch, long generation, List<ServiceRoute> routes) implements Command {
    public RouteUsers {
      routes = List.copyOf(routes);
    }
  }

  /** Where one service's users go; ratios add up to 1. */
  record ServiceRoute(ServiceId service, List<RoutedCell> cells) {
    public ServiceRoute {
      cells = List.copyOf(cells);
    }
  }

  /**
   * One cell of a route.
   *
   * @param ratio part of the users, 0 to 1; a cell not named has none
   * @param expectedPerSecond first attempts per second that the cell shall make itself ready for
   *     because its part will grow; 0 when it will not
   */
  record RoutedCell(String cell, double ratio, double expectedPerSecond) {}
}
