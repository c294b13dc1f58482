package dev.highwater.client;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;

/** Hears a stream, in order, on the thread that reads it. */
public interface StreamReader {
  /** A tick of a cell is over; the first call tells how things stand. */
  void onSnapshot(CellSnapshot snapshot);

  /** A cell decided something. */
  void onDecision(Decision decision);

  /** A cell is not declared any more. */
  void onCellGone(String cell);

  /** This reader was too slow for so many decisions; the server still lists them. */
  void onGap();

  /** Whether to read on; asked after each event. */
  boolean wantsMore();
}
