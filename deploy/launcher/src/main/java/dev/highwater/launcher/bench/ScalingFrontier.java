package dev.highwater.launcher.bench;

import dev.highwater.rehearsal.RunResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the judged policy of a run stands against every target of {@code hpa} in it; those that see
 * late metrics ({@code hpa:70@30s}) stand beside the frontier. Immutable.
 *
 * @param judged the judged policy
 * @param dominating a target that costs no more and breaks no more, and less of one; null for none
 * @param bestAsCheap of the targets that cost no more the one that breaks least; null for none
 * @param cheapestAsGood of the targets that break no more the one that costs least; null for none
 * @param dearest the target that costs most; null when no target was run
 */
record ScalingFrontier(
    RunResult judged,
    @Nullable RunResult dominating,
    @Nullable RunResult bestAsCheap,
    @Nullable RunResult cheapestAsGood,
    @Nullable RunResult dearest) {

  /**
   * Compares.
   *
   * @param results of the judged policy first
   */
  static ScalingFrontier of(List<RunResult> results) {
    RunResult own = results.get(0);
    double ours = own.violationRatio();
    RunResult dominating = null;
    RunResult best = null;
    RunResult cheapest = null;
    RunResult dearest = null;
    for (RunResult target : results) {
      if (!target.policy().startsWith("hpa:") || target.policy().contains("@")) {
        continue;
      }
      double theirs = target.violationRatio();
      double hours = target.replicaHours();
      dearest = dearest == null || hours > dearest.replicaHours() ? target : dearest;
      if (theirs <= ours && (cheapest == null || hours < cheapest.replicaHours())) {
        cheapest = target;
      }
      if (hours <= own.replicaHours()) {
        best = best == null || theirs < best.violationRatio() ? target : best;
        boolean better = theirs < ours || hours < own.replicaHours();
        dominating = theirs <= ours && better ? target : dominating;
      }
    }
    return new ScalingFrontier(own, dominating, best, cheapest, dearest);
  }

  /**
   * Our replica-hours over those of the cheapest target that breaks no more; when none does, over
   * those of the dearest, which flatters hpa. NaN when no target was run.
   */
  double hoursAtEqualQuality() {
    RunResult against = cheapestAsGood != null ? cheapestAsGood : dearest;
    return against == null ? Double.NaN : judged.replicaHours() / against.replicaHours();
  }
}
