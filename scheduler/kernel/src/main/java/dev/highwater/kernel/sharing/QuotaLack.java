package dev.highwater.kernel.sharing;

import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one claim lacks of quota because others hold it, less with each victim that gives it up.
 *
 * <p>It exists because room on a node is not all that a claim needs: a tenant of another cohort may
 * use only what its own cohort has, or a node's free room may be what somebody does not lend. Who
 * stops then must give up quota too, or its room would stay idle.
 *
 * <p>A claim within nominal has its quota whatever others hold. What it would lack beside them only
 * says who should give way first: its own cohort, before another that has no more than its own.
 *
 * <p>Made for one claim; confined to its thread.
 */
final class QuotaLack {
  private final Held holds;
  private final int taker;
  private final boolean nominal;
  private final long[] lacking;
  private final long[] byOthers = new long[Held.KINDS];
  private final List<Integer> losers = new ArrayList<>();
  private final List<long[]> lost = new ArrayList<>();

  private QuotaLack(Held holds, Claim claim, long[] lacking) {
    this.holds = holds;
    this.taker = claim.tenant();
    this.nominal = claim.nominal();
    this.lacking = lacking;
    for (int k = 0; k < Held.KINDS; k++) {
      byOthers[k] = holds.byOthers(taker, k);
    }
  }

  /**
   * What a claim lacks.
   *
   * @param holds what everybody holds by then; it is changed while victims are chosen, and put back
   * @return null when it lacks nothing
   */
  static @Nullable QuotaLack of(Shares shares, Held holds, Claim claim) {
    long[] each = Held.amounts(claim.each());
    long[] lacking = new long[Held.KINDS];
    boolean any = false;
    for (int k = 0; k < Held.KINDS; k++) {
      int tenant = claim.tenant();
      long uses = holds.used(tenant, k) + each[k];
      if (each[k] > 0 && (claim.nominal() || uses > shares.left(holds, tenant, k))) {
        lacking[k] = Math.max(0, uses - shares.besideOthers(holds, tenant, k));
      }
      any |= lacking[k] > 0;
    }
    return any ? new QuotaLack(holds, claim, lacking) : null;
  }

  /** Whether the claim comes to nothing unless victims give up what it lacks. */
  boolean mustBeMet() {
    return !nominal;
  }

  /** What was lacking of a kind before anybody gave way. */
  long lacking(int k) {
    return lacking[k];
  }

  /** Whether anything still lacks. */
  boolean open() {
    for (int k = 0; k < Held.KINDS; k++) {
      if (open(k)) {
        return true;
      }
    }
    return false;
  }

  private boolean open(int k) {
    return lacking[k] > byOthers[k] - holds.byOthers(taker, k);
  }

  /** Counts a victim, unless something lacks of which it gives up nothing; returns whether. */
  boolean lose(int loser, Resources own) {
    long[] amounts = Held.amounts(own);
    boolean helps = !open();
    for (int k = 0; k < Held.KINDS; k++) {
      boolean wasOpen = open(k);
      long before = holds.byOthers(taker, k);
      holds.change(loser, k, -amounts[k]);
      helps |= wasOpen && holds.byOthers(taker, k) < before;
    }
    if (helps) {
      losers.add(loser);
      lost.add(amounts);
    } else {
      giveBack(loser, amounts);
    }
    return helps;
  }

  private void giveBack(int loser, long[] amounts) {
    for (int k = 0; k < Held.KINDS; k++) {
      holds.change(loser, k, amounts[k]);
    }
  }

  /** Forgets the victims that were counted. */
  void undo() {
    for (int i = losers.size() - 1; i >= 0; i--) {
      giveBack(losers.get(i), lost.get(i));
    }
    losers.clear();
    lost.clear();
  }
}
