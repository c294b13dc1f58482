package dev.highwater.rehearsal.report;

import dev.highwater.model.Explanation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * The decisions that moved most capacity, at most {@link #KEPT_MAX} of them. For one thread.
 *
 * <p>Consequence is measured in processors: how many a change of target asks for or gives back.
 */
final class Turns {
  private static final int KEPT_MAX = 2_000;

  /** One service or pool tells at most so many of the chosen ones, while others have any left. */
  static final int PER_SUBJECT_MAX = 3;

  /**
   * One explained change.
   *
   * @param direction -1 for less, 1 for more
   * @param cpuMilli moved
   */
  record Turn(
      String cell,
      long epoch,
      long sequence,
      long nowMs,
      String subject,
      int direction,
      long cpuMilli,
      Explanation explanation) {}

  private static final Comparator<Turn> LEAST_FIRST =
      Comparator.comparingLong(Turn::cpuMilli)
          .thenComparing(Turn::sequence, Comparator.reverseOrder())
          .thenComparing(Turn::cell, Comparator.reverseOrder())
          .thenComparing(Turn::subject, Comparator.reverseOrder());

  private final TreeSet<Turn> kept = new TreeSet<>(LEAST_FIRST);

  void offer(Turn turn) {
    if (turn.cpuMilli == 0 || (kept.size() == KEPT_MAX && turn.cpuMilli <= kept.first().cpuMilli)) {
      return;
    }
    kept.add(turn);
    if (kept.size() > KEPT_MAX) {
      kept.pollFirst();
    }
  }

  /**
   * The largest first. Of a ramp, which is many decisions, only the largest one is taken.
   *
   * @param gapMs changes of one subject in one direction nearer than this are one ramp
   */
  List<Turn> most(int n, long gapMs) {
    List<Turn> chosen = new ArrayList<>();
    for (Turn turn : kept.descendingSet()) {
      if (chosen.size() < n && among(chosen, turn, gapMs) < PER_SUBJECT_MAX) {
        chosen.add(turn);
      }
    }
    for (Turn turn : kept.descendingSet()) {
      if (chosen.size() < n && !chosen.contains(turn) && among(chosen, turn, gapMs) < n) {
        chosen.add(turn);
      }
    }
    chosen.sort(LEAST_FIRST.reversed());
    return chosen;
  }

  /** How many of its subject are chosen; very many when it belongs to a ramp that is told. */
  private static int among(List<Turn> chosen, Turn turn, long gapMs) {
    int same = 0;
    for (Turn other : chosen) {
      if (other.subject.equals(turn.subject) && other.cell.equals(turn.cell)) {
        same++;
        if (other.direction == turn.direction && Math.abs(other.nowMs - turn.nowMs) < gapMs) {
          return Integer.MAX_VALUE;
        }
      }
    }
    return same;
  }
}
