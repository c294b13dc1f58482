package dev.highwater.kernel.sharing;

import dev.highwater.model.Resources;

/**
 * What tenants hold, and what each cohort thereby leaves to the others.
 *
 * <p>Within a cohort a tenant holds what it uses, and at least what it does not lend. A cohort as a
 * whole holds that of its tenants together, and at least their nominal quotas: what one borrows of
 * another in its cohort is held once, not twice. Units are those of the three kinds of {@link
 * Shares}.
 *
 * <p>It is a ledger of its own so that a search can ask what would be left if somebody gave way.
 * Confined to one thread.
 */
final class Held {
  static final int KINDS = 3;

  private final int[] cohort;
  private final long[][] used;

  private final long[][] unlent;

  // By cohort and kind.
  private final long[][] nominalOf;
  private final long[][] unlentOf;
  private final long[][] within;

  private final long[] nominalOfAll;
  private final long[] across;
  private long changes;

  /**
   * Adds up what tenants use.
   *
   * @param cohort number of each tenant's cohort
   * @param used by tenant and kind; taken over, not copied
   * @param unlent by tenant and kind
   * @param nominal by tenant and kind
   */
  Held(int[] cohort, long[][] used, long[][] unlent, long[][] nominal) {
    this.cohort = cohort;
    this.used = used;
    this.unlent = unlent;
    int cohorts = 0;
    for (int each : cohort) {
      cohorts = Math.max(cohorts, each + 1);
    }
    nominalOf = new long[cohorts][KINDS];
    unlentOf = new long[cohorts][KINDS];
    within = new long[cohorts][KINDS];
    nominalOfAll = new long[KINDS];
    across = new long[KINDS];
    for (int tenant = 0; tenant < cohort.length; tenant++) {
      for (int k = 0; k < KINDS; k++) {
        nominalOf[cohort[tenant]][k] += nominal[tenant][k];
        unlentOf[cohort[tenant]][k] += unlent[tenant][k];
        within[cohort[tenant]][k] += own(tenant, k);
      }
    }
    for (int c = 0; c < cohorts; c++) {
      for (int k = 0; k < KINDS; k++) {
        nominalOfAll[k] += nominalOf[c][k];
        across[k] += ofCohort(c, k);
      }
    }
  }

  private Held(Held other) {
    cohort = other.cohort;
    unlent = other.unlent;
    nominalOf = other.nominalOf;
    unlentOf = other.unlentOf;
    nominalOfAll = other.nominalOfAll;
    used = copy(other.used);
    within = copy(other.within);
    across = other.across.clone();
  }

  private static long[][] copy(long[][] of) {
    long[][] copy = new long[of.length][];
    for (int i = 0; i < of.length; i++) {
      copy[i] = of[i].clone();
    }
    return copy;
  }

  /** Resources by kind: CPU, memory, devices. */
  static long[] amounts(Resources of) {
    return new long[] {of.cpuMilli(), of.memoryMib(), of.gpuMilli()};
  }

  /** The same, to be changed apart. */
  Held copy() {
    return new Held(this);
  }

  private long own(int tenant, int k) {
    return Math.max(used[tenant][k], unlent[tenant][k]);
  }

  private long ofCohort(int c, int k) {
    return Math.max(within[c][k], nominalOf[c][k]);
  }

  /** What a tenant uses of a kind. */
  long used(int tenant, int k) {
    return used[tenant][k];
  }

  /** Counts more ({@code by > 0}) or less of a kind as used. */
  void change(int tenant, int k, long by) {
    int c = cohort[tenant];
    changes++;
    long before = own(tenant, k);
    long acrossBefore = ofCohort(c, k);
    used[tenant][k] += by;
    within[c][k] += own(tenant, k) - before;
    across[k] += ofCohort(c, k) - acrossBefore;
  }

  /** How often anything was changed, to know a copy that is out of date. */
  long changes() {
    return changes;
  }

  /** What others hold of a kind that a tenant cannot have. */
  long byOthers(int tenant, int k) {
    int c = cohort[tenant];
    return within[c][k] - own(tenant, k) + across[k] - ofCohort(c, k);
  }

  /** The same if everybody who borrows gave way: what others do not lend. */
  long keptByOthers(int tenant, int k) {
    int c = cohort[tenant];
    return unlentOf[c][k] - unlent[tenant][k] + nominalOfAll[k] - nominalOf[c][k];
  }

  /** Whether anything is kept from anybody beside what others use. */
  boolean keepsApart() {
    if (within.length > 1) {
      return true;
    }
    for (long[] each : unlentOf) {
      for (long kept : each) {
        if (kept > 0) {
          return true;
        }
      }
    }
    return false;
  }
}
