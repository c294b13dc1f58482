package dev.highwater.cli;

import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Fact;
import dev.highwater.model.ServiceId;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.Plan.CellPlan;
import dev.highwater.model.view.Plan.PlannedSpec;
import java.io.PrintWriter;

/** A plan as text. Stateless. */
final class PlanText {
  private PlanText() {}

  static void print(Plan plan, PrintWriter out) {
    for (PlannedSpec spec : plan.specs()) {
      String name = Types.one(spec.specKind()) + "/" + spec.key();
      out.println(
          switch (spec.action()) {
            case CREATE -> name + " would be declared";
            case CHANGE -> name + " would change";
            case NONE -> name + " is like that already";
          });
    }
    for (CellPlan cell : plan.cells()) {
      out.println();
      print(cell, out);
    }
  }

  private static void print(CellPlan cell, PrintWriter out) {
    out.println("cell " + cell.cell() + " at " + Words.clock(cell.nowMs()) + " UTC");
    int told = 0;
    for (Fact fact : cell.facts()) {
      String line = line(cell, fact);
      if (!line.isEmpty()) {
        out.println("  " + line);
        told++;
      }
    }
    if (told == 0) {
      out.println("  would decide nothing new in its next tick");
    }
    if (cell.nodesPerHour() != cell.nodesPerHourAfter()) {
      out.printf(
          "  nodes would cost %s/h instead of %s/h%n",
          Words.money(cell.nodesPerHourAfter()), Words.money(cell.nodesPerHour()));
    }
    cell.events().forEach(event -> ReadinessText.print(event, "  ", out));
  }

  private static String line(CellPlan cell, Fact fact) {
    if (fact instanceof Fact.InputRefused f) {
      return "REFUSED " + f.subject() + ": " + f.detail();
    } else if (fact instanceof Fact.TargetSet f) {
      return f.service() + why(cell, f.service(), f.replicas());
    } else if (fact instanceof Fact.ReplicasPlaced f) {
      int count = f.shares().stream().mapToInt(Fact.NodeShare::count).sum();
      return f.service() + " places " + count + " on " + f.shares().size() + " nodes";
    } else if (fact instanceof Fact.ReplicasStopped f) {
      return f.service() + " stops " + f.ordinals().size() + ", " + Words.of(f.reason());
    } else if (fact instanceof Fact.PoolTargetSet f) {
      return "pool " + f.pool() + why(cell, f.pool(), f.nodes());
    } else if (fact instanceof Fact.NodeDrainStarted f) {
      return "node " + f.node() + " drains, " + Words.of(f.reason());
    } else if (fact instanceof Fact.AdmissionRateSet f) {
      return f.service() + " admits " + Words.rate(f.ratePerSecond()) + "/s" + retries(f);
    }
    return ""; // that a spec is taken is said above; nodes come and go by themselves
  }

  private static String retries(Fact.AdmissionRateSet fact) {
    String each = Words.rate(fact.retryRatio());
    return each.equals("none") ? "" : " and " + each + " retries per first attempt";
  }

  private static String why(CellPlan cell, ServiceId service, int target) {
    for (Explanation each : cell.explanations()) {
      if (each instanceof ServiceExplained e && e.service().equals(service)) {
        int pending = e.placement() == null ? 0 : e.placement().pending();
        return " "
            + e.targetBefore()
            + " -> "
            + target
            + " replicas, won by "
            + Words.of(e.winner())
            + (e.wishes().isEmpty() ? "" : " (" + e.wishes().get(0).because() + ")")
            + (pending > 0 ? ", " + pending + " would wait for room" : "");
      }
    }
    return " -> " + target + " replicas";
  }

  private static String why(CellPlan cell, String pool, int nodes) {
    for (Explanation each : cell.explanations()) {
      if (each instanceof Explanation.PoolExplained e && e.pool().equals(pool)) {
        return " " + e.targetBefore() + " -> " + nodes + " nodes, " + e.reason();
      }
    }
    return " -> " + nodes + " nodes";
  }
}
