package dev.highwater.model.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.model.Cell;
import dev.highwater.model.Decision;
import dev.highwater.model.Digest;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: what is written can be read again, and carries the hash of what was decided. */
class RecordingTest {
  private static final Input INPUT =
      new Input(
          "east",
          3,
          7,
          1_000,
          List.of(new SpecChange(SpecKind.CELL, "east", 1, 1, Cell.named("east"))),
          List.of(new Observation.NodeDisconnected(990, "east-1")));

  @Test
  void linesAreReadAsTheyWereWritten() throws IOException {
    StringBuilder out = new StringBuilder();
    Recording.Writer writer = new Recording.Writer(out);
    List<Fact> facts = List.of(new Fact.EpochBegun(3, "m1"));
    Decision decision =
        new Decision(
            "east",
            3,
            7,
            1_000,
            List.of(new Fact.PoolTargetSet("east/p", 4)),
            List.of(),
            List.of());
    writer.begin("east", true, facts, List.of());
    String sha256 = writer.step(INPUT, decision);

    List<String> lines = out.toString().lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(Recording.read(lines.get(0)).header())
        .isEqualTo(new Recording.Header(Recording.FORMAT_VERSION, "east", true, facts, List.of()));
    assertThat(Recording.read(lines.get(1)).step()).isEqualTo(new Recording.Step(INPUT, sha256));
    assertThat(sha256).isEqualTo(new Digest().addDecision(decision).hex());
  }

  @Test
  void aFormatOfAnotherVersionIsRefused() {
    assertThatThrownBy(
            () ->
                Recording.read(
                    "{\"header\":{\"formatVersion\":2,\"cell\":\"a\",\"admission\":true,\"facts\":[]}}"))
        .hasMessageContaining("formatVersion must be 1 to 1");
    assertThatThrownBy(() -> Recording.read("{}")).hasMessageContaining("header or a step");
  }
}
