package dev.highwater.kernel.account;

import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.Explanation.LoadView;
import dev.highwater.model.Explanation.TradeView;
import org.jspecify.annotations.Nullable;

/**
 * What the replicas that a budget refuses would buy.
 *
 * <p>Of load l the front door admits a = min(l, what n replicas answer most of in time), and a (1 -
 * v(a, n)) end in time, where v is the sizer's share of late requests once the queues have settled;
 * with the k refused ones more do. The difference is what the budget costs in violations a second,
 * and 3,600 times it over the price per hour what one unit of money would avoid. The load is the
 * largest of the present one, the one expected at the horizon, and what an event or the routes ask
 * to be ready for. A front door that admits everything loses more than is said here.
 *
 * <p>Stateless.
 */
public final class Trade {
  private static final double SECONDS_PER_HOUR = 3_600;

  private Trade() {}

  /**
   * The trade.
   *
   * @param askedPerSecond what it is to be ready for besides; 0 for nothing
   * @param replicas that the service has without the refused ones
   * @param refused at least 1
   * @param replicaPerHour money for one of them
   * @return null when the load is not known
   */
  public static @Nullable TradeView of(
      Sizer sizer,
      LoadView seen,
      double askedPerSecond,
      int replicas,
      int refused,
      double replicaPerHour) {
    double load = seen.offeredPerSecond();
    if (!(load >= seen.forecastPerSecond())) {
      load = seen.forecastPerSecond() >= 0 ? seen.forecastPerSecond() : load;
    }
    load = load >= askedPerSecond || askedPerSecond == 0 ? load : askedPerSecond;
    if (!(load >= 0)) {
      return null;
    }
    double avoided =
        Math.max(0, inTime(sizer, load, replicas + refused) - inTime(sizer, load, replicas));
    double price = refused * replicaPerHour;
    return new TradeView(
        refused, price, avoided, price > 0 ? avoided * SECONDS_PER_HOUR / price : 0);
  }

  /** Requests per second that so many replicas answer in time. */
  private static double inTime(Sizer sizer, double load, int replicas) {
    double admitted = Math.min(load, sizer.overloadRate(replicas));
    return admitted * (1 - sizer.violationRatio(admitted, replicas));
  }
}
