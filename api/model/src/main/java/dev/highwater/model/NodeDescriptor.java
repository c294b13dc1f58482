package dev.highwater.model;

import java.util.List;
import java.util.SortedMap;

/**
 * What a node says it is when it joins. Immutable.
 *
 * @param pool key {@code cell/pool} of its node pool
 */
public record NodeDescriptor(
    String cell,
    String name,
    String pool,
    String zone,
    Resources resources,
    SortedMap<String, String> labels,
    List<String> taints) {
  public NodeDescriptor {
    Limits.name("cell", cell);
    Limits.name("name", name);
    Limits.name("zone", zone);
    labels = Limits.labels("labels", labels);
    taints = Limits.list("taints", taints, 64);
  }
}
