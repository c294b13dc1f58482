package dev.highwater.model.view;

import dev.highwater.model.SpecChange;
import java.util.List;

/**
 * What became of a bundle, or of a dry run would. Immutable.
 *
 * @param items in the order of the bundle
 */
public record BundleApplied(List<AppliedSpec> items, boolean dryRun) {
  public BundleApplied {
    items = List.copyOf(items);
  }

  /**
   * One spec.
   *
   * @param action create, change or none
   * @param row as it stands afterwards
   */
  public record AppliedSpec(Plan.Action action, SpecChange row) {}
}
