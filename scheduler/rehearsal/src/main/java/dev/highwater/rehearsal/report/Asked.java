package dev.highwater.rehearsal.report;

import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Quota;
import dev.highwater.model.Service;
import dev.highwater.model.Tenant;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.scenario.Expectation;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.TimedFault;
import dev.highwater.rehearsal.scenario.TimedSurge;
import java.util.ArrayList;
import java.util.List;

/** What was asked: the declared world, what nobody declared, and what must hold. Immutable. */
record Asked(Report.Subject subject) {
  /** Rows of a table that lists specs. */
  static final int ROWS_MAX = 40;

  String html() {
    Scenario scenario = subject.scenario();
    Html out = new Html();
    events(out, scenario);
    if (subject.lived() == null) {
      surprises(out, scenario, subject.own().hitNothing());
    } else {
      out.element("p", "Surges and faults are not told to a scheduler: no journal knows of them.");
    }
    services(out, scenario);
    pools(out, scenario);
    tenants(out, scenario);
    expected(out, scenario.expect());
    return out.toString();
  }

  private static void events(Html out, Scenario scenario) {
    if (scenario.events().isEmpty()) {
      out.element("p", "No event was declared.");
      return;
    }
    out.wordsHead(
        "Declared to the scheduler: peak events",
        "event",
        "begins",
        "rises in",
        "holds",
        "halves every",
        "expected at its peak, first attempts/s");
    for (PeakEvent event : some(scenario.events())) {
      List<String> loads = new ArrayList<>();
      for (PeakEvent.EventLoad load : event.loads()) {
        if (loads.size() == 12) {
          loads.add("and " + (event.loads().size() - 12) + " more");
          break;
        }
        loads.add(load.service() + " " + Words.amount(load.peakPerSecond()));
      }
      out.raw("<tr><th scope='row'>").text(event.name()).raw("</th>");
      cell(out, Words.clock(event.startMs()));
      cell(out, Words.span(event.riseMs()));
      cell(out, Words.span(event.holdMs()));
      cell(
          out, event.decayHalfLifeMs() == 0 ? "ends at once" : Words.span(event.decayHalfLifeMs()));
      out.raw("<td class='words'>").text(String.join(", ", loads)).raw("</td></tr>\n");
    }
    out.tableEnd();
    rest(out, scenario.events().size());
  }

  private static void surprises(Html out, Scenario scenario, List<TimedFault> hitNothing) {
    if (scenario.surges().isEmpty() && scenario.faults().isEmpty()) {
      out.element("p", "Nothing happened that was not declared: no surge, no fault.");
      return;
    }
    out.wordsHead("Told to nobody: surges and faults", "at", "what", "where", "for");
    for (TimedSurge surge : some(scenario.surges())) {
      out.row(
          Words.clock(surge.startMs()),
          "surge to " + Figures.plain(surge.factor()) + " times the load",
          surge.service().toString(),
          Words.span(surge.riseMs() + surge.holdMs()));
    }
    for (TimedFault fault : some(scenario.faults())) {
      out.row(
          Words.clock(fault.startMs()),
          Words.lower(fault.fault()) + (hitNothing.contains(fault) ? ", which hit nothing" : ""),
          fault.cell() + "/" + fault.target(),
          fault.durationMs() == 0 ? "ever" : Words.span(fault.durationMs()));
    }
    out.tableEnd();
    rest(out, Math.max(scenario.surges().size(), scenario.faults().size()));
  }

  private static void services(Html out, Scenario scenario) {
    out.wordsHead(
        "Services",
        "service",
        "SLO",
        "policy",
        "replicas, initial",
        "each needs",
        "serves at once, mean",
        "boots in",
        "criticality",
        "where");
    for (Service service : some(scenario.services())) {
      out.row(
          service.id().toString(),
          Figures.plain(100 * service.slo().quantile())
              + " % in "
              + Words.latency(service.slo().latencyMs()),
          service.scaling().policy(),
          service.scaling().replicasMin()
              + " to "
              + service.scaling().replicasMax()
              + ", "
              + service.scaling().replicasInitial(),
          Words.resources(service.resources()),
          service.capacity().concurrency()
              + ", "
              + Words.latency(service.capacity().meanServiceMs()),
          Words.span(service.capacity().boot().medianMs()),
          Words.lower(service.criticality()),
          service.residency().privateOnly() ? "private cells only" : "any allowed cell");
    }
    out.tableEnd();
    rest(out, scenario.services().size());
  }

  private static void pools(Html out, Scenario scenario) {
    out.wordsHead(
        "Node pools",
        "pool",
        "a node has",
        "nodes",
        "warm",
        "boots in",
        "price per node-hour",
        "bought");
    for (NodePool pool : some(scenario.pools())) {
      out.row(
          pool.key(),
          Words.resources(pool.shape()),
          pool.nodesMin() + " to " + pool.nodesMax(),
          Integer.toString(pool.nodesWarm()),
          Words.span(pool.boot().medianMs()),
          Figures.plain(pool.pricePerHour()),
          Words.lower(pool.purchase())
              + (pool.spotLossPerHour() > 0
                  ? ", " + Figures.plain(pool.spotLossPerHour()) + " lost/h"
                  : ""));
    }
    out.tableEnd();
    rest(out, scenario.pools().size());
  }

  private static void tenants(Html out, Scenario scenario) {
    out.wordsHead("Tenants", "tenant", "name", "priority", "weight", "cohort", "nominal quota");
    for (Tenant tenant : some(scenario.tenants())) {
      List<String> quotas = new ArrayList<>();
      for (Quota quota : tenant.quotas()) {
        quotas.add(quota.cell() + " " + Words.resources(quota.nominal()));
      }
      out.raw("<tr><th scope='row'>").text(tenant.name()).raw("</th>");
      out.raw("<td class='words'>").text(tenant.displayName()).raw("</td>");
      cell(out, Integer.toString(tenant.priority()));
      cell(out, Figures.plain(tenant.weight()));
      cell(out, tenant.cohort());
      out.raw("<td class='words'>");
      out.text(quotas.isEmpty() ? "none: borrows all" : String.join("; ", quotas));
      out.raw("</td></tr>\n");
    }
    out.tableEnd();
    rest(out, scenario.tenants().size());
  }

  private static void expected(Html out, Expectation expect) {
    List<String> bounds = new ArrayList<>();
    for (Expectation.ServiceBound bound : some(expect.services())) {
      Double served = bound.servedRatioMin();
      bounds.add(
          bound.service()
              + " at most "
              + Words.percent(bound.violationRatioMax())
              + " violations"
              + (served == null ? "" : " and at least " + Words.percent(served) + " served"));
    }
    if (expect.violationRatioMax() != null) {
      bounds.add(
          "at most " + Words.percent(expect.violationRatioMax()) + " violations of all services");
    }
    bounds.add("at most " + expect.auditViolationsMax() + " broken invariants");
    if (expect.nodesMax() != null) {
      bounds.add("at most " + expect.nodesMax() + " nodes at any moment");
    }
    if (expect.nodeHoursMax() != null) {
      bounds.add("at most " + Figures.plain(expect.nodeHoursMax()) + " node-hours");
    }
    if (expect.costMax() != null) {
      bounds.add("cost at most " + Figures.plain(expect.costMax()));
    }
    out.element("p", "Must hold at the end: " + String.join("; ", bounds) + ".");
  }

  /** The first of a list, as many as a table holds. */
  static <T> List<T> some(List<T> all) {
    return all.subList(0, Math.min(ROWS_MAX, all.size()));
  }

  private static void rest(Html out, int size) {
    if (size > ROWS_MAX) {
      out.raw("<p class='note'>")
          .text("The first " + ROWS_MAX + " of " + Figures.grouped(size) + ".");
      out.raw("</p>");
    }
  }

  private static void cell(Html out, String text) {
    out.raw("<td>").text(text).raw("</td>");
  }
}
