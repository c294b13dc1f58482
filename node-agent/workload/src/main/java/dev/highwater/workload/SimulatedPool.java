package dev.highwater.workload;

import dev.highwater.model.Command;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Purchase;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Carries out an absolute {@code NodeTarget}: boots nodes, gives back the ones named.
 *
 * <p>It keeps {@code booting + ready} at the target: a node that dies is replaced. When it has too
 * many it cancels boots, the youngest first; a ready node goes only when an order names it, since
 * the scheduler must empty it first. Touched by one thread at a time.
 */
final class SimulatedPool {

  private static final long BOOT = 3;
  private static final long SPOT = 6;
  private static final double HOUR_MS = 3_600_000;

  private final String cell;
  private final long seed;
  private NodePool pool;
  private long epoch;
  private long generation;
  private int target;
  private long nextOrdinal;
  private final SortedMap<Long, Long> booting = new TreeMap<>();
  private final SortedSet<String> ready = new TreeSet<>();

  SimulatedPool(NodePool pool, long seed) {
    this.cell = pool.cell();
    this.pool = pool;
    this.seed = seed;
  }

  /** Whether an order may be obeyed: it is not older than one obeyed before. */
  Obedience check(Command.NodeTarget order) {
    if (order.epoch() < epoch || (order.epoch() == epoch && order.generation() < generation)) {
      return Obedience.refused(
          Obedience.Verdict.OLDER,
          "epoch %d generation %d came after epoch %d generation %d"
              .formatted(order.epoch(), order.generation(), epoch, generation));
    }
    return Obedience.OBEYED;
  }

  /** Takes a checked order; nodes named in it were given back by {@link #gone} before. */
  void obey(Command.NodeTarget order, long nowMs, double bootFactor) {
    epoch = order.epoch();
    generation = order.generation();
    pool = order.pool();
    target = order.nodes();
    keep(nowMs, bootFactor);
  }

  /** Holds {@code booting + ready} at the target. */
  void keep(long nowMs, double bootFactor) {
    while (booting.size() + ready.size() > target && !booting.isEmpty()) {
      booting.remove(booting.lastKey());
    }
    while (booting.size() + ready.size() < target) {
      long ordinal = nextOrdinal++;
      long bootMs = Boots.sampleMs(pool.boot(), RandomStream.seed(seed, BOOT, ordinal));
      booting.put(ordinal, nowMs + (long) (bootMs * bootFactor));
    }
  }

  /** Nothing boots any more; what is wanted boots anew once time passes again. */
  void stop() {
    booting.clear();
  }

  /** Time passes; nodes that became ready now, in order. */
  List<NodeDescriptor> advance(long nowMs) {
    List<NodeDescriptor> joined = new ArrayList<>();
    for (Iterator<Map.Entry<Long, Long>> boots = booting.entrySet().iterator(); boots.hasNext(); ) {
      Map.Entry<Long, Long> boot = boots.next();
      if (boot.getValue() <= nowMs) {
        // Before the removal: a tree map may move its successor into the removed entry.
        NodeDescriptor node = describe(boot.getKey());
        boots.remove();
        ready.add(node.name());
        joined.add(node);
      }
    }
    return joined;
  }

  private NodeDescriptor describe(long ordinal) {
    return new NodeDescriptor(
        cell,
        NodeNames.of(pool, ordinal),
        pool.key(),
        pool.zones().get((int) (ordinal % pool.zones().size())),
        pool.shape(),
        pool.labels(),
        pool.taints());
  }

  /** Whether the provider may take its nodes back. */
  boolean spot() {
    return pool.purchase() == Purchase.SPOT;
  }

  /**
   * How long a node that joins now stays before its provider says that it takes it back: drawn once
   * from a stream of its own, exponential, since a provider's demand does not know how old a node
   * is. {@code Long.MAX_VALUE} for ever.
   */
  long lifeMs(String node) {
    double perHour = pool.spotLossPerHour();
    if (perHour == 0) {
      return Long.MAX_VALUE;
    }
    RandomStream random =
        new RandomStream(RandomStream.seed(seed, SPOT, RandomStream.nameSeed(node)));
    return (long) (random.nextExponential() / perHour * HOUR_MS);
  }

  /** A node crashed or was given back. */
  void gone(String node) {
    ready.remove(node);
  }

  Observation.PoolReport report() {
    return new Observation.PoolReport(pool.key(), generation, booting.size(), ready.size());
  }
}
