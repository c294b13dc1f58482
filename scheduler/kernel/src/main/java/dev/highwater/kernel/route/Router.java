package dev.highwater.kernel.route;

import dev.highwater.kernel.forecast.Surge;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.Ownership;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Stage 0: decides which part of each service's users comes to which cell, from what the cells'
 * owners report. The same code live and in rehearsal, handled like {@code Kernel}: step, store the
 * facts, evolve, and only then send the commands.
 *
 * <p><b>Goals.</b> Private cells first, then public burst; a lost cell's users are sent elsewhere
 * by the first decision that hears of the loss; a cell that will get more is told while it can
 * still grow. The numbers are {@link Split}'s.
 *
 * <p><b>Hard rules.</b> Nobody is sent where a service must not run. A cell whose owner is silent
 * keeps its users: its front door serves on, and a new owner says whether it does.
 *
 * <p><b>Algorithm.</b> The load ahead is the sum of what the cells forecast, each at most {@link
 * Surge#FACTOR_MAX} times its present load because a forecast that was surprised by a move of users
 * is wide, and at least what declared events ask. All services share one state and journal: they
 * are few numbers, and one command tells all front doors.
 *
 * <p>Stateless; any thread, as long as the state is that thread's. Nothing throws, whatever the
 * input.
 */
public final class Router {
  /** Routes are said again so often, for front doors and owners that came later. */
  private static final long REPEAT_MS = 5_000;

  /** An expectation that changed by less is not said at once. Chosen by us. */
  private static final double CHANGED = 0.05;

  /** Applies the input's observations, then decides; journaled state stays as it was. */
  public Decision step(RouteState state, Input input) {
    if (!input.cell().equals(Cell.ROUTES) || input.epoch() != state.epoch()) {
      Fact refused =
          new Fact.InputRefused(
              ErrorCode.INVALID_VALUE,
              "input",
              "input of " + input.cell() + " epoch " + input.epoch() + " for " + state.epoch());
      return new Decision(
          input.cell(),
          input.epoch(),
          input.sequence(),
          input.nowMs(),
          List.of(refused),
          List.of(),
          List.of());
    }
    state.advance(input.nowMs());
    for (Observation observation : input.observations()) {
      state.evolve(observation);
    }
    return new Deciding(state, input).decide();
  }

  /** Applies a committed decision. */
  public static void evolve(RouteState state, Decision decision) {
    decision.facts().forEach(state::evolve);
    state.said(decision.commands(), !decision.explanations().isEmpty());
  }

  /** One decision in the making. */
  private static final class Deciding {
    private final RouteState state;
    private final Input input;
    private final List<Cell> cells;
    private final boolean[] lost;
    private final List<Fact> facts = new ArrayList<>();
    private final List<Command> commands = new ArrayList<>();
    private final List<Explanation> explanations = new ArrayList<>();
    private boolean moved;

    Deciding(RouteState state, Input input) {
      this.state = state;
      this.input = input;
      this.cells = state.inOrder();
      this.lost = new boolean[cells.size()];
    }

    Decision decide() {
      losses();
      boolean explains = state.nowMs() - state.explainedAtMs() >= REPEAT_MS;
      List<Command.ServiceRoute> routes = new ArrayList<>();
      for (Service service : state.routed().values()) {
        Command.ServiceRoute route = route(service, explains);
        if (route != null) {
          routes.add(route);
        }
      }
      Command.RouteUsers told = state.told();
      boolean again =
          told == null || state.nowMs() - state.toldAtMs() >= REPEAT_MS || expects(told, routes);
      if (!routes.isEmpty() && (moved || again)) {
        long generation = moved ? state.factCount() + facts.size() : state.generation();
        commands.add(new Command.RouteUsers(state.epoch(), generation, routes));
      }
      specs();
      return new Decision(
          Cell.ROUTES,
          state.epoch(),
          input.sequence(),
          state.nowMs(),
          facts,
          commands,
          explanations);
    }

    private void losses() {
      for (int i = 0; i < lost.length; i++) {
        String cell = cells.get(i).name();
        boolean before = state.lost(cell);
        Boolean said = state.saidLost(cell);
        lost[i] = said == null ? before : said;
        if (lost[i] != before) {
          facts.add(lost[i] ? new Fact.CellLost(cell) : new Fact.CellFound(cell));
        }
      }
    }

    private Command.@Nullable ServiceRoute route(Service service, boolean explains) {
      int n = cells.size();
      boolean[] allowed = new boolean[n];
      double[] offered = new double[n];
      double[] ready = new double[n];
      double[] booting = new double[n];
      double[] most = new double[n];
      double[] before = new double[n];
      SortedMap<String, Double> shares = state.shares(service.id());
      double load = 0;
      double forecast = 0;
      double asked = 0;
      boolean known = false;
      for (int i = 0; i < n; i++) {
        String cell = cells.get(i).name();
        allowed[i] = service.mayRunIn(cells.get(i));
        before[i] = shares.getOrDefault(cell, 0.0);
        Observation.ServiceCapacity c = state.capacity(cell, service.id());
        if (c == null || (lost[i] && before[i] == 0)) {
          continue; // users of a lost cell count here until they were sent elsewhere
        }
        known = true;
        offered[i] = c.offeredPerSecond();
        load += offered[i];
        forecast +=
            Math.max(offered[i], Math.min(c.forecastPerSecond(), Surge.FACTOR_MAX * offered[i]));
        asked += c.askedPerSecond();
        ready[i] = lost[i] ? 0 : c.readyPerSecond();
        booting[i] = lost[i] ? 0 : c.bootingPerSecond();
        most[i] = lost[i] ? 0 : c.mostPerSecond();
      }
      boolean decided = state.decided(service.id());
      if (!known && !decided) {
        return null; // no owner knows the service yet
      }
      double ahead = Math.max(forecast, asked);
      Split split = new Split(cells, allowed, lost, load, ahead, ready, most, before, decided);
      if (split.moved() || gone(shares)) {
        moved = true;
        facts.add(fact(service.id(), split));
      }
      if (split.moved() || explains) {
        List<Explanation.CellRouted> reasons = new ArrayList<>();
        for (int i = 0; i < n; i++) {
          reasons.add(
              new Explanation.CellRouted(
                  cells.get(i).name(),
                  reason(i, allowed, split),
                  cells.get(i).latencyMs(),
                  offered[i],
                  ready[i],
                  booting[i],
                  most[i],
                  before[i],
                  split.share(i),
                  split.shareAhead(i)));
        }
        explanations.add(
            new Explanation.ServiceRouted(service.id(), load, Math.max(load, ahead), reasons));
      }
      List<Command.RoutedCell> parts = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        if (split.share(i) > 0 || split.expectedPerSecond(i) > 0) {
          parts.add(
              new Command.RoutedCell(
                  cells.get(i).name(), split.share(i), split.expectedPerSecond(i)));
        }
      }
      return new Command.ServiceRoute(service.id(), parts);
    }

    /** Whether users are sent to a cell that is not declared any more. */
    private boolean gone(SortedMap<String, Double> shares) {
      for (Map.Entry<String, Double> share : shares.entrySet()) {
        if (share.getValue() > 0 && !state.cells().containsKey(share.getKey())) {
          return true;
        }
      }
      return false;
    }

    private Fact fact(ServiceId service, Split split) {
      List<Fact.CellShare> parts = new ArrayList<>();
      for (int i = 0; i < cells.size(); i++) {
        if (split.share(i) > 0) {
          parts.add(new Fact.CellShare(cells.get(i).name(), split.share(i)));
        }
      }
      return new Fact.UsersRouted(service, parts);
    }

    private Explanation.RouteReason reason(int i, boolean[] allowed, Split split) {
      if (!allowed[i]) {
        return Explanation.RouteReason.RESIDENCY;
      }
      if (lost[i]) {
        return Explanation.RouteReason.LOST;
      }
      if (split.share(i) == 0 && split.shareAhead(i) == 0) {
        return Explanation.RouteReason.SPARE;
      }
      if (cells.get(i).ownership() == Ownership.PUBLIC) {
        return Explanation.RouteReason.BURST;
      }
      return split.first(i)
          ? Explanation.RouteReason.PRIVATE_FIRST
          : Explanation.RouteReason.FARTHER;
    }

    /** Whether a cell shall expect more or less than it was told. */
    private static boolean expects(Command.RouteUsers told, List<Command.ServiceRoute> routes) {
      if (told.routes().size() != routes.size()) {
        return true;
      }
      for (int i = 0; i < routes.size(); i++) {
        if (!told.routes().get(i).service().equals(routes.get(i).service())
            || expects(told.routes().get(i).cells(), routes.get(i).cells())) {
          return true;
        }
      }
      return false;
    }

    private static boolean expects(List<Command.RoutedCell> before, List<Command.RoutedCell> now) {
      TreeSet<String> names = new TreeSet<>();
      before.forEach(cell -> names.add(cell.cell()));
      now.forEach(cell -> names.add(cell.cell()));
      for (String name : names) {
        double was = expected(before, name);
        double is = expected(now, name);
        if (Math.abs(is - was) > CHANGED * Math.max(is, was)) {
          return true;
        }
      }
      return false;
    }

    private static double expected(List<Command.RoutedCell> cells, String name) {
      for (Command.RoutedCell cell : cells) {
        if (cell.cell().equals(name)) {
          return cell.expectedPerSecond();
        }
      }
      return 0;
    }

    private void specs() {
      for (SpecChange change : input.changes()) {
        boolean matters = change.kind() == SpecKind.CELL || change.kind() == SpecKind.SERVICE;
        if (matters && change.refusal() == null) {
          facts.add(
              new Fact.SpecApplied(
                  change.kind(),
                  change.key(),
                  change.resourceVersion(),
                  change.revision(),
                  change.spec()));
        }
      }
    }
  }
}
