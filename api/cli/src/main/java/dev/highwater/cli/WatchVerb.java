package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.client.StreamReader;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Explanation.ServiceRouted;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Follows what happens: a table that refreshes itself, or plain lines where nobody looks. */
@Command(
    name = "watch",
    description = "Follow the cells live; Ctrl-C ends it.",
    footer = {
      "",
      "On a terminal a table refreshes itself. Elsewhere, or with --lines, each change is one line:",
      "  TIME SERVICE BEFORE->AFTER load OFFERED/s, reason=WINNER decision=EPOCH.SEQUENCE",
      "",
      "Example:",
      "  highwater watch --for 3m"
    })
final class WatchVerb extends Verb {
  private static final String CLEAR = "\033[H\033[J";
  private static final int DECISIONS = 8;

  @Option(names = "--for", paramLabel = "SPAN", description = "End by itself after so long.")
  @Nullable String span;

  @Option(names = "--lines", description = "One line per change, also on a terminal.")
  boolean lines;

  @Override
  int run(HighwaterClient client) {
    boolean table = Terminal.isInteractive() && !lines;
    long endNanos =
        span == null ? Long.MAX_VALUE : System.nanoTime() + Words.spanMs("--for", span) * 1_000_000;
    List<Decision> recent = new ArrayList<>();
    Map<String, CellSnapshot> cells = new TreeMap<>();
    client.stream(
        new StreamReader() {
          @Override
          public void onSnapshot(CellSnapshot snapshot) {
            cells.put(snapshot.cell(), snapshot);
            if (table) {
              paint(List.copyOf(cells.values()), recent);
            }
          }

          @Override
          public void onDecision(Decision decision) {
            recent.add(0, decision);
            if (recent.size() > 100) {
              recent.remove(recent.size() - 1);
            }
            if (!table) {
              printLines(decision);
            }
          }

          @Override
          public void onCellGone(String cell) {
            cells.remove(cell);
            if (!table) {
              out().println("cell " + cell + " is not declared any more");
              out().flush();
            }
          }

          @Override
          public void onGap() {
            spec.commandLine()
                .getErr()
                .println("highwater: too slow, some changes are missing here");
          }

          @Override
          public boolean wantsMore() {
            return System.nanoTime() < endNanos;
          }
        });
    return DONE;
  }

  private void paint(List<CellSnapshot> cells, List<Decision> recent) {
    out().print(CLEAR);
    CellSnapshot first = cells.get(0);
    out().println("highwater watch  " + Words.clock(first.nowMs()) + " UTC   Ctrl-C ends");
    first
        .events()
        .forEach(
            event ->
                out()
                    .println(
                        "event "
                            + event.name()
                            + " "
                            + Words.countdown(event.startMs(), first.nowMs())));
    out().println();
    Rows.services(cells, List.of(), false).print(out(), "No service declared.");
    out().println();
    Rows.decisions(recent, DECISIONS, first.nowMs()).print(out(), "No change yet.");
    out().flush();
  }

  private void printLines(Decision decision) {
    for (Explanation explanation : decision.explanations()) {
      String line;
      if (explanation instanceof ServiceExplained e) {
        line =
            String.format(
                Locale.ROOT,
                "%s %s %d->%d load %s/s, reason=%s%s",
                Words.clock(decision.nowMs()),
                e.service(),
                e.targetBefore(),
                e.target(),
                Words.rate(e.load().offeredPerSecond()),
                Words.of(e.winner()),
                e.override() == null ? "" : " (" + e.override().phrase() + ")");
      } else if (explanation instanceof ServiceRouted e) {
        line =
            String.format(
                Locale.ROOT,
                "%s %s users %s load %s/s",
                Words.clock(decision.nowMs()),
                e.service(),
                Rows.shares(e),
                Words.rate(e.offeredPerSecond()));
      } else {
        PoolExplained e = (PoolExplained) explanation;
        line =
            String.format(
                Locale.ROOT,
                "%s pool %s %d->%d nodes, %s",
                Words.clock(decision.nowMs()),
                e.pool(),
                e.targetBefore(),
                e.target(),
                e.because());
      }
      out().println(line + " decision=" + decision.epoch() + "." + decision.sequence());
    }
    out().flush();
  }
}
