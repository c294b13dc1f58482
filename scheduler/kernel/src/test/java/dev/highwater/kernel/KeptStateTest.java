package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.audit.Auditor;
import dev.highwater.kernel.route.RouteState;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Cell;
import dev.highwater.model.CellImage;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecKind;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: who begins with the sum of a journal and reads the rest stands where the one stands who
 * read it all, and decides the same. Method: random worlds with faults and changes of owner, in
 * which a twin follows that began with a sum taken at a random moment.
 */
class KeptStateTest {
  private static final int SECONDS = 150;

  static LongStream seeds() {
    return AuditedWorldTest.seeds();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void sumAndRestAreTheWhole(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    World world = AuditedWorldTest.random(random);
    CellImage image = new CellState(World.CELL).image();
    int cut = 0;
    Kernel kernel = new Kernel();
    @Nullable CellState twin = null;
    Auditor auditor = new Auditor(World.CELL);
    int takeOvers = 0;
    for (int second = 0; second < SECONDS; second++) {
      String when = "sim.seed=" + seed + " second=" + second;
      AuditedWorldTest.disturb(random, world);
      if (random.nextInt(10) == 0) {
        image = world.state.image(); // of the owner that decides, with all that it observed
        cut = world.journal.size();
        assertThat(image).as(when).isEqualTo(read(world.journal).image());
        CellState again = new CellState(World.CELL);
        again.evolve(new Fact.CellKept(image));
        assertThat(again.image()).as(when).isEqualTo(image);
      }
      if (cut > 0 && random.nextInt(20) == 0) {
        takeOvers++;
        List<Fact> rest = List.copyOf(world.journal.subList(cut, world.journal.size()));
        twin = new CellState(World.CELL);
        twin.evolve(new Fact.CellKept(image));
        rest.forEach(twin::evolve);
        assertThat(twin.image()).as(when).isEqualTo(read(world.journal).image());
        auditor = new Auditor(World.CELL);
        auditor.replay(new Fact.CellKept(image));
        rest.forEach(auditor::replay);
        Fact begun = world.takeOver();
        twin.evolve(begun);
        auditor.replay(begun);
      }
      world.second();
      if (twin != null) {
        Decision decision = kernel.step(twin, world.lastInput);
        assertThat(decision).as(when).isEqualTo(world.last);
        decision.facts().forEach(twin::evolve);
        assertThat(auditor.check(decision)).as(when).isEmpty();
      }
    }
    assertThat(takeOvers).as("sim.seed=%d", seed).isPositive();
  }

  private static CellState read(List<Fact> journal) {
    CellState state = new CellState(World.CELL);
    journal.forEach(state::evolve);
    return state;
  }

  @Test
  void sumAmidAJournalChangesNothing() {
    World world = AuditedWorldTest.random(new SplittableRandom(7)).run(20);
    CellImage before = world.state.image();
    world.state.evolve(new Fact.CellKept(new CellState(World.CELL).image()));
    assertThat(world.state.image()).isEqualTo(before);
    Auditor auditor = new Auditor(World.CELL);
    world.journal.forEach(auditor::replay);
    Decision begins =
        new Decision(
            World.CELL,
            world.state.epoch(),
            world.sequence,
            world.nowMs,
            List.of(new Fact.CellKept(before)),
            List.of(),
            List.of());
    assertThat(auditor.check(begins)).anyMatch(violation -> violation.rule().equals("I8"));
  }

  @Test
  void sumOfTheRoutesIsTheWholeToo() {
    ServiceId web = new ServiceId("shop", "web");
    ServiceId gone = new ServiceId("shop", "gone");
    List<Fact> journal =
        List.of(
            new Fact.EpochBegun(1, "a"),
            cell("east"),
            cell("west"),
            new Fact.SpecApplied(
                SpecKind.SERVICE, web.toString(), 1, 1, Service.named("shop", "web")),
            new Fact.SpecApplied(
                SpecKind.SERVICE, gone.toString(), 1, 1, Service.named("shop", "gone")),
            new Fact.UsersRouted(web, List.of(new Fact.CellShare("east", 1))),
            new Fact.CellLost("east"),
            new Fact.UsersRouted(web, List.of(new Fact.CellShare("west", 1))),
            new Fact.SpecApplied(SpecKind.SERVICE, gone.toString(), 2, 2, null),
            new Fact.EpochBegun(2, "b"),
            new Fact.CellFound("east"));
    RouteState whole = new RouteState();
    journal.forEach(whole::evolve);
    for (int cut = 1; cut <= journal.size(); cut++) {
      RouteState first = new RouteState();
      journal.subList(0, cut).forEach(first::evolve);
      RouteState rest = new RouteState();
      rest.evolve(new Fact.RoutesKept(first.image()));
      journal.subList(cut, journal.size()).forEach(rest::evolve);
      assertThat(rest.image()).isEqualTo(whole.image());
      assertThat(rest.shares(web)).containsOnlyKeys("west");
      assertThat(rest.lost("east")).isFalse();
    }
  }

  private static Fact cell(String name) {
    return new Fact.SpecApplied(SpecKind.CELL, name, 1, 1, Cell.named(name));
  }
}
