package dev.highwater.rehearsal.report;

import dev.highwater.model.Service;
import dev.highwater.model.WishSource;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.ServiceResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** What happened, in numbers: the whole run and each service. Immutable. */
record Happened(Report.Subject subject) {
  private static final int ROWS_MAX = 200;

  String html() {
    RunResult own = subject.own();
    Html out = new Html();
    out.element("p", inWords(own));
    out.tableHead(
        own.policy() + ", by service",
        "service",
        "requests",
        "violations",
        "violations %",
        "minutes",
        "served %",
        "refused",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "SLO",
        "replicas at most",
        "replica-h",
        "changes");
    List<ServiceResult> services = byConsequence(own);
    for (ServiceResult s : services.subList(0, Math.min(ROWS_MAX, services.size()))) {
      Service spec = subject.scenario().service(s.service());
      double bound = spec == null ? Double.NaN : spec.slo().latencyMs();
      boolean bad = spec != null && s.violationRatio() > 1 - spec.slo().quantile();
      out.raw("<tr><th scope='row'>").text(s.service().toString()).raw("</th>");
      cell(out, Figures.grouped(s.requests()), false);
      cell(out, Figures.grouped(s.violations()), false);
      cell(out, Figures.plain(100 * s.violationRatio()), bad);
      cell(out, Figures.grouped(s.violationMinutes()), false);
      cell(out, Figures.plain(100 * s.servedRatio()), false);
      cell(out, Figures.grouped(s.refused()), s.refused() > 0);
      cell(out, Figures.fixed(s.p50Ms(), 1), false);
      cell(out, Figures.fixed(s.p99Ms(), 1), s.p99Ms() > bound);
      cell(out, Figures.fixed(s.p999Ms(), 1), false);
      cell(out, Words.latency(bound), false);
      cell(out, Figures.grouped(s.replicasPeak()), false);
      cell(out, Figures.fixed(s.replicaHours(), 2), false);
      cell(out, Figures.grouped(s.adaptations()), false);
      out.raw("</tr>\n");
    }
    out.tableEnd();
    for (ServiceResult s : services.subList(0, Math.min(ROWS_MAX, services.size()))) {
      s.doorInWords().forEach(words -> out.element("p", words));
    }
    if (services.size() > ROWS_MAX) {
      out.raw("<p class='note'>")
          .text("The " + ROWS_MAX + " with most violations, then requests, of ");
      out.text(Figures.grouped(services.size()) + ".").raw("</p>");
    }
    return out.toString();
  }

  private static void cell(Html out, String text, boolean bad) {
    out.raw(bad ? "<td class='bad-figure'>" : "<td>").text(text).raw("</td>");
  }

  /** In the scenario's order, unless there are too many to show all. */
  static List<ServiceResult> byConsequence(RunResult result) {
    List<ServiceResult> services = new ArrayList<>(result.services());
    if (services.size() > ServiceCharts.SERVICES_MAX) {
      services.sort(
          Comparator.comparingLong(ServiceResult::violations)
              .thenComparingLong(ServiceResult::requests)
              .reversed()
              .thenComparing(ServiceResult::service));
    }
    return services;
  }

  private String inWords(RunResult own) {
    StringBuilder text = new StringBuilder();
    text.append(Figures.grouped(own.requests())).append(" first attempts came in ");
    text.append(Words.span(own.seconds() * 1_000)).append(", ");
    text.append(Figures.grouped(own.attempts())).append(" attempts with retries; ");
    text.append(Figures.grouped(own.served())).append(" were served, ");
    text.append(Figures.grouped(own.violations())).append(" ended badly (");
    text.append(Words.percent(own.violationRatio())).append("), ");
    text.append(Figures.grouped(own.refused())).append(" attempts were refused at the door. ");
    text.append(own.policy()).append(" changed targets ");
    text.append(Words.count(own.adaptations(), "time", "times"));
    List<String> wishes = new ArrayList<>();
    for (Map.Entry<WishSource, Long> wish : own.decisionsByWish().entrySet()) {
      wishes.add(Words.lower(wish.getKey()) + " " + Figures.grouped(wish.getValue()));
    }
    if (!wishes.isEmpty()) {
      text.append(", by the wish that won: ").append(String.join(", ", wishes));
    }
    text.append(". At most ").append(Words.count(own.nodesPeak(), "node", "nodes"));
    text.append(" ran at once. ");
    long lost = subject.chronicle().nodesLost();
    if (lost > 0) {
      text.append(Words.count(lost, "node was", "nodes were")).append(" lost. ");
    }
    text.append(
        own.auditViolations() == 0
            ? "The auditor, a second and simpler program, checked every decision and found none that"
                + " breaks an invariant."
            : "The auditor found " + own.auditViolations() + " broken invariants.");
    return text.toString();
  }
}
