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

  /** Those of them that share a node, by what they are for. */
  record Load(Packing group, int waiting, int calendar, int forecast) {
    int replicas() {
      return waiting + calendar + forecast;
    }

    /** What the most urgent of them is for. */
    Need need() {
      return waiting > 0 ? Need.WAITING : calendar > 0 ? Need.CALENDAR : Need.FORECAST;
    }
  }

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

  /**
   * Puts as many as fit, and may share a node, into one.
   *
   * @param already that are on it
   * @param most at most so many
   */
  Load into(NodeRoom node, boolean spot, int already, int most) {
    int onNodeMax = service().onNodeMax();
    int may = Math.min(most, leftFor(spot));
    int n =
        node.take(service().resources(), onNodeMax == 0 ? may : Math.min(may, onNodeMax - already));
    int urgent = Math.min(n, waiting);
    int declared = Math.min(n - urgent, calendar);
    Load load = new Load(this, urgent, declared, n - urgent - declared);
    count(load, spot, -1);
    return load;
  }

  /** They are to have a node again. */
  void takeBack(Load load, boolean spot) {
    count(load, spot, 1);
  }

  private void count(Load load, boolean spot, int times) {
    waiting += times * load.waiting();
    calendar += times * load.calendar();
    forecast += times * load.forecast();
    spotLeft += spot ? times * load.replicas() : 0;
  }
}
