package dev.highwater.agent;

/**
 * Remembers the newest order that one receiver obeyed and refuses older ones.
 *
 * <p>Why at the receiver: a deposed owner may still send, and a delayed frame may arrive after its
 * successor; only the receiver sees both. Orders are compared by epoch first, then generation; an
 * equal one is a repetition and harmless, because orders are absolute. Touched on one context.
 */
final class Fence {
  private long floorEpoch;
  private long epoch;
  private long generation;
  private long refusedTotal;

  /** Whether an order is at least as new as everything obeyed; counts it if not. */
  boolean admits(long orderEpoch, long orderGeneration) {
    boolean old =
        orderEpoch < floorEpoch
            || orderEpoch < epoch
            || (orderEpoch == epoch && orderGeneration < generation);
    if (old) {
      refusedTotal++;
    }
    return !old;
  }

  /** Notes that an order was carried out. */
  void obeyed(long orderEpoch, long orderGeneration) {
    epoch = orderEpoch;
    generation = orderGeneration;
    floorEpoch = Math.max(floorEpoch, orderEpoch);
  }

  /** From now on orders of an older epoch are refused. */
  void raise(long newEpoch) {
    floorEpoch = Math.max(floorEpoch, newEpoch);
  }

  /** Epoch of the newest order obeyed; 0 for none. */
  long epoch() {
    return epoch;
  }

  /** Generation of the newest order obeyed; 0 for none. */
  long generation() {
    return generation;
  }

  /** Orders refused because they were older. */
  long refusedTotal() {
    return refusedTotal;
  }
}
