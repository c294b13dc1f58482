package dev.highwater.kernel.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.kernel.ServiceBuilder;
import dev.highwater.kernel.audit.RouteAuditor;
import dev.highwater.kernel.audit.Violation;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.RouteReason;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.Ownership;
import dev.highwater.model.Residency;
import dev.highwater.model.Service;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Goal: private cells first, then public burst; a lost cell is empty with the next decision;
 * residency always; shares that do not swing.
 */
class RouterTest {
  private static final Service QUERY = Service.named("rail", "query");
  private static final long SEEDS = 300;

  /** A service that may run in these cells only. */
  private static Service pinned(List<String> cells) {
    return ServiceBuilder.service("rail", "ledger").cells(cells).build();
  }

  /** Cells that say what they are told to say, and the routes between them. */
  private static final class Cells {
    final Router router = new Router();
    final RouteState state = new RouteState();
    final RouteAuditor auditor = new RouteAuditor();
    final List<SpecChange> changes = new ArrayList<>();
    final List<Service> services = new ArrayList<>();
    final SortedMap<String, double[]> say = new TreeMap<>();
    final SortedMap<String, Boolean> lost = new TreeMap<>();
    long sequence;
    long nowMs = 1_000_000;
    Decision last = new Decision(Cell.ROUTES, 1, 0, nowMs, List.of(), List.of(), List.of());

    Cells(Spec... specs) {
      Fact begun = new Fact.EpochBegun(1, "test");
      state.evolve(begun);
      auditor.replay(begun);
      for (Spec spec : specs) {
        declare(spec);
      }
    }

    void declare(Spec spec) {
      if (spec instanceof Service service) {
        services.removeIf(other -> other.id().equals(service.id()));
        services.add(service);
      }
      changes.add(new SpecChange(SpecKind.of(spec), spec.key(), 1, changes.size() + 1, spec));
    }

    /** What a cell's owner says of each service from now on. */
    Cells say(String cell, double offered, double ahead, double ready, double most) {
      say.put(cell, new double[] {offered, ahead, ready, most});
      lost.put(cell, false);
      return this;
    }

    void lose(String cell) {
      lost.put(cell, true);
    }

    /** One decision, a second later. */
    Decision tick() {
      List<Observation> reports = new ArrayList<>();
      say.forEach(
          (cell, c) ->
              reports.add(
                  new Observation.CellReport(
                      nowMs,
                      cell,
                      1,
                      lost.getOrDefault(cell, false),
                      services.stream()
                          .map(
                              service ->
                                  new Observation.ServiceCapacity(
                                      service.id(), c[0], c[1], 0, c[2], 0, c[3]))
                          .toList())));
      nowMs += 1_000;
      Input input = new Input(Cell.ROUTES, 1, ++sequence, nowMs, List.copyOf(changes), reports);
      changes.clear();
      Decision decision = router.step(state, input);
      assertThat(auditor.check(decision)).isEmpty();
      Router.evolve(state, decision);
      last = decision;
      return decision;
    }

    boolean lost(String cell) {
      return lost.getOrDefault(cell, false);
    }

    /** Offered, ahead, ready and most, as the cell's owner says. */
    double said(String cell, int figure) {
      return say.getOrDefault(cell, new double[4])[figure];
    }

    double share(String cell) {
      return state.shares(QUERY.id()).getOrDefault(cell, 0.0);
    }

    RouteReason reason(String cell) {
      return routed().cells().stream()
          .filter(c -> c.cell().equals(cell))
          .findFirst()
          .orElseThrow()
          .reason();
    }

    Explanation.ServiceRouted routed() {
      return (Explanation.ServiceRouted) last.explanations().get(0);
    }

    double expected(String cell) {
      for (Command command : last.commands()) {
        for (Command.ServiceRoute route : ((Command.RouteUsers) command).routes()) {
          for (Command.RoutedCell routed : route.cells()) {
            if (routed.cell().equals(cell)) {
              return routed.expectedPerSecond();
            }
          }
        }
      }
      return 0;
    }
  }

  private static Cell cell(String name, Ownership ownership, double latencyMs) {
    return new Cell(name, "r", "home", ownership, latencyMs);
  }

  private static Cells hybrid() {
    Cells cells =
        new Cells(cell("own", Ownership.PRIVATE, 5), cell("rented", Ownership.PUBLIC, 1), QUERY);
    cells.tick();
    return cells;
  }

  @Test
  void privateCellsComeFirstHoweverNearAPublicOneIs() {
    Cells cells = hybrid();
    cells.say("own", 0, 0, 1_000, 2_000).say("rented", 0, 0, 1_000, 5_000).tick();
    assertThat(cells.share("own")).isEqualTo(1);
    assertThat(cells.reason("own")).isEqualTo(RouteReason.PRIVATE_FIRST);
    assertThat(cells.reason("rented")).isEqualTo(RouteReason.SPARE);
    for (int i = 0; i < 20; i++) {
      cells.say("own", 900, 950, 1_000, 2_000).tick();
      assertThat(cells.share("own")).isEqualTo(1);
      assertThat(cells.expected("rented")).isZero();
    }
  }

  @Test
  void aPublicCellIsToldBeforeItGetsUsersAndGetsThemWhenItIsReady() {
    Cells cells = hybrid();
    cells.say("own", 0, 0, 1_000, 1_000).say("rented", 0, 0, 0, 5_000).tick();
    // The forecast exceeds what the private cell can ever bear; the load of now does not.
    cells.say("own", 900, 1_500, 1_000, 1_000).tick();
    assertThat(cells.share("own")).as("the private cell still bears all").isEqualTo(1);
    assertThat(cells.expected("rented"))
        .as("what is over nine tenths of it, a ninth more")
        .isCloseTo(600 / 0.9, within(1.0));
    // The load is there, the public cell is not ready: nobody would be better off there.
    cells.say("own", 1_200, 1_500, 1_000, 1_000).tick();
    double early = cells.share("rented");
    assertThat(early).isLessThanOrEqualTo(600.0 / 1_500);
    cells.say("own", 1_200, 1_500, 1_000, 1_000).say("rented", 0, 0, 600, 5_000).tick();
    assertThat(cells.share("rented")).isCloseTo(1 - Split.FILL * 1_000 / 1_200.0, within(1e-9));
    assertThat(cells.reason("rented")).isEqualTo(RouteReason.BURST);
  }

  @Test
  void noCellIsLeftJustOverItsBrimWhileAnotherHasRoom() {
    Cells cells = hybrid();
    cells.say("own", 890, 890, 1_000, 1_000).say("rented", 0, 0, 600, 5_000).tick();
    assertThat(cells.share("own")).isEqualTo(1);
    // Less than a usual move would do, but a part of the users fails.
    cells.say("own", 905, 905, 900, 1_000).tick();
    assertThat(cells.share("own") * 905).isLessThanOrEqualTo(900);
    assertThat(cells.share("rented")).isLessThan(Split.BAND);
  }

  @Test
  void usersComeBackInStepsWhenThePrivateCellBearsThemAgain() {
    Cells cells = hybrid();
    cells.say("own", 1_000, 1_000, 500, 500).say("rented", 0, 0, 1_000, 5_000).tick();
    assertThat(cells.share("rented")).isCloseTo(1 - Split.FILL / 2, within(1e-9));
    double before = cells.share("rented");
    for (int i = 0; i < 6; i++) {
      cells.say("own", 200, 220, 500, 500).say("rented", 200, 220, 1_000, 5_000).tick();
      assertThat(before - cells.share("rented")).isLessThanOrEqualTo(Split.STEP + 1e-9);
      before = cells.share("rented");
    }
    assertThat(before).isZero();
  }

  @Test
  void aLostCellIsEmptyWithTheNextDecisionAndComesBackSlowly() {
    Cells cells =
        new Cells(
            cell("a", Ownership.PRIVATE, 1),
            cell("b", Ownership.PRIVATE, 2),
            cell("c", Ownership.PRIVATE, 3),
            QUERY);
    cells.tick();
    cells.say("a", 300, 330, 400, 800).say("b", 300, 330, 400, 800).say("c", 300, 330, 400, 800);
    cells.tick();
    assertThat(cells.share("a")).isCloseTo(1 / 3.0, within(1e-9));
    cells.lose("b");
    Decision decision = cells.tick();
    assertThat(decision.facts()).contains(new Fact.CellLost("b"));
    assertThat(cells.share("b")).isZero();
    assertThat(cells.share("a") + cells.share("c")).isCloseTo(1, within(1e-9));
    assertThat(cells.reason("b")).isEqualTo(RouteReason.LOST);
    assertThat(cells.expected("a")).as("told at once to grow").isPositive();
    cells.say("a", 450, 480, 600, 800).say("b", 0, 0, 0, 800).say("c", 450, 480, 600, 800);
    cells.tick();
    assertThat(cells.last.facts()).contains(new Fact.CellFound("b"));
    assertThat(cells.share("b")).as("nothing is ready there").isZero();
    assertThat(cells.expected("b")).as("but it is told to get ready").isPositive();
    double before = 0;
    for (int i = 0; i < 10; i++) {
      cells.say("b", 0, 0, 400, 800).tick();
      assertThat(cells.share("b") - before).isBetween(0.0, Split.STEP + 1e-9);
      before = cells.share("b");
    }
    assertThat(before).isGreaterThan(0.25);
  }

  @Test
  void whenEveryCellIsLostUsersStayWhereTheyAre() {
    Cells cells = hybrid();
    cells.say("own", 100, 100, 1_000, 2_000).say("rented", 0, 0, 0, 5_000).tick();
    cells.lose("own");
    cells.lose("rented");
    cells.tick();
    assertThat(cells.share("own") + cells.share("rented")).isCloseTo(1, within(1e-9));
  }

  @Test
  void anOwnerThatIsSilentDoesNotMoveUsers() {
    Cells cells = hybrid();
    cells.say("own", 900, 950, 1_000, 2_000).say("rented", 0, 0, 500, 5_000).tick();
    cells.say.remove("own");
    for (int i = 0; i < 30; i++) {
      cells.tick();
      assertThat(cells.share("own")).isEqualTo(1);
    }
  }

  @Test
  void aCellFartherAwayIsFilledAfterTheNearerOnes() {
    Cells cells =
        new Cells(
            cell("near", Ownership.PRIVATE, 5),
            cell("alike", Ownership.PRIVATE, 5 + Split.NEAR_MS),
            cell("far", Ownership.PRIVATE, 6 + Split.NEAR_MS),
            QUERY);
    cells.tick();
    cells.say("near", 0, 0, 300, 300).say("alike", 0, 0, 600, 600).say("far", 0, 0, 500, 500);
    cells.tick();
    assertThat(cells.share("near")).isCloseTo(1 / 3.0, within(1e-9));
    assertThat(cells.share("alike")).isCloseTo(2 / 3.0, within(1e-9));
    assertThat(cells.share("far")).isZero();
    cells.say("near", 1_000, 1_000, 300, 300).tick();
    assertThat(cells.share("far")).isCloseTo(1 - Split.FILL * 900 / 1_000, within(1e-9));
    assertThat(cells.reason("far")).isEqualTo(RouteReason.FARTHER);
  }

  @Test
  void residencyMovesUsersAtOnceAndNeverBreaks() {
    Cells cells = hybrid();
    cells.say("own", 1_000, 1_000, 500, 500).say("rented", 500, 500, 1_000, 5_000).tick();
    assertThat(cells.share("rented")).isPositive();
    Residency home = new Residency(List.of("home"), true);
    cells.declare(ServiceBuilder.like(QUERY).residency(home).build());
    cells.tick();
    cells.tick();
    assertThat(cells.share("own")).isEqualTo(1);
    assertThat(cells.reason("rented")).isEqualTo(RouteReason.RESIDENCY);
  }

  @Test
  void theAuditorSeesWhatIsWrong() {
    RouteAuditor auditor = new RouteAuditor();
    auditor.replay(new Fact.EpochBegun(1, "m"));
    Cell own = cell("own", Ownership.PRIVATE, 1);
    Cell rented = cell("rented", Ownership.PUBLIC, 1);
    Service resident = ServiceBuilder.like(QUERY).cells(List.of("own")).build();
    auditor.replay(new Fact.SpecApplied(SpecKind.CELL, "own", 1, 1, own));
    auditor.replay(new Fact.SpecApplied(SpecKind.CELL, "rented", 1, 2, rented));
    auditor.replay(new Fact.SpecApplied(SpecKind.SERVICE, "rail/query", 1, 3, resident));
    assertThat(rules(auditor, 1, shares(0.5, 0.4))).contains("R1", "I3");
    assertThat(rules(auditor, 2, shares(1, 0))).isEmpty();
    assertThat(rules(auditor, 3, new Fact.CellLost("own")))
        .as("there is no other cell for it")
        .isEmpty();
    auditor.replay(new Fact.SpecApplied(SpecKind.SERVICE, "rail/query", 1, 4, QUERY));
    assertThat(rules(auditor, 4)).as("now there is").containsExactly("R2");
    Decision stale =
        new Decision(
            Cell.ROUTES,
            1,
            5,
            5,
            List.of(),
            List.of(new Command.RouteUsers(0, 1, List.of())),
            List.of());
    assertThat(auditor.check(stale)).extracting(Violation::rule).contains("I4");
  }

  private static Fact shares(double own, double rented) {
    return new Fact.UsersRouted(
        QUERY.id(), List.of(new Fact.CellShare("own", own), new Fact.CellShare("rented", rented)));
  }

  private static List<String> rules(RouteAuditor auditor, long sequence, Fact... facts) {
    Decision decision =
        new Decision(Cell.ROUTES, 1, sequence, sequence, List.of(facts), List.of(), List.of());
    return auditor.check(decision).stream().map(Violation::rule).toList();
  }

  /** Nothing that anybody says makes it throw or break a rule. */
  @Test
  void holdsForNonsense() {
    double[] figures = {
      Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -1, 0, 1e-300, 1e308, 500
    };
    for (long seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      Cells cells = hybrid();
      for (int i = 0; i < 30; i++) {
        String[] names = {"own", "rented", "nowhere"};
        cells.say(
            names[random.nextInt(3)],
            figures[random.nextInt(figures.length)],
            figures[random.nextInt(figures.length)],
            figures[random.nextInt(figures.length)],
            figures[random.nextInt(figures.length)]);
        if (random.nextInt(5) == 0) {
          cells.lose(names[random.nextInt(2)]);
        }
        if (random.nextInt(10) == 0) {
          cells.changes.add(
              new SpecChange(SpecKind.CELL, "rented", 1, 9, random.nextBoolean() ? QUERY : null));
        }
        if (random.nextInt(10) == 0) {
          cells.declare(cell("rented", Ownership.PUBLIC, 1));
        }
        if (random.nextInt(10) == 0) {
          cells.nowMs -= 5_000;
        }
        cells.tick();
        double sum =
            cells.state.shares(QUERY.id()).values().stream().mapToDouble(Double::doubleValue).sum();
        assertThat(sum == 0 || Math.abs(sum - 1) < 1e-9)
            .as("seed %d: parts add up to %s", seed, sum)
            .isTrue();
      }
    }
  }

  /**
   * Random cells that come and go under random loads: the auditor finds nothing (in {@code tick}),
   * lost cells are empty, private cells are preferred, shares settle once nothing changes, and a
   * service that is pinned to some cells is in no other, whichever of them are lost.
   */
  @Test
  void holdsForRandomCells() {
    for (long seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      int n = 2 + random.nextInt(6);
      List<Spec> specs = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        specs.add(
            cell(
                "c" + i,
                random.nextBoolean() ? Ownership.PRIVATE : Ownership.PUBLIC,
                random.nextInt(80)));
      }
      specs.add(QUERY);
      int first = (int) (seed % n);
      List<String> pins = List.of("c" + first, "c" + (first + 1) % n);
      Service ledger = pinned(pins);
      specs.add(ledger);
      Cells cells = new Cells(specs.toArray(new Spec[0]));
      cells.tick();
      for (int round = 0; round < 5; round++) {
        double privateReady = 0;
        for (int i = 0; i < n; i++) {
          double ready = random.nextInt(1_000);
          cells.say(
              "c" + i,
              random.nextInt(600),
              random.nextInt(1_000),
              ready,
              ready + random.nextInt(1_000));
        }
        String gone = "c" + random.nextInt(n);
        if (random.nextBoolean()) {
          cells.lose(gone);
        }
        cells.tick();
        if (cells.lost(gone)) {
          assertThat(cells.share(gone)).as("seed %d: lost", seed).isZero();
        }
        for (int i = 0; i < 20; i++) {
          cells.tick();
          assertThat(cells.state.shares(ledger.id()).entrySet())
              .as("seed %d round %d: pinned to %s", seed, round, pins)
              .allMatch(share -> share.getValue() == 0 || pins.contains(share.getKey()));
        }
        if (!pins.stream().allMatch(cells::lost)) {
          assertThat(cells.state.shares(ledger.id()).values().stream().mapToDouble(s -> s).sum())
              .as("seed %d round %d: all users of what is pinned", seed, round)
              .isCloseTo(1, within(1e-9));
        }
        Map<String, Double> settled = new TreeMap<>(cells.state.shares(QUERY.id()));
        for (int i = 0; i < 10; i++) {
          cells.tick();
          assertThat(cells.state.shares(QUERY.id()))
              .as("seed %d round %d: nothing moves while nothing changes", seed, round)
              .isEqualTo(settled);
        }
        double publicShare = 0;
        double load = 0;
        for (int i = 0; i < n; i++) {
          Cell cell = (Cell) specs.get(i);
          boolean out = cells.lost(cell.name());
          load += out ? 0 : cells.said(cell.name(), 0);
          privateReady +=
              cell.ownership() == Ownership.PRIVATE && !out ? cells.said(cell.name(), 2) : 0;
          publicShare += cell.ownership() == Ownership.PUBLIC ? cells.share(cell.name()) : 0;
        }
        if (load <= 0.8 * privateReady) {
          assertThat(publicShare)
              .as("seed %d round %d: private cells have room for all", seed, round)
              .isZero();
        }
      }
    }
  }
}
