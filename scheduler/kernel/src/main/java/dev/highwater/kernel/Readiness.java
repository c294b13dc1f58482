package dev.highwater.kernel;

import static java.util.Objects.requireNonNull;

import dev.highwater.kernel.forecast.EventCalendar;
import dev.highwater.kernel.policy.ServiceScaler;
import dev.highwater.kernel.sharing.Booking;
import dev.highwater.kernel.sizing.Sizer;
import dev.highwater.kernel.state.Amounts;
import dev.highwater.kernel.state.CellState;
import dev.highwater.kernel.state.PoolFilter;
import dev.highwater.kernel.state.PoolState;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.BootTime;
import dev.highwater.model.Cell;
import dev.highwater.model.NodePool;
import dev.highwater.model.Ownership;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.ServiceId;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.EventReadiness.Reclaimed;
import dev.highwater.model.view.EventReadiness.ServiceReadiness;
import dev.highwater.model.view.EventReadinessList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a declared event can be met: go or no-go, service by service.
 *
 * <p>It exists so that an operator learns of a shortage while it can still be helped. The
 * arithmetic is that of the stages (sizing by the service's own tables; quota, budget and room as
 * {@link EventClaims} gives them out), without spread and anti-affinity, and as if nobody else grew
 * meanwhile.
 *
 * <p>Services are asked in the order in which the stages serve them. Each takes what it will be
 * scaled to ahead of the event, which is more than it needs at the declared peak ({@link
 * EventCalendar#DECLARED_ROOM}), so that the next is not promised what will be gone. What may not
 * run here has no part in any figure: other cells answer for it, and that none does is seen by
 * whoever asks all of them ({@link EventReadinessList#nowhere}). Nobody is promised what nobody
 * will order: what an operator's word forbids until it is too late, and, where the policy reads no
 * events, more than it is sure to have at the start ({@link ServiceScaler#leastAt}).
 *
 * <p>A service is asked for by the part of the users that comes here now. Beside that each tells
 * what it could bear of all that is declared, out of what every service here has left, so that
 * whoever asks all cells learns whether they meet the event together ({@link
 * EventReadinessList#bursts}).
 *
 * <p><b>Residual risk.</b> {@code uncoveredRatio} is 1 - safe rate of the replicas ready at the
 * start / declared peak: what this arithmetic knows to be missing. {@code lateProbability} is what
 * boot times leave to chance for a replica that is ordered in time: P(node boot &gt; n) + P(replica
 * boot &gt; r) with n and r the parts of the time that their 99 % quantiles have in it; a sum, so
 * it is never too small.
 *
 * <p>One for each question; changes nothing of the state.
 */
public final class Readiness {
  /** A report before a new replica is known to be ready. */
  private static final long REPORT_MS = 1_000;

  private final CellState state;
  private final PeakEvent event;
  private final EventClaims claims;

  /** What this cell is asked for, by order of the declaration. */
  private final List<Part> parts = new ArrayList<>();

  private final List<ServiceId> elsewhere = new ArrayList<>();

  /** Replicas that quota grants more to those that cannot have all that they will want. */
  private Map<ServiceState, Integer> portions = new LinkedHashMap<>();

  /** A service that may run here, and what is declared of it. */
  private record Part(ServiceState service, Sizer sizer, PeakEvent.EventLoad load) {}

  /**
   * What is said of a service by its part of the users.
   *
   * @param has replicas that it has or found room for
   * @param ready of these, what will be ready at the start
   * @param above room for what it will be scaled to beyond what its part needs
   */
  private record Answer(ServiceReadiness own, int has, int ready, EventClaims.Found above) {}

  private Readiness(CellState state, PeakEvent event) {
    this.state = state;
    this.event = event;
    claims = new EventClaims(state);
    for (PeakEvent.EventLoad load : event.loads()) {
      ServiceState service = state.service(load.service());
      Sizer sizer = service == null ? null : service.sizer();
      Cell cell = state.spec();
      if (service == null
          || sizer == null
          || cell == null
          || service.removed()
          || !service.spec().mayRunIn(cell)) {
        elsewhere.add(load.service());
      } else {
        parts.add(new Part(service, sizer, load));
      }
    }
  }

  /**
   * Looks ahead at a declared event.
   *
   * @return null when the cell knows no such event
   */
  public static @Nullable EventReadiness of(CellState state, String name) {
    PeakEvent event = state.events().get(name);
    return event == null ? null : new Readiness(state, event).answer();
  }

  /** What may not run here is elsewhere also when the event is over, so that it is not asked. */
  private boolean over() {
    return !parts.isEmpty() && event.left(state.nowMs()) == null;
  }

  /** Of a cell that is not declared nothing is known, and nothing may run there. */
  private Ownership ownership() {
    Cell cell = state.spec();
    return cell == null ? Ownership.PRIVATE : cell.ownership();
  }

  private EventReadiness answer() {
    if (over()) {
      return EventReadiness.over(
          event.name(), state.name(), ownership(), state.nowMs(), event.startMs(), event.endMs());
    }
    double ahead = capacityAhead();
    portions = claims.portions(wants());
    Answer[] answers = new Answer[parts.size()];
    for (int i : inTurn()) {
      answers[i] = answer(parts.get(i), ahead);
    }
    ServiceReadiness[] all = new ServiceReadiness[parts.size()];
    for (int i : inTurn()) {
      all[i] = withSpare(parts.get(i), answers[i]);
    }
    List<ServiceReadiness> services = List.of(all);
    long lastMomentMs = event.startMs();
    double declared = 0;
    double uncovered = 0;
    double late = 0;
    double costPerHour = 0;
    boolean go = true;
    for (ServiceReadiness each : services) {
      lastMomentMs = Math.min(lastMomentMs, each.lastMomentMs());
      declared += each.peakPerSecond();
      uncovered += each.peakPerSecond() * each.uncoveredRatio();
      late = Math.max(late, each.lateProbability());
      costPerHour += each.costPerHour();
      go &= each.shortOf().isEmpty();
    }
    return new EventReadiness(
        event.name(),
        state.name(),
        ownership(),
        go,
        state.nowMs(),
        event.startMs(),
        lastMomentMs,
        ahead,
        declared > 0 ? uncovered / declared : 0,
        late,
        costPerHour,
        services,
        elsewhere,
        null);
  }

  /** Positions of the event's services in the order in which the stages would serve them. */
  private List<Integer> inTurn() {
    List<Integer> turns = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      turns.add(i);
    }
    turns.sort(Comparator.comparing((Integer i) -> parts.get(i).service(), claims.turns()));
    return turns;
  }

  /**
   * Part of what pools may have at most that every service together needs at the peak. Devices
   * count as what a replica takes of them among its like: of those that ask for 600 thousandths
   * each takes one.
   */
  private double capacityAhead() {
    Resources capacity = Resources.NONE;
    double devices = 0;
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null) {
        capacity = capacity.plus(spec.shape().times(spec.nodesMax()));
        devices += (double) Amounts.devices(spec.shape()) * spec.nodesMax();
      }
    }
    Resources wanted = Resources.NONE;
    double devicesWanted = 0;
    for (ServiceState service : state.services()) {
      int target = service.target();
      for (Part part : parts) {
        if (part.service() == service) {
          target = Math.max(target, part.sizer().replicasFor(sizedFor(part, 1)));
        }
      }
      wanted = wanted.plus(service.spec().resources().times(target));
      devicesWanted += Amounts.ofDevices(service.spec().resources()) / 1_000.0 * target;
    }
    double ahead =
        Math.max(
            wanted.cpuMilli() / (double) Math.max(1, capacity.cpuMilli()),
            wanted.memoryMib() / (double) Math.max(1, capacity.memoryMib()));
    return Math.max(ahead, devicesWanted / Math.max(1, devices));
  }

  /** What comes here at the peak, by the part of the users that comes here now. */
  private static double peak(Part part) {
    return part.load().peakPerSecond() * part.service().share();
  }

  /** So many times the peak, as far as it is admitted. */
  private static double sizedFor(Part part, double times) {
    return admitted(part.service(), times * peak(part));
  }

  /** Admission lets no more through than the slowest serial step bears. */
  private static double admitted(ServiceState service, double perSecond) {
    double serial = service.spec().capacity().serialRatePerSecondMax();
    return serial > 0 ? Math.min(perSecond, serial) : perSecond;
  }

  private Answer answer(Part part, double ahead) {
    ServiceState service = part.service();
    Sizer sizer = part.sizer();
    int needed = sizer.replicasFor(sizedFor(part, 1));
    int kept = claims.kept(service);
    int more = Math.max(0, needed - kept);
    int allowed = Math.min(needed, kept + allowed(service, more, kept));
    int paid = Math.min(needed, kept + claims.paid(service, more));
    int most = Math.min(Math.min(needed, most(service)), Math.min(allowed, paid));
    int missing = Math.max(0, most - kept);
    EventClaims.Found found = claims.find(service, missing);
    EventClaims.Found above = findAhead(part, Math.max(most, kept));

    long nodeBootMs = state.nodeBootMs(service);
    boolean less = most < needed; // what is kept back would come on new nodes, as far as is known
    long aheadMs =
        missing == 0 && !less
            ? 0
            : aheadMs(service, less || found.onNewNodes() > 0, found.reclaimed() > 0);
    long leftMs = event.startMs() - state.nowMs();
    long bootsMs = bootsMs(service);
    int ready = Math.min(kept, most(service)) + inTime(service, found);
    double cheapest = claims.cheapest(service);
    double bears = bears(part, ready);
    double peak = peak(part);
    ServiceReadiness own =
        new ServiceReadiness(
            service.id(),
            peak,
            needed,
            service.active(),
            allowed,
            found.onNodes(),
            found.onNewNodes(),
            found.reclaimed(),
            found.plus(above).from().entrySet().stream()
                .map(each -> new Reclaimed(each.getKey().id(), each.getValue()))
                .toList(),
            ready,
            bears,
            event.startMs(),
            0,
            event.startMs() - aheadMs,
            peak > 0 ? Math.max(0, 1 - bears / peak) : 0,
            missing == 0 || ready == kept
                ? 0
                : late(
                    service,
                    found.onNewNodes() > 0 && bootsMs >= nodeBootMs,
                    Math.min(leftMs, aheadMs)),
            Math.max(0, cheapest) * needed,
            shortOf(service, needed, allowed, paid, ready, cheapest, ahead, leftMs < aheadMs));
    int has = kept + found.replicas() + above.replicas();
    return new Answer(own, has, ready + inTime(service, above), above);
  }

  /** So long before the start replicas must be ordered. */
  private long aheadMs(ServiceState service, boolean onNewNodes, boolean reclaimed) {
    return REPORT_MS
        + service.spec().capacity().boot().p99Ms()
        + Math.max(onNewNodes ? state.nodeBootMs(service) : 0, reclaimed ? Booking.RECLAIM_MS : 0);
  }

  /**
   * Adds what the service could bear for other cells: the router sends users where there is room,
   * and what comes here now is not what comes then. Nobody gives room back for that.
   */
  private ServiceReadiness withSpare(Part part, Answer answer) {
    if (!answer.own.shortOf().isEmpty()) {
      return answer.own;
    }
    ServiceState service = part.service();
    int whole = part.sizer().replicasFor(admitted(service, part.load().peakPerSecond()));
    int more = Math.max(0, Math.min(whole, most(service)) - answer.has);
    EventClaims.Found spare = claims.findFree(service, claims.paid(service, more));
    int ready = answer.ready + inTime(service, spare);
    return answer.own.withSpare(
        bears(part, ready),
        orderedByMs(service, answer.above.plus(spare)),
        Math.max(0, claims.cheapest(service)) * Math.max(0, ready - answer.own.needed()));
  }

  /** By when what is still in time must be ordered; the start itself when nothing is. */
  private long orderedByMs(ServiceState service, EventClaims.Found found) {
    if (inTime(service, found) == 0) {
      return event.startMs();
    }
    long bootsMs = bootsMs(service);
    boolean onNewNodes = found.onNewNodes() > 0 && bootsMs >= state.nodeBootMs(service);
    boolean reclaimed = found.reclaimed() > 0 && bootsMs >= Booking.RECLAIM_MS;
    return event.startMs() - aheadMs(service, onNewNodes, reclaimed);
  }

  /** What so many replicas bear within the SLO. */
  private static double bears(Part part, int replicas) {
    return part.sizer().promiseReachable()
        ? admitted(part.service(), part.sizer().safeRate(replicas))
        : 0;
  }

  /** Time that is left for boots before the replica's own, and for taking room back. */
  private long bootsMs(ServiceState service) {
    long bootMs = service.spec().capacity().boot().p99Ms();
    return event.startMs() - state.nowMs() - REPORT_MS - bootMs;
  }

  /** Of replicas for which room was found, those that are ready at the start. */
  private int inTime(ServiceState service, EventClaims.Found found) {
    long bootsMs = bootsMs(service);
    return (bootsMs >= 0 ? found.onNodes() : 0)
        + (bootsMs >= state.nodeBootMs(service) ? found.onNewNodes() : 0)
        + (bootsMs >= Booking.RECLAIM_MS ? found.reclaimed() : 0);
  }

  /** Replicas that the event's services will want more than they have. */
  private Map<ServiceState, Integer> wants() {
    Map<ServiceState, Integer> wants = new LinkedHashMap<>();
    for (Part part : parts) {
      wants.put(part.service(), Math.max(0, ahead(part) - part.service().active()));
    }
    return wants;
  }

  /** Replicas that a service will be scaled to ahead of the event. */
  private int ahead(Part part) {
    int ahead = part.sizer().replicasFor(sizedFor(part, EventCalendar.DECLARED_ROOM));
    return Math.min(ahead, most(part.service()));
  }

  /** The most replicas that a service is promised for the start, as it is scaled now. */
  private int most(ServiceState service) {
    ServiceScaler scaler = service.scaler();
    return scaler == null || scaler.looksAhead()
        ? allowedByOperator(service)
        : scaler.leastAt(event.startMs(), service.target());
  }

  /** So many may be ordered at the last moment at which they are still ready for the start. */
  private int allowedByOperator(ServiceState service) {
    ServiceScaler scaler = service.scaler();
    long lastMs = event.startMs() - REPORT_MS - service.spec().capacity().boot().p99Ms();
    return scaler == null
        ? service.spec().scaling().replicasMax()
        : scaler.mostAt(Math.max(state.nowMs(), lastMs), service.target());
  }

  /**
   * How many of {@code more} replicas than it {@code has} quota allows beside the tenant's other
   * services.
   */
  private int allowed(ServiceState service, int more, int has) {
    int portion = portions.getOrDefault(service, Integer.MAX_VALUE / 2) + service.active() - has;
    return Math.min(claims.allowed(service, more), Math.max(0, portion));
  }

  /**
   * Finds room for what the service will be scaled to beyond what it needs at the declared peak.
   */
  private EventClaims.Found findAhead(Part part, int has) {
    ServiceState service = part.service();
    int more = Math.max(0, ahead(part) - has);
    return claims.find(service, Math.min(allowed(service, more, has), claims.paid(service, more)));
  }

  private String shortOf(
      ServiceState service,
      int needed,
      int allowed,
      int paid,
      int ready,
      double cheapest,
      double ahead,
      boolean tooLate) {
    Scaling scaling = service.spec().scaling();
    ServiceScaler scaler = service.scaler();
    Sizer sizer = service.sizer();
    if (sizer != null && !sizer.promiseReachable() && needed > 0) {
      return "slo: too many requests take longer than it allows, whatever the replicas";
    } else if (ready >= needed) {
      return "";
    } else if (scaling.replicasMax() < needed) {
      return "replicasMax is " + scaling.replicasMax();
    } else if (allowedByOperator(service) < needed) {
      return "an operator's word holds: " + requireNonNull(scaling.override()).phrase();
    } else if (scaler != null && most(service) < needed) {
      String schedules = scaling.schedules().isEmpty() ? "" : ", schedules not counted";
      String sure = " reads no events, sure at the start are " + most(service);
      return "policy " + scaling.policy() + sure + schedules;
    } else if (paid < allowed) {
      return "budget pays " + paid;
    } else if (allowed < needed) {
      return "quota allows " + allowed;
    } else if (cheapest < 0) {
      return "no pool has a node large enough";
    } else if (tooLate) {
      return "time: the last moment to order has passed";
    }
    return ahead > 1
        ? "pools at their maximum hold less than all services need"
        : "room: pools at their maximum and what can be taken back hold " + ready;
  }

  /**
   * At most the probability that a replica is late.
   *
   * @param leftMs from the order to the start
   */
  private double late(ServiceState service, boolean withNode, long leftMs) {
    BootTime boot = service.spec().capacity().boot();
    double forBoots = Math.max(0, leftMs - REPORT_MS);
    BootTime node = withNode ? slowestNode(service) : null;
    if (node == null) {
      return BootTail.after(boot, forBoots);
    }
    double share = node.p99Ms() / (double) Math.max(1, node.p99Ms() + boot.p99Ms());
    return Math.min(
        1, BootTail.after(node, forBoots * share) + BootTail.after(boot, forBoots * (1 - share)));
  }

  /** Of the pools for whose nodes {@link CellState#nodeBootMs} allows time. */
  private @Nullable BootTime slowestNode(ServiceState service) {
    BootTime slowest = null;
    for (PoolState pool : state.pools().values()) {
      NodePool spec = pool.spec();
      if (spec != null && spec.nodesMax() > 0 && PoolFilter.accepts(spec, service.spec())) {
        slowest = slowest == null || spec.boot().p99Ms() > slowest.p99Ms() ? spec.boot() : slowest;
      }
    }
    return slowest;
  }
}
