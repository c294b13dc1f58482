package dev.highwater.model;

/** How a pool's nodes are bought; cheapest first is reserved, then on-demand, then spot. */
public enum Purchase {
  /** Paid for whether used or not. */
  RESERVED,
  ON_DEMAND,
  /** May be taken back by the provider at any moment. */
  SPOT
}
