package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.model.Service;

/**
 * Whose turn it is: who stays within nominal first, then higher priority, then the smallest
 * weighted share of borrowed capacity, then the more critical.
 *
 * <p>Immutable but for the draft that it names.
 */
record Turn(ServiceDraft service, int priority, boolean borrowing, double share)
    implements Comparable<Turn> {
  static Turn of(Shares shares, ServiceDraft service) {
    int tenant = service.tenant();
    boolean borrowing = !shares.withinNominal(tenant, service.service().spec().resources(), 1);
    return new Turn(
        service,
        shares.state(tenant).spec().priority(),
        borrowing,
        borrowing ? shares.borrowedShare(tenant) : 0);
  }

  @Override
  public int compareTo(Turn other) {
    Service mine = service.service().spec();
    Service theirs = other.service.service().spec();
    int order = Boolean.compare(borrowing, other.borrowing);
    order = order != 0 ? order : Integer.compare(other.priority, priority);
    order = order != 0 ? order : Double.compare(share, other.share);
    order = order != 0 ? order : mine.criticality().compareTo(theirs.criticality());
    return order != 0
        ? order
        : Integer.compare(service.service().index(), other.service.service().index());
  }
}
