package dev.highwater.server.metrics;

import dev.highwater.model.CellSnapshot;

/** Reads the metrics of one subject from a cell's snapshot. Stateless. */
@FunctionalInterface
interface SnapshotBinder {
  /** Adds what a cell's snapshot says to the series of a scrape. */
  void read(CellSnapshot cell, Series series);
}
