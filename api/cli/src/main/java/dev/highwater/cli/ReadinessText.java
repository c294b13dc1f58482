package dev.highwater.cli;

import dev.highwater.model.ServiceId;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.EventReadiness.Reclaimed;
import dev.highwater.model.view.EventReadiness.ServiceReadiness;
import dev.highwater.model.view.EventReadinessList;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** An event's readiness as text. Stateless. */
final class ReadinessText {
  private ReadinessText() {}

  static void print(EventReadinessList cells, String event, PrintWriter out) {
    if (cells.items().isEmpty()) {
      out.println("NO-GO: no cell may run a service of event " + event);
    }
    cells.items().forEach(each -> print(each, cells, "", out));
    if (!cells.nowhere().isEmpty()) {
      out.println("NO-GO: no cell may run " + names(cells.nowhere()) + " of event " + event);
    }
  }

  /** One cell's answer beside those of all. */
  static void print(
      EventReadiness event, EventReadinessList cells, String indent, PrintWriter out) {
    Long overSinceMs = event.overSinceMs();
    if (overSinceMs != null) {
      out.println(
          indent
              + "NO-GO: event "
              + event.event()
              + " in "
              + event.cell()
              + " is over since "
              + Words.moment(overSinceMs, event.nowMs())
              + " UTC, "
              + Words.countdown(overSinceMs, event.nowMs()));
      return;
    }
    if (event.services().isEmpty()) {
      out.println(indent + "event " + event.event() + ": none of its services may run here");
      return;
    }
    out.printf(
        "%s%s: event %s in %s, %s %s (%s UTC)%n",
        indent,
        cells.met(event) ? "GO" : "NO-GO",
        event.event(),
        event.cell(),
        begun(event) ? "started" : "starts",
        Words.countdown(event.startMs(), event.nowMs()),
        Words.clock(event.startMs()));
    for (ServiceReadiness each : event.services()) {
      service(event, each, bursts(cells, event, each), indent + "  ", out);
    }
    if (!event.elsewhere().isEmpty()) {
      out.printf("%s  %-13s %s%n", indent, "elsewhere", names(event.elsewhere()));
    }
    out.printf(
        "%s  %-13s %s%n",
        indent, "last moment", moment(cells.lastMomentMs(event), event.startMs(), event.nowMs()));
    out.printf(
        Locale.ROOT,
        "%s  %-13s %.2f %% of the declared load is not covered%s; a replica ordered in time is late"
            + " with at most %.2f %%%n",
        indent,
        "risk",
        event.uncoveredRatio() * 100,
        cells.met(event) && !event.go() ? " here but elsewhere" : "",
        event.lateProbability() * 100);
    double elsewhere = cells.burstsCostPerHour(event);
    out.printf(
        Locale.ROOT,
        "%s  %-13s %.0f %% of the cell at its largest; the needed replicas cost %s/h%s%n",
        indent,
        "capacity",
        event.capacityAheadRatio() * 100,
        Words.money(event.costPerHour()),
        elsewhere > 0 ? ", those for bursts elsewhere " + Words.money(elsewhere) + "/h" : "");
  }

  /** From then on nothing can be ready at the start that is not there. */
  private static boolean begun(EventReadiness event) {
    return event.startMs() < event.nowMs();
  }

  private static void service(
      EventReadiness event, ServiceReadiness each, String bursts, String indent, PrintWriter out) {
    out.printf(
        "%s%-22s %s/s need %d; %s%d on nodes there are, %d on new nodes, %d reclaimed)%s%s%n",
        indent,
        each.service(),
        Words.rate(each.peakPerSecond()),
        each.needed(),
        begun(event)
            ? each.active() + " now ("
            : each.readyAtStart() + " ready at the start (" + each.active() + " now, ",
        each.onNodes(),
        each.onNewNodes(),
        each.reclaimed(),
        each.shortOf().isEmpty() ? "" : "; SHORT: " + each.shortOf(),
        bursts);
    if (!each.reclaimedFrom().isEmpty()) {
      List<String> from = each.reclaimedFrom().stream().map(ReadinessText::of).toList();
      out.println(indent + "  reclaimed from " + String.join(", ", from));
    }
    if (each.needed() > each.active()) {
      out.println(
          indent
              + "  must be ordered "
              + moment(each.lastMomentMs(), event.startMs(), event.nowMs()));
    }
  }

  /** Where what a cell lacks of a service is borne instead. */
  private static String bursts(
      EventReadinessList cells, EventReadiness from, ServiceReadiness service) {
    return cells.bursts().stream()
        .filter(burst -> burst.from().equals(from) && burst.service().equals(service))
        .map(
            burst ->
                "; "
                    + Words.rate(burst.perSecond())
                    + "/s of it burst to "
                    + burst.to().cell()
                    + (burst.lastMomentMs() == from.startMs()
                        ? ""
                        : ", to be ordered there by " + Words.clock(burst.lastMomentMs()) + " UTC"))
        .collect(Collectors.joining());
  }

  private static String names(List<ServiceId> services) {
    return services.stream().map(ServiceId::toString).collect(Collectors.joining(", "));
  }

  private static String of(Reclaimed reclaimed) {
    return reclaimed.replicas() + " of " + reclaimed.service();
  }

  private static String moment(long atMs, long startMs, long nowMs) {
    return Words.clock(atMs)
        + " UTC, "
        + (atMs >= nowMs
            ? Words.countdown(atMs, nowMs)
            : "which was " + Words.countdown(atMs, nowMs))
        + (atMs == startMs
            ? ", the start itself"
            : ", " + Words.span(startMs - atMs) + " before the start");
  }
}
