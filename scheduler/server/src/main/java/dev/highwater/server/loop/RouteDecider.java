package dev.highwater.server.loop;

import dev.highwater.kernel.audit.RouteAuditor;
import dev.highwater.kernel.audit.Violation;
import dev.highwater.kernel.route.RouteState;
import dev.highwater.kernel.route.Router;
import dev.highwater.model.CellMinute;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides the routes between cells with the same code that rehearsals run. Under the reserved name
 * {@link dev.highwater.model.Cell#ROUTES} it is owned, journaled and recorded like a cell. Touched
 * only by its thread.
 */
public final class RouteDecider implements CellDecider {
  private final Router router = new Router();
  private final RouteState state = new RouteState();
  private final RouteAuditor auditor = new RouteAuditor();

  @Override
  public void restore(List<Fact> facts) {
    facts.forEach(state::evolve);
    facts.forEach(auditor::replay);
  }

  @Override
  public void relearn(List<Input> observed) {
    // Every owner of a cell says all there is to know within a second.
  }

  @Override
  public Decision step(Input input) {
    return router.step(state, input);
  }

  @Override
  public List<String> audit(Decision decision) {
    return auditor.check(decision).stream().map(Violation::toString).toList();
  }

  @Override
  public void commit(Decision decision) {
    Router.evolve(state, decision);
  }

  @Override
  public List<Supplier<CellMinute>> lived(Input input, Decision decision, int broken) {
    return List.of(); // cells know the part of the users that comes to them
  }

  @Override
  public List<Supplier<CellMinute>> livedLast() {
    return List.of();
  }

  @Override
  public Fact kept() {
    return new Fact.RoutesKept(state.image());
  }

  @Override
  public @Nullable CellSnapshot snapshot(SnapshotFrame frame) {
    return null;
  }

  @Override
  public Observation.@Nullable CellReport report() {
    return null;
  }

  @Override
  public WhatIf whatIf() {
    throw new UnsupportedOperationException("only cells are asked what would be");
  }
}
