package dev.highwater.rehearsal.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: any value of a scenario can be changed by its path, and is checked as if written so. */
class ScenarioEditTest {
  private static final String NIGHT =
      """
      formatVersion: 1
      duration: 3m
      cells:
        - name: local
      pools:
        - {cell: local, name: general.a, boot: 15s}
      tenants:
        - name: shop
      services:
        - &service
          tenant: shop
          name: gateway
          scaling: &scaling {stabilisation: 30s}
        - {tenant: shop, name: order, scaling: *scaling}
      loads:
        - service: shop/gateway
          basePerSecond: 120
          crowds:
            - {name: sale, start: 60s, hold: 30s, factor: 3}
      surges:
        - {service: shop/order, start: 75s, factor: 2, hold: 5s}
      """;

  private static Scenario with(String path, String value) throws ScenarioException {
    return ScenarioReader.read(NIGHT, "night.yaml", List.of(new ScenarioEdit(path, value)));
  }

  private static List<String> mistakes(String path, String value) {
    return assertThrows(ScenarioException.class, () -> with(path, value)).mistakes().stream()
        .map(Mistake::toString)
        .toList();
  }

  @Test
  void elementsAreNamedByWhatTheyAreCalled() throws ScenarioException {
    assertThat(with("seed", "7").seed()).isEqualTo(7);
    assertThat(with("loads.shop/gateway.basePerSecond", "5").loads().get(0).basePerSecond())
        .isEqualTo(5);
    assertThat(with("loads.0.crowds.sale.factor", "9").loads().get(0).crowds().get(0).factor())
        .isEqualTo(9);
    assertThat(with("surges.0.factor", "4").surges().get(0).factor()).isEqualTo(4);
    assertThat(with("pools.local/general.a.boot", "5s").pools().get(0).boot().medianMs())
        .isEqualTo(5_000);
    assertThat(with("pools.general.a.nodesMax", "9").pools().get(0).nodesMax()).isEqualTo(9);
  }

  @Test
  void whatTheFileLeavesOutIsAddedAndWhatAnAnchorSharesStays() throws ScenarioException {
    assertThat(with("services.shop/order.capacity.meanService", "90ms").services().get(1))
        .matches(order -> order.capacity().meanServiceMs() == 90);
    Scenario edited = with("services.shop/gateway.scaling.stabilisation", "60s");
    assertThat(edited.services().get(0).scaling().stabilisationMs()).isEqualTo(60_000);
    assertThat(edited.services().get(1).scaling().stabilisationMs()).isEqualTo(30_000);
  }

  @Test
  void aWrongValueIsToldInTheLineThatItReplaces() {
    assertThat(mistakes("services.gateway.scaling.stabilisation", "60"))
        .singleElement()
        .asString()
        .contains("night.yaml:13:")
        .contains("unit missing");
    assertThat(mistakes("loads.shop/gateway.basePerSecond", "-3"))
        .singleElement()
        .asString()
        .contains("night.yaml:17:")
        .contains("negative rate");
    assertThat(mistakes("events.sale.start", "3s")).singleElement().asString().contains("events");
    assertThat(mistakes("seeed", "3")).singleElement().asString().contains("did you mean 'seed'");
    assertThat(mistakes("services.shop/pay.name", "3"))
        .singleElement()
        .asString()
        .contains("no element for shop/pay.name, use one of 0, 1, gateway, order, shop/gateway");
    assertThat(mistakes("duration.x", "3")).singleElement().asString().contains("nothing inside");
    assertThat(mistakes("seed", "")).singleElement().asString().contains("value is empty");
    assertThat(mistakes("seed", "[1")).singleElement().asString().contains("not YAML");
  }
}
