package dev.highwater.model.view;

import dev.highwater.model.CellMinute;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a cell lived through, oldest minute first; one that nobody kept is missing, and so is one
 * that the member that answers cannot read.
 *
 * @param next since when to ask for those that may follow, epoch milliseconds; null when none were
 *     left for this page
 */
public record MinutePage(List<CellMinute> items, @Nullable Long next) {
  public MinutePage {
    items = List.copyOf(items);
  }
}
