package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.model.Service;

/**
 * One group of pending replicas while it is packed into nodes, the most urgent first.
 *
 * <p>Made for one plan; confined to its thread.
 */
final class Packing {
  private final Pending group;
  private int waiting;
  private int calendar;
  private int forecast;
  private int spotLeft;

  Packing(Pending group) {
    this.group = group;
    waiting = group.waiting();
    calendar = group.calendar();
    forecast = group.forecast();
    spotLeft = group.spotMax();
  }

  Service service() {
    return group.service();
  }

  /** Name of the declared event that asks for most; empty without one. */
  String event() {
    return group.event();
  }

  /** Replicas that have no node yet. */
  int left() {
    return waiting + calendar + forecast;
  }

  /** How many of them may go to nodes of such a pool. */
  int leftFor(boolean spot) {
    return spot ? Math.min(left(), spotLeft) : left();
  }

  /** What the most urgent of them is for. */
  Need need() {
    return waiting > 0 ? Need.WAITING : calendar > 0 ? Need.CALENDAR : Need.FORECAST;
  }

  /**
   * Puts as many as fit, and may share a node, into one that has none of them; returns how many.
   */
  int into(NodeRoom node, boolean spot) {
    int onNodeMax = service().onNodeMax();
    int most = onNodeMax == 0 ? leftFor(spot) : Math.min(leftFor(spot), onNodeMax);
    int n = node.take(service().resources(), most);
    spotLeft -= spot ? n : 0;
    int urgent = Math.min(n, waiting);
    int declared = Math.min(n - urgent, calendar);
    waiting -= urgent;
    calendar -= declared;
    forecast -= n - urgent - declared;
    return n;
  }
}
