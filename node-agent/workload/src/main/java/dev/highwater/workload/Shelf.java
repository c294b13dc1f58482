package dev.highwater.workload;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The stock of a service: released at its times, sold, and back when it was not paid for.
 *
 * <p>Touched by one thread at a time.
 */
final class Shelf {
  private final TrafficSpec.Stock spec;
  private final long holdWindows;
  private final Deque<Hold> holds = new ArrayDeque<>();
  private int released;
  private double left;
  private long asked;
  private long sold;

  /** Unpaid pieces and the window in which they are for sale again. */
  private record Hold(long backAt, long pieces) {}

  Shelf(TrafficSpec.Stock spec, long windowMs) {
    this.spec = spec;
    this.holdWindows = spec.holdMs() / windowMs;
    this.left = spec.initial();
  }

  double left() {
    return left;
  }

  /** Part of those who asked for one that got it; NaN when nobody did. */
  double soldRatio() {
    return asked == 0 ? Double.NaN : (double) sold / asked;
  }

  /** What is released until {@code atMs}, and what is back by {@code window}. */
  void advance(double atMs, long window) {
    while (released < spec.releases().size() && spec.releases().get(released).atMs() <= atMs) {
      left += spec.releases().get(released).amount();
      released++;
    }
    while (!holds.isEmpty() && holds.peekFirst().backAt <= window) {
      left += holds.removeFirst().pieces;
    }
  }

  /** Sells to those of {@code wanted} for whom there is something, and tells how many pay. */
  long sell(long wanted, long window, RandomStream random) {
    long taken = Math.min(wanted, (long) left);
    left -= taken;
    asked += wanted;
    sold += taken;
    long unpaid = random.nextBinomial(taken, spec.unpaidRatio());
    if (unpaid > 0) {
      holds.addLast(new Hold(window + 1 + holdWindows, unpaid));
    }
    return taken - unpaid;
  }
}
