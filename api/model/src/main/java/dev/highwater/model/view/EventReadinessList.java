package dev.highwater.model.view;

import dev.highwater.model.ServiceId;
import dev.highwater.model.view.EventReadiness.ServiceReadiness;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** One answer per cell that may run a service of the event, in order of the cells' names. */
public record EventReadinessList(List<EventReadiness> items) {
  public EventReadinessList {
    items = List.copyOf(items);
  }

  /** Go when every cell says go, at least one does, and each service may run in one of them. */
  public boolean go() {
    return !items.isEmpty() && items.stream().allMatch(EventReadiness::go) && nowhere().isEmpty();
  }

  /** Services of the event that none of the cells may run. */
  public List<ServiceId> nowhere() {
    SortedSet<ServiceId> somewhere =
        items.stream()
            .flatMap(cell -> cell.services().stream())
            .map(ServiceReadiness::service)
            .collect(Collectors.toCollection(TreeSet::new));
    return items.stream()
        .flatMap(cell -> cell.elsewhere().stream())
        .filter(service -> !somewhere.contains(service))
        .distinct()
        .toList();
  }
}
