package dev.highwater.kernel.account;

import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.model.Explanation.LoadView;
import dev.highwater.model.Explanation.TradeView;
import org.jspecify.annotations.Nullable;

/**
 * What the replicas that a budget refuses would buy.
 *
 * <p>At load l the service's n replicas make l v(l, n) requests late in a second, where v is the
 * sizer's share of late requests once the queues have settled; with the k refused ones l v(l, n +
 * k). The difference is what the budget costs in violations, and 3,600 times it over the price per
 * hour what one unit of money would avoid. The load is the one expected at the horizon, or the
 * present one if that is larger. Beyond saturation the sizer says that all requests are late, so
 * the figure is that of a queue nobody limits.
 *
 * <p>Stateless.
 */
public final class Trade {
  private static final double SECONDS_PER_HOUR = 3_600;

  private Trade() {}

  /**
   * The trade.
   *
   * @param replicas that the service has without the refused ones
   * @param refused at least 1
   * @param replicaPerHour money for one of them
   * @return null when the load is not known
   */
  public static @Nullable TradeView of(
      Sizer sizer, LoadView seen, int replicas, int refused, double replicaPerHour) {
    double load = seen.offeredPerSecond();
    if (!(load >= seen.forecastPerSecond())) {
      load = seen.forecastPerSecond() >= 0 ? seen.forecastPerSecond() : load;
    }
    if (!(load >= 0)) {
      return null;
    }
    double avoided =
        load
            * Math.max(
                0,
                sizer.violationRatio(load, replicas)
                    - sizer.violationRatio(load, replicas + refused));
    double price = refused * replicaPerHour;
    return new TradeView(
        refused, price, avoided, price > 0 ? avoided * SECONDS_PER_HOUR / price : 0);
  }
}
