package dev.highwater.rehearsal;

import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.TimedSurge;
import dev.highwater.workload.FrontDoor;
import dev.highwater.workload.Outcome;
import dev.highwater.workload.TrafficSpec;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The night in which every request is answered at once and in time: what users then ask of services
 * whose load depends on what users were told before.
 *
 * <p>It exists for the bounds, which know the night: users who ask until they find, who buy from a
 * stock, or who go on to the next service after a while have no rate that could be written down.
 * Stateless.
 */
final class DryRun {
  private static final double SECOND_MS = 1_000;

  private DryRun() {}

  /**
   * First attempts in each second of the night, users of all cells together.
   *
   * @param asked the services of interest
   */
  static SortedMap<ServiceId, double[]> rates(
      Scenario scenario,
      List<Service> services,
      List<TrafficSpec> traffic,
      Collection<ServiceId> asked) {
    SortedMap<ServiceId, double[]> rates = new TreeMap<>();
    int seconds = (int) (scenario.durationMs() / Scenario.TICK_MS) + 1;
    asked.forEach(service -> rates.put(service, new double[seconds]));
    if (asked.isEmpty()) {
      return rates;
    }
    FrontDoor door =
        new FrontDoor(
            scenario.cells().get(0).name(),
            scenario.seed(),
            scenario.windowMs(),
            0,
            services,
            traffic);
    for (TimedSurge surge : scenario.surges()) {
      door.surge(surge.command(), surge.startMs());
    }
    long windows = scenario.durationMs() / scenario.windowMs();
    for (long window = 0; window < windows; window++) {
      int second = (int) (window * scenario.windowMs() / SECOND_MS);
      door.serve(
          window,
          (service, attempts, shards, holdNanos, tally) -> {
            double[] own = rates.get(service);
            for (int c = 0; c < attempts.length; c++) {
              tally.add(c, Outcome.SERVED, attempts[c]);
              if (own != null) {
                own[second] += attempts[c]; // nothing fails, so each is a first attempt
              }
            }
          });
    }
    return rates;
  }
}
