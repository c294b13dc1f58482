package dev.highwater.model.view;

import dev.highwater.model.ServiceId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last minutes of a cell, one point about a second, as the member that answers has seen them.
 *
 * @param atMs epoch milliseconds of the points, oldest first
 * @param services each with one value per point; null where it is not known
 * @param pools each with one value per point; null where it is not known
 * @param next the last service here when more follow; null on the last page
 */
public record LoadHistory(
    String cell,
    List<Long> atMs,
    List<ServiceHistory> services,
    List<PoolHistory> pools,
    @Nullable ServiceId next) {
  /** One service in the cell. */
  public record ServiceHistory(
      ServiceId service,
      List<@Nullable Double> offeredPerSecond,
      List<@Nullable Double> servedPerSecond,
      List<@Nullable Double> refusedPerSecond,
      List<@Nullable Double> target,
      List<@Nullable Double> ready,
      List<@Nullable Double> p99Ms) {}

  /** One pool of the cell: its nodes that are ready. */
  public record PoolHistory(String pool, List<@Nullable Double> ready) {}
}
