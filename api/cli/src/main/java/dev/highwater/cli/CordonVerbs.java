package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What an operator says of a node: cordon, drain and uncordon. Stateless. */
final class CordonVerbs {
  private CordonVerbs() {}

  /** One that names a node. */
  private abstract static class OfNode extends Verb {
    @Parameters(paramLabel = "[CELL/]NODE", description = "As `highwater get nodes` names it.")
    String node;

    @Option(
        names = "-o",
        paramLabel = "json",
        description = "json: the row as stored, stable; null when there is none.")
    @Nullable String format;

    abstract int run(CordonedNode found, Output output);

    @Override
    final int run(HighwaterClient client) {
      Output output = output(format);
      return run(CordonedNode.find(client, node), output);
    }
  }

  /** One that says why. */
  private abstract static class WithReason extends OfNode {
    @Mixin Said said;

    int cordon(CordonedNode found, boolean drain, Output output) {
      return found.cordon(drain, said.why(), said.who(), this, output);
    }
  }

  /** Keeps new replicas off a node. */
  @Command(
      name = "cordon",
      description = {
        "Place no new replicas on a node; those that it has go on.",
        "",
        "It holds until `highwater uncordon`, and the node is kept. A node that drains goes on"
            + " draining."
      },
      footer = {"", "Example:", "  highwater cordon east/standard-3 --reason \"disk errors\""})
  static final class Cordon extends WithReason {
    @Override
    int run(CordonedNode found, Output output) {
      return cordon(found, false, output);
    }
  }

  /** Moves a node's replicas elsewhere and gives it back. */
  @Command(
      name = "drain",
      description = {
        "Move a node's replicas elsewhere, then give the node back.",
        "",
        "Each replica stops only once another one is ready in its place, so it waits where quota,"
            + " budget or the pools leave no room; `highwater explain` tells why. `highwater"
            + " uncordon` takes it back while the node is there. A node that is gone keeps its cordon"
            + " until `highwater uncordon`; a cell has 1000 at most."
      },
      footer = {
        "",
        "Examples:",
        "  highwater drain east/standard-3 --reason \"kernel update\"",
        "  highwater drain standard-3 --reason \"kernel update\" --wait 5m"
      })
  static final class Drain extends WithReason {
    @Option(
        names = "--wait",
        paramLabel = "SPAN",
        description =
            "Wait until the node is given back, so long at most; 1 when it is not, or is lost.")
    @Nullable String wait;

    @Override
    int run(CordonedNode found, Output output) {
      String span = wait;
      DepartureWait departure =
          span == null ? null : new DepartureWait(found, span, Words.spanMs("--wait", span));
      int code = cordon(found, true, output);
      if (departure != null) {
        out().flush();
        String left = departure.await();
        if (output != Output.JSON) {
          out().println("node/" + found.cell() + "/" + found.name() + " " + left);
        }
      }
      return code;
    }
  }

  /** Lets a node take replicas again. */
  @Command(
      name = "uncordon",
      description = "Let a node take replicas again, and drain it no longer.",
      footer = {"", "Example:", "  highwater uncordon east/standard-3"})
  static final class Uncordon extends OfNode {
    @Override
    int run(CordonedNode found, Output output) {
      return found.uncordon(this, output);
    }
  }
}
