package dev.highwater.model;

import java.util.List;

/**
 * What a kernel made of one input: facts to store, commands to send once they are stored, and why.
 * Immutable; the same value is rendered by journal, API, console, CLI and tests.
 */
public record Decision(
    String cell,
    long epoch,
    long sequence,
    long nowMs,
    List<Fact> facts,
    List<Command> commands,
    List<Explanation> explanations) {
  public Decision {
    facts = List.copyOf(facts);
    commands = List.copyOf(commands);
    explanations = List.copyOf(explanations);
  }

  /** Whether nothing was decided. */
  public boolean decidesNothing() {
    return facts.isEmpty() && commands.isEmpty();
  }
}
