package dev.highwater.workload;

/** How exactly a service's replicas are simulated; named in every result. */
public enum Fidelity {
  /** Every request by itself in its replica's queue. */
  REQUEST,
  /** Some replicas request by request, the others exchangeable with them. */
  SAMPLED,
  /** Rates with an explicit backlog and a formula for the tail. */
  FLUID
}
