package dev.highwater.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.json.Recording;
import dev.highwater.rehearsal.scenario.Scenario;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A night of one cell, and all that its owners heard and decided in it, by second. */
final class Watched implements RunObserver {
  final NavigableMap<Long, Decision> decisions = new TreeMap<>();
  final NavigableMap<Long, Input> inputs = new TreeMap<>();
  final List<List<Fact>> begun = new ArrayList<>();
  final List<List<Input>> relearned = new ArrayList<>();
  private final StringBuilder journal = new StringBuilder();
  private final Recording.Writer writer = new Recording.Writer(journal);
  private final Scenario night;

  Watched(Scenario night) {
    this.night = night;
  }

  /** Runs it under the policy that it names. */
  static RunResult run(Scenario night, RunObserver observer) {
    return new Rehearsal(
            night, new TreeMap<>(), PolicyChoice.ofScenario(night.services()), observer)
        .run();
  }

  RunResult run() {
    return run(night, this);
  }

  Decision decisionAt(long second) {
    return Objects.requireNonNull(decisions.get(second));
  }

  /** Facts of one kind that were decided once users had come. */
  <T extends Fact> Stream<T> facts(Class<T> kind) {
    return decisions.tailMap(1L).values().stream()
        .flatMap(decision -> decision.facts().stream())
        .filter(kind::isInstance)
        .map(kind::cast);
  }

  /** The recording. */
  List<String> lines() {
    return journal.toString().lines().toList();
  }

  /** Replays what was recorded: each decision must come out again. */
  Replay replays() {
    Replay replay = new Replay();
    journal
        .toString()
        .lines()
        .forEach(line -> assertThat(replay.take(line)).as("%s", replay.difference()).isTrue());
    assertThat(replay.steps()).isEqualTo(inputs.size());
    return replay;
  }

  @Override
  public void begun(String cell, boolean admission, List<Fact> facts, List<Input> observed) {
    begun.add(facts);
    relearned.add(observed);
    try {
      writer.begin(cell, admission, facts, observed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void decided(Input input, Decision decision) {
    decisions.put((input.nowMs() - night.startsAtMs()) / 1_000, decision);
    inputs.put((input.nowMs() - night.startsAtMs()) / 1_000, input);
    try {
      writer.step(input, decision);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
