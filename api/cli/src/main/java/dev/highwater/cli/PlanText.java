package dev.highwater.cli;

import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.PlacementView;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Fact;
import dev.highwater.model.RefusalWords;
import dev.highwater.model.ServiceId;
import dev.highwater.model.view.EventReadinessList;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.Plan.CellPlan;
import dev.highwater.model.view.Plan.PlannedSpec;
import dev.highwater.model.view.PlanSpan;
import dev.highwater.model.view.PlanSpan.Moment;
import dev.highwater.model.view.PlanSpan.PoolSpan;
import dev.highwater.model.view.PlanSpan.ServiceSpan;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** A plan as text. Stateless. */
final class PlanText {
  private PlanText() {}

  static void print(Plan plan, PrintWriter out) {
    for (PlannedSpec spec : plan.specs()) {
      String name = spec.specKind().word() + "/" + spec.key();
      String what =
          switch (spec.action()) {
            case CREATE -> " would be declared";
            case CHANGE -> " would change";
            case DELETE -> " would be removed";
            case NONE -> " is like that already";
          };
      out.println(name + what + Words.then(spec.operator()));
    }
    for (CellPlan cell : plan.cells()) {
      out.println();
      print(plan, cell, out);
    }
  }

  private static void print(Plan plan, CellPlan cell, PrintWriter out) {
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
    cell.events()
        .forEach(event -> ReadinessText.print(event, inAll(plan, event.event()), "  ", out));
    if (cell.span() != null) {
      print(cell.span(), out);
    }
  }

  /** What every cell says of an event: what one lacks, others may bear. */
  private static EventReadinessList inAll(Plan plan, String event) {
    return new EventReadinessList(
        plan.cells().stream()
            .flatMap(cell -> cell.events().stream())
            .filter(each -> each.event().equals(event))
            .toList());
  }

  private static void print(PlanSpan span, PrintWriter out) {
    out.println("  within " + Words.span(span.forMs()) + ", if load goes on and events come:");
    if (span.services().isEmpty() && span.pools().isEmpty()) {
      out.println("    nothing would differ from what comes anyway");
    }
    for (ServiceSpan s : span.services()) {
      out.println(
          "    "
              + s.service()
              + " "
              + s.targetBefore()
              + " -> "
              + s.target()
              + " replicas, "
              + s.ready()
              + " ready"
              + (s.targetMost() > Math.max(s.targetBefore(), s.target())
                  ? ", at most " + s.targetMost()
                  : "")
              + "; places "
              + s.placed()
              + ", stops "
              + s.stopped()
              + (s.pending() > 0 ? "; " + s.pending() + " wait" + because(s) : ""));
      s.moments().forEach(moment -> print(moment, out));
    }
    for (PoolSpan p : span.pools()) {
      out.println(
          "    pool "
              + p.pool()
              + " "
              + p.targetBefore()
              + " -> "
              + p.target()
              + " nodes, "
              + p.ready()
              + " ready"
              + (p.targetMost() > Math.max(p.targetBefore(), p.target())
                  ? ", at most " + p.targetMost()
                  : ""));
      p.moments().forEach(moment -> print(moment, out));
    }
    span.reclaimed()
        .forEach(
            each ->
                out.println(
                    "    " + each.replicas() + " replicas are taken back from " + each.service()));
    out.printf(
        "    nodes cost %s instead of %s%n",
        Words.money(span.cost()), Words.money(span.costAnyway()));
  }

  private static void print(Moment moment, PrintWriter out) {
    out.println(
        "      after "
            + Words.span(moment.afterMs())
            + ": "
            + moment.target()
            + (moment.because().isEmpty() ? "" : ", " + moment.because()));
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
        return " "
            + e.targetBefore()
            + " -> "
            + target
            + " replicas, won by "
            + Words.of(e.winner())
            + (e.because().isEmpty() ? "" : " (" + e.because() + ")")
            + waiting(e.placement());
      }
    }
    return " -> " + target + " replicas";
  }

  private static String waiting(@Nullable PlacementView placement) {
    if (placement == null || placement.pending() == 0) {
      return "";
    }
    String refusals = RefusalWords.of(placement.refusals());
    return ", " + placement.pending() + " would wait" + (refusals.isEmpty() ? "" : ": " + refusals);
  }

  private static String why(CellPlan cell, String pool, int nodes) {
    for (Explanation each : cell.explanations()) {
      if (each instanceof Explanation.PoolExplained e && e.pool().equals(pool)) {
        return " " + e.targetBefore() + " -> " + nodes + " nodes, " + e.reason();
      }
    }
    return " -> " + nodes + " nodes";
  }

  private static String because(ServiceSpan service) {
    String refusals = RefusalWords.of(service.refusals());
    return refusals.isEmpty() ? "" : ": " + refusals;
  }
}
