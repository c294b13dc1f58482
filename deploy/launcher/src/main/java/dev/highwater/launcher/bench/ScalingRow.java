package dev.highwater.launcher.bench;

import dev.highwater.rehearsal.RunResult;
import java.util.List;

/**
 * One run of the plan under all policies. Immutable.
 *
 * @param results of the judged policy first
 */
record ScalingRow(
    ScalingPlan.Line line, int bootSeconds, boolean admission, List<RunResult> results) {
  ScalingRow {
    results = List.copyOf(results);
  }

  RunResult judged() {
    return results.get(0);
  }

  /** A result's replica-hours in times the oracle's; NaN when that was not run. */
  double hoursOverOracle(RunResult result) {
    for (RunResult one : results) {
      if (one.policy().equals("oracle")) {
        return result.replicaHours() / one.replicaHours();
      }
    }
    return Double.NaN;
  }
}
