package dev.highwater.model.view;

import dev.highwater.model.CellSnapshot;
import java.util.List;

/** The last snapshot of each cell, in order of the cells' names. Immutable. */
public record SnapshotList(List<CellSnapshot> items) {
  public SnapshotList {
    items = List.copyOf(items);
  }
}
