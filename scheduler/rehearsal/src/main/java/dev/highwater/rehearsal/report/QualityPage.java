package dev.highwater.rehearsal.report;

import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.Timeline;
import java.util.List;

/**
 * One load under many policies as a page that needs nothing but itself: what each costs against
 * what it breaks, the load, and the replicas of the first policy beside those that are needed.
 * Stateless.
 */
public final class QualityPage {
  private QualityPage() {}

  /**
   * The page.
   *
   * @param results at least one; the first is drawn over time
   */
  public static String html(String title, String subtitle, List<RunResult> results) {
    RunResult own = results.get(0);
    Html page = new Html();
    page.raw("<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'/>");
    page.raw("<meta name='viewport' content='width=device-width,initial-scale=1'/>");
    page.raw("<meta name='color-scheme' content='light dark'/>\n");
    page.element("title", title).raw("<style>\n" + Style.SHEET + "</style></head>\n<body>");
    page.raw("<header>").element("h1", title).raw("<p class='title'>").text(subtitle);
    page.raw("</p></header>\n<main><section>");
    page.raw(scatter(results));
    double seconds = Math.max(1, own.seconds());
    page.raw(
        new Chart("First attempts per second", seconds)
            .line("load", "needed", Comparison.sum(own, Timeline::offered))
            .html());
    page.raw(
        new Chart("Replicas under " + own.policy(), seconds)
            .steps("needed", "needed", Comparison.sum(own, Timeline::needed))
            .steps("ready", "ready", Comparison.sum(own, Timeline::ready))
            .html());
    table(page, results);
    return page.raw("</section></main>\n<script>\n" + Style.SCRIPT + "</script></body></html>\n")
        .toString();
  }

  private static String scatter(List<RunResult> results) {
    Scatter scatter =
        new Scatter(
                "Violations against replica-hours",
                "replica-hours to the right, share of first attempts upwards, both on logarithmic"
                    + " scales: left and below is better; on the floor none",
                "Violations")
            .logarithmic();
    for (RunResult r : results) {
      scatter.point(
          r, color(r.policy(), results.get(0).policy()), r.replicaHours(), r.violationRatio());
    }
    return scatter.html();
  }

  /** The frontier of hpa has one colour, so that it is seen as one. */
  private static String color(String policy, String own) {
    if (policy.equals(own)) {
      return Comparison.color(0);
    }
    return Comparison.color(policy.startsWith("hpa") ? 1 : policy.contains("-") ? 3 : 2);
  }

  private static void table(Html page, List<RunResult> results) {
    page.tableHead(
        "All policies", "policy", "violations %", "beyond the promise %", "minutes", "replica-h");
    for (RunResult r : results) {
      page.row(
          r.policy(),
          Figures.plain(100 * r.violationRatio()),
          Figures.plain(100 * r.beyondPromiseRatio()),
          Figures.grouped(r.violationMinutes()),
          Figures.fixed(r.replicaHours(), 1));
    }
    page.tableEnd();
  }
}
