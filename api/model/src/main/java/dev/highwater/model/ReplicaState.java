package dev.highwater.model;

/** Where a replica is in its life, as its node reports it. */
public enum ReplicaState {
  BOOTING,
  READY,
  /** Takes no new requests, finishes those it has. */
  DRAINING,
  STOPPED
}
