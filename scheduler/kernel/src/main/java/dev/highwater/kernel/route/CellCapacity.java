package dev.highwater.kernel.route;

import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.sharing.Shares;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.NodeState;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Cell;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a cell's owner tells the routes: how much of each service the cell bears now and could bear.
 *
 * <p><b>Algorithm.</b> What replicas bear is the sizer's safe rate, at most the slowest serial
 * step. How far a service could grow is bounded by its spec, its tenant's quota, and its part of
 * the room that is free or that pools may still add; services divide that room in proportion to
 * what they use now, because those who are not growing do not need it yet.
 *
 * <p>Stateless; reads the state of the caller's thread.
 */
public final class CellCapacity {
  private CellCapacity() {}

  /** The report after a tick. */
  public static Observation.CellReport report(CellState state) {
    Cell cell = state.spec();
    List<Observation.ServiceCapacity> services = new ArrayList<>();
    if (cell != null) {
      Room room = new Room(state);
      for (ServiceState service : state.services()) {
        Sizer sizer = service.sizer();
        ServiceScaler scaler = service.scaler();
        if (sizer != null
            && scaler != null
            && !service.removed()
            && service.spec().mayRunIn(cell)) {
          services.add(capacity(service, sizer, scaler, room.replicas(service)));
        }
      }
    }
    return new Observation.CellReport(
        state.nowMs(), state.name(), state.epoch(), state.lost(), services);
  }

  private static Observation.ServiceCapacity capacity(
      ServiceState service, Sizer sizer, ServiceScaler scaler, int more) {
    double offered = service.offeredPerSecond();
    double ready = borne(service, sizer, service.ready());
    // Those told to stop hold their room until they have; it is there for those who come.
    int most = Math.min(service.spec().scaling().replicasMax(), service.size() + more);
    return new Observation.ServiceCapacity(
        service.id(),
        offered >= 0 ? offered : 0,
        Math.max(0, scaler.forecastOfNodesPerSecond()),
        scaler.askedOfNodesPerSecond(),
        ready,
        borne(service, sizer, service.ready() + service.booting()) - ready,
        borne(service, sizer, most));
  }

  private static double borne(ServiceState service, Sizer sizer, int replicas) {
    double serial = service.spec().capacity().serialRatePerSecondMax();
    double safe = replicas <= 0 ? 0 : sizer.safeRate(replicas);
    return serial > 0 ? Math.min(safe, serial) : safe;
  }

  /** Room that is left or that pools may add. */
  private static final class Room {
    private final Shares shares;
    private final long cpu;
    private final long memory;
    private final double cpuUsed;
    private final double memoryUsed;

    Room(CellState state) {
      shares = new Shares(state);
      long cpuRoom = Math.max(0, state.cpuFree());
      long memoryRoom = Math.max(0, state.memoryFree());
      SortedMap<String, Integer> leaving = new TreeMap<>();
      if (state.drainingNodes() > 0) {
        state.nodes().stream()
            .filter(NodeState::draining)
            .forEach(node -> leaving.merge(node.pool(), 1, Integer::sum));
      }
      for (PoolState pool : state.pools().values()) {
        NodePool spec = pool.spec();
        if (spec != null) {
          // One that drains has no room and will be replaced if its room is needed.
          int staying = pool.nodes() - leaving.getOrDefault(pool.key(), 0);
          long nodes = Math.max(0, spec.nodesMax() - staying);
          cpuRoom += nodes * spec.shape().cpuMilli();
          memoryRoom += nodes * spec.shape().memoryMib();
        }
      }
      cpu = cpuRoom;
      memory = memoryRoom;
      double cpuSum = 0;
      double memorySum = 0;
      for (ServiceState service : state.services()) {
        cpuSum += used(service) * service.spec().resources().cpuMilli();
        memorySum += used(service) * service.spec().resources().memoryMib();
      }
      cpuUsed = cpuSum;
      memoryUsed = memorySum;
    }

    private static double used(ServiceState service) {
      return service.removed() ? 0 : Math.max(1, service.target());
    }

    int replicas(ServiceState service) {
      Resources each = service.spec().resources();
      double byCpu = each.cpuMilli() == 0 ? 1e9 : cpu * used(service) / cpuUsed;
      double byMemory = each.memoryMib() == 0 ? 1e9 : memory * used(service) / memoryUsed;
      int more = (int) Math.min(1e9, Math.min(byCpu, byMemory));
      return shares.allowed(shares.tenant(service.id().tenant()), each, more);
    }
  }
}
