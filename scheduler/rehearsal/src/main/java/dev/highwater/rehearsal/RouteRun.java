package dev.highwater.rehearsal;

import dev.highwater.kernel.audit.RouteAuditor;
import dev.highwater.kernel.route.RouteState;
import dev.highwater.kernel.route.Router;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Digest;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.SpecChange;
import java.util.ArrayList;
import java.util.List;

/** The routes between the cells in virtual time, by the same steps as live. For one thread. */
final class RouteRun {
  private static final long EPOCH = 1;
  private static final String MEMBER = "rehearsal";

  private final Decider decider;
  private final RouteState state = new RouteState();
  private final RouteAuditor auditor = new RouteAuditor();
  private final Digest digest = new Digest();
  private final RunObserver observer;
  private final List<SpecChange> changes = new ArrayList<>();
  private final AuditLog audited = new AuditLog();
  private long sequence;

  /** Who decides where users go. */
  @FunctionalInterface
  interface Decider {
    Decision step(RouteState state, Input input);
  }

  RouteRun(Decider decider, boolean admission, RunObserver observer) {
    this.decider = decider;
    this.observer = observer;
    Fact.EpochBegun begun = new Fact.EpochBegun(EPOCH, MEMBER);
    state.evolve(begun);
    auditor.replay(begun);
    observer.begun(Cell.ROUTES, admission, List.of(begun), List.of());
  }

  Digest digest() {
    return digest;
  }

  /** A spec change that the next tick reads. */
  void change(SpecChange change) {
    changes.add(change);
  }

  /** Hears the cells' owners, decides, and gives every cell its part. */
  void tick(long nowMs, List<CellRun> cells) {
    List<Observation> reports = new ArrayList<>();
    cells.stream().filter(CellRun::owned).forEach(cell -> reports.add(cell.report()));
    Input input = new Input(Cell.ROUTES, EPOCH, ++sequence, nowMs, List.copyOf(changes), reports);
    changes.clear();
    Decision decision = decider.step(state, input);
    audited.add(Cell.ROUTES, sequence, auditor.check(decision));
    Router.evolve(state, decision);
    digest.addDecision(decision);
    observer.decided(input, decision);
    for (Command command : decision.commands()) {
      if (command instanceof Command.RouteUsers order) {
        cells.forEach(cell -> cell.route(order, nowMs));
      }
    }
  }

  /** Rules that the auditor saw broken. */
  AuditLog audited() {
    return audited;
  }
}
