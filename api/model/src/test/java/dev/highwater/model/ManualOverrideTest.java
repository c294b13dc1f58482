package dev.highwater.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.ManualOverride.Kind;
import org.junit.jupiter.api.Test;

/** Goal: an operator's word is told with who, until when and why, as far as that was said. */
class ManualOverrideTest {
  private static final long HALF_PAST_MIDNIGHT_MS = 1_794_357_000_500L;

  @Test
  void aPhraseTellsAllOfIt() {
    assertThat(new ManualOverride(Kind.PAUSE, 0, HALF_PAST_MIDNIGHT_MS, "release", "kim").phrase())
        .isEqualTo("paused by kim until 2026-11-11T00:30:00Z: release");
    assertThat(new ManualOverride(Kind.PIN, 5, HALF_PAST_MIDNIGHT_MS, "", "").phrase())
        .isEqualTo("pinned to 5 until 2026-11-11T00:30:00Z");
    assertThat(new ManualOverride(Kind.CAP, 5, Long.MAX_VALUE, "calm", "").phrase())
        .isEqualTo("at most 5: calm");
    assertThat(new ManualOverride(Kind.FLOOR, 7, 0, "", "").words()).isEqualTo("at least 7");
  }

  @Test
  void itEndsAtItsEnd() {
    ManualOverride word = new ManualOverride(Kind.PAUSE, 0, 1_000, "", "");
    assertThat(word.holdsAt(999)).isTrue();
    assertThat(word.holdsAt(1_000)).isFalse();
  }
}
