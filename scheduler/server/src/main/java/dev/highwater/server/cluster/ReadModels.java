package dev.highwater.server.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What any member may show of any cell: JSON of the newest snapshot of each cell and of the newest
 * explanation and route of each service. Lost with the cluster and written again within a tick.
 * Thread-safe.
 */
public final class ReadModels {
  static final String PATTERN = "highwater.*";
  private static final String SNAPSHOTS = "highwater.cell-snapshots";
  private static final String EXPLANATIONS = "highwater.explanations";
  private static final String ROUTES = "highwater.routes";

  private final IMap<String, byte[]> snapshots;
  private final IMap<String, byte[]> explanations;
  private final IMap<String, byte[]> routes;

  ReadModels(HazelcastInstance hazelcast) {
    snapshots = hazelcast.getMap(SNAPSHOTS);
    explanations = hazelcast.getMap(EXPLANATIONS);
    routes = hazelcast.getMap(ROUTES);
  }

  /**
   * Replaces snapshots; returns at once.
   *
   * @param jsonByCell by the cell's name
   */
  public CompletionStage<Void> putSnapshots(Map<String, byte[]> jsonByCell) {
    return snapshots.setAllAsync(jsonByCell);
  }

  /** Snapshots in the order of the cells' names, of deleted cells too; blocks for a round trip. */
  public List<byte[]> snapshots() {
    return List.copyOf(new TreeMap<>(snapshots.getAll(snapshots.keySet())).values());
  }

  /**
   * Replaces explanations; returns at once.
   *
   * @param jsonByKey by {@code cell/tenant/service}
   */
  public CompletionStage<Void> putExplanations(Map<String, byte[]> jsonByKey) {
    return explanations.setAllAsync(jsonByKey);
  }

  /** The newest explanation of a service in a cell, null without one; returns at once. */
  public CompletionStage<byte @Nullable []> explanation(String key) {
    return explanations.getAsync(key);
  }

  /**
   * Replaces routes; returns at once.
   *
   * @param jsonByService by {@code tenant/service}
   */
  public CompletionStage<Void> putRoutes(Map<String, byte[]> jsonByService) {
    return routes.setAllAsync(jsonByService);
  }

  /** The newest route of each service, in the order of their names; blocks for a round trip. */
  public List<byte[]> routes() {
    return List.copyOf(new TreeMap<>(routes.getAll(routes.keySet())).values());
  }
}
