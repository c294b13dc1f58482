package dev.highwater.kernel.state;

import dev.highwater.kernel.forecast.EventCalendar;
import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.sizing.ReplicaModel;
import dev.highwater.kernel.sizing.ServiceTimeWatch;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.sizing.Sizers;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The services of a cell: by name for walks, by hash and by index for look-ups.
 *
 * <p>Journaled but for the policies and sizing tables that hang on each. Confined to the thread
 * that owns the cell's state.
 */
final class Services {
  private final NavigableMap<ServiceId, ServiceState> byId = new TreeMap<>();
  private final Map<ServiceId, ServiceState> byHash = new LinkedHashMap<>();
  private final List<ServiceState> byIndex = new ArrayList<>();
  private final Sizers sizers = new Sizers();

  Services copy() {
    Services copy = new Services();
    byIndex.forEach(service -> copy.keep(service.copy()));
    return copy;
  }

  Collection<ServiceState> all() {
    return Collections.unmodifiableCollection(byId.values());
  }

  @Nullable ServiceState get(ServiceId id) {
    return byHash.get(id);
  }

  ServiceState get(int index) {
    return byIndex.get(index);
  }

  int count() {
    return byIndex.size();
  }

  private void keep(ServiceState service) {
    byIndex.add(service);
    byHash.put(service.id, service);
    byId.put(service.id, service);
  }

  /** What is removed still runs until it was stopped. */
  void withdrawn(ServiceId id) {
    ServiceState state = byHash.get(id);
    if (state != null) {
      state.removed = true;
    }
  }

  /** Takes a new or changed spec. */
  void declared(Service spec, Collection<PeakEvent> events, NodeTable table) {
    ServiceState state = byHash.get(spec.id());
    if (state == null) {
      state = new ServiceState(spec, byIndex.size());
      keep(state);
    }
    Service before = state.spec;
    boolean sameSize = state.sized && spec.resources().equals(before.resources());
    state.spec = spec;
    state.removed = false;
    if (!spec.placement().equals(before.placement())
        || !spec.residency().equals(before.residency())
        || !spec.cells().equals(before.cells())
        || !spec.resources().equals(before.resources())) {
      state.partitionsVersion = -1;
      state.poolsVersion = -1;
    }
    if (!spec.capacity().equals(before.capacity())) {
      state.serviceTime = new ServiceTimeWatch();
    }
    if (!spec.capacity().equals(before.capacity()) || !spec.slo().equals(before.slo())) {
      state.sizer = null;
    }
    respec(state, events);
    if (!sameSize) {
      state.sized = true;
      tellSmallest(table);
    }
  }

  private void tellSmallest(NodeTable table) {
    int cpu = Integer.MAX_VALUE;
    int memory = Integer.MAX_VALUE;
    for (ServiceState service : byIndex) {
      cpu = Math.min(cpu, Amounts.cpu(service.spec));
      memory = Math.min(memory, Amounts.memory(service.spec));
    }
    table.setSmallest(cpu, memory);
  }

  /** Tells the policies of an event's services that the calendar changed. */
  void replan(@Nullable PeakEvent event, Collection<PeakEvent> events) {
    if (event != null) {
      for (PeakEvent.EventLoad load : event.loads()) {
        ServiceState service = byHash.get(load.service());
        if (service != null) {
          respec(service, events);
        }
      }
    }
  }

  /** Its requests keep their places for another time than before: the policy is told. */
  void resized(ServiceState service, Collection<PeakEvent> events) {
    service.sizer = null;
    respec(service, events);
  }

  private void respec(ServiceState service, Collection<PeakEvent> events) {
    ServiceScaler scaler = service.scaler;
    if (scaler != null) {
      scaler.respec(service.spec, sizerOf(service), EventCalendar.of(service.id, events));
    }
  }

  /** The service's policy, made when it is first asked for. */
  ServiceScaler scalerOf(ServiceState service, Collection<PeakEvent> events) {
    ServiceScaler scaler = service.scaler;
    if (scaler == null) {
      scaler =
          new ServiceScaler(service.spec, sizerOf(service), EventCalendar.of(service.id, events));
      service.scaler = scaler;
    }
    return scaler;
  }

  private Sizer sizerOf(ServiceState service) {
    Sizer sizer = service.sizer;
    if (sizer == null) {
      sizer = sizers.of(ReplicaModel.of(service.spec).slower(service.serviceTime.ratio()));
      service.sizer = sizer;
    }
    return sizer;
  }
}
