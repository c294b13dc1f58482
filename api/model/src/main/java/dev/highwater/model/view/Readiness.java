package dev.highwater.model.view;

import java.util.List;

/**
 * Whether a member can serve, and by which checks. Immutable.
 *
 * @param ready whether every check passed
 */
public record Readiness(boolean ready, List<Check> checks) {
  public Readiness {
    checks = List.copyOf(checks);
  }

  /** Ready exactly if every check passed. */
  public static Readiness of(List<Check> checks) {
    return new Readiness(checks.stream().allMatch(Check::passed), checks);
  }

  /**
   * One thing that must hold.
   *
   * @param detail what was seen, for people
   */
  public record Check(String name, boolean passed, String detail) {}
}
