package dev.highwater.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.model.InvalidInputException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: figures are short and true, and times are read as people write them. */
class WordsTest {
  private static final long NOON = Instant.parse("2026-11-11T12:00:00Z").toEpochMilli();

  @Test
  void aTimeOfTheDayIsTheLastOneLookingBackAndTheNextOneLookingAhead() {
    long day = 86_400_000;
    assertThat(Words.pastMs("--at", "23:59:30", NOON)).isEqualTo(NOON - day / 2 - 30_000);
    assertThat(Words.pastMs("--at", "12:00:30", NOON)).as("clocks apart").isEqualTo(NOON + 30_000);
    assertThat(Words.startMs("--at", "23:59:30", NOON)).isEqualTo(NOON + day / 2 - 30_000);
    assertThat(Words.startMs("--at", "00:00", NOON)).isEqualTo(NOON + day / 2);
    assertThatThrownBy(() -> Words.startMs("--at", "5m", NOON)).hasMessageContaining("--in");
  }

  @Test
  void aMomentOfAnotherDayHasItsDate() {
    assertThat(Words.moment(3_600_000, 7_200_000)).isEqualTo("01:00:00");
    assertThat(Words.moment(3_600_000, 90_000_000)).isEqualTo("1970-01-01 01:00:00");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "6.54, 6.5",
    "140, 140",
    "6573.4, 6573",
    "28510, 28.5k",
    "1250000, 1.25M",
    "NaN, -"
  })
  void ratesAreShort(double value, String expected) {
    assertThat(Words.rate(value)).isEqualTo(expected);
  }

  @Test
  void noLimitIsSaidInWords() {
    assertThat(Words.rate(Double.MAX_VALUE)).isEqualTo("none");
  }

  @ParameterizedTest
  @CsvSource({
    "999, 0s",
    "45000, 45s",
    "150000, 2m30s",
    "120000, 2m",
    "11520000, 3h12m",
    "432000000, 5d"
  })
  void spansHaveTwoUnits(long ms, String expected) {
    assertThat(Words.span(ms)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"250ms, 250", "90s, 90000", "2m30s, 150000", "1h, 3600000", "2d, 172800000"})
  void spansAreRead(String text, long expected) {
    assertThat(Words.spanMs("x", text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "s", "5x", "1h later", "-5s", "1.5h"})
  void spansOfAnotherShapeAreRefused(String text) {
    assertThatThrownBy(() -> Words.spanMs("--in", text))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--in")
        .hasMessageContaining("90s");
  }

  @Test
  void timesAreReadInFourWays() {
    assertThat(Words.pastMs("x", "2026-11-11T12:00:00Z", NOON)).isEqualTo(NOON);
    assertThat(Words.pastMs("x", String.valueOf(NOON), 0)).isEqualTo(NOON);
    assertThat(Words.pastMs("x", "5m", NOON)).isEqualTo(NOON - 300_000);
    assertThat(Words.pastMs("x", "11:59:30", NOON)).isEqualTo(NOON - 30_000);
    assertThat(Words.pastMs("x", "11:59", NOON)).isEqualTo(NOON - 60_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "25:00", "2026-11-11"})
  void timesOfAnotherShapeAreRefused(String text) {
    assertThatThrownBy(() -> Words.pastMs("--at", text, NOON))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("2026-11-11T00:00:00Z");
  }
}
