package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.EventStatus;
import dev.highwater.model.CellSnapshot.NodeStatus;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.view.Readiness;
import dev.highwater.model.view.SnapshotList;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One screen: owners, nodes, services, the next event, the last decisions. */
@Command(
    name = "status",
    description = "Show how everything stands on one screen.",
    footer = {"", "Example:", "  highwater status"})
final class StatusVerb extends Verb {
  private static final int DECISIONS = 5;

  /** Words of operators shown of a cell, so that it stays one screen. */
  private static final int WORDS = 5;

  @Option(names = "-o", paramLabel = "json", description = "json: the cells' snapshots.")
  @Nullable String format;

  @Override
  int run(HighwaterClient client) {
    List<CellSnapshot> snapshots = client.snapshots();
    if (output(format) == Output.JSON) {
      printJson(new SnapshotList(snapshots));
      return DONE;
    }
    Readiness readiness = client.readiness();
    out()
        .println(
            "Server    " + client.server() + "  " + (readiness.ready() ? "ready" : "NOT READY"));
    readiness.checks().stream()
        .filter(check -> !check.passed())
        .forEach(check -> out().println("          " + check.name() + ": " + check.detail()));
    for (CellSnapshot cell : snapshots) {
      print(cell);
    }
    if (snapshots.isEmpty()) {
      out().println("Cells     none is decided yet");
      return DONE;
    }
    out().println();
    Rows.services(snapshots, List.of(), false).print(out(), "No service declared.");
    Table decisions = RecentDecisions.rows(client, null, null, DECISIONS, nowMs(snapshots));
    out().println();
    decisions.print(out(), "No decision yet.");
    return DONE;
  }

  private void print(CellSnapshot cell) {
    int ready = cell.pools().stream().mapToInt(PoolStatus::ready).sum();
    int target = cell.pools().stream().mapToInt(PoolStatus::target).sum();
    out()
        .printf(
            "Cell      %s  owner %s, epoch %d, at %s UTC%s%n",
            cell.cell(),
            Words.member(cell.owner()),
            cell.epoch(),
            Words.clock(cell.nowMs()),
            cell.auditViolationsTotal() == 0
                ? ""
                : ", " + cell.auditViolationsTotal() + " AUDIT VIOLATIONS");
    out()
        .printf(
            "  nodes   %d ready of %d, %s/h, cost %s since %s%n",
            ready,
            target,
            Words.money(cell.costPerHour()),
            Words.money(cell.costTotal()),
            Words.moment(cell.costSinceMs(), cell.nowMs()));
    List<String> held = new ArrayList<>();
    for (ServiceStatus service : cell.services()) {
      ManualOverride word = service.override();
      if (word != null) {
        held.add(service.service() + " " + ExplanationText.operator(word, cell.nowMs()));
      }
    }
    first("  held    ", held, "get services");
    List<String> closed = new ArrayList<>();
    for (NodeStatus node : cell.nodes()) {
      if (node.cordon() != null) {
        closed.add(node.node() + " " + node.cordon().phrase());
      }
    }
    first("  node    ", closed, "get cordons");
    for (EventStatus event : cell.events()) {
      out()
          .printf(
              "  event   %s %s (%s)%s%n",
              event.name(),
              Words.countdown(event.startMs(), cell.nowMs()),
              Words.of(event.phase()),
              event.costTotal() > 0
                  ? ", " + Words.money(event.costTotal()) + " more than without it"
                  : "");
    }
  }

  /** Prints the first of them, and how many more a verb shows. */
  private void first(String label, List<String> words, String verb) {
    words.stream().limit(WORDS).forEach(each -> out().println(label + each));
    int more = words.size() - WORDS;
    if (more > 0) {
      out().println(label + "and " + more + " more, `highwater " + verb + "` has all");
    }
  }
}
