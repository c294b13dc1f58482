package dev.highwater.launcher.bench;

import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.scenario.TimeSpan;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The scaling benchmark's rows as a Markdown file: for each boot time one table of how the judged
 * policy stands, and one of everybody. Stateless.
 */
final class ScalingTables {
  private static final String AGAINST_TARGETS =
      """
      | run | length | violations % | replica-h | / oracle \
      | cheapest target that breaks no more, our hours over its \
      | best target that costs no more, its violations over ours \
      | `perfect-reactive` at equal hours | coverage |
      |---|---|--:|--:|--:|---|---|--:|--:|
      """;

  private static final String ROWS =
      """
      | series | admission | interpolation | policy | violations % | beyond % | replica-h | / oracle |
      |---|---|---|---|--:|--:|--:|--:|
      """;

  private ScalingTables() {}

  /**
   * The file.
   *
   * @param said how all runs were made
   */
  static String markdown(String said, List<ScalingRow> rows) {
    SortedMap<Integer, StringBuilder> against = new TreeMap<>();
    SortedMap<Integer, StringBuilder> all = new TreeMap<>();
    for (ScalingRow row : rows) {
      against
          .computeIfAbsent(row.bootSeconds(), boot -> new StringBuilder(AGAINST_TARGETS))
          .append(judged(row));
      StringBuilder everybody =
          all.computeIfAbsent(row.bootSeconds(), boot -> new StringBuilder(ROWS));
      row.results().forEach(result -> everybody.append(row(row, result)));
    }
    StringBuilder text = new StringBuilder("# Rows of `highwater bench scaling`\n\n" + said + "\n");
    against.forEach(
        (boot, table) ->
            text.append("\n## Replicas boot in " + boot + " s\n\n")
                .append(table)
                .append("\n### Every row\n\n")
                .append(all.get(boot)));
    return text.toString();
  }

  private static String judged(ScalingRow row) {
    RunResult own = row.judged();
    ScalingFrontier frontier = ScalingFrontier.of(row.results());
    RunResult equal = ScalingGoals.equalHours(row.results());
    return line(
        row.line().label(),
        TimeSpan.write(own.seconds() * 1_000),
        percent(own.violationRatio()),
        Figures.fixed(own.replicaHours(), 1),
        Figures.fixed(row.hoursOverOracle(own), 4),
        asGood(frontier),
        asCheap(frontier),
        equal == null ? "-" : percent(equal.violationRatio()) + " %",
        Figures.fixed(100 * own.coverage().error(), 2));
  }

  private static String asGood(ScalingFrontier frontier) {
    RunResult dearest = frontier.dearest();
    if (dearest == null) {
      return "-";
    }
    RunResult cheapest = frontier.cheapestAsGood();
    String named = cheapest == null ? "none (" + told(dearest) + ")" : policy(cheapest);
    return named + ", " + Figures.fixed(frontier.hoursAtEqualQuality(), 2);
  }

  private static String asCheap(ScalingFrontier frontier) {
    if (frontier.dearest() == null) {
      return "-";
    }
    RunResult best = frontier.bestAsCheap();
    if (best == null) {
      return "none costs as little";
    }
    double ours = frontier.judged().violationRatio();
    if (ours == 0) {
      return told(best) + (best.violationRatio() == 0 ? ", none too" : " against none");
    }
    return told(best) + ", " + times(best.violationRatio() / ours) + " times";
  }

  private static String told(RunResult result) {
    return policy(result) + ": " + percent(result.violationRatio()) + " %";
  }

  private static String row(ScalingRow row, RunResult result) {
    return line(
        row.line().series() + (row.line().declared().isEmpty() ? "" : " declared"),
        row.admission() ? "on" : "off",
        row.line().interpolation(),
        result.policy(),
        percent(result.violationRatio()),
        percent(result.beyondPromiseRatio()),
        Figures.fixed(result.replicaHours(), 1),
        Figures.fixed(row.hoursOverOracle(result), 3));
  }

  private static String line(String... cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }

  private static String policy(RunResult result) {
    return "`" + result.policy() + "`";
  }

  private static String percent(double ratio) {
    return Figures.plain(100 * ratio);
  }

  private static String times(double ratio) {
    return Figures.fixed(ratio, ratio < 10 ? 1 : 0);
  }
}
