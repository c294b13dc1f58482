package dev.highwater.rehearsal.report;

import dev.highwater.model.Service;
import dev.highwater.model.Tenant;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.Series;
import dev.highwater.rehearsal.ServiceResult;
import dev.highwater.rehearsal.Timeline;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Load, replicas and latency of each service over time. Immutable. */
record ServiceCharts(Report.Subject subject) {
  /** Services drawn at most, so that a page of thousands stays small. */
  static final int SERVICES_MAX = 16;

  private static final int TABLE_ROWS = 24;

  String html() {
    Html out = new Html();
    List<ServiceResult> services = Happened.byConsequence(subject.own());
    if (services.size() > SERVICES_MAX) {
      out.raw("<p class='note'>");
      out.text("Drawn are the " + SERVICES_MAX + " with most violations, then most requests, of ");
      out.text(Figures.grouped(services.size()) + " services.").raw("</p>");
    }
    for (ServiceResult service : services.subList(0, Math.min(SERVICES_MAX, services.size()))) {
      service(out, service);
    }
    return out.toString();
  }

  private void service(Html out, ServiceResult result) {
    Service spec = subject.scenario().service(result.service());
    if (spec == null) {
      throw new IllegalStateException("no such service in the scenario: " + result.service());
    }
    Timeline time = result.timeline();
    double seconds = subject.seconds();
    Moments moments = Moments.of(subject, result.service());
    out.raw("<div class='service' id='service-").text(spec.tenant() + "-" + spec.name());
    out.raw("'><h3>").text(result.service().toString());
    out.raw("<span>").text(owner(spec)).raw("</span><span>");
    out.text(
        Words.percent(result.violationRatio())
            + " violations; p99 "
            + Words.latency(result.p99Ms())
            + " of "
            + Words.latency(spec.slo().latencyMs())
            + "; at most "
            + Figures.grouped(result.replicasPeak())
            + " replicas");
    out.raw("</span></h3>\n").raw(moments.html(seconds));
    Chart load =
        new Chart("Requests/s", seconds)
            .bare()
            .moments(moments)
            .area("served", "served", time.served(), time.served())
            .line("offered", "offered", time.offered());
    if (result.refused() > 0) {
      load.line("refused", "refused", time.refused());
    }
    if (result.violations() > 0) {
      load.line("violations", "c5", time.violations());
    }
    out.raw(load.html());
    out.raw(
        new Chart("Replicas", seconds)
            .bare()
            .moments(moments)
            .steps("needed", "needed", time.needed())
            .steps("target", "target", time.target())
            .steps("ready", "ready", time.ready())
            .html());
    shares(out, result, moments);
    out.raw(
        new Chart("p99 latency, ms", seconds)
            .moments(moments)
            .level(
                "SLO " + Words.latency(spec.slo().latencyMs()), "refused", spec.slo().latencyMs())
            .line("p99", "p99", time.p99Ms())
            .html());
    table(out, result);
    out.raw("</div>\n");
  }

  /** Where users went, when they ever went to more than one cell. */
  private void shares(Html out, ServiceResult result, Moments moments) {
    List<Map.Entry<String, Series>> parts = new ArrayList<>();
    subject
        .chronicle()
        .shares(result.service())
        .forEach(
            (cell, record) -> {
              if (record.percent.highest() > 0) {
                parts.add(Map.entry(cell, record.percent));
              }
            });
    if (parts.size() > 1) {
      parts.sort(Comparator.comparingDouble(part -> -part.getValue().highest()));
      Chart chart = new Chart("Users by cell, %", subject.seconds()).bare().moments(moments);
      Stack.draw(chart, parts);
      out.raw(chart.html());
    }
  }

  private String owner(Service service) {
    for (Tenant tenant : subject.scenario().tenants()) {
      if (tenant.name().equals(service.tenant())) {
        return tenant.displayName();
      }
    }
    return service.tenant();
  }

  /** The charts' values for those who do not see them. */
  private static void table(Html out, ServiceResult result) {
    Timeline time = result.timeline();
    Series offered = time.offered().thinned(TABLE_ROWS);
    Series served = time.served().thinned(TABLE_ROWS);
    Series refused = time.refused().thinned(TABLE_ROWS);
    Series needed = time.needed().thinned(TABLE_ROWS);
    Series target = time.target().thinned(TABLE_ROWS);
    Series ready = time.ready().thinned(TABLE_ROWS);
    Series p99 = time.p99Ms().thinned(TABLE_ROWS);
    out.raw("<details><summary>").text("The same as a table").raw("</summary>");
    out.tableHead(
        result.service() + " over time, means; replicas and p99 at their highest",
        "from",
        "offered/s",
        "served/s",
        "refused/s",
        "needed",
        "target",
        "ready",
        "p99 ms");
    for (int i = 0; i < offered.size(); i++) {
      out.row(
          Words.clock((long) (i * offered.stepSeconds() * 1_000)),
          Words.amount(offered.mean(i)),
          Words.amount(served.mean(i)),
          Words.amount(refused.mean(i)),
          Words.amount(needed.high(i)),
          Words.amount(target.high(i)),
          Words.amount(ready.high(i)),
          i < p99.size() ? Figures.fixed(p99.high(i), 1) : "-");
    }
    out.tableEnd().raw("</details>");
  }
}
