package dev.highwater.server.session;

import org.jspecify.annotations.Nullable;

/** Tells which member owns which cell. Called on event loops; must not block. */
public interface CellDirectory {
  /** The cell, if this member owns it now, else null. */
  @Nullable OwnedCell owned(String cell);

  /** {@code host:port} of the member that owns the cell, or null if nobody known does. */
  @Nullable String ownerAddress(String cell);

  /**
   * A cell that this member owns.
   *
   * @param epoch under which it does
   */
  record OwnedCell(String cell, long epoch, CellInbox inbox) {}
}
