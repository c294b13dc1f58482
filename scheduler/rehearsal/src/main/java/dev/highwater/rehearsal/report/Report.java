package dev.highwater.rehearsal.report;

import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.Trial;
import dev.highwater.rehearsal.Variation;
import dev.highwater.rehearsal.scenario.OtherFidelity;
import dev.highwater.rehearsal.scenario.Scenario;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rehearsal as one page that needs nothing but itself: what was asked, what happened, and why.
 * The page is a function of the results, so that two runs alike give the same page. Stateless.
 */
public final class Report {
  /**
   * What is told.
   *
   * @param variations at least one; the first is told in full, and its first run is the one that
   *     the chronicle watched
   * @param notBegun runs that were left out because the command was stopped
   * @param withoutCalendar the same run with nothing declared; null when nothing was declared, or
   *     when it was not begun
   * @param command that made the page, for people
   * @param madeAt date and time, for people
   * @param wallSeconds that the runs took
   * @param resultJson the documented JSON form of the results, put into the page as it is
   * @param lived beside what was predicted, when it was lived through; null when it was rehearsed
   */
  public record Subject(
      List<Variation> variations,
      Chronicle chronicle,
      int notBegun,
      @Nullable RunResult withoutCalendar,
      String command,
      String madeAt,
      double wallSeconds,
      String resultJson,
      @Nullable Lived lived) {
    public Subject {
      variations = List.copyOf(variations);
    }

    Scenario scenario() {
      return variations.get(0).scenario();
    }

    /** One result per policy. */
    List<RunResult> results() {
      return variations.get(0).trials().stream().map(Trial::first).toList();
    }

    /** The run that is told in full. */
    RunResult own() {
      return variations.get(0).trials().get(0).first();
    }

    /** Whether each policy's run came to its end; totals of others are not of the same stretch. */
    boolean comparable() {
      return results().stream().allMatch(RunResult::complete);
    }

    /** Seconds that charts show. */
    double seconds() {
      return Math.max(1, own().seconds());
    }
  }

  /**
   * What was lived through beside what a rehearsal predicted.
   *
   * @param source from what it is told, for people
   * @param notes what that source does not tell, in sentences; mostly none
   * @param against what predicted, for people; empty when nothing did
   */
  public record Lived(String source, List<String> notes, String against, List<Predicted> figures) {
    public Lived {
      notes = List.copyOf(notes);
      figures = List.copyOf(figures);
    }

    /** What to know about the figures before one is held against the other; may be empty. */
    public String caution() {
      return figures.stream().allMatch(Predicted::comparable)
          ? ""
          : "What was predicted is longer or shorter than what happened: totals and peaks are not"
              + " held against each other, shares and latencies are.";
    }
  }

  /**
   * One figure of both.
   *
   * @param predicted NaN when it was not
   * @param happened NaN when it is not known
   * @param comparable whether one says something about the other: totals and peaks do not, when
   *     they are of spans of different length
   */
  public record Predicted(String figure, double predicted, double happened, boolean comparable) {
    /**
     * How far it came out above what was predicted, as a share of that; NaN when unknown or not to
     * be compared.
     */
    public double apart() {
      if (!comparable) {
        return Double.NaN;
      }
      return predicted == happened ? 0 : (happened - predicted) / predicted;
    }
  }

  private static final String[][] SECTIONS = {
    {"asked", "What was asked"},
    {"happened", "What happened"},
    {"predicted", "Predicted against happened"},
    {"services", "Services"},
    {"capacity", "Capacity"},
    {"money", "Money"},
    {"squeezed", "Who was squeezed"},
    {"comparison", "Comparison"},
    {"decisions", "Decisions"},
    {"without-calendar", "Without the calendar"},
    {"reading", "How to read this"},
  };

  private Report() {}

  /** The page. */
  public static String html(Subject subject) {
    Html page = new Html();
    String title =
        subject.scenario().name() + (subject.lived == null ? ": rehearsal" : ": lived through");
    page.raw("<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'/>");
    page.raw("<meta name='viewport' content='width=device-width,initial-scale=1'/>");
    page.raw("<meta name='color-scheme' content='light dark'/>\n");
    page.element("title", title).raw("<style>\n" + Style.SHEET + "</style></head>\n<body>");
    head(page, subject);
    page.raw("<main>\n");
    Lived lived = subject.lived;
    CapacityTold capacity = new CapacityTold(subject);
    section(page, "asked", new Asked(subject).html());
    section(page, "happened", new Happened(subject).html());
    if (lived != null) {
      section(page, "predicted", predicted(lived));
    }
    section(page, "services", new ServiceCharts(subject).html());
    section(page, "capacity", capacity.capacity());
    section(page, "money", capacity.money());
    section(page, "squeezed", new Squeezed(subject).html());
    Comparison comparison = new Comparison(subject);
    if (lived == null) {
      section(page, "comparison", comparison.policies());
    }
    section(page, "decisions", new Decisions(subject).html());
    if (lived == null) {
      section(page, "without-calendar", comparison.withoutCalendar());
    }
    section(page, "reading", reading(subject));
    page.raw("</main>\n<footer>").text("Made by " + subject.command + " at " + subject.madeAt);
    page.text(" in " + Figures.fixed(subject.wallSeconds, 1) + " s.");
    if (!subject.own().decisionLogSha256().isEmpty()) {
      page.text(" Decision log ").element("code", subject.own().decisionLogSha256());
    }
    page.raw("</footer>\n<script type='application/json' id='result'>");
    page.raw(subject.resultJson.replace("&", "\\u0026").replace("<", "\\u003c"));
    return page.raw("</script>\n<script>\n" + Style.SCRIPT + "</script></body></html>\n")
        .toString();
  }

  private static void section(Html page, String id, String body) {
    for (String[] section : SECTIONS) {
      if (section[0].equals(id)) {
        page.raw("<section id='" + id + "'>").element("h2", section[1]);
        page.raw(body).raw("</section>\n");
      }
    }
  }

  /** Whether a page has a section: what could only be rehearsed was not lived, and the reverse. */
  private static boolean told(String id, Subject subject) {
    return switch (id) {
      case "predicted" -> subject.lived != null;
      case "comparison", "without-calendar" -> subject.lived == null;
      default -> true;
    };
  }

  private static String predicted(Lived lived) {
    Html out = new Html();
    if (lived.against.isEmpty()) {
      return out.element(
              "p",
              "Nothing was rehearsed before; --against FILE puts a rehearsal's JSON beside this.")
          .toString();
    }
    out.element(
        "p", "Predicted by " + lived.against + "; a positive share means that more happened.");
    if (!lived.caution().isEmpty()) {
      out.element("p", lived.caution());
    }
    out.tableHead("Predicted against happened", "figure", "predicted", "happened", "apart");
    for (Predicted figure : lived.figures) {
      out.row(
          figure.figure,
          Figures.number(figure.predicted),
          Figures.number(figure.happened),
          Double.isFinite(figure.apart())
              ? (figure.apart() > 0 ? "+" : "") + Words.percent(figure.apart())
              : "-");
    }
    return out.tableEnd().toString();
  }

  private static void head(Html page, Subject subject) {
    Scenario scenario = subject.scenario();
    RunResult own = subject.own();
    page.raw("<header>").element("h1", scenario.name());
    if (!scenario.title().isEmpty()) {
      page.raw("<p class='title'>").text(scenario.title()).raw("</p>");
    }
    page.raw("<p class='meta'>");
    if (subject.lived == null) {
      page.text("Rehearsed for " + Words.span(own.seconds() * 1_000) + " of virtual time under ");
      page.raw("<b>").text(own.policy()).raw("</b>");
      page.text(", seed " + scenario.seed() + ", fidelity " + OtherFidelity.inWords(scenario));
      page.text(scenario.admission() ? ", admission on" : ", admission off");
    } else {
      page.text("Lived through for " + Words.span(own.seconds() * 1_000) + " under ");
      page.raw("<b>").text(own.policy()).raw("</b>");
      page.text(", told from " + subject.lived.source);
    }
    page.raw("</p><nav>");
    for (String[] section : SECTIONS) {
      if (told(section[0], subject)) {
        page.raw("<a href='#" + section[0] + "'>").text(section[1]).raw("</a>");
      }
    }
    page.raw("</nav>");
    verdict(page, subject);
    tiles(page, own);
    page.raw("</header>\n");
  }

  private static void verdict(Html page, Subject subject) {
    RunResult own = subject.own();
    boolean good = own.complete() && own.misses().isEmpty() && own.auditViolations() == 0;
    page.raw("<div class='verdict" + (good ? "" : " bad") + "'><b>");
    if (!own.complete()) {
      page.text("Stopped early: results are partial, expectations are not judged.");
    } else if (!own.misses().isEmpty()) {
      page.text("Missed " + Words.count(own.misses().size(), "expectation", "expectations") + ".");
    } else if (subject.lived != null) {
      page.text("Told from " + subject.lived.source + ".");
    } else if (!subject.scenario().expect().any()) {
      page.text("The scenario expects nothing of users, nodes or money; nothing else was missed.");
    } else {
      page.text("All expectations of the scenario hold.");
    }
    page.raw("</b>");
    List<String> notes = subject.lived == null ? List.of() : subject.lived.notes;
    if (!own.misses().isEmpty() || !own.auditMessages().isEmpty() || !notes.isEmpty()) {
      page.raw("<ul>");
      notes.forEach(note -> page.element("li", note));
      own.misses().forEach(miss -> page.element("li", miss));
      own.auditMessages().forEach(message -> page.element("li", "audit: " + message));
      page.raw("</ul>");
    }
    for (RunResult other : subject.results()) {
      if (own.complete() && !other.policy().equals(own.policy()) && !other.misses().isEmpty()) {
        page.text(" " + other.policy() + " would miss " + other.misses().size() + ".");
      }
    }
    page.raw("</div>\n");
  }

  private static void tiles(Html page, RunResult own) {
    page.raw("<div class='tiles'>");
    tile(page, Figures.grouped(own.requests()), "first attempts");
    tile(page, Words.percent(own.violationRatio()), "ended badly (violations)");
    tile(page, Figures.fixed(own.p99Ms(), 1) + " ms", "99th percentile");
    tile(page, Words.money(own.cost()), "cost of nodes");
    tile(page, Figures.fixed(own.nodeHours(), 2), "node-hours");
    tile(page, Figures.grouped(own.nodesPeak()), "nodes at most");
    tile(page, Figures.grouped(own.adaptations()), "changes of targets");
    tile(page, Figures.grouped(own.auditViolations()), "broken invariants");
    page.raw("</div>\n");
  }

  private static void tile(Html page, String figure, String what) {
    page.raw("<div><b>").text(figure).raw("</b><span>").text(what).raw("</span></div>");
  }

  private static String reading(Subject subject) {
    Html out = new Html();
    out.element(
        "p",
        "A violation is a first attempt that ended late, failed, timed out, was rejected, shed or"
            + " given up waiting, over all first attempts; so shedding does not win. A violation"
            + " minute is one whose violations exceed 1 - quantile of the SLO. By service times"
            + " alone, with no wait at all, "
            + Words.percent(subject.own().sloViolationFloor())
            + " of requests would be late.");
    out.element(
        "p",
        "Cost is node time times price, from the start command until a node is given back."
            + " Replica-hours count from command to stop. Needed is the number of ready replicas"
            + " that the load of that instant needs to keep the SLO, which no scheduler knows;"
            + " oracle knows the whole run, perfect-reactive the present only: both are yardsticks.");
    out.element(
        "p",
        "Elasticity after SPEC RG: theta U and theta O are the mean missing and surplus share of"
            + " what is needed, tau U and tau O the share of time with too few and too many, upsilon"
            + " the share of time in which supply rose while demand did not, all in percent; epsilon"
            + " is the geometric mean of the ratios hpa / policy of the first four: more than 1 is"
            + " better than hpa.");
    double step = subject.own().services().isEmpty() ? 1 : drawnStep(subject);
    out.element(
        "p",
        "Charts have at most "
            + Chart.STEPS_MAX
            + " steps"
            + (step > 1
                ? ", here of "
                    + Words.span((long) (step * 1_000))
                    + ": the line is the mean of a step, the shade runs from its lowest to its"
                    + " highest second, so no peak is lost."
                : ", here one for each second.")
            + " Time counts from the moment users come. All numbers of this page are in its last"
            + " element as JSON, as by --json.");
    return out.toString();
  }

  private static double drawnStep(Subject subject) {
    return subject
        .own()
        .services()
        .get(0)
        .timeline()
        .offered()
        .thinned(Chart.STEPS_MAX)
        .stepSeconds();
  }
}
