package dev.highwater.rehearsal;

import dev.highwater.kernel.route.RouteState;
import dev.highwater.kernel.route.Split;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Sends users where a bound is ready for them, in place of the router, which sees only what was
 * reported.
 *
 * <p>Each second everybody goes where {@link BoundSplit} means them to go as far as ready replicas
 * bear it, and the others to whoever has ready replicas to spare: the route stage's own {@link
 * Split} with the true load, and no bound on how many move at a time. For one thread.
 */
final class BoundRoutes implements RouteRun.Decider {
  private final BoundSplit split;
  private final SortedMap<String, SortedMap<ServiceId, Double>> ready = new TreeMap<>();

  BoundRoutes(BoundSplit split) {
    this.split = split;
  }

  @Override
  public Decision step(RouteState state, Input input) {
    input.observations().forEach(this::hear);
    boolean[] lost = split.lost(split.second());
    List<Cell> cells = split.cells();
    List<Fact> facts = new ArrayList<>();
    for (int i = 0; i < lost.length; i++) {
      String cell = cells.get(i).name();
      if (lost[i] != state.lost(cell)) {
        facts.add(lost[i] ? new Fact.CellLost(cell) : new Fact.CellFound(cell));
      }
    }
    boolean moved = false;
    List<Command.ServiceRoute> routes = new ArrayList<>();
    for (Map.Entry<ServiceId, BoundSplit.Part> part : split.now().entrySet()) {
      SortedMap<String, Double> before = state.shares(part.getKey());
      SortedMap<String, Double> shares = shares(part.getKey(), part.getValue(), lost, before);
      List<Fact.CellShare> told = new ArrayList<>();
      List<Command.RoutedCell> ordered = new ArrayList<>();
      shares.forEach(
          (cell, share) -> {
            told.add(new Fact.CellShare(cell, share));
            ordered.add(new Command.RoutedCell(cell, share, 0));
          });
      if (!shares.equals(before)) {
        moved = true;
        facts.add(new Fact.UsersRouted(part.getKey(), told));
      }
      routes.add(new Command.ServiceRoute(part.getKey(), ordered));
    }
    for (SpecChange change : input.changes()) {
      if (change.kind() == SpecKind.CELL || change.kind() == SpecKind.SERVICE) {
        facts.add(
            new Fact.SpecApplied(
                change.kind(),
                change.key(),
                change.resourceVersion(),
                change.revision(),
                change.spec()));
      }
    }
    return new Decision(
        input.cell(),
        input.epoch(),
        input.sequence(),
        input.nowMs(),
        facts,
        moved
            ? List.of(new Command.RouteUsers(input.epoch(), input.sequence(), routes))
            : List.of(),
        List.of());
  }

  private SortedMap<String, Double> shares(
      ServiceId service, BoundSplit.Part part, boolean[] lost, SortedMap<String, Double> before) {
    List<Cell> cells = split.cells();
    double rate = 0;
    double[] borne = new double[cells.size()];
    double[] had = new double[cells.size()];
    for (int i = 0; i < borne.length; i++) {
      String cell = cells.get(i).name();
      rate += part.perSecond()[i];
      borne[i] = lost[i] ? 0 : ready.getOrDefault(cell, new TreeMap<>()).getOrDefault(service, 0.0);
      had[i] = before.getOrDefault(cell, 0.0);
    }
    Split now =
        new Split(cells, part.allowed(), lost, rate, rate, borne, part.mostPerSecond(), had, false);
    SortedMap<String, Double> shares = new TreeMap<>();
    for (int i = 0; i < borne.length; i++) {
      if (now.share(i) > 0) {
        shares.put(cells.get(i).name(), now.share(i));
      }
    }
    return shares;
  }

  private void hear(Observation observation) {
    if (observation instanceof Observation.CellReport report) {
      SortedMap<ServiceId, Double> borne = new TreeMap<>();
      report.services().forEach(c -> borne.put(c.service(), c.readyPerSecond()));
      ready.put(report.cell(), borne);
    }
  }
}
