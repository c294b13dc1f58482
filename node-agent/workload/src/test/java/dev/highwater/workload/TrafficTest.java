package dev.highwater.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.model.InvalidInputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goal: profiles have the shapes they state, and a bad trace is one error with its line. */
class TrafficTest {

  private static TrafficTrace parse(TrafficTrace.Interpolation how, String... lines) {
    return TrafficTrace.parse("day.csv", List.of(lines), how);
  }

  @Test
  void aTraceIsInterpolatedAsAsked() {
    String[] lines = {"t_seconds,rate", "100,10", "160, 20", "220,0", ""};
    TrafficTrace linear = parse(TrafficTrace.Interpolation.LINEAR, lines);
    assertThat(linear.rate(0)).isEqualTo(10);
    assertThat(linear.rate(30_000)).isEqualTo(15);
    assertThat(linear.rate(120_000)).isEqualTo(0);
    assertThat(linear.rate(-1)).isZero();
    assertThat(linear.rate(120_001)).isZero();
    assertThat(linear.durationMs()).isEqualTo(120_000);
    assertThat(linear.scaled(3).peakPerSecond()).isEqualTo(60);
    TrafficTrace step = parse(TrafficTrace.Interpolation.STEP, lines);
    assertThat(step.rate(59_999)).isEqualTo(10);
    assertThat(step.rate(60_000)).isEqualTo(20);
    assertThat(step.durationMs()).isEqualTo(180_000);
    assertThat(step.part(60_000, 60_000).rate(0)).isEqualTo(20);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                          | line 1",
        "time,rate;0,1;1,2                           | line 1",
        "t_seconds,rate                              | line 1",
        "t_seconds,rate;0,1                          | line 2",
        "t_seconds,rate;0,1;60,2;120,3;181,4         | line 5",
        "t_seconds,rate;0,1;60,-2;120,3              | line 3",
        "t_seconds,rate;0,1;60,NaN;120,3             | line 3",
        "t_seconds,rate;0,1;60,;120,3                | line 3",
        "t_seconds,rate;0,1;60,2,3;120,3             | line 3",
        "t_seconds,rate;0,1;60,Infinity              | line 3",
        "t_seconds,rate;0,1;0,1                      | line 3",
        "t_seconds,rate;0,1;;120,1                   | line 3",
        "t_seconds,rate;0,1;60,2;120,3;120,4         | line 5"
      })
  void aBadTraceIsOneErrorThatNamesItsLine(String text, String line) {
    assertThatThrownBy(
            () ->
                TrafficTrace.parse(
                    "day.csv", List.of(text.split(";")), TrafficTrace.Interpolation.LINEAR))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("day.csv " + line + " must");
  }

  @Test
  void eventsRiseHoldAndDecay() {
    TrafficProfile profile =
        new TrafficProfile(
            100,
            null,
            List.of(
                new LoadEvent("sale", 1_000, 2_000, 3_000, 500, 11, 0),
                new LoadEvent("dip", 100_000, 0, 1_000, 0, 0.5, 0),
                new LoadEvent("peak", 200_000, 0, 1_000, 0, 1, 1_750)),
            null);
    assertThat(profile.rate(0)).isEqualTo(100);
    assertThat(profile.rate(2_000)).isEqualTo(600);
    assertThat(profile.rate(3_000)).isEqualTo(1_100);
    assertThat(profile.rate(5_999)).isEqualTo(1_100);
    assertThat(profile.rate(6_500)).isCloseTo(600, within(1e-9));
    assertThat(profile.rate(50_000)).isEqualTo(100);
    assertThat(profile.rate(100_000)).isEqualTo(50);
    assertThat(profile.rate(200_500)).isEqualTo(1_750);
    assertThat(profile.rate(202_000)).isEqualTo(100);
  }

  @Test
  void aDiurnalFactorRepeats() {
    TrafficProfile profile =
        new TrafficProfile(
            10, new Diurnal(86_400_000, 0, List.of(1.0, 2.0, 3.0, 2.0)), List.of(), null);
    assertThat(profile.rate(0)).isEqualTo(10);
    assertThat(profile.rate(21_600_000)).isEqualTo(20);
    assertThat(profile.rate(10_800_000)).isEqualTo(15);
    assertThat(profile.rate(86_400_000L * 3 + 43_200_000)).isEqualTo(30);
    assertThat(profile.rate(86_400_000L - 10_800_000)).isEqualTo(15);
  }
}
