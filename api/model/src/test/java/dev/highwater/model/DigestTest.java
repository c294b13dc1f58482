package dev.highwater.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: the hash of a decision log is the same everywhere and changes with every bit of it. */
class DigestTest {
  private static Decision decision(double rate) {
    ServiceId service = new ServiceId("shop", "order");
    return new Decision(
        "east",
        1,
        2,
        3,
        List.of(new Fact.AdmissionRateSet(service, rate, Double.MAX_VALUE)),
        List.of(),
        List.of());
  }

  @Test
  void theHashIsTheOneOnRecord() {
    // Golden: computed once, compared across JVM runs and JDKs. A change breaks every stored hash.
    assertThat(new Digest().addDecision(decision(0.1)).hex())
        .isEqualTo("4cd9a6a56e5a5d03305c4c1035e2627aaf10ab02b2ef196c878d023d4ce69ad2");
  }

  @Test
  void oneBitOfADoubleChangesTheHash() {
    assertThat(new Digest().addDecision(decision(0.1)).hex())
        .isNotEqualTo(new Digest().addDecision(decision(Math.nextUp(0.1))).hex());
  }

  @Test
  void aTickThatDecidedNothingIsNotInTheLog() {
    Decision nothing = new Decision("east", 1, 2, 3, List.of(), List.of(), List.of());
    assertThat(new Digest().addDecision(nothing).hex()).isEqualTo(new Digest().hex());
  }

  @Test
  void theHashMayBeReadInBetween() {
    Digest digest = new Digest().addDecision(decision(1));
    String first = digest.hex();
    assertThat(digest.hex()).isEqualTo(first);
    assertThat(digest.addDecision(decision(2)).hex()).isNotEqualTo(first);
  }
}
