package dev.highwater.launcher.bench;

import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.RunResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the first policy reached on one series, against what was hoped for.
 *
 * <p>Every violation counts, the promised ones, too. So the SLO of the service must promise at
 * least what the strictest goal asks for: who is sized for p99 may be late for 1 % of the requests,
 * and the oracle is. Stateless.
 */
final class ScalingGoals {
  /** hpa targets with at most this share of violations are compared by their cost. */
  private static final double GOOD_ENOUGH = 1e-4;

  private static final double HPA70_HOURS_MAX = 0.88;
  private static final double COVERAGE_ERROR_MAX = 0.01;

  private ScalingGoals() {}

  /**
   * One goal on one series.
   *
   * @param hoped in words
   * @param got in words
   * @param missedBy 0 when it is met, otherwise how many times too much or, for a coverage error,
   *     percentage points too much; NaN when that cannot be said
   */
  record Verdict(String goal, String hoped, String got, boolean met, double missedBy) {}

  static List<Verdict> of(ScalingPlan.Line line, List<RunResult> results) {
    List<Verdict> verdicts = new ArrayList<>();
    RunResult own = results.get(0);
    RunResult oracle = named(results, "oracle");
    double ours = own.violationRatio();
    if (!Double.isNaN(line.violationsMax())) {
      double most = line.violationsMax() / 100;
      verdicts.add(atMost("violations", ours, most, percent(most), percent(ours)));
    }
    if (!Double.isNaN(line.hoursMax()) && oracle != null) {
      double ratio = own.replicaHours() / oracle.replicaHours();
      verdicts.add(
          atMost("hours / oracle", ratio, line.hoursMax(), times(line.hoursMax()), times(ratio)));
    }
    RunResult equal = equalHours(results);
    if (line.equalHours() && equal != null) {
      double theirs = equal.violationRatio();
      verdicts.add(
          atMost("perfect-reactive, equal hours", ours, theirs, percent(theirs), percent(ours)));
    }
    RunResult hpa70 = named(results, "hpa:70");
    if (hpa70 != null && hpa70.violationRatio() <= GOOD_ENOUGH) {
      double ratio = own.replicaHours() / hpa70.replicaHours();
      verdicts.add(
          atMost("hours / hpa:70", ratio, HPA70_HOURS_MAX, times(HPA70_HOURS_MAX), times(ratio)));
    }
    frontier(results, verdicts);
    double error = own.coverage().error();
    if (!Double.isNaN(error)) {
      verdicts.add(
          new Verdict(
              "coverage error",
              percent(COVERAGE_ERROR_MAX),
              percent(error),
              error <= COVERAGE_ERROR_MAX,
              100 * Math.max(0, error - COVERAGE_ERROR_MAX)));
    }
    return verdicts;
  }

  private static void frontier(List<RunResult> results, List<Verdict> verdicts) {
    ScalingFrontier frontier = ScalingFrontier.of(results);
    if (frontier.dearest() == null) {
      return;
    }
    RunResult dominating = frontier.dominating();
    verdicts.add(
        new Verdict(
            "dominated by a target",
            "none",
            dominating == null ? "none" : dominating.policy(),
            dominating == null,
            dominating == null ? 0 : Double.NaN));
    RunResult best = frontier.bestAsCheap();
    double ours = results.get(0).violationRatio();
    double better = best == null ? Double.NaN : best.violationRatio() / ours;
    verdicts.add(
        new Verdict(
            "times fewer violations than the best target of no more hours",
            "10",
            best == null ? "no target costs as little" : times(better),
            best == null || better >= 10 || ours == 0,
            best == null || ours == 0
                ? 0
                : better > 0 ? Math.max(0, 10 / better - 1) : Double.NaN));
    double ratio = frontier.hoursAtEqualQuality();
    verdicts.add(atMost("hours at equal quality", ratio, 0.6, times(0.6), times(ratio)));
  }

  static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    if (sorted.length == 0) {
      return Double.NaN;
    }
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1
        ? sorted[middle]
        : Arrays.stream(sorted, middle - 1, middle + 1).average().orElse(Double.NaN);
  }

  private static @Nullable RunResult named(List<RunResult> results, String policy) {
    for (RunResult result : results) {
      if (result.policy().equals(policy)) {
        return result;
      }
    }
    return null;
  }

  /**
   * The run of perfect-reactive at as many replica-hours as the judged policy's, if there is one.
   */
  static @Nullable RunResult equalHours(List<RunResult> results) {
    for (RunResult result : results) {
      if (result.policy().startsWith("perfect-reactive:")) {
        return result;
      }
    }
    return null;
  }

  private static Verdict atMost(String goal, double value, double most, String hoped, String got) {
    boolean met = value <= most;
    return new Verdict(goal, "<= " + hoped, got, met, met ? 0 : value / most - 1);
  }

  static String percent(double ratio) {
    return Figures.plain(100 * ratio) + " %";
  }

  private static String times(double ratio) {
    return Double.isInfinite(ratio) ? "all" : String.format(Locale.ROOT, "%.3f", ratio);
  }
}
