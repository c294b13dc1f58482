package dev.highwater.server.loop;

import dev.highwater.kernel.Kernel;
import dev.highwater.kernel.Plan;
import dev.highwater.kernel.Readiness;
import dev.highwater.kernel.account.MinuteBook;
import dev.highwater.kernel.audit.Auditor;
import dev.highwater.kernel.audit.Violation;
import dev.highwater.kernel.route.CellCapacity;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.CellMinute;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.SpecChange;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.Plan.CellPlan;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decides with the same kernel that rehearsals run. Touched only by the cell's thread. */
public final class KernelDecider implements CellDecider {
  private final Kernel kernel = new Kernel();
  private final CellState state;
  private final Auditor auditor;
  private final MinuteBook book = new MinuteBook();
  private final CellView view = new CellView(book.ledger());

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
  public WhatIf whatIf() {
    return new CopiedState(kernel, state.copy());
  }

  /** One asker at a time: even a state that is only read keeps what it computed. */
  private static final class CopiedState implements WhatIf {
    private final Kernel kernel;
    private final CellState copy;

    CopiedState(Kernel kernel, CellState copy) {
      this.kernel = kernel;
      this.copy = copy;
    }

    @Override
    public synchronized CellPlan plan(List<SpecChange> changes, long forMs) {
      return Plan.of(kernel, copy, changes, forMs);
    }

    @Override
    public synchronized @Nullable EventReadiness readiness(String event) {
      return Readiness.of(copy, event);
    }
  }

  @Override
  public List<Supplier<CellMinute>> lived(Input input, Decision decision, int broken) {
    return book.add(state, input, decision, broken);
  }

  @Override
  public List<Supplier<CellMinute>> livedLast() {
    return book.rest(state);
  }

  @Override
  public Fact kept() {
    return new Fact.CellKept(state.image());
  }

  @Override
  public Observation.CellReport report() {
    return CellCapacity.report(state);
  }

  @Override
  public CellSnapshot snapshot(SnapshotFrame frame) {
    return view.of(state, frame);
  }
}
