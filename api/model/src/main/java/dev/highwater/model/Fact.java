package dev.highwater.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that was decided; the only thing that changes a cell's journaled state. Past tense,
 * absolute values, stored before any command that follows from it is sent. Immutable.
 */
public sealed interface Fact {
  /** A member became the cell's owner. */
  record EpochBegun(long epoch, String member) implements Fact {}

  /**
   * The sum of all facts of a cell before it, in their place: what a new owner reads first once the
   * journal was shortened. Never decided; stands at the beginning or nowhere.
   */
  record CellKept(CellImage image) implements Fact {}

  /** The same for the routes. */
  record RoutesKept(RouteImage image) implements Fact {}

  /** A spec took effect; a null spec means that it was removed. */
  record SpecApplied(
      SpecKind specKind, String key, long resourceVersion, long revision, @Nullable Spec spec)
      implements Fact {}

  /** A spec or an observation was refused; what held before goes on. */
  record InputRefused(ErrorCode code, String subject, String detail) implements Fact {}

  record NodeJoined(NodeDescriptor node) implements Fact {}

  /**
   * A node is gone; its replicas with it.
   *
   * @param held replicas that it held until then, by name of their service; none on a node that was
   *     given back, nor in facts that are older than this field
   */
  record NodeLost(String node, NodeLossReason reason, List<ServiceShare> held) implements Fact {
    public NodeLost {
      held = List.copyOf(held);
    }
  }

  /** A node takes no new replicas; it is given back once empty. */
  record NodeDrainStarted(String node, DrainReason reason) implements Fact {}

  /** How many replicas a service shall have. */
  record TargetSet(ServiceId service, int replicas, WishSource winner) implements Fact {}

  /**
   * New replicas were placed. Ordinals run from {@code firstOrdinal} over the shares in order.
   *
   * @param shares at least one; counts >= 1
   */
  record ReplicasPlaced(ServiceId service, long firstOrdinal, List<NodeShare> shares)
      implements Fact {
    public ReplicasPlaced {
      shares = List.copyOf(shares);
    }
  }

  /** Replicas were told to finish and stop; their room is free once the node says so. */
  record ReplicasStopped(ServiceId service, List<Long> ordinals, StopReason reason)
      implements Fact {
    public ReplicasStopped {
      ordinals = List.copyOf(ordinals);
    }
  }

  /** Replicas are gone and their room is free. */
  record ReplicasGone(ServiceId service, List<Long> ordinals) implements Fact {
    public ReplicasGone {
      ordinals = List.copyOf(ordinals);
    }
  }

  /** How many nodes a pool shall have. */
  record PoolTargetSet(String pool, int nodes) implements Fact {}

  /**
   * Replicas could move off nodes of a pool, so that these can be given back. Said when other nodes
   * are named than the time before, and not at every look; what it costs and saves is explained
   * beside it.
   *
   * @param nodes by name; none when what was proposed before cannot be done any more
   */
  record MovesProposed(String pool, List<String> nodes) implements Fact {
    public MovesProposed {
      nodes = List.copyOf(nodes);
    }
  }

  /**
   * The rate at which a front door may admit a service's requests, and how many it may let try
   * again.
   *
   * @param ratePerSecond >= 0; {@code Double.MAX_VALUE} means no limit
   * @param retryRatio retries per first attempt, >= 0; {@code Double.MAX_VALUE} means no limit
   */
  record AdmissionRateSet(ServiceId service, double ratePerSecond, double retryRatio)
      implements Fact {}

  /**
   * Which part of a service's users comes to which cell; in the journal of the routes.
   *
   * @param cells ratios add up to 1; empty when the service may run nowhere
   */
  record UsersRouted(ServiceId service, List<CellShare> cells) implements Fact {
    public UsersRouted {
      cells = List.copyOf(cells);
    }
  }

  /** A part of a service's users. */
  record CellShare(String cell, double ratio) {}

  /** A cell's front door is silent: users must not be sent there; in the journal of the routes. */
  record CellLost(String cell) implements Fact {}

  /** A lost cell's front door is heard again; in the journal of the routes. */
  record CellFound(String cell) implements Fact {}

  /** A share of a grouped placement. */
  record NodeShare(String node, int count) {}

  /** A service's part of what a node holds. */
  record ServiceShare(ServiceId service, int count) {}

  /** Why a node drains. */
  enum DrainReason {
    /** Its replicas have room elsewhere, and one node less is paid for. */
    EMPTIED,
    /** Its provider said that it takes it back. */
    WITHDRAWN,
    /** An operator said so by a {@link Cordon}, which is the fact; no other says it again. */
    ORDERED,
    /** Its pool was deleted, which is the fact; declared again, the pool keeps the node. */
    POOL_DELETED
  }

  /** Why a node was lost. */
  enum NodeLossReason {
    /** No report for as long as its lease. */
    LEASE_EXPIRED,
    /** Given back to its pool. */
    RELEASED
  }

  /** Why replicas stop. */
  enum StopReason {
    SCALE_IN,
    PREEMPTED,
    RECLAIMED,
    NODE_DRAIN,
    RESIDENCY,
    SERVICE_REMOVED,
    /** Another replica serves in its place on a node that is paid for anyway. */
    MOVED
  }
}
