package dev.highwater.server.metrics;

/** A map from which every member serves what it shows. */
public enum ReadModelMap {
  /** What each cell is like. */
  SNAPSHOTS,
  /** Why each service has the replicas it has. */
  EXPLANATIONS,
  /** Where each service's users go. */
  ROUTES;

  /** The name in metrics and logs. */
  public String code() {
    return Metric.code(this);
  }
}
