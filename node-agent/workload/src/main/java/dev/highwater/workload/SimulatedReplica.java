package dev.highwater.workload;

import dev.highwater.model.ReplicaState;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;

/**
 * The life of one replica on a node: booting, ready, draining, stopped. Its requests are its
 * fleet's business. Touched by one thread at a time.
 */
final class SimulatedReplica {

  private final Service service;
  private final ServiceId id;
  private final long ordinal;
  private final long readyAtMs;
  private long seat = -1;
  private ReplicaState state = ReplicaState.BOOTING;

  SimulatedReplica(Service service, long ordinal, long readyAtMs) {
    this.service = service;
    this.id = service.id();
    this.ordinal = ordinal;
    this.readyAtMs = readyAtMs;
  }

  Service service() {
    return service;
  }

  ServiceId id() {
    return id;
  }

  long ordinal() {
    return ordinal;
  }

  /** Its place in its fleet, once it was ready. */
  long seat() {
    return seat;
  }

  void takeSeat(long given) {
    seat = given;
  }

  ReplicaState state() {
    return state;
  }

  /** Whether it works on requests: it is ready or drains. */
  boolean serves() {
    return state == ReplicaState.READY || state == ReplicaState.DRAINING;
  }

  /** Time passes; true if it became ready now. */
  boolean bootedBy(long nowMs) {
    if (state == ReplicaState.BOOTING && nowMs >= readyAtMs) {
      state = ReplicaState.READY;
      return true;
    }
    return false;
  }

  /** It shall stop: at once while it boots, after its last request else. True if it drains. */
  boolean stop() {
    boolean wasReady = state == ReplicaState.READY;
    if (wasReady) {
      state = ReplicaState.DRAINING;
    } else if (state == ReplicaState.BOOTING) {
      state = ReplicaState.STOPPED;
    }
    return wasReady;
  }

  void stopped() {
    state = ReplicaState.STOPPED;
  }
}
