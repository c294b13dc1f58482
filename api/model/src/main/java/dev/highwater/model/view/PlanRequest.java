package dev.highwater.model.view;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import java.util.List;

/**
 * A change of specs that would be made: first what would be declared, in the order in which they
 * refer to one another, then what would be removed. Immutable.
 *
 * @param specs to declare, as many as a {@link Bundle} may have, each spec once
 * @param delete to remove, in this order, at most {@link Limits#SPEC_LIST_MAX}
 * @param forMs for how long ahead to look, 0 to {@link PlanSpan#FOR_MS_MAX}; 0 for the next
 *     decision alone
 */
public record PlanRequest(List<Spec> specs, List<Removal> delete, long forMs) {
  public PlanRequest {
    specs = Limits.list("specs", specs, Bundle.ITEMS_MAX);
    Bundle.checkOnce(specs, i -> "specs[" + i + "]");
    delete = Limits.list("delete", delete, Limits.SPEC_LIST_MAX);
    if (specs.isEmpty() && delete.isEmpty()) {
      throw new InvalidInputException(
          ErrorCode.MISSING_FIELD, "specs", "nothing", "must hold a spec, or delete a removal");
    }
    Limits.range("forMs", forMs, 0, PlanSpan.FOR_MS_MAX);
  }

  /** What declaring these specs would do next. */
  public static PlanRequest of(List<Spec> specs) {
    return new PlanRequest(specs, List.of(), 0);
  }

  /** A spec that would be removed. */
  public record Removal(SpecKind kind, String key) {
    public Removal {
      if (kind == null) {
        throw new InvalidInputException(ErrorCode.MISSING_FIELD, "kind", null, "is required");
      }
      if (key == null || key.isEmpty()) {
        throw new InvalidInputException(ErrorCode.MISSING_FIELD, "key", null, "is required");
      }
    }
  }
}
