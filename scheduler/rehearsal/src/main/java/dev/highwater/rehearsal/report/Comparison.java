package dev.highwater.rehearsal.report;

import dev.highwater.rehearsal.Elasticity;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.Series;
import dev.highwater.rehearsal.ServiceResult;
import dev.highwater.rehearsal.Timeline;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The same run under every policy that was compared, and without the calendar. Immutable. */
record Comparison(Report.Subject subject) {
  String policies() {
    Html out = new Html();
    List<RunResult> results = subject.results();
    if (results.size() > 1) {
      out.element("p", inWords());
    } else if (subject.notBegun() > 0) {
      out.element(
          "p", "Only " + subject.own().policy() + " was begun before the command was stopped.");
    } else {
      out.element(
          "p", "Only " + subject.own().policy() + " was run; --compare hpa,fixed adds others.");
    }
    table(out, results, subject.comparable());
    elasticity(out, results);
    varied(out);
    if (results.size() > 1) {
      if (subject.comparable()) {
        out.raw(scatter());
      }
      Chart ready = new Chart("Ready replicas of all services", subject.seconds()).tall();
      Chart bad = new Chart("Violations/s of all services", subject.seconds());
      Moments moments = Moments.of(subject);
      ready.moments(moments).steps("needed", "needed", sum(subject.own(), Timeline::needed));
      bad.moments(moments);
      for (int i = results.size() - 1; i >= 0; i--) {
        ready.steps(results.get(i).policy(), color(i), sum(results.get(i), Timeline::ready));
        bad.line(results.get(i).policy(), color(i), sum(results.get(i), Timeline::violations));
      }
      out.raw(moments.html(subject.seconds())).raw(ready.html()).raw(bad.html());
    }
    return out.toString();
  }

  private String inWords() {
    if (!subject.comparable()) {
      return "The command was stopped, and each partial run ended at a moment of its own: their"
          + " totals are not of the same stretch and must not be compared.";
    }
    RunResult own = subject.own();
    List<String> parts = new ArrayList<>();
    for (RunResult other : subject.results()) {
      if (!other.policy().equals(own.policy())) {
        parts.add(
            other.policy()
                + " "
                + Words.percent(other.violationRatio())
                + " for "
                + Words.money(other.cost()));
      }
    }
    return own.policy()
        + " broke "
        + Words.percent(own.violationRatio())
        + " of first attempts for "
        + Words.money(own.cost())
        + "; "
        + String.join(", ", parts)
        + ". Placement, provisioning and seed are the same for all.";
  }

  private static void table(Html out, List<RunResult> results, boolean comparable) {
    out.tableHead(
        "All policies",
        "policy",
        "requests",
        "violations",
        "violations %",
        "minutes",
        "refused",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "attempts ×",
        "replica-h",
        "node-h",
        "cost",
        "changes",
        "missed",
        "decision log");
    double fewest = least(results, RunResult::violationRatio);
    double cheapest = least(results, RunResult::cost);
    for (int i = 0; i < results.size(); i++) {
      RunResult r = results.get(i);
      out.raw(i == 0 ? "<tr class='own'>" : "<tr>").raw("<th scope='row'>").text(r.policy());
      out.raw(r.complete() ? "</th>" : " (partial)</th>");
      cell(out, Figures.grouped(r.requests()), false);
      cell(out, Figures.grouped(r.violations()), false);
      cell(
          out, Figures.plain(100 * r.violationRatio()), comparable && r.violationRatio() == fewest);
      cell(out, Figures.grouped(r.violationMinutes()), false);
      cell(out, Figures.grouped(r.refused()), false);
      cell(out, Figures.fixed(r.p50Ms(), 1), false);
      cell(out, Figures.fixed(r.p99Ms(), 1), false);
      cell(out, Figures.fixed(r.p999Ms(), 1), false);
      cell(out, Figures.fixed(r.attemptsPerRequest(), 2), false);
      cell(out, Figures.fixed(r.replicaHours(), 2), false);
      cell(out, Figures.fixed(r.nodeHours(), 2), false);
      cell(out, Figures.fixed(r.cost(), 2), comparable && r.cost() == cheapest);
      cell(out, Figures.grouped(r.adaptations()), false);
      cell(out, r.complete() ? Integer.toString(r.misses().size()) : "-", false);
      out.raw("<td><code>").text(r.decisionLogSha256().substring(0, 12));
      out.raw("</code></td></tr>\n");
    }
    out.tableEnd();
  }

  private static void elasticity(Html out, List<RunResult> results) {
    Elasticity hpa = null;
    for (RunResult result : results) {
      hpa = result.policy().equals("hpa") && result.complete() ? result.elasticity() : hpa;
    }
    out.tableHead(
        "Elasticity, % (epsilon: times better than hpa)",
        "policy",
        "missing share θU",
        "surplus share θO",
        "time with too few τU",
        "time with too many τO",
        "unstable υ",
        "ε");
    for (RunResult r : results) {
      Elasticity e = r.elasticity();
      out.row(
          r.policy(),
          Figures.fixed(e.thetaU(), 2),
          Figures.fixed(e.thetaO(), 2),
          Figures.fixed(e.tauU(), 2),
          Figures.fixed(e.tauO(), 2),
          Figures.fixed(e.upsilon(), 2),
          hpa == null || !r.complete() ? "-" : Figures.fixed(e.epsilon(hpa), 2));
    }
    out.tableEnd();
  }

  /** What came of other values and other seeds. */
  private void varied(Html out) {
    VariedTable table = VariedTable.of(subject.variations());
    if (!table.isEmpty()) {
      out.tableHead("Other values and seeds", table.head().toArray(new String[0]));
      for (List<String> row : table.rows()) {
        out.row(row.get(0), row.subList(1, row.size()).toArray(String[]::new));
      }
      out.tableEnd();
      out.element("p", table.note());
    }
  }

  private static double least(List<RunResult> results, ToDoubleFunction<RunResult> of) {
    return results.stream().mapToDouble(of).min().orElse(Double.NaN);
  }

  private static void cell(Html out, String text, boolean best) {
    out.raw(best ? "<td><b>" : "<td>").text(text).raw(best ? "</b></td>" : "</td>");
  }

  /** The own policy is green; the others take turns. */
  static String color(int index) {
    return "c" + (index == 0 ? 0 : 1 + (index - 1) % 7);
  }

  static Series sum(RunResult result, Function<Timeline, Series> of) {
    Series first = of.apply(result.services().get(0).timeline());
    Series sum = new Series(first.size(), first.stepSeconds(), Timeline.STEPS_MAX);
    for (int t = 0; t < first.size(); t++) {
      double all = 0;
      for (ServiceResult service : result.services()) {
        all += of.apply(service.timeline()).mean(t);
      }
      sum.add(all);
    }
    return sum;
  }

  private String scatter() {
    Scatter scatter =
        new Scatter(
            "Cost against violations",
            "cost to the right, violations upwards on a logarithmic scale: left and below is better",
            spoken());
    List<RunResult> results = subject.results();
    for (int i = 0; i < results.size(); i++) {
      scatter.point(results.get(i), color(i), results.get(i).cost());
    }
    return scatter.html();
  }

  private String spoken() {
    List<String> parts = new ArrayList<>();
    for (RunResult r : subject.results()) {
      parts.add(
          r.policy()
              + " cost "
              + Words.money(r.cost())
              + ", "
              + Words.percent(r.violationRatio())
              + " violations");
    }
    return String.join("; ", parts);
  }

  String withoutCalendar() {
    Html out = new Html();
    RunResult own = subject.own();
    @Nullable RunResult without = subject.withoutCalendar();
    if (without == null) {
      out.element(
          "p",
          subject.scenario().events().isEmpty()
              ? "Nothing was declared, so the run above is the run without a calendar."
              : "The command was stopped before the run without the calendar was begun.");
      return out.toString();
    }
    if (!own.complete() || !without.complete()) {
      out.element(
          "p",
          "The command was stopped before both runs, with the calendar and without, were at their"
              + " end: they are not compared.");
      return out.toString();
    }
    out.element(
        "p",
        "The same scenario, seed and policy ran a second time with nothing declared. "
            + (without.decisionLogSha256().equals(own.decisionLogSha256())
                ? "Every decision was the same: " + own.policy() + " made no use of the calendar."
                : "Without the calendar "
                    + Figures.grouped(without.violations())
                    + " first attempts would have ended badly instead of "
                    + Figures.grouped(own.violations())
                    + ", for "
                    + Words.money(without.cost())
                    + " instead of "
                    + Words.money(own.cost())
                    + "."));
    out.tableHead("With and without", own.policy(), "with the calendar", "without", "difference");
    difference(out, "violations", own.violations(), without.violations());
    row(out, "violations %", 100 * own.violationRatio(), 100 * without.violationRatio());
    difference(out, "violation minutes", own.violationMinutes(), without.violationMinutes());
    difference(out, "attempts refused", own.refused(), without.refused());
    row(out, "p99, ms", own.p99Ms(), without.p99Ms());
    row(out, "node-hours", own.nodeHours(), without.nodeHours());
    row(out, "cost", own.cost(), without.cost());
    difference(out, "changes of targets", own.adaptations(), without.adaptations());
    out.tableEnd();
    Moments moments = Moments.of(subject);
    out.raw(moments.html(subject.seconds()));
    out.raw(
        new Chart("Ready replicas of all services", subject.seconds())
            .moments(moments)
            .steps("needed", "needed", sum(own, Timeline::needed))
            .steps("without", "c2", sum(without, Timeline::ready))
            .steps("with the calendar", "ready", sum(own, Timeline::ready))
            .html());
    out.raw(
        new Chart("Violations/s of all services", subject.seconds())
            .moments(moments)
            .line("without", "c2", sum(without, Timeline::violations))
            .line("with the calendar", "ready", sum(own, Timeline::violations))
            .html());
    return out.toString();
  }

  private static void difference(Html out, String name, long with, long without) {
    out.row(
        name,
        Figures.grouped(with),
        Figures.grouped(without),
        (without > with ? "+" : "") + Figures.grouped(without - with));
  }

  private static void row(Html out, String name, double with, double without) {
    out.row(
        name,
        Figures.plain(with),
        Figures.plain(without),
        (without > with ? "+" : "") + Figures.plain(without - with));
  }
}
