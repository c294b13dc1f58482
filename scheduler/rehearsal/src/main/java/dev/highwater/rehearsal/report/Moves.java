package dev.highwater.rehearsal.report;

import dev.highwater.model.Decision;
import dev.highwater.model.Explanation.MovesView;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Fact;
import dev.highwater.rehearsal.Figures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The proposals to move replicas together so that nodes can be given back: how many, and those that
 * save most. Each is told when it was news, not as long as it stood. For one thread.
 */
final class Moves {
  private static final int TOLD = 5;

  /** One proposal. */
  record Move(long nowMs, String pool, MovesView view) {}

  private static final Comparator<Move> MOST_FIRST =
      Comparator.comparing((Move move) -> !move.view.carriedOut())
          .thenComparingDouble(move -> -move.view.savedPerHour())
          .thenComparingLong(Move::nowMs)
          .thenComparing(Move::pool);

  private final List<Move> most = new ArrayList<>();
  private long proposed;
  private long carriedOut;

  void add(Decision decision) {
    SortedSet<String> news = new TreeSet<>();
    for (Fact fact : decision.facts()) {
      if (fact instanceof Fact.MovesProposed moves && !moves.nodes().isEmpty()) {
        news.add(moves.pool());
      }
    }
    if (news.isEmpty()) {
      return;
    }
    decision.explanations().stream()
        .filter(PoolExplained.class::isInstance)
        .map(PoolExplained.class::cast)
        .filter(pool -> news.contains(pool.pool()))
        .forEach(pool -> add(decision.nowMs(), pool.pool(), pool.moves()));
  }

  private void add(long nowMs, String pool, @Nullable MovesView view) {
    if (view == null) {
      return;
    }
    proposed++;
    carriedOut += view.carriedOut() ? 1 : 0;
    most.add(new Move(nowMs, pool, view));
    most.sort(MOST_FIRST);
    if (most.size() > TOLD) {
      most.remove(TOLD);
    }
  }

  /** A table, or nothing when nothing was proposed. */
  String html(long startsAtMs) {
    if (most.isEmpty()) {
      return "";
    }
    Html out = new Html();
    out.element(
        "p",
        "Replicas could have moved together so that nodes were given back: "
            + Words.count(proposed, "proposal", "proposals")
            + ", of which "
            + Figures.grouped(carriedOut)
            + " carried out. Those that save most, what was carried out first:");
    out.wordsHead("Moves that empty nodes", "pool", "at", "what they cost and save");
    for (Move move : most) {
      out.row(move.pool, Words.clock(move.nowMs - startsAtMs), move.view.phrase());
    }
    out.tableEnd();
    return out.toString();
  }
}
