package dev.highwater.rehearsal.report;

import dev.highwater.model.PeakEvent;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.TimedFault;
import dev.highwater.rehearsal.scenario.TimedSurge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What charts mark: declared events as regions, surges and faults as moments, in order of time.
 * Immutable.
 */
record Moments(List<Moment> all) {
  /** Half-lives after which what follows an event is no longer shown. */
  private static final int HALF_LIVES_SHOWN = 3;

  /** A letter's share of the chart's width on a phone; labels that would overlap get own lines. */
  private static final double LETTER_WIDTH_RATIO = 0.019;

  /**
   * One of them; all times in seconds since users came.
   *
   * @param color class of its line
   * @param until end of the hold
   * @param fadedUntil end of what follows
   */
  record Moment(
      String label, boolean declared, String color, double from, double until, double fadedUntil) {}

  Moments {
    all = List.copyOf(all);
  }

  /** Those that concern a service: its events, its tenant's surges, and faults where it may run. */
  static Moments of(Report.Subject subject, ServiceId service) {
    Scenario scenario = subject.scenario();
    List<Moment> all = new ArrayList<>();
    for (PeakEvent event : scenario.events()) {
      if (event.loads().stream().anyMatch(load -> load.service().equals(service))) {
        all.add(of(event));
      }
    }
    for (TimedSurge surge : scenario.surges()) {
      if (surge.service().tenant().equals(service.tenant())) {
        all.add(of(surge));
      }
    }
    for (TimedFault fault : scenario.faults()) {
      all.add(of(fault, subject));
    }
    return sorted(all);
  }

  static Moments of(Report.Subject subject) {
    Scenario scenario = subject.scenario();
    List<Moment> all = new ArrayList<>();
    scenario.events().forEach(event -> all.add(of(event)));
    scenario.surges().forEach(surge -> all.add(of(surge)));
    scenario.faults().forEach(fault -> all.add(of(fault, subject)));
    return sorted(all);
  }

  private static Moments sorted(List<Moment> all) {
    all.sort(Comparator.comparingDouble(Moment::from));
    return new Moments(all);
  }

  private static Moment of(PeakEvent event) {
    double from = event.startMs() / 1e3;
    double until = from + (event.riseMs() + event.holdMs()) / 1e3;
    double faded = until + HALF_LIVES_SHOWN * event.decayHalfLifeMs() / 1e3;
    return new Moment(event.name(), true, "event", from, until, faded);
  }

  private static Moment of(TimedSurge surge) {
    double from = surge.startMs() / 1e3;
    String label = "surge × " + Figures.plain(surge.factor()) + " at " + surge.service();
    return new Moment(label, false, "offered", from, from, from);
  }

  private static Moment of(TimedFault fault, Report.Subject subject) {
    double from = fault.startMs() / 1e3;
    String label =
        Words.lower(fault.fault())
            + " "
            + fault.cell()
            + "/"
            + fault.target()
            + (subject.own().hitNothing().contains(fault) ? " hit nothing" : "");
    return new Moment(label, false, "refused", from, from, from);
  }

  /** The labels in as few lines as keep them apart; to be put above a chart. */
  String html(double seconds) {
    Html out = new Html();
    List<Moment> left = new ArrayList<>(all);
    while (!left.isEmpty()) {
      out.raw("<div class='lane'>");
      double free = -1;
      List<Moment> later = new ArrayList<>();
      for (Moment moment : left) {
        double at = Math.min(1, moment.from() / seconds);
        double width = moment.label().length() * LETTER_WIDTH_RATIO;
        boolean right = at + width > 1;
        if ((right ? at - width : at) < free) {
          later.add(moment);
          continue;
        }
        free = right ? at : at + width;
        out.raw("<span class='" + moment.color() + (right ? " right" : "") + "' style='");
        out.raw((right ? "right:" : "left:") + Figures.fixed(100 * (right ? 1 - at : at), 2));
        out.raw("%'>").text(moment.label()).raw("</span>");
      }
      out.raw("</div>");
      left = later;
    }
    return out.toString();
  }
}
