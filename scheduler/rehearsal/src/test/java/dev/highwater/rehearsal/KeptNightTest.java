package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.highwater.kernel.account.MinuteBook;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.CellMinute;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.json.ModelJson;
import dev.highwater.rehearsal.report.Chronicle;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: what owners keep by the minute tells the same night as a recording of everything.
 *
 * <p>Method: a rehearsal's decisions are made again from its recording, once added up as they are
 * and once by way of minutes, written as JSON and read again.
 */
class KeptNightTest {
  private static final Path SCENARIOS = Path.of("../../deploy/scenarios");

  /** Keeps minutes as owners would. */
  private static final class Keeper implements RunObserver {
    final List<CellMinute> minutes = new ArrayList<>();
    final Replay replay = new Replay(this);
    private final SortedMap<String, MinuteBook> books = new TreeMap<>();
    private final SortedMap<String, CellState> states = new TreeMap<>();

    @Override
    public void begun(String cell, boolean admission, List<Fact> facts, List<Input> observed) {
      books.put(cell, new MinuteBook());
    }

    @Override
    public void decided(Input input, Decision decision) {
      CellState state = replay.state(input.cell());
      MinuteBook book = books.get(input.cell());
      if (state != null && book != null) {
        states.put(input.cell(), state);
        keep(book.add(state, input, decision, 0));
      }
    }

    void end() {
      states.forEach((cell, state) -> keep(Objects.requireNonNull(books.get(cell)).rest(state)));
    }

    private void keep(List<Supplier<CellMinute>> ended) {
      for (Supplier<CellMinute> minute : ended) {
        minutes.add(ModelJson.read(ModelJson.write(minute.get()), CellMinute.class));
      }
    }
  }

  /** A night told both ways. */
  private static final class Told {
    final RunResult recorded;
    final RunResult result;
    final KeptNight kept;
    final Keeper keeper = new Keeper();

    Told(Scenario night) {
      Watched watched = new Watched(night);
      watched.run();
      List<String> lines = watched.lines();
      RecordedWorld world = new RecordedWorld();
      lines.forEach(world::take);
      Scenario told = world.scenario(world.beganMs(), world.endedMs());
      LivedNight lived = new LivedNight(world, told, RunObserver.NONE);
      assertThat(lines).allMatch(lived::take);
      recorded = lived.result();
      lines.forEach(keeper.replay::take);
      keeper.end();
      kept = new KeptNight(told, new Chronicle(told, RunObserver.NONE));
      keeper.minutes.stream()
          .sorted(Comparator.comparingLong(CellMinute::startMs))
          .forEach(kept::take);
      result = kept.result();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"peak-night", "residency"})
  void minutesTellWhatARecordingTells(String name) throws Exception {
    Scenario night = ScenarioReader.read(Files.readString(SCENARIOS.resolve(name + ".yaml")), name);
    Told told = new Told(night);

    assertThat(told.kept.gaps()).isEmpty();
    assertThat(told.result)
        .usingRecursiveComparison()
        .ignoringFieldsMatchingRegexes("decisionLogSha256", ".*coverage")
        // Its time has begun when users come; an owner's ledger knows what was before that.
        .ignoringFieldsMatchingRegexes("costByEvent.flash-sale")
        .withComparatorForType(KeptNightTest::closely, Double.class)
        .withComparatorForType(Float::compare, Float.class)
        .isEqualTo(told.recorded);
  }

  /** Money is added up in another order. */
  private static int closely(double a, double b) {
    return Math.abs(a - b) <= 1e-9 * Math.abs(a) ? 0 : Double.compare(a, b);
  }

  @Test
  void aLostOwnersMinuteIsAGapThroughWhichUsersAreCounted() throws Exception {
    Scenario night =
        SchedulerFaultsTest.night(
            "faults=[{start: 100s, fault: owner-lost, cell: local, target: local, duration: 8s}]");
    Told told = new Told(night);
    long startMs = night.startsAtMs();

    assertThat(told.kept.gaps())
        .as("the minute that was open, until the first second of the next owner")
        .containsExactly(new KeptNight.Gap("local", startMs + 60_000, startMs + 108_000));
    assertThat(told.result.requests()).isEqualTo(told.recorded.requests());
    assertThat(told.result.violations()).isEqualTo(told.recorded.violations());
    assertThat(told.result.nodeHours()).isCloseTo(told.recorded.nodeHours(), withinPercentage(2));
    assertThat(told.result.cost()).isCloseTo(told.recorded.cost(), withinPercentage(2));
  }

  /** The first owner is lost before its first minute is over: users since the door began count. */
  @Test
  void usersBeforeTheFirstMinuteAreCountedWhenTheirFrontDoorBeganInTheNight() throws Exception {
    Told told =
        new Told(
            SchedulerFaultsTest.night(
                "faults=[{start: 30s, fault: owner-lost, cell: local, target: local, duration: 5s}]"));

    assertThat(told.kept.gaps()).hasSize(1);
    assertThat(told.result.requests()).isEqualTo(told.recorded.requests());
  }
}
