package dev.highwater.model;

import java.util.List;

/**
 * What all facts of the routes' journal up to a position add up to, as {@link CellImage} is for a
 * cell. Immutable.
 *
 * @param factCount number of facts
 * @param generation of the last change of a share
 * @param cells declared ones, by name
 * @param services declared ones, by name
 * @param shares the last of each service, by name
 * @param lost cells whose front door is silent, by name
 */
public record RouteImage(
    long epoch,
    long factCount,
    long generation,
    List<Cell> cells,
    List<Service> services,
    List<Fact.UsersRouted> shares,
    List<String> lost) {
  public RouteImage {
    cells = List.copyOf(cells);
    services = List.copyOf(services);
    shares = List.copyOf(shares);
    lost = List.copyOf(lost);
  }
}
