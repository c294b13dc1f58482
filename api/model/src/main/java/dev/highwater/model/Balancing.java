package dev.highwater.model;

/** How requests are spread over the replicas of a service. */
public enum Balancing {
  /** Each request goes to a replica drawn at random; each replica has its own queue. */
  RANDOM,
  /** Requests wait in one queue; the next free replica takes the first of it. */
  POOLED
}
