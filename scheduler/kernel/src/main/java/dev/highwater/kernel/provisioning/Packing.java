package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.model.Resources;
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

  Resources each() {
    return group.service().resources();
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

  /** Puts as many as fit into a node; returns how many. */
  int into(NodeRoom node, boolean spot) {
    int n = node.take(each(), leftFor(spot));
    spotLeft -= spot ? n : 0;
    int urgent = Math.min(n, waiting);
    int declared = Math.min(n - urgent, calendar);
    waiting -= urgent;
    calendar -= declared;
    forecast -= n - urgent - declared;
    return n;
  }
}
