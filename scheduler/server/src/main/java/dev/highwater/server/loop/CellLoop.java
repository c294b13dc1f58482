package dev.highwater.server.loop;

import dev.highwater.server.session.CellInbox;

/** The deciding of one cell under one epoch, from take-over to resignation. Thread-safe. */
public interface CellLoop {
  /** Name of the cell. */
  String cell();

  /** The epoch that the take-over brought. */
  long epoch();

  /** Where what agents say goes. */
  CellInbox inbox();

  /** False once the loop has resigned, for whatever reason. */
  boolean deciding();

  /** Ends the loop and waits for its last tick. */
  void close();
}
