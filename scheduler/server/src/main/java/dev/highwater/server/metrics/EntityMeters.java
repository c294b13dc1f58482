package dev.highwater.server.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;

/**
 * Adds the meters of an entity when it appears and removes them when it is gone, up to a bound:
 * names come from users, and a scrape must not grow without end. Touched under its own lock.
 */
final class EntityMeters {
  private final MeterRegistry registry;
  private final int entitiesMax;
  private final BiFunction<MeterRegistry, String, List<Meter>> register;
  private final Map<String, List<Meter>> metersByEntity = new TreeMap<>();

  /**
   * Creates the set.
   *
   * @param register adds the meters of one entity and returns them
   */
  EntityMeters(
      MeterRegistry registry,
      int entitiesMax,
      BiFunction<MeterRegistry, String, List<Meter>> register) {
    this.registry = registry;
    this.entitiesMax = entitiesMax;
    this.register = register;
  }

  /** From now on there are exactly these, or as many of them as the bound allows. */
  synchronized void show(Set<String> entities) {
    for (String gone : new ArrayList<>(metersByEntity.keySet())) {
      if (!entities.contains(gone)) {
        List<Meter> meters = metersByEntity.remove(gone);
        if (meters != null) {
          meters.forEach(registry::remove);
        }
      }
    }
    for (String entity : new TreeSet<>(entities)) {
      if (metersByEntity.size() < entitiesMax && !metersByEntity.containsKey(entity)) {
        metersByEntity.put(entity, register.apply(registry, entity));
      }
    }
  }
}
