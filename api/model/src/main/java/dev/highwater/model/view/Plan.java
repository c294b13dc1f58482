package dev.highwater.model.view;

import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.SpecKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a change of specs would do. Nothing of it was done. Immutable.
 *
 * @param specs what would be written, in the order given
 * @param cells what each cell would decide next, in order of their names; a cell that is declared
 *     by the change itself has no owner yet and is not among them
 */
public record Plan(List<PlannedSpec> specs, List<CellPlan> cells) {
  public Plan {
    specs = List.copyOf(specs);
    cells = List.copyOf(cells);
  }

  /** Whether some cell would refuse a part of the change. */
  public boolean refused() {
    return cells.stream()
        .flatMap(cell -> cell.facts().stream())
        .anyMatch(Fact.InputRefused.class::isInstance);
  }

  /**
   * What would become of one row.
   *
   * @param operator what it would change of what operators say, in the phrase in which a bundle
   *     says it; empty for nothing
   */
  public record PlannedSpec(SpecKind specKind, String key, Action action, String operator) {}

  /** What a write would do to a row. */
  public enum Action {
    CREATE,
    CHANGE,
    DELETE,
    /** It is declared like this already. */
    NONE
  }

  /**
   * What one cell would decide.
   *
   * @param nowMs time of the state that was asked, epoch milliseconds
   * @param facts of the change and of the tick after it; what would be decided without the change
   *     too is left out
   * @param explanations of the services and pools that those facts change
   * @param events readiness for the events that the change declares
   * @param nodesPerHour money per hour of the nodes that pools are to have now
   * @param nodesPerHourAfter the same after the facts
   * @param span what would follow in the time that was asked about; null when only the next
   *     decision was
   */
  public record CellPlan(
      String cell,
      long epoch,
      long nowMs,
      List<Fact> facts,
      List<Explanation> explanations,
      List<EventReadiness> events,
      double nodesPerHour,
      double nodesPerHourAfter,
      @Nullable PlanSpan span) {
    public CellPlan {
      facts = List.copyOf(facts);
      explanations = List.copyOf(explanations);
      events = List.copyOf(events);
    }
  }
}
