package dev.highwater.model.view;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some nodes, in order of cell and name. Immutable.
 *
 * @param next {@code cell/node} to continue after; null on the last page
 */
public record NodePage(List<CellNode> items, @Nullable String next) {
  public NodePage {
    items = List.copyOf(items);
  }
}
