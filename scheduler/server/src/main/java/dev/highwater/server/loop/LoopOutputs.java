package dev.highwater.server.loop;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Command;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a cell's loop hands its results. Called on the cell's thread; must not block. */
public interface LoopOutputs {
  /** Carries a command to its agent; what is lost is sent again by a later decision. */
  void send(String cell, Command command);

  /**
   * Shows the state after a tick, and what was decided in it.
   *
   * @param snapshot null of the routes
   */
  void publish(@Nullable CellSnapshot snapshot, Decision decision);

  /** Tells the routes what the cell bears after a tick; what is lost is said again by the next. */
  void report(Observation.CellReport report);

  /**
   * Keeps, if a recording was asked for, that a loop began.
   *
   * @param facts everything the journal holds, this epoch's begin last
   * @param observed what was learned of the load before that last fact
   */
  void recordBegin(String cell, List<Fact> facts, List<Input> observed);

  /** Keeps, if a recording was asked for, an input and what came of it. */
  void recordStep(Input input, Decision decision);

  /** A tick is over. */
  void ticked(TickTimes times);

  /**
   * What a tick took.
   *
   * @param decideNanos observing, deciding and auditing
   * @param storeNanos the append or, when nothing was decided, the beat
   * @param lateMs how long after it was due the tick began; 0 if it was in time
   * @param answerNanos from the report or spec that the tick answers to its last command
   * @param commands how many commands were sent
   */
  record TickTimes(
      String cell,
      long decideNanos,
      long storeNanos,
      long lateMs,
      long answerNanos,
      int commands) {}

  /** The store refused an append: another member owns the cell now. */
  void fenced(String cell);

  /** The store did not answer; the loop asks again. */
  void unanswered(String cell);

  /** The loop has ended; agents of the cell must look for its next owner. */
  void resigned(String cell, long epoch);
}
