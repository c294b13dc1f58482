package dev.highwater.model;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which nodes a service's replicas may be placed on, and how they spread. Immutable.
 *
 * @param nodeLabels labels a node must have
 * @param tolerations taints of nodes that are accepted
 * @param zoneSkewMaxRatio largest difference between the fullest and emptiest zone as a share of
 *     the service's replicas, 0 to 1; at least one replica of difference is always allowed; 1 means
 *     no limit
 * @param replicasPerNodeMax of this service on one node, which is its largest skew over nodes,
 *     because nodes come and go and the emptiest has none; 0 means no limit
 * @param antiAffinity services never beside this one on a node; a service that names itself has one
 *     replica on each
 */
public record PlacementRule(
    SortedMap<String, String> nodeLabels,
    List<String> tolerations,
    double zoneSkewMaxRatio,
    int replicasPerNodeMax,
    List<ServiceId> antiAffinity) {
  /** Any node, spread over zones within half. */
  public static final PlacementRule DEFAULT =
      new PlacementRule(new TreeMap<>(), List.of(), 0.5, 0, List.of());

  public PlacementRule {
    nodeLabels = Limits.labels("nodeLabels", nodeLabels);
    tolerations = Limits.list("tolerations", tolerations, 64);
    Limits.range("zoneSkewMaxRatio", zoneSkewMaxRatio, 0, 1);
    Limits.range("replicasPerNodeMax", replicasPerNodeMax, 0, Limits.REPLICAS_PER_NODE_MAX);
    antiAffinity = Limits.list("antiAffinity", antiAffinity, 100);
  }

  /** Whether a node with these labels has those that are asked for. */
  public boolean matches(Map<String, String> labels) {
    for (Map.Entry<String, String> e : nodeLabels.entrySet()) {
      if (!e.getValue().equals(labels.get(e.getKey()))) {
        return false;
      }
    }
    return true;
  }

  /** Whether a node with these taints is accepted. */
  public boolean tolerates(List<String> taints) {
    for (String taint : taints) {
      if (!tolerations.contains(taint)) {
        return false;
      }
    }
    return true;
  }
}
