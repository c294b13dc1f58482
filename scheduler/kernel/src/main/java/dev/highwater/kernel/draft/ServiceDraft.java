package dev.highwater.kernel.draft;

import dev.highwater.kernel.policy.ScalingDecision;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.Explanation.AdmissionView;
import dev.highwater.model.Fact;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One service in one decision: what each stage made of it, for the stages after it.
 *
 * <p>The fields stand in the order of the stages, and each stage writes its own. Confined to the
 * thread of its {@link Draft}.
 */
public final class ServiceDraft {
  private final ServiceState service;
  private final int tenant;
  private final int activeBefore;
  private final int draining;
  private final boolean[] gone;

  // Policy.
  private @Nullable ScalingDecision scaled;
  private int target;
  private int wanted;

  // Scale-in and reclaim.
  private boolean @Nullable [] stopNow;
  private int stopped;
  private int taken;

  // Sharing.
  private int granted;
  private int unaffordable;
  private int contended;
  private int onTheWay;
  private int aheadSoon;

  // Placement.
  private int placed;
  private int booked;
  private final List<Fact.NodeShare> shares = new ArrayList<>();
  private int[] shareSlots = new int[8];

  // Admission and provisioning.
  private @Nullable AdmissionView admission;
  private int aheadOfEvents;
  private int aheadOfForecast;

  /**
   * Begins.
   *
   * @param tenant number of the tenant in the shares of this decision
   * @param activeBefore replicas that run and shall go on, without those that are gone
   * @param draining those of them on nodes that drain
   * @param gone by position, replicas that this decision finds gone; empty when none is
   */
  public ServiceDraft(
      ServiceState service, int tenant, int activeBefore, int draining, boolean[] gone) {
    this.service = service;
    this.tenant = tenant;
    this.activeBefore = activeBefore;
    this.draining = draining;
    this.gone = gone;
  }

  /** The service as it was before the decision. */
  public ServiceState service() {
    return service;
  }

  /** Number of the tenant in the shares of this decision. */
  public int tenant() {
    return tenant;
  }

  /** Replicas that run and shall go on, without those that are gone. */
  public int activeBefore() {
    return activeBefore;
  }

  /** Replicas on nodes that drain. */
  public int draining() {
    return draining;
  }

  /** Whether the i-th replica is gone by this decision. */
  public boolean gone(int i) {
    return gone.length > 0 && gone[i];
  }

  /** Whether the i-th replica runs and shall go on. */
  public boolean counts(int i) {
    return !service.stopped(i) && !gone(i) && !(stopNow != null && stopNow[i]);
  }

  /** Whether replicas are gone or told to stop by this decision. */
  public boolean shrinks() {
    return stopNow != null || gone.length > 0;
  }

  // Policy.

  /**
   * Notes the policy stage's result.
   *
   * @param decided null when no policy spoke
   * @param newTarget replicas that shall be
   * @param newWanted replicas to place
   */
  public void want(@Nullable ScalingDecision decided, int newTarget, int newWanted) {
    scaled = decided;
    target = newTarget;
    wanted = newWanted;
  }

  /** What the policy decided, or null when none spoke. */
  public @Nullable ScalingDecision scaled() {
    return scaled;
  }

  /** Replicas that shall be. */
  public int target() {
    return target;
  }

  /** Replicas to place. */
  public int wanted() {
    return wanted;
  }

  // Scale-in and reclaim.

  /** Notes which replicas scale-in stops. */
  public void stop(boolean[] marks, int count) {
    stopNow = marks;
    stopped = count;
  }

  /** Notes which replicas are taken back, beside those that are stopped already. */
  public void takeBack(boolean[] marks, int count) {
    boolean[] all = stopNow == null ? new boolean[service.size()] : stopNow;
    for (int i = 0; i < marks.length; i++) {
      all[i] |= marks[i];
    }
    stopNow = all;
    taken += count;
  }

  /** Whether scale-in or reclaim stops replicas. */
  public boolean stops() {
    return stopNow != null;
  }

  /** Replicas that scale-in stops. */
  public int stopped() {
    return stopped;
  }

  /** Replicas that are taken back. */
  public int taken() {
    return taken;
  }

  // Sharing.

  /** Grants replicas more. */
  public void grant(int more, int notPaid) {
    granted += more;
    unaffordable += notPaid;
  }

  /** Replicas that quota and budget allow of those wanted, counted from nothing. */
  public int granted() {
    return granted;
  }

  /** Replicas that quota would allow and the budget does not pay. */
  public int unaffordable() {
    return unaffordable;
  }

  /** Notes how many replicas would be allowed if those who borrow gave way. */
  public void contend(int replicas) {
    contended = replicas;
  }

  /** Replicas that would be allowed if those who borrow gave way. */
  public int contended() {
    return contended;
  }

  /** Notes one more node whose coming room is kept for this service. */
  public void oneMoreOnTheWay() {
    onTheWay++;
  }

  /** Replicas whose room is becoming free. */
  public int onTheWay() {
    return onTheWay;
  }

  /** Notes replicas that a declared event will soon need and that found no room yet. */
  public void lackAheadSoon(int replicas) {
    aheadSoon = replicas;
  }

  /** Replicas that a declared event will soon need and that found no room yet. */
  public int aheadSoon() {
    return aheadSoon;
  }

  // Placement.

  /** Adds replicas on a node. */
  public void share(int slot, Fact.NodeShare share) {
    if (shares.size() == shareSlots.length) {
      shareSlots = Arrays.copyOf(shareSlots, shareSlots.length * 2);
    }
    shareSlots[shares.size()] = slot;
    shares.add(share);
  }

  /** Takes shares out again, from a number on; their room stays booked. */
  public void unshare(int from) {
    shares.subList(from, shares.size()).clear();
  }

  /** What is placed where. */
  public List<Fact.NodeShare> shares() {
    return Collections.unmodifiableList(shares);
  }

  /** Node slot of each of the shares. */
  public int shareSlot(int i) {
    return shareSlots[i];
  }

  /** Counts replicas as placed. */
  public void place(int replicas) {
    placed += replicas;
  }

  /** Replicas placed. */
  public int placed() {
    return placed;
  }

  /** Replicas wanted and not placed. */
  public int pending() {
    return Math.max(0, wanted - placed);
  }

  /** Replicas that quota grants and no node has room for. What quota refuses waits for no room. */
  public int waitingForRoom() {
    return Math.max(0, Math.min(granted, wanted) - placed);
  }

  /** Counts replicas as booked ahead: they take room in this decision and are not placed. */
  public void book(int replicas) {
    booked += replicas;
  }

  /** Replicas booked ahead. */
  public int booked() {
    return booked;
  }

  // Admission and provisioning.

  /** Notes the admission stage's result. */
  public void admit(AdmissionView view) {
    admission = view;
  }

  /** What the front door may let in, or null when this was not decided. */
  public @Nullable AdmissionView admission() {
    return admission;
  }

  /**
   * Notes replicas to come for which nodes are to be ordered.
   *
   * @param forEvents those that declared events ask for
   * @param byForecast those that forecasts alone ask for
   */
  public void lackAhead(int forEvents, int byForecast) {
    aheadOfEvents = forEvents;
    aheadOfForecast = byForecast;
  }

  /** Replicas to come for which nodes are to be ordered. */
  public int ahead() {
    return aheadOfEvents + aheadOfForecast;
  }

  /** Those of them that declared events ask for. */
  public int aheadOfEvents() {
    return aheadOfEvents;
  }

  /** Those of them that forecasts alone ask for. */
  public int aheadOfForecast() {
    return aheadOfForecast;
  }
}
