package dev.highwater.kernel.placement;

import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.NodeTable;
import java.util.ArrayList;
import java.util.List;

/**
 * The nodes without replicas, closed until they are asked for again.
 *
 * <p>Why: a node that is emptied into an empty one, kept warm, only changes places with it, and
 * would do so for ever, a replica's boot and a node's boot each time.
 *
 * <p>Made for one decision; confined to its thread.
 */
public final class EmptyNodes {
  private final NodeTable table;
  private final List<NodeState> closed = new ArrayList<>();

  private EmptyNodes(CellState state) {
    table = state.table();
    for (NodeState node : state.nodes()) {
      if (node.size() == 0 && table.open(node.slot())) {
        table.setOpen(node.slot(), false);
        closed.add(node);
      }
    }
  }

  /** Closes those that are open. */
  public static EmptyNodes close(CellState state) {
    return new EmptyNodes(state);
  }

  /** Opens them again. */
  public void open() {
    closed.forEach(node -> table.setOpen(node.slot(), true));
  }
}
