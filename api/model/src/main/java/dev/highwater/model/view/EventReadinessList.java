package dev.highwater.model.view;

import dev.highwater.model.ServiceId;
import dev.highwater.model.view.EventReadiness.ServiceReadiness;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * One answer per cell that may run a service of the event, in order of the cells' names.
 *
 * <p>Each cell answers for the part of the users that comes to it now. What one lacks, others bear
 * that have room beyond their own part, because the users are sent there: private cells first, then
 * public ones. So the event can be met when all cells together bear each of its services.
 */
public record EventReadinessList(List<EventReadiness> items) {
  /** Less than that does not count: it is rounding. */
  private static final double NOTHING = 1e-6;

  public EventReadinessList {
    items = List.copyOf(items);
  }

  /**
   * Load of one cell that another bears.
   *
   * @param perSecond first attempts per second
   * @param lastMomentMs epoch milliseconds by which its replicas must be ordered there; the start
   *     itself when they are there
   * @param costPerHour of its replicas, as a part of those that bear all that the other could
   */
  public record Burst(
      EventReadiness from,
      ServiceReadiness service,
      EventReadiness to,
      double perSecond,
      long lastMomentMs,
      double costPerHour) {}

  /**
   * Go when every cell says go or others bear what it lacks, there is one, and each service may run
   * in one of them.
   */
  public boolean go() {
    return !items.isEmpty() && items.stream().allMatch(this::met) && nowhere().isEmpty();
  }

  /** Whether a cell says go, or others bear what it lacks. */
  public boolean met(EventReadiness cell) {
    List<ServiceReadiness> lacking =
        cell.services().stream().filter(each -> !each.shortOf().isEmpty()).toList();
    return cell.go()
        || (!lacking.isEmpty() && lacking.stream().allMatch(each -> borneElsewhere(cell, each)));
  }

  /**
   * Epoch milliseconds by which the first of a cell's services must act, there or where its load is
   * borne instead; the start itself when none needs anything.
   */
  public long lastMomentMs(EventReadiness cell) {
    return bursts().stream()
        .filter(burst -> burst.from.equals(cell))
        .mapToLong(Burst::lastMomentMs)
        .reduce(cell.lastMomentMs(), Math::min);
  }

  /** Money per hour of the replicas elsewhere that bear what a cell lacks. */
  public double burstsCostPerHour(EventReadiness cell) {
    return bursts().stream()
        .filter(burst -> burst.from.equals(cell))
        .mapToDouble(Burst::costPerHour)
        .sum();
  }

  private boolean borneElsewhere(EventReadiness cell, ServiceReadiness service) {
    double borne = 0;
    for (Burst burst : bursts()) {
      boolean own = burst.from.equals(cell) && burst.service.equals(service);
      borne += own ? burst.perSecond : 0;
    }
    return borne > 0 && borne >= service.lacksPerSecond() - NOTHING;
  }

  /** What cells lack and others bear; of what is not enough for all, the first cells have most. */
  public List<Burst> bursts() {
    List<Burst> bursts = new ArrayList<>();
    List<EventReadiness> inTurn =
        items.stream().sorted(Comparator.comparing(EventReadiness::ownership)).toList();
    for (EventReadiness from : items) {
      for (ServiceReadiness lacking : from.services()) {
        double left = lacking.lacksPerSecond();
        for (EventReadiness to : inTurn) {
          for (ServiceReadiness there : to.services()) {
            double more = Math.min(left, spare(to, there, lacking.service(), bursts));
            if (more > NOTHING) {
              bursts.add(
                  new Burst(
                      from,
                      lacking,
                      to,
                      more,
                      there.spareLastMomentMs(),
                      there.spareCostPerHour() * more / there.sparesPerSecond()));
              left -= more;
            }
          }
        }
      }
    }
    return bursts;
  }

  /** What a cell could bear of a service beyond its own part and what it was given before. */
  private static double spare(
      EventReadiness cell, ServiceReadiness there, ServiceId service, List<Burst> given) {
    double spare = there.service().equals(service) ? there.sparesPerSecond() : 0;
    for (Burst burst : given) {
      boolean here = burst.to.equals(cell) && burst.service.service().equals(service);
      spare -= here ? burst.perSecond : 0;
    }
    return spare;
  }

  /** Services of the event that none of the cells may run. */
  public List<ServiceId> nowhere() {
    SortedSet<ServiceId> somewhere =
        items.stream()
            .flatMap(cell -> cell.services().stream())
            .map(ServiceReadiness::service)
            .collect(Collectors.toCollection(TreeSet::new));
    return items.stream()
        .flatMap(cell -> cell.elsewhere().stream())
        .filter(service -> !somewhere.contains(service))
        .distinct()
        .toList();
  }
}
