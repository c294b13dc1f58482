package dev.highwater.server.control;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.ServiceId;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.DatedRoute;
import dev.highwater.server.cluster.ReadModels;
import dev.highwater.server.metrics.ReadModelMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Writes what a tick brought to the maps that every member serves from. Thread-safe; never blocks
 * its caller.
 */
final class ReadModelWriter {
  private final MapWriter snapshots;
  private final MapWriter explanations;
  private final MapWriter routes;

  /**
   * @param failed told of each write that failed; must not block
   */
  ReadModelWriter(ReadModels maps, Consumer<ReadModelMap> failed) {
    snapshots = writer(ReadModelMap.SNAPSHOTS, maps::putSnapshots, failed);
    explanations = writer(ReadModelMap.EXPLANATIONS, maps::putExplanations, failed);
    routes = writer(ReadModelMap.ROUTES, maps::putRoutes, failed);
  }

  private static MapWriter writer(
      ReadModelMap map,
      Function<Map<String, byte[]>, CompletionStage<Void>> target,
      Consumer<ReadModelMap> failed) {
    return new MapWriter(map.code(), target, () -> failed.accept(map));
  }

  /** How an explanation is named in its map. */
  static String explanationKey(String cell, ServiceId service) {
    return cell + "/" + service;
  }

  /** What a cell is like after a tick. */
  void snapshot(CellSnapshot snapshot, byte[] json) {
    snapshots.put(Map.of(snapshot.cell(), json));
  }

  /** Why a tick decided what it did; also nothing, so that what failed before is written again. */
  void explanations(Decision decision) {
    Map<String, byte[]> explained = new HashMap<>();
    Map<String, byte[]> routed = new HashMap<>();
    for (Explanation explanation : decision.explanations()) {
      if (explanation instanceof Explanation.ServiceRouted r) {
        routed.put(
            r.service().toString(),
            ModelJson.writeBytes(
                new DatedRoute(decision.epoch(), decision.sequence(), decision.nowMs(), r)));
      }
      if (explanation instanceof ServiceExplained e) {
        explained.put(
            explanationKey(decision.cell(), e.service()),
            ModelJson.writeBytes(DecisionHistory.dated(decision, e)));
      }
    }
    explanations.put(explained);
    routes.put(routed);
  }

  /** A cell was deleted: what was not written of it need not be. */
  void forget(String cell) {
    snapshots.forget(cell::equals);
    explanations.forget(key -> key.startsWith(cell + "/"));
  }
}
