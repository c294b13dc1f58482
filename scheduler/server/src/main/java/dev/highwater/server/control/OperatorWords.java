package dev.highwater.server.control;

import dev.highwater.model.Cordon;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.Service;
import dev.highwater.model.Spec;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a write of a spec changes in what operators say of it: checked against the clock, and told
 * to the audit log. A word that stays as it was is not looked at again, so that a spec with one
 * that ended can still be changed. Immutable.
 */
record OperatorWords(@Nullable Spec before, @Nullable Spec after) {
  /** Refuses an override that has ended already, or holds longer than an operator's word may. */
  void check(long nowMs) {
    ManualOverride said = override(after);
    if (said == null || said.equals(override(before))) {
      return;
    }
    if (!said.holdsAt(nowMs) || said.expiresAtMs() - nowMs > ManualOverride.FOR_MS_MAX) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "scaling.override.expiresAtMs",
          said.expiresAtMs(),
          "must be in epoch milliseconds, after now (" + nowMs + ") and within 30 days");
    }
  }

  /** What changed, in a phrase; empty when nothing did. */
  String detail() {
    if (after instanceof Cordon cordon && !cordon.equals(before)) {
      return cordon.phrase();
    }
    if (before instanceof Cordon cordon && after == null) {
      return "uncordoned, was " + cordon.phrase();
    }
    ManualOverride was = override(before);
    ManualOverride is = override(after);
    if (Objects.equals(was, is)) {
      return "";
    }
    return is == null ? "resumed, was " + Objects.requireNonNull(was).phrase() : is.phrase();
  }

  /**
   * Whether a service changes in what an operator says of it and in nothing else. In need a service
   * must be held also where its declaration is one that would be refused today.
   */
  boolean sayAllThatChanges() {
    return before instanceof Service was
        && after instanceof Service is
        && was.withScaling(was.scaling().withOverride(is.scaling().override())).equals(is);
  }

  private static @Nullable ManualOverride override(@Nullable Spec spec) {
    return spec instanceof Service service ? service.scaling().override() : null;
  }
}
