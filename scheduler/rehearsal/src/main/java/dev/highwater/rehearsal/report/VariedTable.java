package dev.highwater.rehearsal.report;

import dev.highwater.rehearsal.Estimate;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.Trial;
import dev.highwater.rehearsal.Variation;
import dev.highwater.rehearsal.scenario.ScenarioEdit;
import java.util.ArrayList;
import java.util.List;

/**
 * One row per swept value and policy, with means and their confidence over the seeds, the same for
 * a terminal and for the page. Immutable.
 *
 * @param head names of the columns
 * @param rows without any when nothing was varied
 * @param note how to read the figures
 */
public record VariedTable(List<String> head, List<List<String>> rows, String note) {
  public VariedTable {
    head = List.copyOf(head);
    rows = List.copyOf(rows);
  }

  /** Whether nothing was varied. */
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Of everything that was run. */
  public static VariedTable of(List<Variation> variations) {
    int seeds =
        variations.stream()
            .flatMap(variation -> variation.trials().stream())
            .mapToInt(trial -> trial.runs().size())
            .max()
            .orElse(0);
    if (variations.size() < 2 && seeds < 2) {
      return new VariedTable(List.of(), List.of(), "");
    }
    List<String> head = new ArrayList<>();
    variations.get(0).edits().forEach(edit -> head.add(edit.path()));
    head.addAll(
        List.of(
            "policy",
            "seeds",
            "violations %",
            "minutes",
            "p99 ms",
            "replica-h",
            "node-h",
            "cost",
            "changes",
            "missed"));
    List<List<String>> rows = new ArrayList<>();
    for (Variation variation : variations) {
      for (Trial trial : variation.trials()) {
        rows.add(row(variation, trial));
      }
    }
    return new VariedTable(
        head,
        rows,
        seeds < 2
            ? "missed: whether an expectation of the scenario does not hold."
            : "Mean \u00b1 half width of the 95 % confidence interval by Student's t ("
                + (seeds - 1)
                + " degrees of freedom: "
                + Figures.fixed(Estimate.studentT(seeds - 1), 3)
                + "); missed: runs in which an expectation of the scenario does not hold.");
  }

  private static List<String> row(Variation variation, Trial trial) {
    List<String> row = new ArrayList<>();
    variation.edits().stream().map(ScenarioEdit::value).forEach(row::add);
    row.add(trial.policy() + (trial.complete() ? "" : " (partial)"));
    row.add(Integer.toString(trial.runs().size()));
    row.add(figure(trial.of(run -> 100 * run.violationRatio())));
    row.add(figure(trial.of(run -> (double) run.violationMinutes())));
    row.add(figure(trial.of(run -> run.p99Ms())));
    row.add(figure(trial.of(run -> run.replicaHours())));
    row.add(figure(trial.of(run -> run.nodeHours())));
    row.add(figure(trial.of(run -> run.cost())));
    row.add(figure(trial.of(run -> (double) run.adaptations())));
    row.add(trial.complete() ? trial.missing() + " of " + trial.runs().size() : "-");
    return row;
  }

  private static String figure(Estimate estimate) {
    String mean = Figures.plain(estimate.mean());
    return Double.isNaN(estimate.halfWidth())
        ? mean
        : mean + " \u00b1 " + Figures.plain(estimate.halfWidth());
  }
}
