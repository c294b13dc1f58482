package dev.highwater.model;

import org.jspecify.annotations.Nullable;

/**
 * One row of the store's specs as a cell owner or client sees it. Immutable.
 *
 * @param resourceVersion grows by one with each change of this row; compare-and-set on it
 * @param revision the store's global counter at this change; strictly growing over all rows
 * @param spec the new content, or null when the row was deleted
 */
public record SpecChange(
    SpecKind kind, String key, long resourceVersion, long revision, @Nullable Spec spec) {

  /** Why nobody can apply it, whatever else there is; null when it can be applied. */
  public @Nullable String refusal() {
    if (spec != null) {
      boolean same = spec.key().equals(key) && kind.type().isInstance(spec);
      return same ? null : "row and content name different things";
    }
    try {
      if (kind == SpecKind.SERVICE) {
        ServiceId.parse(key);
      } else if (kind == SpecKind.TENANT) {
        Limits.name("tenant", key);
      }
      return null;
    } catch (InvalidInputException e) {
      return e.getMessage();
    }
  }
}
