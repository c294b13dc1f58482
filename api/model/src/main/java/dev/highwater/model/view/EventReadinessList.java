package dev.highwater.model.view;

import java.util.List;

/** One answer per cell that may run a service of the event, in order of the cells' names. */
public record EventReadinessList(List<EventReadiness> items) {
  public EventReadinessList {
    items = List.copyOf(items);
  }

  /** Go when every cell says go, and at least one does. */
  public boolean go() {
    return !items.isEmpty() && items.stream().allMatch(EventReadiness::go);
  }
}
