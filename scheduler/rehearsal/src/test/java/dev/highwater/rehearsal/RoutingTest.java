package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Cell;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.ServiceId;
import dev.highwater.model.WishSource;
import dev.highwater.model.json.Recording;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Goal: in a rehearsal with several cells the routes decide who goes where, by the same code and
 * under the same recording as the cells.
 */
class RoutingTest {
  private static final ServiceId QUERY = new ServiceId("rail", "query");
  private static final ServiceId GATEWAY = new ServiceId("shop", "gateway");

  /** A run, and everything that was decided about its routes. */
  private static final class Watched implements RunObserver {
    final Scenario scenario;
    final RunResult result;
    final List<Fact.UsersRouted> routed = new ArrayList<>();
    final NavigableMap<Long, SortedMap<String, Double>> sharesAtMs = new TreeMap<>();
    final SortedMap<String, List<Long>> toldToGrowAtMs = new TreeMap<>();
    final StringBuilder journal = new StringBuilder();
    private final Recording.Writer writer = new Recording.Writer(journal);
    private final ServiceId service;

    Watched(String file, ServiceId service) throws ScenarioException {
      this.service = service;
      try (InputStream in = Objects.requireNonNull(RoutingTest.class.getResourceAsStream(file))) {
        scenario = ScenarioReader.read(new String(in.readAllBytes(), StandardCharsets.UTF_8), file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      result =
          new Rehearsal(
                  scenario, new TreeMap<>(), PolicyChoice.ofScenario(scenario.services()), this)
              .run();
    }

    @Override
    public void begun(String cell, boolean admission, List<Fact> facts, List<Input> observed) {
      try {
        writer.begin(cell, admission, facts, observed);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void decided(Input input, Decision decision) {
      try {
        writer.step(input, decision);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      long atMs = decision.nowMs() - scenario.startsAtMs();
      for (Fact fact : decision.facts()) {
        if (fact instanceof Fact.UsersRouted f && f.service().equals(service)) {
          SortedMap<String, Double> shares = new TreeMap<>();
          f.cells().forEach(part -> shares.put(part.cell(), part.ratio()));
          sharesAtMs.put(atMs, shares);
          routed.add(f);
        } else if (fact instanceof Fact.TargetSet f
            && f.service().equals(service)
            && f.winner() == WishSource.ROUTE) {
          toldToGrowAtMs.computeIfAbsent(decision.cell(), key -> new ArrayList<>()).add(atMs);
        }
      }
    }

    /** Shares in force at a moment. */
    double share(String cell, long atMs) {
      Map.Entry<Long, SortedMap<String, Double>> last = sharesAtMs.floorEntry(atMs);
      return last == null ? Double.NaN : last.getValue().getOrDefault(cell, 0.0);
    }

    ServiceResult of(ServiceId id) {
      return result.services().stream()
          .filter(s -> s.service().equals(id))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void aPrivateCellFillsFirstAndThePublicOneIsReadyWhenItMustBe() throws ScenarioException {
    Watched run = new Watched("hybrid.yaml", QUERY);
    assertThat(run.result.auditMessages()).isEmpty();
    assertThat(run.share("own", 55_000)).as("all fit into the private cell").isEqualTo(1);
    assertThat(run.share("rented", 150_000)).as("at the peak most do not").isGreaterThan(0.3);
    assertThat(run.share("own", 239_000)).as("after it they are back").isGreaterThan(0.95);
    long burstMs =
        run.sharesAtMs.entrySet().stream()
            .filter(e -> e.getValue().getOrDefault("rented", 0.0) > 0.2 && e.getKey() > 60_000)
            .mapToLong(Map.Entry::getKey)
            .findFirst()
            .orElseThrow();
    assertThat(run.toldToGrowAtMs.get("rented"))
        .as("a node and a replica boot before a fifth of the users come, at %d ms", burstMs)
        .anyMatch(atMs -> atMs < burstMs - 20_000);
    assertThat(run.of(QUERY).violationRatio()).isLessThan(0.03);
    assertThat(run.routed.size()).as("shares do not flap").isLessThan(60);
  }

  @Test
  void aLostCellsUsersAreElsewhereWithinTwoTicksAndComeBack() throws ScenarioException {
    Watched run = new Watched("three-cells.yaml", GATEWAY);
    assertThat(run.result.auditMessages()).isEmpty();
    assertThat(run.share("b", 89_000)).isGreaterThan(0.2);
    assertThat(run.share("b", 92_000)).isZero();
    assertThat(run.share("b", 149_000)).isZero();
    assertThat(run.share("b", 239_000)).as("it comes back").isGreaterThan(0.2);
    // A third of all users fail until they are moved, and the others are crowded for a moment.
    assertThat(run.of(GATEWAY).violationRatio()).isBetween(0.0005, 0.01);
  }

  @Test
  void theRoutesAreInTheHashAndInTheJournalAndReplay() throws ScenarioException {
    Watched run = new Watched("three-cells.yaml", GATEWAY);
    assertThat(new Watched("three-cells.yaml", GATEWAY).result.decisionLogSha256())
        .isEqualTo(run.result.decisionLogSha256());
    Replay replay = new Replay();
    for (String line : run.journal.toString().split("\n")) {
      assertThat(replay.take(line)).as(replay.difference()).isTrue();
    }
    assertThat(replay.cells().keySet()).containsExactly("a", "b", "c", Cell.ROUTES);
  }
}
