package dev.highwater.kernel;

import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Decision;
import dev.highwater.model.Input;
import dev.highwater.model.SpecChange;
import java.util.List;

/**
 * Says what a change of specs would do, by the same kernel and without doing it.
 *
 * <p>The change is decided on a copy of the state, and then one tick more under the changed specs
 * with nothing new from the world. So the answer is what the live owner would decide next, not what
 * a second implementation believes. Stateless.
 */
public final class Plan {
  private Plan() {}

  /**
   * What would happen.
   *
   * @param taken the decision on the change itself: which specs are taken, which are refused
   * @param next the decision of the tick after it: targets, placements, nodes and their
   *     explanations
   */
  public record Outcome(Decision taken, Decision next) {}

  /**
   * Decides on a copy.
   *
   * @param state left as it is
   * @param changes as the store would hand them to the owner
   */
  public static Outcome of(Kernel kernel, CellState state, List<SpecChange> changes) {
    CellState copy = state.copy();
    Decision taken = kernel.step(copy, input(copy, 1, changes));
    Kernel.evolve(copy, taken);
    Decision next = kernel.step(copy, input(copy, 2, List.of()));
    return new Outcome(taken, next);
  }

  private static Input input(CellState state, long sequence, List<SpecChange> changes) {
    return new Input(state.name(), state.epoch(), sequence, state.nowMs(), changes, List.of());
  }
}
