package dev.highwater.model.view;

import java.util.List;

/** The route of each service, in order of their names; none with a single cell. Immutable. */
public record RouteList(List<DatedRoute> items) {
  public RouteList {
    items = List.copyOf(items);
  }
}
