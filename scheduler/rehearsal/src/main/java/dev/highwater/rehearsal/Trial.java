package dev.highwater.rehearsal;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One policy on one night, run once per seed. Immutable.
 *
 * @param policy name under which it is compared
 * @param runs at least one, by rising seed
 */
public record Trial(String policy, List<RunResult> runs) {
  public Trial {
    runs = List.copyOf(runs);
  }

  /** The run with the scenario's own seed. */
  public RunResult first() {
    return runs.get(0);
  }

  /** A figure over all runs. */
  public Estimate of(ToDoubleFunction<RunResult> figure) {
    return Estimate.of(runs.stream().map(figure::applyAsDouble).toList());
  }

  /** Whether no run was stopped early. */
  public boolean complete() {
    return runs.stream().allMatch(RunResult::complete);
  }

  /** Runs that miss an expectation of the scenario. */
  public int missing() {
    return (int) runs.stream().filter(run -> !run.misses().isEmpty()).count();
  }
}
