package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.rehearsal.RunObserver;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Goal: one sees how far all runs together are, how fast, and how long it takes yet. */
class ProgressTest {
  private final StringWriter err = new StringWriter();
  private final AtomicLong nanos = new AtomicLong();

  private Progress progress(boolean terminal) {
    return new Progress(new PrintWriter(err), terminal, nanos::get);
  }

  @Test
  void aTerminalGetsABarWithSpeedAndRemainingTime() {
    Progress progress = progress(true);
    RunObserver one = progress.watch(3_600_000);
    RunObserver two = progress.watch(3_600_000);
    one.goesOn(3_600_000);
    assertThat(err.toString()).isEmpty();
    nanos.set(4_000_000_000L);
    assertThat(two.goesOn(1_800_000)).isTrue();

    // 1.5 of 2 virtual hours in 4 s: 1,350 times real time, and a third of 4 s is left.
    assertThat(err.toString())
        .isEqualTo(
            "\r\033[Krehearsing [######################--------]  75 %, 1 of 2 runs done,"
                + " 1,350 times real time, 1 s left");
    progress.clear();
    assertThat(err.toString()).endsWith("\r\033[K");
  }

  @Test
  void elsewhereThereIsAPlainLineEveryTenSecondsAndNothingForShortRuns() {
    Progress progress = progress(false);
    RunObserver run = progress.watch(3_600_000);
    nanos.set(9_000_000_000L);
    run.goesOn(900_000);
    assertThat(err.toString()).isEmpty();
    nanos.set(10_000_000_000L);
    run.goesOn(1_800_000);
    run.goesOn(1_900_000);
    progress.clear();
    assertThat(err.toString().strip())
        .isEqualTo("rehearsing: 50 %, 0 of 1 runs done, 180 times real time, 10 s left");
  }

  @Test
  void stoppingEndsEveryRun() {
    Progress progress = progress(false);
    RunObserver one = progress.watch(60_000);
    RunObserver two = progress.watch(60_000);
    assertThat(one.goesOn(1_000)).isTrue();
    progress.stop();
    assertThat(one.goesOn(2_000)).isFalse();
    assertThat(two.goesOn(1_000)).isFalse();
  }
}
