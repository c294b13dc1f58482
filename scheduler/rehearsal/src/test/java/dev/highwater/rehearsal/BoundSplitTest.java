package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import java.util.Arrays;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Goal: users are meant to go where their tenant's limits let a cell grow, and no other's. */
class BoundSplitTest {
  private static final ServiceId SITE = new ServiceId("shop", "site");

  private static final String NIGHT =
      """
      formatVersion: 1
      duration: 1m
      seed: 1
      fidelity: fluid
      cells: [{name: own, ownership: private}, {name: rented, ownership: public}]
      pools:
        - {cell: own, name: general, nodesMax: 100}
        - {cell: rented, name: general, nodesMax: 100}
      tenants:
        - {name: shop%s}
      %s
      services:
        - {tenant: shop, name: site, scaling: {replicasMin: 1, replicasMax: 400, replicasInitial: 1}}
      loads: [{service: shop/site, basePerSecond: 10}]
      """;

  private static final String FOUR_CORES =
      ", quotas: [{cell: own, nominal: {}, borrowingLimit: {cpuMilli: 4000, memoryMib: 1000000}}]";

  /** What goes to each cell of so many users. */
  private static double[] split(String ofShop, String others, double perSecond)
      throws ScenarioException {
    Scenario night = ScenarioReader.read(NIGHT.formatted(ofShop, others), "night.yaml");
    double[] rates = new double[61];
    Arrays.fill(rates, perSecond);
    SortedMap<ServiceId, double[]> known = new TreeMap<>();
    known.put(SITE, rates);
    BoundSplit split = new BoundSplit(night, night.services(), known);
    return Objects.requireNonNull(split.at(30).get(SITE)).perSecond();
  }

  @Test
  void whatTheTenantMayNotHoldGoesElsewhere() throws ScenarioException {
    assertThat(split("", "", 2_000)[1]).as("no limit").isZero();
    assertThat(split(FOUR_CORES, "", 2_000)[1]).as("four cores of its own").isPositive();
  }

  @Test
  void whoHasNoServicesMovesNobody() throws ScenarioException {
    String others =
        "  - {name: idle, priority: 900, quotas: [{cell: own, nominal: {cpuMilli: 90000}}]}";
    assertThat(split(FOUR_CORES, "", 2_000)).containsExactly(split(FOUR_CORES, others, 2_000));
  }
}
