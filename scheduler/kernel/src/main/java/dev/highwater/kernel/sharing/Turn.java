package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.model.Service;

/**
 * Whose turn it is: who stays within nominal first, then higher priority, then the smallest
 * weighted share of borrowed capacity, then the more critical, then of a tenant at its quota the
 * one of which less is met.
 *
 * <p>Immutable but for the draft that it names.
 */
record Turn(ServiceDraft service, int priority, boolean borrowing, double share, double met)
    implements Comparable<Turn> {
  static Turn of(Shares shares, ServiceDraft service) {
    return of(shares, service, false);
  }

  /**
   * The same.
   *
   * @param atQuota whether quota does not allow what its tenant's services want together
   */
  static Turn of(Shares shares, ServiceDraft service, boolean atQuota) {
    int tenant = service.tenant();
    boolean borrowing = !shares.withinNominal(tenant, service.service().spec().resources(), 1);
    return new Turn(
        service,
        shares.state(tenant).spec().priority(),
        borrowing,
        borrowing ? shares.borrowedShare(tenant) : 0,
        atQuota ? Portions.met(service.target(), service.wanted() - service.granted()) : 0);
  }

  @Override
  public int compareTo(Turn other) {
    Service mine = service.service().spec();
    Service theirs = other.service.service().spec();
    int order = Boolean.compare(borrowing, other.borrowing);
    order = order != 0 ? order : Integer.compare(other.priority, priority);
    order = order != 0 ? order : Double.compare(share, other.share);
    order = order != 0 ? order : mine.criticality().compareTo(theirs.criticality());
    order = order != 0 ? order : Double.compare(met, other.met);
    return order != 0
        ? order
        : Integer.compare(service.service().index(), other.service.service().index());
  }
}
