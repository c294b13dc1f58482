package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A service as it is declared now, whose operator's word is changed with compare-and-set: a change
 * by somebody else in between is refused, not overwritten. Immutable.
 */
record HeldService(HighwaterClient client, SpecChange row, Service spec) {
  static HeldService read(HighwaterClient client, String name) {
    SpecChange row = client.spec(SpecKind.SERVICE, ServiceId.parse(name).toString());
    if (row.spec() instanceof Service service) {
      return new HeldService(client, row, service);
    }
    throw new AssertionError(row.kind());
  }

  /** Declares the service with another word, or none, and tells so; what is so stays. */
  int hold(@Nullable ManualOverride word, Verb verb, Verb.Output output) {
    ManualOverride before = spec.scaling().override();
    boolean same = word == null && before == null;
    SpecChange stored =
        same
            ? row
            : client.put(
                spec.withScaling(spec.scaling().withOverride(word)),
                OptionalLong.of(row.resourceVersion()));
    if (output == Verb.Output.JSON) {
      verb.printJson(stored);
      return Verb.DONE;
    }
    String now = word != null ? word.phrase() : same ? "is not held, unchanged" : "resumes";
    verb.out()
        .println(
            "service/"
                + row.key()
                + " "
                + now
                + (before == null ? "" : was(before))
                + bounds(word));
    return Verb.DONE;
  }

  /** A number that the bounds of the spec cut is told as such, because the word alone does not. */
  private String bounds(@Nullable ManualOverride word) {
    Scaling scaling = spec.scaling();
    boolean cut =
        word != null
            && word.kind() != ManualOverride.Kind.PAUSE
            && (word.replicas() < scaling.replicasMin() || word.replicas() > scaling.replicasMax());
    return cut
        ? ", but its bounds hold: " + scaling.replicasMin() + " to " + scaling.replicasMax()
        : "";
  }

  private static String was(ManualOverride before) {
    return " (was " + before.phrase() + ")";
  }
}
