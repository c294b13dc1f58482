package dev.highwater.http;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;

/** Hears what happens in the cells. Called on any thread; must not block. */
public interface StreamListener {
  /** A tick of a cell is over. */
  void onSnapshot(CellSnapshot snapshot);

  /** A cell decided something; never an empty decision. */
  void onDecision(Decision decision);

  /** A cell is not declared any more; nothing more is told of it unless it is declared again. */
  default void onCellGone(String cell) {
    // Who keeps nothing by cell has nothing to forget.
  }
}
