package dev.highwater.server.control;

import dev.highwater.kernel.policy.PolicyName;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.Cordon;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Service;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What specs are held against besides other specs, by whatever way they are declared: the clock,
 * the policies of the kernel and the nodes that are there. Reads the nodes once, so it is made for
 * one request; confined to its thread.
 */
final class SpecChecks {
  private final long nowMs;
  private final Supplier<List<CellSnapshot>> seen;
  private @Nullable Set<String> nodes;

  SpecChecks(long nowMs, Supplier<List<CellSnapshot>> seen) {
    this.nowMs = nowMs;
    this.seen = seen;
  }

  /**
   * Refuses what cannot be declared in place of what is.
   *
   * @param before what is declared, or null
   * @return what it changes of what operators say
   */
  OperatorWords check(@Nullable Spec before, Spec after) {
    OperatorWords words = new OperatorWords(before, after);
    words.check(nowMs);
    if (after instanceof Service service && !words.sayAllThatChanges()) {
      PolicyName.check(service);
    }
    if (before == null && after instanceof Cordon cordon && !nodes().contains(cordon.key())) {
      // Nodes are no specs, so no reference holds this; one that is gone keeps its cordon.
      throw new InvalidInputException(
          ErrorCode.NOT_FOUND, "node", cordon.node(), "must name a node of cell " + cordon.cell());
    }
    return words;
  }

  /**
   * Says which of many specs a refusal is about, by its name and by its place.
   *
   * @param field where the request has the spec
   */
  static InvalidInputException named(InvalidInputException e, Spec spec, String field) {
    String remedy = e.remedy() + ", in " + SpecKind.name(spec);
    return new InvalidInputException(e.code(), e.field(), e.value(), remedy).under(field);
  }

  private Set<String> nodes() {
    if (nodes == null) {
      nodes = new TreeSet<>();
      for (CellSnapshot snapshot : seen.get()) {
        for (NodeStatus node : snapshot.nodes()) {
          nodes.add(snapshot.cell() + "/" + node.node());
        }
      }
    }
    return nodes;
  }
}
