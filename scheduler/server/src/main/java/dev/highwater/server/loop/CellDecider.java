package dev.highwater.server.loop;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import java.util.List;

/**
 * The state of one cell and the code that decides on it, as the control loop uses them: restore
 * what the journal holds, step, commit what was stored. Touched only by the cell's thread.
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

  /** The state as the read model shows it. */
  CellSnapshot snapshot(SnapshotFrame frame);

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
