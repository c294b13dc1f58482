package dev.highwater.launcher.rehearse;

import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.json.Recording;
import dev.highwater.rehearsal.RunObserver;
import java.io.IOException;
import java.util.List;

/** Writes what a run decides from, and tells another observer too. For one thread. */
final class Recorder implements RunObserver {
  private final Recording.Writer writer;
  private final RunObserver next;

  Recorder(Recording.Writer writer, RunObserver next) {
    this.writer = writer;
    this.next = next;
  }

  @Override
  public boolean goesOn(long doneMs) {
    return next.goesOn(doneMs);
  }

  @Override
  public void begun(String cell, boolean admission, List<Fact> facts, List<Input> observed) {
    try {
      writer.begin(cell, admission, facts, observed);
    } catch (IOException e) {
      throw new UnwritableException(e);
    }
  }

  @Override
  public void decided(Input input, Decision decision) {
    try {
      writer.step(input, decision);
    } catch (IOException e) {
      throw new UnwritableException(e);
    }
  }

  /** The recording cannot be written; the run ends. */
  static final class UnwritableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnwritableException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }
}
