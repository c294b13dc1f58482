package dev.highwater.rehearsal;

import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import java.util.List;

/** Watches a run from outside; whatever it does, the run's decisions stay the same. */
public interface RunObserver {
  /** Watches nothing. */
  RunObserver NONE = new RunObserver() {};

  /** Called each virtual second; returns whether the run shall go on. */
  default boolean goesOn(long doneMs) {
    return true;
  }

  /**
   * A cell's owner begins with a state made of these facts, its own {@link Fact.EpochBegun} last.
   *
   * @param observed what it learned anew of the load before that last fact
   */
  default void begun(String cell, boolean admission, List<Fact> facts, List<Input> observed) {}

  /** A cell's owner decided. */
  default void decided(Input input, Decision decision) {}
}
