package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.Cordon;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A node with its cordon as it is declared now, which is changed with compare-and-set. Immutable.
 *
 * @param row its cordon, or null
 */
record CordonedNode(HighwaterClient client, String cell, String name, @Nullable SpecChange row) {
  /**
   * Finds a node that is there, or one that is gone and still cordoned.
   *
   * @param text its name, with its cell where several cells have such a node
   */
  static CordonedNode find(HighwaterClient client, String text) {
    List<SpecChange> cordons = client.specs(SpecKind.CORDON);
    TreeSet<String> keys = new TreeSet<>();
    client.nodes().forEach(each -> keys.add(each.cell() + "/" + each.node().node()));
    cordons.forEach(each -> keys.add(each.key()));
    keys.removeIf(key -> !key.equals(text) && !key.endsWith("/" + text));
    if (keys.size() != 1) {
      throw new RefusedException(
          keys.isEmpty() ? ErrorCode.NOT_FOUND : ErrorCode.INVALID_VALUE,
          "node",
          text,
          keys.isEmpty() ? "is in no cell" : "is in several cells, write CELL/NODE");
    }
    String key = keys.first();
    int slash = key.indexOf('/');
    SpecChange row =
        cordons.stream().filter(each -> each.key().equals(key)).findFirst().orElse(null);
    return new CordonedNode(client, key.substring(0, slash), key.substring(slash + 1), row);
  }

  /** Declares its cordon and tells so; one that says the same, or drains already, stays. */
  int cordon(boolean drain, String reason, String by, Verb verb, Verb.Output output) {
    Cordon wanted = new Cordon(cell, name, drain, reason, by);
    Cordon before = row != null && row.spec() instanceof Cordon cordon ? cordon : null;
    if (row != null && before != null && (before.equals(wanted) || (before.drain() && !drain))) {
      return told(row, before.phrase() + ", unchanged", verb, output);
    }
    SpecChange stored =
        row == null
            ? client.create(wanted)
            : client.put(wanted, OptionalLong.of(row.resourceVersion()));
    String was = before == null ? "" : " (was " + before.phrase() + ")";
    return told(stored, wanted.phrase() + was, verb, output);
  }

  /** Removes its cordon and tells so. */
  int uncordon(Verb verb, Verb.Output output) {
    if (row == null) {
      return told(null, "is not cordoned, unchanged", verb, output);
    }
    SpecChange stored =
        client.delete(SpecKind.CORDON, row.key(), OptionalLong.of(row.resourceVersion()));
    String was = row.spec() instanceof Cordon cordon ? " (was " + cordon.phrase() + ")" : "";
    return told(stored, "uncordoned" + was, verb, output);
  }

  private int told(@Nullable SpecChange stored, String words, Verb verb, Verb.Output output) {
    if (output == Verb.Output.JSON) {
      verb.printJson(stored);
    } else {
      verb.out().println("node/" + cell + "/" + name + " " + words);
    }
    return Verb.DONE;
  }
}
