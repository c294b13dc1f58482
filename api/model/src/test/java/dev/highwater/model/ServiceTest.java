package dev.highwater.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goal: a service runs only where every one of its rules allows it. */
class ServiceTest {
  private static List<String> listed(String names) {
    return names.equals("-") ? List.of() : List.of(names.split("\\+"));
  }

  /**
   * Cells and jurisdictions that are allowed, - for any; whether private only; may it run there.
   */
  @ParameterizedTest
  @CsvSource({
    "-, -, false, PRIVATE, true",
    "-, -, false, PUBLIC, true",
    "hub, -, false, PUBLIC, true",
    "edge+hub, -, false, PUBLIC, true",
    "edge, -, false, PRIVATE, false",
    "-, DE, false, PUBLIC, true",
    "-, FR+DE, false, PUBLIC, true",
    "-, FR, false, PRIVATE, false",
    "-, -, true, PRIVATE, true",
    "-, -, true, PUBLIC, false",
    "hub, DE, true, PRIVATE, true",
    "hub, DE, true, PUBLIC, false",
    "hub, FR, false, PRIVATE, false",
    "edge, DE, true, PRIVATE, false"
  })
  void mayRunWhereCellJurisdictionAndOwnershipAllowIt(
      String cells, String jurisdictions, boolean privateOnly, Ownership ownership, boolean may) {
    Service plain = Service.named("shop", "order");
    Service service =
        new Service(
            plain.tenant(),
            plain.name(),
            listed(cells),
            plain.resources(),
            plain.capacity(),
            plain.slo(),
            plain.scaling(),
            new Residency(listed(jurisdictions), privateOnly),
            plain.placement(),
            plain.criticality(),
            plain.waitingRoomMax());

    assertThat(service.mayRunIn(new Cell("hub", "north", "DE", ownership, 5))).isEqualTo(may);
  }
}
