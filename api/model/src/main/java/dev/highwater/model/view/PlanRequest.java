package dev.highwater.model.view;

import dev.highwater.model.Limits;
import dev.highwater.model.Spec;
import java.util.List;

/**
 * Specs that would be declared, in the order in which they refer to one another. Immutable.
 *
 * @param specs 1 to {@link Limits#SPEC_LIST_MAX}
 */
public record PlanRequest(List<Spec> specs) {
  public PlanRequest {
    specs = Limits.list("specs", specs, Limits.SPEC_LIST_MAX);
    Limits.range("specs.size", specs.size(), 1, Limits.SPEC_LIST_MAX);
  }
}
