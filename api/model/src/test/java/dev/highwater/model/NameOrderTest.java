package dev.highwater.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Goal: names come as people count, and the order is total. */
class NameOrderTest {
  private static final List<String> COUNTED =
      List.of(
          "",
          "9",
          "10",
          "99999999999999999999",
          "100000000000000000000",
          "east/general",
          "east/general-0",
          "east/general-00",
          "east/general-01",
          "east/general-1",
          "east/general-1a",
          "east/general-2",
          "east/general-2-1",
          "east/general-2-10",
          "east/general-10",
          "east/spot-1",
          "west-2/a",
          "west-10/a");

  @Test
  void numbersInNamesCountAsNumbers() {
    List<String> names = new ArrayList<>(COUNTED);
    Collections.shuffle(names, new Random(7));
    names.sort(NameOrder.AS_READ);
    assertThat(names).containsExactlyElementsOf(COUNTED);
  }

  @Test
  void orderIsTotal() {
    for (int i = 0; i < COUNTED.size(); i++) {
      for (int j = 0; j < COUNTED.size(); j++) {
        assertThat(Integer.signum(NameOrder.AS_READ.compare(COUNTED.get(i), COUNTED.get(j))))
            .as("%s and %s", COUNTED.get(i), COUNTED.get(j))
            .isEqualTo(Integer.signum(Integer.compare(i, j)));
      }
    }
  }
}
