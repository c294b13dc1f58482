package dev.highwater.kernel;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Fact;
import dev.highwater.model.Service;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import org.jspecify.annotations.Nullable;

/**
 * Takes or refuses changes of specs.
 *
 * <p>Their facts come last: what a decision placed was placed under the specs before them.
 * Stateless.
 */
final class SpecChanges {
  private SpecChanges() {}

  /** The stage. */
  static void take(Draft draft) {
    for (SpecChange change : draft.input().changes()) {
      String refusal = refusal(draft, change);
      if (refusal != null) {
        draft.say(
            new Fact.InputRefused(
                ErrorCode.INVALID_VALUE, change.kind() + " " + change.key(), refusal));
      } else {
        draft.say(
            new Fact.SpecApplied(
                change.kind(),
                change.key(),
                change.resourceVersion(),
                change.revision(),
                change.spec()));
      }
    }
  }

  /** Without its cell no residency is known, so nothing that is wanted could be placed. */
  private static boolean used(CellState state) {
    return state.services().stream().anyMatch(service -> !service.removed());
  }

  private static @Nullable String refusal(Draft draft, SpecChange change) {
    CellState state = draft.state();
    String unsound = change.refusal();
    if (unsound != null) {
      return unsound;
    }
    Spec spec = change.spec();
    if (spec == null) {
      return change.kind() == SpecKind.CELL && change.key().equals(state.name()) && used(state)
          ? "services are declared that may run here: remove them first"
          : null;
    }
    if (spec instanceof Service service) {
      ServiceState running = state.service(service.id());
      if (running != null
          && (running.size() > 0 || draft.service(running.index()).placed() > 0)
          && !running.spec().resources().equals(service.resources())) {
        return "resources cannot change while replicas run: stop it, or give the new size another name";
      }
    }
    return null;
  }
}
