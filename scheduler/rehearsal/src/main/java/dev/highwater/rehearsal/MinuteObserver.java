package dev.highwater.rehearsal;

import dev.highwater.model.CellMinute;
import dev.highwater.model.Observation.ServiceTraffic;
import java.util.List;

/** Watches a night that is told from kept minutes. Called on the teller's thread. */
public interface MinuteObserver {
  /** A minute of a cell begins, of which at least half is told. */
  void begun(CellMinute minute);

  /**
   * A second of a cell ends.
   *
   * @param minute that it belongs to, or after which nobody kept any
   * @param i which second of that minute
   * @param endMs epoch milliseconds
   * @param totals of the cell's front door since the night began
   */
  void ended(CellMinute minute, int i, long endMs, List<ServiceTraffic> totals);
}
