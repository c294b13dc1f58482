package dev.highwater.kernel.provisioning;

import dev.highwater.kernel.draft.Unmet;
import dev.highwater.kernel.state.NodeRoom;
import dev.highwater.model.NodePool;
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

  /** Less urgent ones have to wait. */
  private Need least = Need.FORECAST;

  Packing(Pending group) {
    this.group = group;
    waiting = group.waiting();
    calendar = group.calendar();
    forecast = group.forecast();
    spotLeft = group.spotMax();
  }

  /** Packs from here on only what is at least so urgent. */
  void upTo(Need need) {
    least = need;
  }

  /** What no node was found for. */
  Unmet unmet() {
    return new Unmet(waiting, calendar);
  }

  /** Whether a node more of the pool can be of use. */
  boolean finds(NodePool pool) {
    return group.finds(pool);
  }

  Service service() {
    return group.service();
  }

  /** Name of the declared event that asks for most; empty without one. */
  String event() {
    return group.event();
  }

  /** Replicas that are to have a node and have none yet. */
  int left() {
    return switch (least) {
      case WAITING -> waiting;
      case CALENDAR -> waiting + calendar;
      case FORECAST -> waiting + calendar + forecast;
    };
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
   * Puts as many as fit, and may share a node, into one; returns how many.
   *
   * @param already that are on it
   */
  int into(NodeRoom node, boolean spot, int already) {
    int onNodeMax = service().onNodeMax();
    int most = onNodeMax == 0 ? leftFor(spot) : Math.min(leftFor(spot), onNodeMax - already);
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
