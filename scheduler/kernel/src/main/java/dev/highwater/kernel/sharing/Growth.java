package dev.highwater.kernel.sharing;

import dev.highwater.kernel.draft.Draft;
import dev.highwater.kernel.draft.ServiceDraft;
import dev.highwater.kernel.placement.Placing;
import dev.highwater.kernel.state.NodeTable;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Fact;
import dev.highwater.model.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Shares what is there among the services that want more replicas, and places what each is granted.
 *
 * <p><b>Algorithm</b>: services come by {@link Turn}. When what all want is more than what is free,
 * or what a tenant's services want is more than its quota, each turn grants a portion of the wish,
 * so that nobody takes all before the others' turn; when there is plenty, a turn grants the whole
 * wish. Before the first who borrows, room is booked for declared events and kept for those who
 * wait by right.
 *
 * <p>Made for one decision; confined to its thread.
 */
public final class Growth {
  /** Of those who come first and find too little room so many are remembered. Chosen by us. */
  private static final int BLOCKED_MAX = 16;

  private final Draft draft;
  private final Shares shares;
  private final Placing placing;
  private final Booking booking;
  private final Reservation reservation;
  private final List<ServiceDraft> growing = new ArrayList<>();
  private final List<ServiceDraft> inOrder = new ArrayList<>();
  private final List<Turn> blocked = new ArrayList<>();
  private final PriorityQueue<Turn> queue = new PriorityQueue<>();
  private final boolean[] atQuota;
  private @Nullable Reclaim reclaim;

  /** Begins. */
  public Growth(
      Draft draft, Shares shares, Placing placing, Booking booking, Reservation reservation) {
    this.draft = draft;
    this.shares = shares;
    this.placing = placing;
    this.booking = booking;
    this.reservation = reservation;
    atQuota = new boolean[shares.tenants()];
  }

  /** The stage. */
  public void grow() {
    for (ServiceDraft service : draft.services()) {
      if (service.wanted() > 0) {
        growing.add(service);
      }
    }
    if (growing.isEmpty()) {
      return;
    }
    boolean scarce = scarce();
    findAtQuota();
    growing.forEach(service -> queue.add(turn(service)));
    Payments payments = new Payments(draft.state(), draft.prices(), shares);
    boolean anyBorrower = false;
    while (!queue.isEmpty()) {
      Turn turn = queue.remove();
      if (turn.borrowing() && !anyBorrower) {
        anyBorrower = true;
        booking.forEventsSoon();
        reservation.reserveFor(growing);
      }
      grant(turn, scarce, payments);
    }
    growing.forEach(this::contend);
    inOrder.forEach(this::say);
  }

  private Turn turn(ServiceDraft service) {
    return Turn.of(shares, service, atQuota[service.tenant()]);
  }

  /** Notes the tenants whose services want more together than quota allows. */
  private void findAtQuota() {
    double[][] wanted = new double[shares.tenants()][];
    int[] services = new int[shares.tenants()];
    for (ServiceDraft service : growing) {
      int tenant = service.tenant();
      long[] each = Held.amounts(service.service().spec().resources());
      double[] sum = wanted[tenant] == null ? new double[Held.KINDS] : wanted[tenant];
      for (int k = 0; k < Held.KINDS; k++) {
        sum[k] += (double) each[k] * service.wanted();
      }
      wanted[tenant] = sum;
      services[tenant]++;
    }
    for (int tenant = 0; tenant < services.length; tenant++) {
      atQuota[tenant] = services[tenant] > 1 && !shares.allows(tenant, wanted[tenant]);
    }
  }

  /** Whether more is wanted than is free. */
  private boolean scarce() {
    // Not in whole numbers: a million replicas of the largest size are more than a long holds.
    double cpu = 0;
    double memory = 0;
    double gpu = 0;
    for (ServiceDraft service : growing) {
      Resources each = service.service().spec().resources();
      cpu += (double) each.cpuMilli() * service.wanted();
      memory += (double) each.memoryMib() * service.wanted();
      gpu += (double) each.gpuMilli() * service.wanted();
    }
    long cpuFree = 0;
    long memoryFree = 0;
    NodeTable table = draft.table();
    for (int slot = 0; slot < table.slots(); slot++) {
      if (table.open(slot)) {
        cpuFree += Math.max(0, table.cpuFree(slot));
        memoryFree += Math.max(0, table.memoryFree(slot));
      }
    }
    return gpu > 0 || cpu > cpuFree || memory > memoryFree;
  }

  private void grant(Turn turn, boolean scarce, Payments payments) {
    ServiceDraft service = turn.service();
    Resources each = service.service().spec().resources();
    int wanted = service.wanted();
    boolean inPortions = atQuota[service.tenant()] || (scarce && each.gpuMilli() == 0);
    int ask = Math.min(inPortions ? Portions.of(wanted) : wanted, wanted - service.granted());
    if (!turn.borrowing() && each.gpuMilli() == 0) {
      ask = Math.max(1, shares.nominalRoom(service.tenant(), each, ask));
    }
    if (turn.borrowing() && owesWay(turn)) {
      return;
    }
    int allowed = shares.allowed(service.tenant(), each, ask);
    if (turn.borrowing() && allowed == 0 && mayTakeBack(service)) {
      blocked.add(turn);
    }
    int paid = payments.affordable(service.tenant(), each, allowed);
    service.grant(paid, allowed - paid);
    int done = paid == 0 ? 0 : placing.place(service, paid);
    if (done > 0) {
      if (service.placed() == 0) {
        inOrder.add(service);
      }
      service.place(done);
      payments.take(service.tenant(), each, done);
    }
    if (done == ask && service.granted() < wanted) {
      queue.add(turn(service));
    } else if (service.granted() < wanted && paid == ask) {
      grantTheRest(service, payments);
    }
    if (turn.borrowing() && done < paid) {
      reservation.reserveForBorrower(service);
    }
  }

  /**
   * Grants what quota and budget still allow to a service that finds no room now. What it was
   * granted before and waits for room uses nothing yet, so it counts as part of this.
   */
  private void grantTheRest(ServiceDraft service, Payments payments) {
    Resources each = service.service().spec().resources();
    int waiting = service.waitingForRoom();
    int allowed = shares.allowed(service.tenant(), each, service.pending());
    int paid = payments.affordable(service.tenant(), each, allowed);
    service.grant(Math.max(0, paid - waiting), allowed - paid);
  }

  /** Whether room for one more will be taken from others, who have less right to it. */
  private boolean mayTakeBack(ServiceDraft service) {
    Resources each = service.service().spec().resources();
    return blocked.size() < BLOCKED_MAX
        && shares.claimable(service.tenant(), each, 1) > 0
        && reclaim().possible(service, placing.group(service));
  }

  /** Made when the first who borrows finds nothing: nodes are reserved by then, and none later. */
  private Reclaim reclaim() {
    Reclaim made = reclaim;
    if (made == null) {
      made = new Reclaim(draft, shares, reservation);
      reclaim = made;
    }
    return made;
  }

  /**
   * Whether somebody before, for whom the free room was too little, would take at once what this
   * one takes now. Without this the rest of the room would change hands for ever when replicas
   * differ in size.
   */
  private boolean owesWay(Turn turn) {
    int tenant = turn.service().tenant();
    for (Turn before : blocked) {
      int other = before.service().tenant();
      boolean comesFirst =
          before.priority() > turn.priority()
              || shares.borrowedShare(other) < shares.borrowedShare(tenant);
      if (other != tenant && comesFirst) {
        return true;
      }
    }
    return false;
  }

  /** Notes what quota would allow if those who borrow gave way. */
  private void contend(ServiceDraft service) {
    if (service.granted() < service.wanted() && service.unaffordable() == 0) {
      int waiting = service.waitingForRoom();
      int owed = service.pending();
      int claimable =
          shares.claimable(service.tenant(), service.service().spec().resources(), owed);
      service.contend(Math.max(0, claimable - waiting));
    }
  }

  /**
   * Says what was placed. In the order of placing: devices are given out again in that order when
   * the facts are evolved.
   */
  private void say(ServiceDraft draftOf) {
    List<Fact.NodeShare> placed = draftOf.shares();
    if (placed.isEmpty()) {
      return;
    }
    ServiceState service = draftOf.service();
    long next = service.nextOrdinal();
    draft.say(new Fact.ReplicasPlaced(service.id(), next, placed));
    for (int k = 0; k < placed.size(); k++) {
      int slot = draftOf.shareSlot(k);
      int count = placed.get(k).count();
      draft.orders().touch(slot);
      for (int i = 0; i < count; i++) {
        draft.orders().add(slot, service.index(), next + i);
      }
      next += count;
    }
  }
}
