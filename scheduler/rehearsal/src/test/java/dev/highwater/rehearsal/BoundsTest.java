package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Decision;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Goal: a bound bounds. Whatever the cells, and whatever users are told, the oracle has for each
 * cell what those who really come there need, in time, and no policy that keeps its promise is
 * cheaper.
 */
class BoundsTest {
  private static final ServiceId QUERY = new ServiceId("rail", "query");
  private static final ServiceId GATEWAY = new ServiceId("shop", "gateway");

  /** Users who ask until they find, buy what is left, and pay a while later. */
  private static final String SALE =
      """
      formatVersion: 1
      duration: 10m
      seed: 3
      fidelity: fluid
      window: 500ms
      cells: [{name: local}]
      pools:
        - {cell: local, name: dear, pricePerHour: 2, boot: 15s, nodesMax: 20}
        - {cell: local, name: cheap, boot: 15s, nodesMax: 4}
      tenants: [{name: rail}]
      services:
        - {tenant: rail, name: query, scaling: {replicasMin: 1, replicasInitial: 4}}
        - {tenant: rail, name: order, scaling: {replicasMin: 1, replicasInitial: 1}}
        - {tenant: rail, name: payment, scaling: {replicasMin: 1, replicasInitial: 1}}
      loads:
        - service: rail/query
          basePerSecond: 20
          crowds: [{name: release, start: 60s, rise: 20s, hold: 60s, decayHalfLife: 10s, peakPerSecond: 200}]
          requery: {findRatio: 0.02, think: 5s, unluckyThink: 2s, patience: 2m, stockOf: rail/order}
          calls: [{service: rail/order, ratio: 1}]
        - service: rail/order
          stock: {initial: 1000, unpaidRatio: 0.3, hold: 2m, releases: [{at: 60s, amount: 9000}]}
          calls: [{service: rail/payment, ratio: 1, lag: 60s, lagStages: 2}]
        - service: rail/payment
      """;

  /** A run, and where its users went. */
  private static final class Watched implements RunObserver {
    final RunResult result;
    private final Scenario scenario;
    private final ServiceId service;
    private final SortedMap<String, NavigableMap<Long, Double>> shares = new TreeMap<>();

    Watched(Scenario scenario, ServiceId service, String policy) {
      this.scenario = scenario;
      this.service = service;
      result = new Rehearsal(scenario, new TreeMap<>(), PolicyChoice.parse(policy), this).run();
      assertThat(result.auditMessages()).isEmpty();
    }

    @Override
    public void decided(Input input, Decision decision) {
      for (Observation observation : input.observations()) {
        if (observation instanceof Observation.UserShares told) {
          for (Observation.UserShare share : told.shares()) {
            if (share.service().equals(service)) {
              shares
                  .computeIfAbsent(input.cell(), cell -> new TreeMap<>())
                  .put(told.atMs() - scenario.startsAtMs(), share.ratio());
            }
          }
        }
      }
    }

    /** The largest part of the users that a cell had from one moment to another. */
    double mostIn(String cell, long fromMs, long toMs) {
      NavigableMap<Long, Double> told = Objects.requireNonNull(shares.get(cell));
      double most = told.floorEntry(fromMs).getValue();
      for (double share : told.subMap(fromMs, true, toMs, false).values()) {
        most = Math.max(most, share);
      }
      return most;
    }

    ServiceResult of(ServiceId id) {
      return result.services().stream()
          .filter(s -> s.service().equals(id))
          .findFirst()
          .orElseThrow();
    }
  }

  private static Scenario read(String file) throws ScenarioException {
    try (InputStream in = Objects.requireNonNull(BoundsTest.class.getResourceAsStream(file))) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      // Request by request: the oracle stands exactly at its promise, where fluid counts too many.
      return ScenarioReader.read(text.replace("fidelity: fluid", "fidelity: request"), file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theOracleFillsThePrivateCellAndIsReadyInThePublicOne() throws ScenarioException {
    Scenario night = read("hybrid.yaml");
    Watched oracle = new Watched(night, QUERY, "oracle");
    Watched slo = new Watched(night, QUERY, "slo");
    assertThat(oracle.mostIn("rented", 0, 55_000)).as("all fit into the private cell").isZero();
    assertThat(oracle.mostIn("rented", 150_000, 160_000)).as("most do not").isGreaterThan(0.3);
    assertThat(oracle.of(QUERY).violationRatio()).isLessThan(0.01);
    assertThat(oracle.of(QUERY).violationMinutes()).isZero();
    assertThat(oracle.result.cost()).isLessThan(slo.result.cost());
    assertThat(oracle.result.replicaHours()).isLessThan(slo.result.replicaHours());
  }

  @Test
  void theOracleKnowsOfTheLossOfACell() throws ScenarioException {
    Scenario night = read("three-cells.yaml");
    Watched oracle = new Watched(night, GATEWAY, "oracle");
    Watched slo = new Watched(night, GATEWAY, "slo");
    assertThat(oracle.mostIn("b", 0, 89_000)).isGreaterThan(0.2);
    assertThat(oracle.mostIn("b", 91_000, 149_000)).as("nobody goes to what is lost").isZero();
    assertThat(oracle.mostIn("b", 200_000, 239_000)).as("it comes back").isGreaterThan(0.2);
    assertThat(oracle.of(GATEWAY).violationRatio()).as("no more than p99 allows").isLessThan(0.01);
    assertThat(oracle.result.replicaHours()).isLessThan(slo.result.replicaHours());
  }

  @Test
  void whoKnowsThePresentAloneIsWorseThanWhoKnowsTheFuture() throws ScenarioException {
    Scenario night = read("hybrid.yaml");
    Watched present = new Watched(night, QUERY, "perfect-reactive");
    assertThat(present.of(QUERY).violationRatio())
        .isGreaterThan(2 * new Watched(night, QUERY, "oracle").of(QUERY).violationRatio())
        .isLessThan(0.2);
  }

  @Test
  void theOracleKnowsWhatDependsOnWhatUsersAreTold() throws ScenarioException {
    Scenario night = ScenarioReader.read(SALE, "sale.yaml");
    Watched oracle = new Watched(night, QUERY, "oracle");
    Watched slo = new Watched(night, QUERY, "slo");
    for (ServiceResult service : oracle.result.services()) {
      assertThat(service.violationRatio()).as("%s", service.service()).isLessThan(0.01);
    }
    assertThat(oracle.of(QUERY).replicasPeak()).isGreaterThan(4);
    assertThat(oracle.result.replicaHours()).isLessThan(slo.result.replicaHours());
  }

  @Test
  void nodesAreHeldOnceAndInTheCheapestPool() throws ScenarioException {
    RunResult oracle = new Watched(ScenarioReader.read(SALE, "sale.yaml"), QUERY, "oracle").result;
    // Six replicas of one core fit on one node; a node of each pool would cost 3 an hour.
    assertThat(oracle.cost()).isLessThan(oracle.nodeHours() * 1.5);
  }
}
