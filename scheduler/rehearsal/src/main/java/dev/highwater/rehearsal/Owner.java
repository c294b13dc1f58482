package dev.highwater.rehearsal;

import dev.highwater.kernel.Kernel;
import dev.highwater.kernel.SoftHistory;
import dev.highwater.kernel.audit.Auditor;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import java.util.ArrayList;
import java.util.List;

/**
 * Who decides for a cell in virtual time, and what outlives it: the journal of facts and, once a
 * minute, what front doors said of late. A take-over builds the next owner from these two alone, as
 * a live one does. For one thread.
 */
final class Owner {
  private static final long SOFT_EVERY_MS = 60_000;
  private static final String MEMBER = "rehearsal";

  private final Kernel kernel;
  private final String cell;
  private final boolean admission;
  private final boolean keeps;
  private final RunObserver observer;
  private final List<Fact> journal = new ArrayList<>();
  private final SoftHistory history = new SoftHistory();
  private List<Input> kept = List.of();
  private long keptMs = Long.MIN_VALUE;
  private long epoch;
  private CellState state;
  private Auditor auditor;

  /**
   * The first owner of a cell.
   *
   * @param keeps whether it will be lost, so that what outlives it must be kept
   */
  Owner(String cell, boolean admission, boolean keeps, RunObserver observer) {
    this.kernel = admission ? new Kernel() : Kernel.withoutAdmission();
    this.cell = cell;
    this.admission = admission;
    this.keeps = keeps;
    this.observer = observer;
    this.state = new CellState(cell);
    this.auditor = new Auditor(cell);
    takeOver();
  }

  /** The next epoch begins with a state made of the journal alone. */
  void takeOver() {
    Fact begun = new Fact.EpochBegun(++epoch, MEMBER);
    journal.add(begun);
    state = begun(kernel, cell, journal, kept);
    auditor = new Auditor(cell);
    journal.forEach(auditor::replay);
    observer.begun(cell, admission, List.copyOf(journal), kept);
  }

  /**
   * The state of an owner that begins.
   *
   * @param facts its own {@link Fact.EpochBegun} last
   * @param observed before that
   */
  static CellState begun(Kernel kernel, String cell, List<Fact> facts, List<Input> observed) {
    CellState state = new CellState(cell);
    facts.subList(0, facts.size() - 1).forEach(state::evolve);
    observed.forEach(input -> kernel.observe(state, input));
    state.evolve(facts.get(facts.size() - 1));
    return state;
  }

  CellState state() {
    return state;
  }

  Auditor auditor() {
    return auditor;
  }

  Decision decide(Input input) {
    return kernel.step(state, input);
  }

  /** Takes a decision in that the auditor has seen. */
  void commit(Input input, Decision decision) {
    Kernel.evolve(state, decision);
    observer.decided(input, decision);
    if (!keeps) {
      return;
    }
    journal.addAll(decision.facts());
    history.add(input);
    if (input.nowMs() - SOFT_EVERY_MS >= keptMs) {
      keptMs = input.nowMs();
      kept = history.inputs();
    }
  }
}
