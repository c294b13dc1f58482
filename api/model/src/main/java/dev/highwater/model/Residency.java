package dev.highwater.model;

import java.util.List;

/**
 * Where a service's data may be. Never broken, not for a moment. Immutable.
 *
 * @param jurisdictions cells of these only; empty means any
 * @param privateOnly private cells only
 */
public record Residency(List<String> jurisdictions, boolean privateOnly) {
  /** Anywhere. */
  public static final Residency ANYWHERE = new Residency(List.of(), false);

  public Residency {
    jurisdictions = Limits.list("jurisdictions", jurisdictions, 100);
  }

  /** Whether the service may run in a cell. */
  public boolean allows(Cell cell) {
    return (jurisdictions.isEmpty() || jurisdictions.contains(cell.jurisdiction()))
        && (!privateOnly || cell.ownership() == Ownership.PRIVATE);
  }
}
