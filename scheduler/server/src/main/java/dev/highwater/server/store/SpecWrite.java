package dev.highwater.server.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Outcome of writing specs: all of them or none. */
public sealed interface SpecWrite {
  /**
   * All edits are committed.
   *
   * @param rows the rows as stored, in the order of the edits
   */
  record Written(List<SpecRow> rows) implements SpecWrite {
    /** Copies the list. */
    public Written {
      rows = List.copyOf(rows);
    }
  }

  /**
   * Nothing was written, because one row was not at the expected version.
   *
   * @param current the row as it is now, null if there is none
   */
  record Conflict(SpecEdit edit, @Nullable SpecRow current) implements SpecWrite {}
}
