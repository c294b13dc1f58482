package dev.highwater.kernel.route;

import dev.highwater.model.Cell;
import dev.highwater.model.Ownership;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Divides a service's users over cells: nothing but numbers in and numbers out.
 *
 * <p><b>Goals.</b> Private cells bear what they can, near ones first; public cells bear the rest,
 * and are told before they must; a lost cell's users are elsewhere with the next decision; shares
 * do not swing.
 *
 * <p><b>Hard rules.</b> Shares are 0 where the service must not run, and where a cell is lost while
 * another is not; otherwise they add up to 1.
 *
 * <p><b>Algorithm.</b> Cells form tiers: private before public, and within one ownership those
 * within {@link #NEAR_MS} of the nearest. A tier is filled before the next one gets anything, and
 * inside a tier load is divided by what each cell could bear at most, because dividing by what is
 * ready would let the larger cell grow larger. The load of now goes first by that plan as far as
 * ready replicas bear it, then to whoever has ready replicas to spare, then by the plan for the
 * load ahead, whose cells grow. The plan for the load ahead (the forecast's upper bound, or what
 * events ask) also says which cell has to grow: one whose part will be larger than it was.
 *
 * <p>Moves are bounded: at most {@link #STEP} of the users per decision, none below {@link #BAND},
 * and a cell takes more on only up to {@link #FILL} of what is ready, while it keeps what it has up
 * to all of it. They are unbounded only where users fail otherwise: at first, from a lost or
 * forbidden cell, and out of a cell that has more than it bears while others have room.
 *
 * <p>Used once; confined to its thread.
 */
public final class Split {
  /**
   * Round trips that differ by no more than this are alike to people: the smallest difference that
   * was noticed in page loads is far above it. Chosen by us.
   */
  static final double NEAR_MS = 20;

  /**
   * A cell is planned with, and takes on users, only up to this part of what it bears. Chosen by
   * us.
   */
  static final double FILL = 0.9;

  /** Smaller moves are not worth the surprise of the cells' forecasts. Chosen by us. */
  static final double BAND = 0.02;

  /** At most so many of the users move in one decision that nothing forces. Chosen by us. */
  static final double STEP = 0.1;

  /** A part that grows by less needs no word. Chosen by us. */
  private static final double GROWS = 0.01;

  /** Parts below one in a thousand are none: too few users to keep a replica warm for. */
  private static final double LEAST = 0.001;

  private static final double EXACT = 1e-9;

  private final int n;
  private final int[] tierEnd;
  private final int firstEnd;
  private final boolean[] usable;
  private final double load;
  private final double ahead;
  private final double[] ready;
  private final double[] most;
  private final double[] before;
  private final boolean decided;
  private final double[] share;
  private final double[] shareAhead;
  private final double[] expected;

  /**
   * @param cells in the order of {@link #inOrder}
   * @param allowed whether the service may run there
   * @param lost whether users would fail there
   * @param load first attempts per second of all users now; 0 for none
   * @param ahead an upper bound of the same at the time in which a cell can grow
   * @param ready borne by ready replicas, per cell
   * @param most borne by a cell that has grown as far as it can
   * @param before shares in force
   * @param decided whether shares are in force
   */
  public Split(
      List<Cell> cells,
      boolean[] allowed,
      boolean[] lost,
      double load,
      double ahead,
      double[] ready,
      double[] most,
      double[] before,
      boolean decided) {
    this.n = cells.size();
    this.load = load;
    this.ahead = Math.max(1, Math.max(load, ahead));
    this.before = before;
    this.decided = decided;
    boolean anywhere = false;
    for (int i = 0; i < n; i++) {
      anywhere |= allowed[i] && !lost[i];
    }
    usable = new boolean[n];
    this.ready = new double[n];
    this.most = new double[n];
    for (int i = 0; i < n; i++) {
      usable[i] = allowed[i] && (!anywhere || !lost[i]);
      this.ready[i] = usable[i] ? ready[i] : 0;
      this.most[i] = usable[i] ? Math.max(ready[i], most[i]) : 0;
    }
    tierEnd = tiers(cells);
    int first = 0;
    while (first < n && !usable[first]) {
      first++;
    }
    firstEnd = first < n ? tierEnd[first] : 0;
    shareAhead = ratios(plan(this.ahead));
    share = bounded(wanted());
    expected = new double[n];
    for (int i = 0; i < n; i++) {
      boolean grows = shareAhead[i] > Math.min(before[i], share[i]) + GROWS;
      expected[i] = grows ? shareAhead[i] * this.ahead / FILL : 0;
    }
  }

  /** Cells in the order in which they are filled. */
  public static List<Cell> inOrder(Collection<Cell> cells) {
    List<Cell> ordered = new ArrayList<>(cells);
    ordered.sort(
        (a, b) -> {
          int order = a.ownership().compareTo(b.ownership());
          order = order != 0 ? order : Double.compare(a.latencyMs(), b.latencyMs());
          return order != 0 ? order : a.name().compareTo(b.name());
        });
    return ordered;
  }

  /** For each cell the end of its tier, exclusive; cells that are not usable belong to none. */
  private int[] tiers(List<Cell> cells) {
    int[] ends = new int[n];
    int start = 0;
    double nearest = Double.NaN;
    Ownership ownership = Ownership.PRIVATE;
    for (int i = 0; i < n; i++) {
      Cell cell = cells.get(i);
      boolean opens =
          Double.isNaN(nearest)
              || cell.ownership() != ownership
              || cell.latencyMs() > nearest + NEAR_MS;
      if (usable[i] && opens) {
        Arrays.fill(ends, start, i, i);
        start = i;
        nearest = cell.latencyMs();
        ownership = cell.ownership();
      }
    }
    Arrays.fill(ends, start, n, n);
    return ends;
  }

  /**
   * Where a load goes when every cell has grown as far as it can: no cell to its brim before the
   * last has some, because at the brim every crowd of a second is late.
   */
  private double[] plan(double amount) {
    double[] planned = new double[n];
    double[] part = new double[n];
    for (int i = 0; i < n; i++) {
      part[i] = FILL * most[i];
    }
    double left = fill(amount, part, planned);
    if (left > 0) {
      for (int i = 0; i < n; i++) {
        part[i] = most[i] - part[i];
      }
      left = fill(left, part, planned);
    }
    if (left > 0) {
      spread(left, most, planned);
    }
    return planned;
  }

  private double[] wanted() {
    double now = Math.max(1, load);
    double[] planned = plan(now);
    double[] given = new double[n];
    double left = now;
    for (int i = 0; i < n; i++) {
      double cap = Math.max(FILL * ready[i], Math.min(ready[i], before[i] * now));
      given[i] = Math.min(planned[i], cap);
      left -= given[i];
    }
    double[] spare = new double[n];
    for (int i = 0; i < n; i++) {
      spare[i] = Math.max(0, FILL * ready[i] - given[i]);
    }
    left = fill(Math.max(0, left), spare, given);
    if (left > 0) {
      for (int i = 0; i < n; i++) {
        spare[i] = Math.max(0, ready[i] - given[i]);
      }
      left = fill(left, spare, given);
    }
    if (left > 0) {
      spread(left, shareAhead, given);
    }
    return ratios(given);
  }

  /** Gives to tiers in order up to their caps; returns what is left. */
  private double fill(double amount, double[] caps, double[] given) {
    double left = amount;
    for (int i = 0; i < n && left > 0; i = tierEnd[i]) {
      double total = 0;
      for (int j = i; j < tierEnd[i]; j++) {
        total += caps[j];
      }
      double here = Math.min(left, total);
      for (int j = i; j < tierEnd[i] && total > 0; j++) {
        given[j] += here * caps[j] / total;
      }
      left -= here;
    }
    return left <= EXACT * amount ? 0 : left;
  }

  /** Gives all of it in proportion to weights; without any, in equal parts to the first tier. */
  private void spread(double amount, double[] weights, double[] given) {
    double total = 0;
    for (int i = 0; i < n; i++) {
      total += usable[i] ? weights[i] : 0;
    }
    if (total > 0) {
      for (int i = 0; i < n; i++) {
        given[i] += usable[i] ? amount * weights[i] / total : 0;
      }
      return;
    }
    for (int i = 0; i < n; i = tierEnd[i]) {
      int here = 0;
      for (int j = i; j < tierEnd[i]; j++) {
        here += usable[j] ? 1 : 0;
      }
      if (here > 0) {
        for (int j = i; j < tierEnd[i]; j++) {
          given[j] += usable[j] ? amount / here : 0;
        }
        return;
      }
    }
  }

  /** Parts of the sum, tiny ones left out; all 0 when there is nowhere to go. */
  private static double[] ratios(double[] amounts) {
    double total = 0;
    for (double amount : amounts) {
      total += amount;
    }
    double kept = 0;
    for (double amount : amounts) {
      kept += amount >= LEAST * total ? amount : 0;
    }
    double[] ratios = new double[amounts.length];
    for (int i = 0; i < amounts.length && kept > 0; i++) {
      ratios[i] = amounts[i] >= LEAST * total ? amounts[i] / kept : 0;
    }
    return ratios;
  }

  private double[] bounded(double[] wanted) {
    double largest = 0;
    boolean forced = !decided || load <= 0;
    for (int i = 0; i < n; i++) {
      double move = wanted[i] - before[i];
      // The last few go in any case: nobody keeps a replica warm for them.
      double size = wanted[i] == 0 && before[i] > 0 ? Math.max(BAND, before[i]) : Math.abs(move);
      largest = Math.max(largest, size);
      forced |= before[i] > 0 && !usable[i];
      forced |= move < -LEAST && before[i] * load > ready[i];
    }
    if (!decided || (forced && largest > EXACT)) {
      return wanted;
    }
    if (largest < BAND) {
      return before;
    }
    double part = Math.min(1, STEP / largest);
    double[] moved = new double[n];
    for (int i = 0; i < n; i++) {
      moved[i] = part == 1 ? wanted[i] : before[i] + part * (wanted[i] - before[i]);
    }
    return ratios(moved);
  }

  /** Part of the users of a cell from now on. */
  public double share(int i) {
    return share[i];
  }

  /** Part that is meant for it when the load ahead is there. */
  double shareAhead(int i) {
    return shareAhead[i];
  }

  /** What it shall make itself ready for because its part will grow; 0 when it will not. */
  double expectedPerSecond(int i) {
    return expected[i];
  }

  /** Whether the cell belongs to the first tier. */
  boolean first(int i) {
    return tierEnd[i] == firstEnd;
  }

  /** Whether any share is other than before. */
  boolean moved() {
    return !decided || !Arrays.equals(share, before);
  }
}
