package dev.highwater.rehearsal.scenario;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** Says everything that is wrong with a scenario file at once, in the order of its lines. */
public final class ScenarioException extends Exception {
  private static final long serialVersionUID = 1L;
  private final transient List<Mistake> mistakes;

  ScenarioException(List<Mistake> mistakes) {
    super(mistakes.stream().sorted().map(Mistake::toString).collect(Collectors.joining("\n")));
    List<Mistake> sorted = new ArrayList<>(mistakes);
    Collections.sort(sorted);
    this.mistakes = Collections.unmodifiableList(sorted);
  }

  /** At least one, by line. */
  public List<Mistake> mistakes() {
    return mistakes;
  }
}
