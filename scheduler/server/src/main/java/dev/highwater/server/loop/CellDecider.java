package dev.highwater.server.loop;

import dev.highwater.model.CellMinute;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.SpecChange;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.Plan.CellPlan;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The state of one cell, or of the routes between cells, and the code that decides on it, as the
 * control loop uses them: restore what the journal holds, step, commit what was stored. Touched
 * only by the cell's thread.
 */
public interface CellDecider {
  /** Applies facts that the journal holds. */
  void restore(List<Fact> facts);

  /**
   * Learns again from what was observed earlier. Called after the facts were restored and before
   * the new epoch begins.
   *
   * @param observed oldest first
   */
  void relearn(List<Input> observed);

  /** Applies what agents said and decides; the journaled state stays as it was. */
  Decision step(Input input);

  /** Rules that a decision breaks, each as a sentence for people; empty if none. */
  List<String> audit(Decision decision);

  /** Applies a decision whose facts are on disk. */
  void commit(Decision decision);

  /**
   * Writes down what was committed, for reports.
   *
   * @param broken rules that the decision breaks
   * @return gives the minutes that ended, mostly none; on any thread
   */
  List<Supplier<CellMinute>> lived(Input input, Decision decision, int broken);

  /** What is left of the minute that is open when the owner ends; mostly one or none. */
  List<Supplier<CellMinute>> livedLast();

  /** What all facts up to now add up to, as one that a new owner can begin with. */
  Fact kept();

  /** The state as the read model shows it; null of the routes, which are no cell. */
  @Nullable CellSnapshot snapshot(SnapshotFrame frame);

  /** What the routes are told after a tick; null of the routes themselves. */
  Observation.@Nullable CellReport report();

  /** A copy of the state to ask what would be; what is asked of it changes nothing. */
  WhatIf whatIf();

  /** Answers about one moment of one cell. Thread-safe; takes as long as a few decisions. */
  interface WhatIf {
    /**
     * What the cell would decide under changed specs.
     *
     * @param forMs for how long ahead to look besides; 0 not at all
     */
    CellPlan plan(List<SpecChange> changes, long forMs);

    /** Whether the cell can meet a declared event, or null if it knows no such event. */
    @Nullable EventReadiness readiness(String event);
  }

  /**
   * What a snapshot shows beside the state.
   *
   * @param owner id of the member
   * @param position of the journal's last entry
   * @param ticksTotal decisions taken under this epoch
   * @param auditViolationsTotal rules seen broken under this epoch
   */
  record SnapshotFrame(String owner, long position, long ticksTotal, long auditViolationsTotal) {}
}
