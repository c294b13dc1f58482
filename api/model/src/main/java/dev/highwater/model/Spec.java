package dev.highwater.model;

/**
 * What an operator declares: the desired world, as rows of the store with a resource version each.
 * Immutable.
 */
public sealed interface Spec permits Cell, Cordon, NodePool, PeakEvent, Service, Tenant {
  /** Unique among the specs of the same kind; the row's key. */
  String key();
}
