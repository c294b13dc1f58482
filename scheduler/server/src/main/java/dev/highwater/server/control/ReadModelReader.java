package dev.highwater.server.control;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.ServiceId;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.DatedExplanation;
import dev.highwater.model.view.DatedRoute;
import dev.highwater.server.cluster.ReadModels;
import dev.highwater.server.metrics.ReadModelMap;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads what any member shows from the maps that the owners write, in bounded time. Thread-safe;
 * its methods block for a round trip, and for at most {@link MapReader#ANSWER_MS} when a member
 * hangs.
 */
final class ReadModelReader {
  private final ReadModels maps;
  private final MapReader<List<byte[]>> snapshots;
  private final MapReader<List<byte[]>> routes;

  ReadModelReader(ReadModels maps, Vertx vertx) {
    this.maps = maps;
    snapshots = reader(vertx, ReadModelMap.SNAPSHOTS, maps::snapshots);
    routes = reader(vertx, ReadModelMap.ROUTES, maps::routes);
  }

  /** Each map has a thread of its own, so that one that hangs holds no other work up. */
  private static <T> MapReader<T> reader(Vertx vertx, ReadModelMap map, Callable<T> source) {
    WorkerExecutor reading = vertx.createSharedWorkerExecutor("read-" + map.code(), 1);
    return new MapReader<>(
        map.code(),
        source,
        read -> reading.executeBlocking(Executors.callable(read), false),
        MapReader.ANSWER_MS);
  }

  /** Reads what may be asked for, so that there is something to show should a member hang. */
  void readAhead() {
    snapshots.read();
    routes.read();
  }

  /** The newest snapshot of each cell, of deleted cells too. */
  List<CellSnapshot> snapshots() {
    return snapshots.read().stream().map(json -> ModelJson.read(json, CellSnapshot.class)).toList();
  }

  /** The newest route of each service. */
  List<DatedRoute> routes() {
    return routes.read().stream().map(json -> ModelJson.read(json, DatedRoute.class)).toList();
  }

  /**
   * A service's newest explanations by cell, of the cells whose part of the map answers in time.
   */
  SortedMap<String, DatedExplanation> explanations(ServiceId service, Collection<String> cells) {
    SortedMap<String, CompletableFuture<byte @Nullable []>> asked = new TreeMap<>();
    for (String cell : cells) {
      asked.put(
          cell,
          maps.explanation(ReadModelWriter.explanationKey(cell, service))
              .toCompletableFuture()
              .copy()
              .completeOnTimeout(null, MapReader.ANSWER_MS, TimeUnit.MILLISECONDS)
              .exceptionally(e -> null));
    }
    SortedMap<String, DatedExplanation> newest = new TreeMap<>();
    asked.forEach(
        (cell, answer) -> {
          byte[] json = answer.join();
          if (json != null) {
            newest.put(cell, ModelJson.read(json, DatedExplanation.class));
          }
        });
    return newest;
  }
}
