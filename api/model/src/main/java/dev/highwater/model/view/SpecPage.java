package dev.highwater.model.view;

import dev.highwater.model.SpecChange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some of the specs of one kind, in order of their keys. Immutable.
 *
 * @param next key to continue after; null on the last page
 */
public record SpecPage(List<SpecChange> items, @Nullable String next) {
  public SpecPage {
    items = List.copyOf(items);
  }
}
