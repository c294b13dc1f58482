package dev.highwater.kernel;

import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import java.util.List;

/**
 * Decides for one cell: the same code live and in rehearsal.
 *
 * <p>It exists so that nothing but its two arguments can sway a decision. One input is handled in
 * three steps by whoever owns the cell:
 *
 * <pre>{@code
 * Decision decision = kernel.step(state, input); // observe, then decide
 * journal.append(decision.facts());              // fails when the epoch is no longer ours
 * Kernel.evolve(state, decision);                // and only then: send decision.commands()
 * }</pre>
 *
 * <p>Neither step throws, whatever the input: what makes no sense becomes a refusal by name ({@link
 * Fact.InputRefused}) or leaves things as they are.
 *
 * <p>Stateless; any thread, as long as the state is that thread's.
 */
public final class Kernel {
  private final boolean admits;

  /** A kernel with every stage. */
  public Kernel() {
    this(true);
  }

  private Kernel(boolean admits) {
    this.admits = admits;
  }

  /** A kernel that never limits what front doors let in, for comparisons of scaling alone. */
  public static Kernel withoutAdmission() {
    return new Kernel(false);
  }

  /** Lets the input's time pass and applies its observations: changes soft state only. */
  public void observe(CellState state, Input input) {
    state.advance(input.nowMs());
    for (Observation observation : input.observations()) {
      state.evolve(observation);
    }
    state.look();
  }

  /**
   * Decides on a state to which the input's observations were applied.
   *
   * @return the decision; the state is as it was before
   */
  public Decision decide(CellState state, Input input) {
    if (!input.cell().equals(state.name()) || input.epoch() != state.epoch()) {
      String detail =
          "input of cell "
              + input.cell()
              + " epoch "
              + input.epoch()
              + " for epoch "
              + state.epoch();
      return new Decision(
          input.cell(),
          input.epoch(),
          input.sequence(),
          input.nowMs(),
          List.of(new Fact.InputRefused(ErrorCode.INVALID_VALUE, "input", detail)),
          List.of(),
          List.of());
    }
    return Tick.decide(state, input, admits);
  }

  /** {@link #observe} and {@link #decide}. */
  public Decision step(CellState state, Input input) {
    observe(state, input);
    return decide(state, input);
  }

  /** Applies a committed decision. */
  public static void evolve(CellState state, Decision decision) {
    for (Fact fact : decision.facts()) {
      state.evolve(fact);
    }
  }
}
