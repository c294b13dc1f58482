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
   * @param operator what it changes of what operators say, in a phrase: {@code resumed, was paused
   *     by kim until ...}; empty for nothing
   */
  public record AppliedSpec(Plan.Action action, SpecChange row, String operator) {}
}
