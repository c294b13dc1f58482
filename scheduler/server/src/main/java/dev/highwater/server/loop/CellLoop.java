package dev.highwater.server.loop;

import dev.highwater.server.session.CellInbox;
import java.util.concurrent.CompletionStage;

/** The deciding of one cell under one epoch, from take-over to resignation. Thread-safe. */
public interface CellLoop {
  /** Name of the cell. */
  String cell();

  /** The epoch that the take-over brought. */
  long epoch();

  /** Where what agents say goes. */
  CellInbox inbox();

  /**
   * A copy of the state after the next tick, which comes within about a second and is not hurried,
   * so that asking sways no decision. Fails when the loop ends first.
   */
  CompletionStage<CellDecider.WhatIf> whatIf();

  /** False once the loop has resigned, for whatever reason. */
  boolean deciding();

  /** Ends the loop and waits for its last tick. */
  void close();
}
