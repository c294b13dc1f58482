package dev.highwater.server.loop;

import dev.highwater.kernel.Kernel;
import dev.highwater.kernel.audit.Auditor;
import dev.highwater.kernel.audit.Violation;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import java.util.List;

/** Decides with the same kernel that rehearsals run. Touched only by the cell's thread. */
public final class KernelDecider implements CellDecider {
  private final Kernel kernel = new Kernel();
  private final CellState state;
  private final Auditor auditor;
  private final CellView view = new CellView();

  /** A cell without history. */
  public KernelDecider(String cell) {
    state = new CellState(cell);
    auditor = new Auditor(cell);
  }

  @Override
  public void restore(List<Fact> facts) {
    facts.forEach(state::evolve);
    facts.forEach(auditor::replay);
  }

  @Override
  public void relearn(List<Input> observed) {
    observed.forEach(input -> kernel.observe(state, input));
  }

  @Override
  public Decision step(Input input) {
    return kernel.step(state, input);
  }

  @Override
  public List<String> audit(Decision decision) {
    return auditor.check(decision).stream().map(Violation::toString).toList();
  }

  @Override
  public void commit(Decision decision) {
    Kernel.evolve(state, decision);
    view.accept(decision);
  }

  @Override
  public CellSnapshot snapshot(SnapshotFrame frame) {
    return view.of(state, frame);
  }
}
