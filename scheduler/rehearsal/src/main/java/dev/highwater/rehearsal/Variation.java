package dev.highwater.rehearsal;

import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioEdit;
import java.util.List;

/**
 * A scenario with one choice of what is swept, under every policy that is compared. Immutable.
 *
 * @param edits the values that were chosen; empty when nothing is swept
 * @param scenario with those values
 * @param trials at least one; the first is the policy that the expectations are about
 */
public record Variation(List<ScenarioEdit> edits, Scenario scenario, List<Trial> trials) {
  public Variation {
    edits = List.copyOf(edits);
    trials = List.copyOf(trials);
  }
}
