package dev.highwater.rehearsal.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.highwater.model.PeakEvent;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a wrong scenario tells everything that is wrong with it, by line, and a right one is read.
 */
class ScenarioReaderTest {
  private static final String GOOD =
      """
      formatVersion: 1
      duration: 3m
      cells:
        - name: local
      pools:
        - {cell: local, name: general, boot: 15s}
      tenants:
        - name: shop
      services:
        - tenant: shop
          name: gateway
          capacity: {meanService: 40ms, clientTimeout: 2s, boot: {median: 5s, p99: 8s}}
          scaling: {stabilisation: 30s}
        - {tenant: shop, name: order}
      loads:
        - service: shop/gateway
          basePerSecond: 120
          calls:
            - {service: shop/order, ratio: 0.2}
      events:
        - name: sale
          start: 60s
          rise: 5s
          loads:
            - {service: shop/gateway, peakPerSecond: 1200}
      expect:
        services:
          - {service: shop/gateway, violationRatioMax: 0.01}
      """;

  private static List<String> mistakes(String text) {
    ScenarioException e =
        assertThrows(ScenarioException.class, () -> ScenarioReader.read(text, "a/night.yaml"));
    return e.mistakes().stream().map(Mistake::toString).toList();
  }

  @Test
  void aRightScenarioIsReadWithItsDefaults() throws ScenarioException {
    Scenario scenario = ScenarioReader.read(GOOD, "a/night.yaml");

    assertThat(scenario.name()).isEqualTo("night");
    assertThat(scenario.durationMs()).isEqualTo(180_000);
    assertThat(scenario.windowMs()).isEqualTo(200);
    assertThat(scenario.tenants().get(0).displayName()).isEqualTo("shop");
    assertThat(scenario.services().get(0).capacity().boot().p99Ms()).isEqualTo(8_000);
    assertThat(scenario.services().get(1).capacity().boot().p99Ms()).isEqualTo(5_000);
    assertThat(scenario.expect().services())
        .containsExactly(
            new Expectation.ServiceBound(new ServiceId("shop", "gateway"), 0.01, null));
    List<Spec> specs = scenario.specs(1_000_000);
    assertThat(((PeakEvent) specs.get(specs.size() - 1)).startMs()).isEqualTo(1_060_000);
  }

  @Test
  void allMistakesAreToldAtOnceEachWithItsLineAndWhatToDo() {
    String text =
        GOOD.replace("duration: 3m", "duration: 180")
            .replace("name: general,", "name: general, nodesMx: 3,")
            .replace("basePerSecond: 120", "basePerSecond: -120")
            .replace("start: 60s", "start: 4000d")
            .replace("stabilisation: 30s", "stabilisationMs: 30000")
            .replace("name: order}", "name: order, residency: {jurisdictions: [mars]}}")
            .replace(
                "events:\n",
                """
                  - service: shop/order
                    calls:
                      - {service: shop/gateway}
                events:
                """);
    assertThat(mistakes(text))
        .containsExactly(
            "a/night.yaml:2: duration: unit missing, write 180ms, 180s, 180m or 180h",
            "a/night.yaml:6: pools[0].nodesMx: unknown key, did you mean 'nodesMax'?",
            "a/night.yaml:13: services[0].scaling.stabilisationMs: unknown key, write"
                + " 'stabilisation' with a unit, such as stabilisation: 5s",
            "a/night.yaml:14: services[1]: service shop/order has no cell it may live in, widen its"
                + " cells or residency, or add a cell",
            "a/night.yaml:17: loads[0].basePerSecond: is a negative rate, must be 0 or more, not"
                + " -120.0",
            "a/night.yaml:21: loads[1].calls: the call graph has a cycle, remove one call of"
                + " shop/gateway -> shop/order -> shop/gateway",
            "a/night.yaml:25: events[0].start: lies outside the run of 400d, start earlier or lengthen"
                + " duration");
  }

  /** What makes an element unreadable, and where that is told. */
  static Stream<List<String>> unreadable() {
    return Stream.of(
        List.of("peakPerSecond: 1200", "peakPerSecond: -1", "events[0].loads[0].peakPerSecond"),
        List.of("name: gateway", "name: [gateway]", "services[0].name"),
        List.of("ratio: 0.2", "ratio: many", "loads[0].calls[0].ratio"),
        List.of("violationRatioMax: 0.01", "violationRatioMax: many", "expect.services[0]"),
        List.of("meanService: 40ms", "meanService: 40", "services[0].capacity.meanService"));
  }

  @ParameterizedTest
  @MethodSource("unreadable")
  void anElementThatCannotBeReadHidesNoMistakeOfTheOthers(List<String> part) {
    assertThat(GOOD).contains(part.get(0));
    String text =
        GOOD.replace(part.get(0), part.get(1))
            .replace("start: 60s", "start: 60m")
            .replace(
                "name: order}\n",
                """
                name: order}
                  - {tenant: shop, name: mars, residency: {jurisdictions: [mars]}}
                  - {tenant: shop, name: stock}
                """)
            .replace(
                "events:\n",
                """
                  - {service: shop/order, calls: [{service: shop/stock}]}
                  - {service: shop/stock, calls: [{service: shop/order}]}
                surges: [{start: 4m, service: shop/order, factor: 2, hold: 1s}]
                events:
                """);
    assertThat(mistakes(text))
        .hasSize(5)
        .anySatisfy(told -> assertThat(told).contains(part.get(2)))
        .anySatisfy(told -> assertThat(told).contains("services[2]: service shop/mars has no cell"))
        .anySatisfy(told -> assertThat(told).contains("loads[2].calls: the call graph has a cycle"))
        .anySatisfy(told -> assertThat(told).contains("events[0].start: lies outside the run"))
        .anySatisfy(told -> assertThat(told).contains("surges[0].start: lies outside the run"));
  }

  /**
   * Unreadable cells, pools, tenants and services are not told again as ones that are not there.
   */
  @Test
  void whatMayBeInAnElementThatCannotBeReadIsNotToldAsMissing() {
    assertThat(mistakes(GOOD.replace("- name: local", "- {name: [local]}")))
        .singleElement(STRING)
        .contains("cells[0].name");
    assertThat(
            mistakes(
                GOOD.replace("name: general,", "name: [general],")
                    + "startNodes: [{pool: local/general, nodes: 6}]\n"))
        .singleElement(STRING)
        .contains("pools[0].name");
    assertThat(mistakes(GOOD.replace("- name: shop\n", "- name: [shop]\n")))
        .singleElement(STRING)
        .contains("tenants[0].name");
    assertThat(mistakes(GOOD.replace("services:\n  - tenant", "services: none\nx:\n  - tenant")))
        .hasSize(2)
        .allSatisfy(told -> assertThat(told).containsAnyOf("services: must be a list", ": x: "));
  }

  /** What is wrong, what is put for what, and the words that must be told. */
  static Stream<List<String>> wrongParts() {
    return Stream.of(
        List.of("start: 60s", "start: 4m", "lies outside the run of 3m"),
        List.of(
            "- {cell: local, name",
            "- {cell: local, name: b}\n  - {cell: west, name",
            "no cell west"),
        List.of(
            "tenant: shop, name: order",
            "tenant: rail, name: order}\n  - {tenant: shop, name: order",
            "no tenant rail"),
        List.of("{service: shop/order, r", "{service: shop/none, r", "no service shop/none"),
        List.of(
            "{service: shop/order, r",
            "{service: order, r",
            "must be written tenant/service, not order"),
        List.of(
            "name: order}",
            "name: order}\n  - {tenant: shop, name: gateway}",
            "is given twice, rename one: shop/gateway"),
        List.of("name: order}", "name: order, resources: {cpuMilli: 99000}}", "fits no node"),
        List.of(
            "basePerSecond: 120",
            "basePerSecond: 120\n    requery: {findRatio: 1, think: 1s, unluckyThink: 1s, patience: 1s,"
                + " stockOf: shop/order}",
            "requery.stockOf: shop/order has no stock"),
        List.of(
            "basePerSecond: 120",
            "basePerSecond: 120\n    sameShardRatio: 0.1",
            "loads[0].sameShardRatio: needs a serial step with shards"),
        List.of(
            "name: order}",
            "name: order, capacity: {serialShards: 9}}",
            "capacity.serialShards: needs a serialRatePerSecondMax above 0"),
        List.of(
            "name: order}",
            "name: order, capacity: {serialRatePerSecondMax: 9, serialShards: 1001}}",
            "capacity.serialShards: must be 1 to 1000"),
        List.of(
            "scaling: {stabilisation: 30s}",
            "scaling: {policy: solo}",
            "services[0].scaling.policy: must be one of slo, hpa, "),
        List.of("name: order}", "name: order, scaling: {policy: hpa:0}}", ", not hpa:0"),
        List.of("violationRatioMax: 0.01", "violationRatioMax: 1.5", "must be 0.0 to 1.0"),
        List.of("duration: 3m", "seed: 4", "duration: is required"),
        List.of("duration: 3m", "duration: 3min", "must be a time span such as 200ms"),
        List.of("boot: 15s", "boot: [15s]", "must be 'key: value' lines"),
        List.of("- name: shop\n", "- name: shop\n    name: shop\n", "is given twice"),
        List.of("formatVersion: 1", "formatVersion: 2", "must be 1 to 1"),
        List.of("basePerSecond: 120", "basePerSecond: many", "must be a number, not many"),
        List.of("basePerSecond: 120", "basePerSecond: .nan", "number, not .nan"),
        List.of("cells:\n", "cells: [\n", "is not YAML"));
  }

  @ParameterizedTest
  @MethodSource("wrongParts")
  void aSingleMistakeIsTheOnlyOneTold(List<String> part) {
    assertThat(GOOD).contains(part.get(0));
    List<String> told = mistakes(GOOD.replace(part.get(0), part.get(1)));
    assertThat(told).hasSize(1);
    assertThat(told.get(0)).contains(part.get(2));
  }

  @Test
  void aStockIsKeptInOneCell() {
    String two = GOOD.replace("- name: local\n", "- name: local\n  - name: west\n");
    assertThat(
            mistakes(
                two.replace("basePerSecond: 120", "basePerSecond: 120\n    stock: {initial: 5}")))
        .singleElement()
        .asString()
        .contains("loads[0].stock: is kept in one cell, but shop/gateway may run in local, west");
  }

  private static final String TAIL =
      GOOD.replace(
              "\nservices:\n",
              """

              tails:
                - {tenant: site, tenants: 1000, active: 4, exponent: 1, stagger: 60s}
              services:
                - {tenant: site, name: web}
                - {tenant: site, name: db}
              """)
          .replace("  - name: shop\n", "  - name: shop\n  - {name: site, weight: 2}\n")
          .replace(
              "events:\n",
              """
                - service: site/web
                  basePerSecond: 10
                  crowds: [{start: 0s, hold: 5s, peakPerSecond: 100}]
                  calls: [{service: site/db}]
              events:
              """);

  @Test
  void aTailIsWrittenOutAsCopiesThatKeepItsMean() throws ScenarioException {
    Scenario scenario = ScenarioReader.read(TAIL, "a/night.yaml");

    assertThat(scenario.tails()).isEmpty();
    assertThat(scenario.tenants()).hasSize(1_001);
    assertThat(scenario.tenants().get(1).name()).isEqualTo("site-0001");
    assertThat(scenario.tenants().get(1_000).name()).isEqualTo("site-1000");
    assertThat(scenario.tenants().get(1_000).weight()).isEqualTo(2);
    assertThat(scenario.services().stream().map(s -> s.id().toString()))
        .contains("site-0001/web", "site-0004/db", "shop/gateway")
        .doesNotContain("site/web", "site-0005/web")
        .hasSize(10);
    List<Load> copies =
        scenario.loads().stream().filter(l -> l.service().name().equals("web")).toList();
    assertThat(copies.stream().mapToDouble(Load::basePerSecond).average())
        .hasValueCloseTo(10.0, within(1e-9));
    assertThat(copies.get(0).basePerSecond() / copies.get(3).basePerSecond())
        .isCloseTo(4, within(1e-9));
    assertThat(copies.get(1).calls().get(0).service()).isEqualTo(new ServiceId("site-0002", "db"));
    assertThat(copies.stream().map(l -> l.crowds().get(0).startMs()).distinct()).hasSize(4);
    assertThat(copies).allMatch(l -> l.crowds().get(0).startMs() < 60_000);
    assertThat(ScenarioReader.read(TAIL.replace("duration: 3m", "duration: 3m\nseed: 9"), "b"))
        .extracting(Scenario::loads)
        .isEqualTo(scenario.loads());
  }

  static Stream<List<String>> wrongTails() {
    return Stream.of(
        List.of(
            "tenant: site, tenants", "tenant: sites, tenants", "tails[0].tenant: no tenant sites"),
        List.of("tenants: 1000", "tenants: 2000000", "tails[0].tenants: must be 1 to 1000000"),
        List.of("tenants: 1000", "tenants: 1000000", "gives 1000001 tenants"),
        List.of("active: 4", "active: 1001", "tails[0].active: must be 0 to 1000"),
        List.of("exponent: 1", "exponent: -1", "tails[0].exponent"),
        List.of(
            "weight: 2", "quotas: [{cell: local, nominal: {cpuMilli: 1}}]", "remove the quotas"),
        List.of("stagger: 60s}", "stagger: 60s}\n  - {tenant: site, tenants: 2}", "has two tails"),
        List.of(
            "loads:\n      - {service: shop/gateway, peak",
            "loads:\n      - {service: site/web, peak",
            "site/web is the pattern of a tail"),
        List.of(
            "- {service: shop/gateway, violation",
            "- {service: site/db, violation",
            "site/db is the pattern of a tail"));
  }

  @ParameterizedTest
  @MethodSource("wrongTails")
  void aWrongTailIsOneMistake(List<String> part) {
    assertThat(TAIL).contains(part.get(0));
    assertThat(mistakes(TAIL.replace(part.get(0), part.get(1))))
        .singleElement()
        .asString()
        .contains(part.get(2));
  }

  @Test
  void nodesToBeginWithAreOfAPoolThatCanHaveThem() {
    String begin = "startNodes: [{pool: local/general, nodes: 61}, {pool: local/none, nodes: 1}]\n";
    assertThat(mistakes(GOOD + begin))
        .satisfiesExactly(
            first ->
                assertThat(first).contains("startNodes[0].nodes", "nodesMax of local/general (60)"),
            second -> assertThat(second).contains("startNodes[1].pool", "no pool local/none"));
  }

  @Test
  void anEmptyFileIsOneMistake() {
    assertThat(mistakes("")).singleElement().asString().contains("the file is empty");
  }

  @Test
  void thePublishedSchemaIsTheOneOfTheRecords() throws Exception {
    Path published = Path.of("../../deploy/scenarios/scenario.schema.json");
    assertThat(Files.readString(published))
        .as("write it again by: deploy/highwater validate --schema")
        .isEqualTo(ScenarioSchema.write());
  }
}
