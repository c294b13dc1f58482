package dev.highwater.kernel.account;

import dev.highwater.kernel.forecast.ForecastSettings;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.ServiceId;
import java.util.Map;
import java.util.TreeMap;

/**
 * Adds up what services and declared events cost, from the first time it is asked.
 *
 * <p>A service costs what its replicas cost by {@link Prices}, for as long as they hold room. An
 * event costs what its services cost above what they cost when its time began: from the moment at
 * which the slowest node and replica for it may be ordered, until six half-lives after its hold.
 * Two events of one service at the same time both count the same money.
 *
 * <p>Confined to its owner.
 */
public final class Ledger {
  private static final double MS_PER_HOUR = 3_600_000;

  /** After so many half-lives less than 2 % of a peak is left. */
  private static final int HALF_LIVES = 6;

  /**
   * A report, and the time by which an event may come early: capacity is ordered that much ahead.
   */
  private static final long MARGIN_MS = 1_000 + ForecastSettings.DEFAULT.eventEarlyMs();

  private final Map<ServiceId, Double> services = new TreeMap<>();
  private final Map<String, EventAccount> events = new TreeMap<>();
  private long accountedMs;

  private static final class EventAccount {
    final long startMs;
    final double perHourBefore;
    double cost;

    EventAccount(long startMs, double perHourBefore) {
      this.startMs = startMs;
      this.perHourBefore = perHourBefore;
    }
  }

  /** Counts the time since the last call at what things cost now. */
  public void account(CellState state) {
    long nowMs = state.nowMs();
    double hours = accountedMs == 0 ? 0 : (nowMs - accountedMs) / MS_PER_HOUR;
    accountedMs = nowMs;
    Prices prices = new Prices(state);
    Map<ServiceId, Double> perHour = new TreeMap<>();
    for (ServiceState service : state.services()) {
      double each = prices.perHour(service);
      if (each > 0) {
        perHour.put(service.id(), each);
        services.merge(service.id(), each * hours, Double::sum);
      }
    }
    events.keySet().retainAll(state.events().keySet());
    for (PeakEvent event : state.events().values()) {
      account(state, event, perHour, hours);
    }
  }

  private void account(
      CellState state, PeakEvent event, Map<ServiceId, Double> perHour, double hours) {
    double now = 0;
    long aheadMs = 0;
    for (PeakEvent.EventLoad load : event.loads()) {
      now += perHour.getOrDefault(load.service(), 0.0);
      ServiceState service = state.service(load.service());
      long bootMs =
          service == null
              ? 0
              : service.spec().capacity().boot().p99Ms() + state.nodeBootMs(service);
      aheadMs = Math.max(aheadMs, bootMs + MARGIN_MS);
    }
    EventAccount account = events.get(event.name());
    if (account != null && account.startMs != event.startMs()) {
      account = null; // it was moved: another time begins
    }
    long endMs =
        event.startMs() + event.riseMs() + event.holdMs() + HALF_LIVES * event.decayHalfLifeMs();
    if (state.nowMs() < event.startMs() - aheadMs || state.nowMs() > endMs) {
      return;
    }
    if (account == null) {
      events.put(event.name(), new EventAccount(event.startMs(), now));
    } else {
      account.cost += Math.max(0, now - account.perHourBefore) * hours;
    }
  }

  /** Money that a service has cost. */
  public double of(ServiceId service) {
    return services.getOrDefault(service, 0.0);
  }

  /** Money that a declared event has cost; 0 before its time and when it is not known. */
  public double ofEvent(String event) {
    EventAccount account = events.get(event);
    return account == null ? 0 : account.cost;
  }
}
