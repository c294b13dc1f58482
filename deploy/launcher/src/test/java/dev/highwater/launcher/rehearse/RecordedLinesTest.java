package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.json.Recording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: what several members recorded is read as one night, whoever owned what when. */
class RecordedLinesTest {
  @TempDir Path folder;

  /** One member's file. */
  private static final class Member {
    final StringBuilder text = new StringBuilder();
    private final Recording.Writer writer = new Recording.Writer(text);

    Member owns(String cell, long epoch) throws IOException {
      writer.begin(cell, true, List.of(new Fact.EpochBegun(epoch, "m" + epoch)), List.of());
      return this;
    }

    Member decides(String cell, long epoch, long nowMs) throws IOException {
      writer.step(
          new Input(cell, epoch, 1, nowMs, List.of(), List.of()),
          new Decision(cell, epoch, 1, nowMs, List.of(), List.of(), List.of()));
      return this;
    }

    void in(Path file) throws IOException {
      Files.writeString(file, text);
    }
  }

  private static List<String> read(Path... named) throws UnreadableFileException {
    List<String> read = new ArrayList<>();
    new RecordedLines(List.of(named))
        .each(
            text -> {
              Recording.Line line = Recording.read(text);
              Recording.Header header = line.header();
              Recording.Step step = line.step();
              read.add(
                  header != null
                      ? header.cell() + " begins"
                      : step == null ? "" : step.input().cell() + " " + step.input().nowMs());
              return true;
            });
    return read;
  }

  @Test
  void linesComeInTheOrderOfTimeAndOfOwners() throws Exception {
    new Member()
        .owns("west", 2) // took over from the other, and is named first
        .decides("west", 2, 3_000)
        .owns("east", 2)
        .decides("west", 2, 4_000)
        .decides("east", 2, 4_500)
        .in(folder.resolve("a.jsonl"));
    new Member()
        .owns("west", 1)
        .owns("east", 1)
        .decides("west", 1, 1_000)
        .decides("east", 1, 1_500)
        .decides("west", 1, 3_000) // the same moment as the next owner's first
        .decides("east", 1, 4_200)
        .in(folder.resolve("b.jsonl"));
    List<String> night =
        List.of(
            "west begins",
            "west 1000",
            "east begins",
            "east 1500",
            "west 3000",
            "west begins",
            "west 3000",
            "west 4000",
            "east 4200",
            "east begins",
            "east 4500");
    assertThat(read(folder)).isEqualTo(night);
    assertThat(read(folder.resolve("b.jsonl"), folder.resolve("a.jsonl"))).isEqualTo(read(folder));
  }

  @Test
  void lastLineOfAKilledMemberIsLeftOut() throws Exception {
    Member killed = new Member().owns("west", 1).decides("west", 1, 1_000);
    killed.text.append("{\"step\":{\"inp");
    killed.in(folder.resolve("a.jsonl"));
    assertThat(read(folder.resolve("a.jsonl"))).containsExactly("west begins", "west 1000");
  }

  @Test
  void recordingsThatAreNotOfOneNightAreRefused() throws Exception {
    Path first = folder.resolve("a.jsonl");
    Path copy = folder.resolve("b.jsonl");
    Member member = new Member().owns("west", 3).decides("west", 3, 1_000);
    member.in(first);
    member.in(copy);
    assertThatThrownBy(() -> read(folder))
        .hasMessage(
            copy
                + ":1: epoch 3 of cell west cannot follow epoch 3 in "
                + first
                + "; name the recordings of one night, each once");
    new Member().owns("west", 1).decides("west", 1, 9_000).in(copy);
    assertThatThrownBy(() -> read(folder))
        .hasMessageContaining("epoch 1 of cell west cannot follow epoch 3");
    new Member().owns("west", 4).decides("west", 4, 9_000).in(copy);
    assertThat(read(folder)).hasSize(4);
  }

  @Test
  void aRecordingOfNothingIsSaid() throws Exception {
    Path file = folder.resolve("a.jsonl");
    Files.writeString(file, "\n");
    assertThatThrownBy(() -> read(file))
        .hasMessage(file + ": holds no input, nothing happened in it");
    new Member().owns("west", 1).decides("west", 1, 1_000).in(folder.resolve("b.jsonl"));
    assertThat(read(folder)).as("a member that owned nothing").hasSize(2);
  }

  @Test
  void whatIsNoRecordingIsSaidWithItsLine() throws Exception {
    assertThatThrownBy(() -> read(folder)).hasMessageContaining("holds no recording, no *.jsonl");
    Path file = folder.resolve("a.jsonl");
    new Member().owns("west", 1).in(file);
    Files.writeString(file, Files.readString(file) + "{}\n");
    assertThatThrownBy(() -> read(file)).hasMessageStartingWith(file + ":2: ");
    Path missing = folder.resolve("missing.jsonl");
    assertThatThrownBy(() -> read(missing)).hasMessage(missing + ": no such file");
    new Member().owns("west", 1).in(folder.resolve("b.jsonl"));
    assertThatThrownBy(() -> read(folder)).hasMessageStartingWith(file + ":2: ");
  }
}
