package dev.highwater.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.model.CellMinute.PoolMinute;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Goal: no minute is accepted in which a second would have no value. */
class CellMinuteTest {
  private static CellMinute minute(long startMs, int seconds, List<Long> ready) {
    return new CellMinute(
        "east",
        1,
        startMs,
        seconds,
        0,
        List.of(),
        List.of(new PoolMinute("east/p", List.of(), List.of(), ready, new TreeMap<>())),
        new TreeMap<>(),
        0,
        0,
        List.of());
  }

  @Test
  void aColumnHasNoneOneOrAllValues() {
    for (int values : new int[] {0, 1, 30}) {
      assertThat(minute(60_000, 30, Collections.nCopies(values, 4L)).seconds()).isEqualTo(30);
    }
    assertThatThrownBy(() -> minute(60_000, 30, Collections.nCopies(29, 4L)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("ready must have none, one, or one for each of 30 seconds");
  }

  @Test
  void aMinuteBeginsWithASecond() {
    assertThatThrownBy(() -> minute(60_001, 30, List.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("startMs must be a multiple of 1,000");
  }
}
