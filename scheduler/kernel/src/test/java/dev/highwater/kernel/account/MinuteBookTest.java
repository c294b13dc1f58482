package dev.highwater.kernel.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.kernel.Kernel;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Cell;
import dev.highwater.model.CellMinute;
import dev.highwater.model.CellMinute.Count;
import dev.highwater.model.CellMinute.Growth;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Limits;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Observation.FrontDoorReport;
import dev.highwater.model.Observation.HostReport;
import dev.highwater.model.Observation.PoolReport;
import dev.highwater.model.Observation.ServiceTraffic;
import dev.highwater.model.Observation.SparseHistogram;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: each second of users is written down once, whoever began, restarted or hung meanwhile. */
class MinuteBookTest {
  private static final ServiceId WEB = new ServiceId("shop", "web");

  private final Kernel kernel = new Kernel();
  private final CellState state = new CellState("east");
  private final MinuteBook book = new MinuteBook();
  private final List<CellMinute> minutes = new ArrayList<>();
  private long sequence;

  MinuteBookTest() {
    state.evolve(new Fact.EpochBegun(1, "a"));
    for (Spec spec : List.of(Cell.named("east"), Service.named("shop", "web"))) {
      state.evolve(new Fact.SpecApplied(SpecKind.of(spec), spec.key(), 1, 1, spec));
    }
  }

  private void second(long second, long startedMs, long requests, @Nullable SparseHistogram all) {
    second(second, new FrontDoorReport(second * 1_000, startedMs, List.of(totals(requests, all))));
  }

  private static ServiceTraffic totals(long requests, @Nullable SparseHistogram all) {
    return new ServiceTraffic(WEB, requests, requests, requests, 0, 0, 0, 0, 0, 0, 0, 0, all);
  }

  /** The owner decides 50 ms after reports. */
  private void second(long second, Observation... reports) {
    second(second, List.of(), reports);
  }

  private void second(long second, List<Fact> facts, Observation... reports) {
    long atMs = second * 1_000;
    sequence++;
    Input input = new Input("east", 1, sequence, atMs + 50, List.of(), List.of(reports));
    kernel.observe(state, input);
    Decision decision = new Decision("east", 1, sequence, atMs + 50, facts, List.of(), List.of());
    book.add(state, input, decision, 0).forEach(ended -> minutes.add(ended.get()));
  }

  private void second(long second, long startedMs, long requests) {
    second(second, startedMs, requests, null);
  }

  private void declare(String pool, @Nullable NodePool spec) {
    state.evolve(new Fact.SpecApplied(SpecKind.NODE_POOL, pool, 1, 1, spec));
  }

  private static HostReport ready(long second, String host, int nodes) {
    return new HostReport(second * 1_000, host, List.of(new PoolReport("east/p", 1, 0, nodes)));
  }

  private static Growth requests(CellMinute minute) {
    return minute.services().get(0).counts().stream()
        .filter(each -> each.count() == Count.FIRST_ATTEMPTS)
        .findFirst()
        .orElseThrow();
  }

  private static List<Long> eachSecond(CellMinute minute) {
    return IntStream.range(0, minute.seconds())
        .mapToObj(i -> CellMinute.at(requests(minute).growth(), i))
        .toList();
  }

  @Test
  void aMinuteEndsWithTheClocksAndTellsEachSecond() {
    for (int s = 57; s <= 121; s++) {
      second(s, 1, s * 10L);
    }

    assertThat(minutes).extracting(CellMinute::startMs).containsExactly(57_000L, 60_000L);
    assertThat(minutes).extracting(CellMinute::seconds).containsExactly(3, 60);
    assertThat(eachSecond(minutes.get(0)))
        .as("what was before the first report is another owner's")
        .containsExactly(10L, 10L, 10L);
    assertThat(requests(minutes.get(1)).growth()).as("alike, so one alone").containsExactly(10L);
    assertThat(requests(minutes.get(1)).total()).isEqualTo(1_200);
  }

  @Test
  void usersOfASilenceAreSpreadOverIt() {
    for (int s = 60; s <= 70; s++) {
      second(s, 1, s * 10L);
    }
    second(74, 1, 1_100);
    for (int s = 75; s <= 121; s++) {
      second(s, 1, 1_100);
    }

    assertThat(eachSecond(minutes.get(0)).subList(8, 16))
        .containsExactly(10L, 10L, 100L, 100L, 100L, 100L, 0L, 0L);
  }

  @Test
  void aFrontDoorThatStartsAgainCountsFromNothing() {
    second(60, 1, 5_000);
    second(61, 1, 5_010);
    second(62, 61_500, 4);
    second(63, 61_500, 9);
    second(121, 61_500, 9);

    assertThat(eachSecond(minutes.get(0)).subList(0, 4)).containsExactly(10L, 4L, 5L, 0L);
    assertThat(minutes.get(0).doorStartedMs()).isEqualTo(61_500);
    assertThat(requests(minutes.get(0)).total()).isEqualTo(9);
  }

  /** What the state refused nobody knows; the next report tells what users did meanwhile. */
  @Test
  void refusedReportsAreNotWrittenDown() {
    second(60, 1, 5_000);
    second(61, 1, 5_010);
    second(62, 1, -7);
    second(63, 1, 4_000);
    second(64, new FrontDoorReport(60_000, 1, List.of(totals(5_030, null))));
    second(65, 1, 5_050);
    second(121, 1, 5_050);

    assertThat(eachSecond(minutes.get(0)).subList(0, 6))
        .as("nothing was heard in the second before it that could be from it")
        .containsExactly(10L, 0L, 0L, 20L, 20L, 0L);
    assertThat(requests(minutes.get(0)).total()).isEqualTo(5_050);
  }

  @Test
  void whatAnOwnerMissedForMoreThanAMinuteIsAGap() {
    for (int s = 60; s <= 70; s++) {
      second(s, 1, s * 10L);
    }
    second(200, 1, 9_000);
    second(201, 1, 9_001);
    book.rest(state).forEach(ended -> minutes.add(ended.get()));

    assertThat(minutes).hasSize(2);
    assertThat(minutes.get(0).endMs()).as("the second that was open is over").isEqualTo(70_000);
    assertThat(requests(minutes.get(0)).total()).isEqualTo(700);
    assertThat(minutes.get(1).startMs()).isEqualTo(199_000);
    assertThat(requests(minutes.get(1)).total()).isEqualTo(9_001);
    assertThat(eachSecond(minutes.get(1))).containsExactly(0L, 1L);
  }

  @Test
  void latenciesAreThoseOfTheMinute() {
    second(60, 1, 1, new SparseHistogram(List.of(1_000), List.of(7L)));
    second(61, 1, 2, new SparseHistogram(List.of(1_000, 1_009), List.of(8L, 2L)));
    second(119, 1, 3, new SparseHistogram(List.of(1_000, 1_009), List.of(9L, 2L)));
    second(121, 1, 4);

    CellMinute.Latencies latency =
        Objects.requireNonNull(minutes.get(0).services().get(0).latency());
    assertThat(latency).isEqualTo(new CellMinute.Latencies(1_000, List.of(2L, 0L, 2L)));
    assertThat(latency.bin(2)).isEqualTo(1_010);
  }

  @Test
  void theNodesOfAHostThatIsGoneCountAsLongAsItsLease() {
    declare("east/p", NodePool.named("east", "p"));
    for (int s = 60; s <= 121; s++) {
      if (s <= 70) {
        second(s, ready(s, "a", 2), ready(s, "b", 3));
      } else {
        second(s, ready(s, "a", 2));
      }
    }

    List<Long> ready = minutes.get(0).pools().get(0).ready();
    assertThat(ready.subList(0, 19)).containsOnly(5L);
    assertThat(ready.subList(21, 60)).containsOnly(2L);
  }

  @Test
  void whatWentWithLostNodesIsCounted() {
    second(60, 1, 0);
    second(61, 1, 10);
    List<Fact.ServiceShare> held = List.of(new Fact.ServiceShare(WEB, 6));
    second(
        62,
        List.of(
            new Fact.NodeLost("n-0", Fact.NodeLossReason.LEASE_EXPIRED, held),
            new Fact.NodeLost("n-1", Fact.NodeLossReason.LEASE_EXPIRED, held),
            new Fact.NodeLost("n-2", Fact.NodeLossReason.RELEASED, List.of()),
            new Fact.ReplicasGone(WEB, List.of(7L))));
    second(121, 1, 10);

    assertThat(minutes.get(0).nodesLost()).isEqualTo(2);
    assertThat(minutes.get(0).services().get(0).lost())
        .as("what stopped in the same second did so by itself")
        .isEqualTo(12);
  }

  @Test
  void aPoolThatWasDeletedIsForgottenAfterItsLastMinute() {
    declare("east/p", NodePool.named("east", "p"));
    for (int s = 60; s <= 181; s++) {
      if (s == 90) {
        declare("east/p", null);
      }
      second(s, ready(s, "a", s < 90 ? 2 : 0));
    }

    assertThat(minutes).extracting(CellMinute::pools).extracting(List::size).containsExactly(1, 0);
  }

  @Test
  void aMinuteThatHoldsTooMuchFailsWhereItIsPutTogether() {
    for (int i = 0; i <= Limits.SPEC_LIST_MAX; i++) {
      declare("east/p" + i, NodePool.named("east", "p" + i));
    }
    for (int s = 60; s <= 70; s++) {
      second(s, ready(s, "a", 0));
    }

    List<Supplier<CellMinute>> rest = book.rest(state);
    assertThat(rest).hasSize(1);
    assertThatThrownBy(() -> rest.get(0).get()).hasMessageContaining("pools must have at most");
  }

  @Test
  void ofMoreServicesThanAFrontDoorReportsTheFirstAreTold() {
    for (int s = 60; s <= 121; s++) {
      List<ServiceTraffic> first = new ArrayList<>();
      for (int i = 0; i < CellMinute.SERVICES_MAX; i++) {
        first.add(traffic("a" + i, s));
      }
      second(
          s,
          new FrontDoorReport(s * 1_000L, 1, first),
          new FrontDoorReport(s * 1_000L, 1, List.of(traffic("b", s))));
    }

    assertThat(minutes.get(0).services())
        .hasSize(CellMinute.SERVICES_MAX)
        .noneMatch(minute -> minute.service().name().equals("b"));
  }

  private static ServiceTraffic traffic(String service, long requests) {
    return new ServiceTraffic(
        new ServiceId("shop", service), requests, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null);
  }

  @Test
  void nothingIsWrittenOfServicesThatNobodyAskedFor() {
    second(60, 1, 100);
    second(61, 1, 100);
    second(121, 1, 100);

    assertThat(minutes).hasSize(1);
    assertThat(minutes.get(0).services()).isEmpty();
  }
}
