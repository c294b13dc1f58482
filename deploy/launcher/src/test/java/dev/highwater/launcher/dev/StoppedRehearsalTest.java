package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: Ctrl-C on a rehearsal tells what was run so far and nothing that it does not know. The
 * method: a real process with more runs than threads, and a real signal while it rehearses.
 */
class StoppedRehearsalTest {
  @TempDir Path folder;

  @Test
  void controlCTellsPartialResultsAndJudgesAndComparesNothing() throws Exception {
    assumeFalse(interruptsAreIgnored(), "started in the background: children hear no Ctrl-C");
    Path json = folder.resolve("night.json");
    Path page = folder.resolve("night.html");
    try (DevProcess rehearsal =
        DevProcess.start(
            "rehearse",
            Path.of("../scenarios/singles-day-2016.yaml").toString(),
            "--compare",
            "hpa,fixed",
            "--threads",
            "2",
            "--json",
            json.toString(),
            "--report",
            page.toString())) {
      rehearsal.await("rehearsing: ");
      rehearsal.controlC();
      assertThat(rehearsal.exit()).isEqualTo(128 + 2);

      assertThat(rehearsal.said())
          .contains("(stopped early, results are partial)")
          .contains("slo (partial)")
          .contains("slo and hpa are not compared")
          .contains("2 runs were not begun.")
          .contains("Stopped early: expectations are not judged.")
          .doesNotContain("would miss")
          .doesNotContain("avoids");
    }
    JsonNode told = new ObjectMapper().readTree(json.toFile());
    assertThat(told.path("complete").asBoolean(true)).isFalse();
    assertThat(told.findValues("missedExpectations")).hasSize(2).allMatch(JsonNode::isEmpty);
    assertThat(Files.readString(page))
        .contains("The command was stopped before the run without the calendar was begun.")
        .contains("must not be compared")
        .contains("Stopped early: results are partial")
        .doesNotContain("Nothing was declared");
  }

  /** A shell lets its background jobs, and all that they start, ignore the signal. */
  private static boolean interruptsAreIgnored() throws Exception {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return false;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("SigIgn:")) {
        return (Long.parseUnsignedLong(line.substring(7).trim(), 16) & 2) != 0;
      }
    }
    return false;
  }
}
