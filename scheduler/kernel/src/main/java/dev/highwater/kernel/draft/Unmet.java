package dev.highwater.kernel.draft;

/**
 * Replicas of one service that no pool can hold within its maximum; those that forecasts alone ask
 * for are nobody's claim and are not among them. Immutable.
 *
 * @param waiting are wanted now
 * @param calendar are to come for declared events
 */
public record Unmet(int waiting, int calendar) {
  /** All have a node, or will have one. */
  public static final Unmet NONE = new Unmet(0, 0);
}
