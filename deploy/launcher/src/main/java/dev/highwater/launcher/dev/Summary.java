package dev.highwater.launcher.dev;

import dev.highwater.launcher.dev.LiveReport.ServiceRun;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What {@code dev} says at the end. Stateless. */
final class Summary {
  private Summary() {}

  /**
   * Prints what a night came to.
   *
   * @param misses expectations that do not hold
   * @param judged whether they were checked
   */
  static void print(PrintWriter out, LiveReport report, List<String> misses, boolean judged) {
    out.println();
    out.println(
        Display.span(report.durationMs())
            + " of "
            + report.scenario()
            + ", seed "
            + report.seed()
            + ", policy "
            + (report.policy() == null ? "as declared" : report.policy()));
    out.println();
    String format = "  %-16s %11s %11s %11s %9s %9s %9s %9s%n";
    out.printf(
        Locale.ROOT,
        format,
        "service",
        "offered",
        "served",
        "violations",
        "ratio",
        "p99",
        "SLO",
        "replicas");
    List<ServiceRun> shown = worst(report.services());
    for (ServiceRun run : shown) {
      out.printf(
          Locale.ROOT,
          format,
          run.service(),
          Display.count(run.requests()),
          Display.count(run.served()),
          Display.count(run.violations()),
          Display.percent(run.violationRatio()),
          Display.millis(run.p99Ms() == null ? Double.NaN : run.p99Ms()),
          Display.millis(run.sloLatencyMs()),
          run.readyPeak());
    }
    int more = report.services().size() - shown.size();
    if (more > 0) {
      out.println("  and " + Display.count(more) + " more with fewer violations: see --report");
    }
    out.println();
    out.println(
        "  at most "
            + report.nodesPeak()
            + " nodes, "
            + Display.decimal(report.nodeHours())
            + " node-hours, cost "
            + Display.decimal(report.cost())
            + ", audit violations "
            + report.auditViolations());
    List<String> wishes = new ArrayList<>();
    report.decisionsByWish().forEach((wish, count) -> wishes.add(wish + " " + count));
    out.println(
        "  targets changed by wish: " + (wishes.isEmpty() ? "none" : String.join(", ", wishes)));
    out.println();
    if (judged) {
      for (String miss : misses) {
        out.println("MISSED: " + miss);
      }
      if (misses.isEmpty()) {
        out.println("Everything that the scenario expects holds.");
      }
    }
    out.flush();
  }

  /** All as they are; of too many for a screen those with most violations, then requests, first. */
  private static List<ServiceRun> worst(List<ServiceRun> services) {
    if (services.size() <= Display.ROWS_MAX) {
      return services;
    }
    return services.stream()
        .sorted(
            Comparator.comparingLong(ServiceRun::violations)
                .thenComparingLong(ServiceRun::requests)
                .reversed()
                .thenComparing(ServiceRun::service))
        .limit(Display.ROWS_MAX)
        .toList();
  }
}
