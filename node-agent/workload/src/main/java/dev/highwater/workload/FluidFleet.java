package dev.highwater.workload;

import dev.highwater.model.Balancing;
import dev.highwater.model.Service;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Fidelity {@code fluid}: rates with an explicit backlog and a formula for the tail; no request is
 * drawn.
 *
 * <p>State: the work that waits per queue, in ns of waiting (a queue is one replica's under random
 * balancing, the shared one under pooled). A window adds {@code rho - 1} windows of waiting when
 * more comes than is served. Waiting of an arrival = that backlog + an exponential part that is
 * there with Erlang-C's probability and has mean {@code s (1 + scv) / 2 / (c (1 - rho))}
 * (Allen-Cunneen; Kimura 1986); latency = waiting + service time, by quadrature over the service
 * law's quantiles.
 *
 * <p>In overload the waiting stands below what the queue's limit or the clients' timeout allow, by
 * an exponential distance whose rate {@code eta} solves {@code lambda (1 - E[exp(-eta S / c)]) =
 * eta} (M/G/1 with rho > 1, work of S / c). At the timeout the excess is skipped by the server, and
 * of those that start, only those are answered whose service fits into the distance. Tolerances
 * against {@code request}: FidelityTest and the room's README.
 *
 * <p>Places that are held at a serial step are not there for others: the queue has the rest, and
 * waiting for a turn makes answers later by one of a few extra times. Held places are taken as even
 * over the replicas, which is wrong under random balancing while a hot shard fills them.
 *
 * <p>Touched by one thread at a time.
 */
final class FluidFleet implements Fleet {

  /** Cells of the service time's law below its upper tenth, and in each decade of that. */
  private static final int SERVICE_BODY = 20;

  private static final int SERVICE_PER_DECADE = 5;

  /** Decades of the upper tenth, at least; there are two beyond what is promised. */
  private static final int DECADES_MIN = 4;

  /** Waits for which latencies are counted; outcomes need none. */
  private static final int WAIT_BODY = 12;

  private static final int WAIT_PER_DECADE = 3;

  /** A stationary formula says little closer to saturation than a window can bring about. */
  private static final double RHO_MAX = 0.98;

  /** Part of the places that may be held at a serial step; beyond it nothing would start. */
  private static final double HELD_MAX = 0.99;

  private QueueShape shape;
  private final TrafficSpec.ReplicaBehaviour behaviour;
  private final long windowMs;
  private final int classes;
  private SerialStep serial;
  private final boolean pooled;
  private double[] serviceNanos = {};
  private double[] serviceWeight = {};
  private double[] workNanos = {};
  private double[] workWeight = {};
  private int works;
  private final double[] unitWait;
  private final double[] waitWeight;
  private final SortedMap<Long, Seat> seats = new TreeMap<>();
  // Attempts that end in coming windows: by window & mask, then class and outcome.
  private final double[][] coming;
  private final int comingMask;
  private final double[] carry;
  private final double[] binCarry = new double[LatencyHistogram.BINS];
  private final double[] shares = new double[Outcome.COUNT];
  private double lateSum;
  private int ready;
  private long nextSeat;
  private double backlogNanos;
  private double utilisation;
  private final Crowding crowding = new Crowding();
  private double inFlightPerReplica;
  private double queuedPerReplica;
  // What whole numbers have left of both, for the replica that is asked next.
  private double inFlightCarry;
  private double queuedCarry;

  private static final class Seat {
    final long joined;
    boolean draining;

    Seat(long joined) {
      this.joined = joined;
    }
  }

  FluidFleet(Service service, TrafficSpec.ReplicaBehaviour behaviour, long windowMs, int classes) {
    this.shape = QueueShape.of(service, windowMs);
    this.behaviour = behaviour;
    this.windowMs = windowMs;
    this.classes = classes;
    this.serial = new SerialStep(service, windowMs);
    this.pooled = service.capacity().balancing() == Balancing.POOLED;
    int slots = Integer.highestOneBit((int) (shape.timeoutNanos() / shape.windowNanos()) + 2) << 1;
    this.coming = new double[slots][classes * Outcome.COUNT];
    this.comingMask = slots - 1;
    this.carry = new double[classes * Outcome.COUNT];
    quantiles(service.slo().quantile());
    double[] waits = tailEdges(WAIT_BODY, WAIT_PER_DECADE, DECADES_MIN);
    unitWait = new double[waits.length - 1];
    waitWeight = new double[waits.length - 1];
    for (int i = 0; i < unitWait.length; i++) {
      waitWeight[i] = waits[i + 1] - waits[i];
      unitWait[i] = -StrictMath.log1p(-(waits[i] + waits[i + 1]) / 2);
    }
  }

  /** Cells of falling probability towards the tail; each stands at the middle of its cell. */
  private void quantiles(double promised) {
    int decades = Math.max(DECADES_MIN, (int) Math.ceil(1 - StrictMath.log10(1 - promised) - 1e-9));
    double[] edges = tailEdges(SERVICE_BODY, SERVICE_PER_DECADE, decades);
    serviceNanos = new double[edges.length - 1];
    serviceWeight = new double[edges.length - 1];
    for (int i = 0; i < serviceNanos.length; i++) {
      serviceWeight[i] = edges[i + 1] - edges[i];
      serviceNanos[i] = shape.serviceTimes().quantile((edges[i] + edges[i + 1]) / 2);
    }
  }

  /** Edges in [0, 1]: even over the lower nine tenths, geometric beyond. */
  private static double[] tailEdges(int body, int perDecade, int decades) {
    int tail = perDecade * decades;
    double end = StrictMath.pow(10, -decades);
    double[] edges = new double[body + tail + 1];
    for (int i = 0; i <= body; i++) {
      edges[i] = 0.9 * i / body;
    }
    for (int i = 1; i < tail; i++) {
      edges[body + i] = 1 - 0.1 * StrictMath.pow(end, (double) i / tail);
    }
    edges[body + tail] = 1;
    return edges;
  }

  @Override
  public void use(Service service) {
    shape = QueueShape.of(service, windowMs);
    serial = new SerialStep(service, windowMs);
    quantiles(service.slo().quantile());
  }

  @Override
  public long join(long ordinal, long window) {
    // The backlog is per queue; a new one is empty, so the mean falls.
    backlogNanos *= ready / (ready + 1.0);
    ready++;
    seats.put(nextSeat, new Seat(window));
    return nextSeat++;
  }

  private Seat seat(long number) {
    Seat seat = seats.get(number);
    if (seat == null) {
      throw new IllegalStateException("no replica has seat " + number);
    }
    return seat;
  }

  @Override
  public void drain(long number) {
    Seat seat = seat(number);
    if (!seat.draining) {
      seat.draining = true;
      ready--;
    }
  }

  @Override
  public boolean drained(long number) {
    return seat(number).draining;
  }

  @Override
  public void leave(long number, OutcomeTally tally) {
    Seat seat = seat(number);
    seats.remove(number);
    if (seat.draining) {
      return;
    }
    // A share of what is on its way was on this replica.
    double lostShare = 1.0 / ready;
    ready--;
    for (double[] slot : coming) {
      for (int c = 0; c < classes; c++) {
        double lost = 0;
        for (int k = 0; k < Outcome.COUNT; k++) {
          int i = c * Outcome.COUNT + k;
          lost += slot[i] * lostShare;
          slot[i] -= slot[i] * lostShare;
        }
        settle(c, Outcome.FAILED, lost, tally);
      }
    }
  }

  private void settle(int requestClass, Outcome outcome, double amount, OutcomeTally tally) {
    int i = requestClass * Outcome.COUNT + outcome.index;
    double due = carry[i] + amount;
    long n = whole(due);
    carry[i] = due - n;
    tally.add(requestClass, outcome, n);
  }

  /** The whole part; the small addition keeps sums of thirds from being rounded down. */
  private static long whole(double due) {
    return (long) Math.floor(due + 1e-6);
  }

  @Override
  public void serve(
      long window, int[] classCounts, int[] shardCounts, double holdNanos, OutcomeTally tally) {
    double total = 0;
    for (int count : classCounts) {
      total += count;
    }
    if (ready == 0) {
      for (int c = 0; c < classes; c++) {
        tally.add(c, Outcome.FAILED, classCounts[c]);
      }
    } else {
      long aheadWindows = decide(window, total, shardCounts, holdNanos, tally.latencies());
      double lateNanos = shares[Outcome.LATE.index] == 0 ? 0 : lateSum / shares[Outcome.LATE.index];
      long lateWindows = Math.min(comingMask, (long) (lateNanos / shape.windowNanos() + 0.5));
      long timeoutWindows = Math.min(comingMask, shape.timeoutNanos() / shape.windowNanos());
      for (int c = 0; c < classes; c++) {
        for (Outcome outcome : Outcome.ALL) {
          long ahead =
              switch (outcome) {
                case TIMED_OUT -> timeoutWindows;
                case LATE -> lateWindows;
                case REJECTED -> 0;
                default -> aheadWindows;
              };
          coming[(int) (window + ahead) & comingMask][c * Outcome.COUNT + outcome.index] +=
              classCounts[c] * shares[outcome.index];
        }
      }
    }
    double[] slot = coming[(int) window & comingMask];
    for (int c = 0; c < classes; c++) {
      for (Outcome outcome : Outcome.ALL) {
        int i = c * Outcome.COUNT + outcome.index;
        settle(c, outcome, slot[i], tally);
        slot[i] = 0;
      }
    }
  }

  /** Fills {@link #shares} for this window's arrivals; windows until they are answered. */
  private long decide(
      long window,
      double arrivals,
      int[] shardCounts,
      double holdNanos,
      LatencyHistogram latencies) {
    double slowdown = meanSlowdown(window) * crowding.mean();
    serial.advance(shardCounts, ready);
    ExtraTimes extras = serial.extras();
    findWork(slowdown, holdNanos, extras);
    double own = shape.serviceTimes().meanNanos() * slowdown;
    double mean = own + holdNanos;
    double scv = shape.serviceTimes().scv() * own * own / (mean * mean);
    int queues = pooled ? 1 : ready;
    double places = (double) shape.servers() * ready / queues;
    double heldRatio = Math.min(HELD_MAX, serial.held() / (queues * places));
    double servers = places * (1 - heldRatio);
    double windowNanos = shape.windowNanos();
    double rho = arrivals / queues * mean / (servers * windowNanos);
    double perRequest = mean / servers;
    double limitNanos = (double) shape.queueLimit() * (pooled ? ready : 1) * perRequest;
    double timeout = shape.timeoutNanos();
    double ceiling = Math.min(limitNanos, timeout);
    double before = backlogNanos;
    double after = Math.max(0, before + (rho - 1) * windowNanos);
    double refused = 0;
    boolean full = after > ceiling;
    double distanceRate = 0;
    if (full) {
      distanceRate = distanceRate(rho / perRequest, servers, slowdown, holdNanos);
      // In a short queue the distance reaches down to empty, and more is refused for it.
      double reach = -StrictMath.expm1(-distanceRate * (ceiling + perRequest));
      refused = Math.min(1, (after - ceiling) / (rho * windowNanos) / reach);
      after = ceiling;
    }
    backlogNanos = after;
    double wait = (before + after) / 2;
    Arrays.fill(shares, 0);
    lateSum = 0;
    if (full) {
      if (limitNanos < timeout) {
        shares[Outcome.REJECTED.index] = refused;
      } else {
        shares[Outcome.TIMED_OUT.index] = refused;
        addLatency(latencies, timeout, refused * arrivals);
      }
      belowTheCeiling(latencies, ceiling, distanceRate, 1 - refused, arrivals);
    } else {
      double stationary = Math.min(rho, RHO_MAX);
      double waits = wait > perRequest ? 1 : erlangC(servers, stationary);
      double waitMean = mean * (1 + scv) / 2 / (servers * (1 - stationary));
      answered(latencies, wait, waits, waitMean, arrivals, ceiling);
    }
    utilisation = Math.min(1, before > 0 ? 1 : heldRatio + (1 - heldRatio) * rho);
    inFlightPerReplica = utilisation * shape.servers();
    queuedPerReplica = after / perRequest / (pooled ? ready : 1);
    return Math.min(comingMask, (long) ((wait + mean) / windowNanos + 0.5));
  }

  /** The positive root of {@code lambda (1 - E[exp(-eta S / servers)]) = eta}, for rho > 1. */
  private double distanceRate(double lambda, double servers, double slowdown, double holdNanos) {
    double low = 0;
    double high = lambda;
    for (int step = 0; step < 30; step++) {
      double eta = (low + high) / 2;
      double transform = 0;
      for (int i = 0; i < serviceNanos.length; i++) {
        transform +=
            serviceWeight[i]
                * StrictMath.exp(-eta * (serviceNanos[i] * slowdown + holdNanos) / servers);
      }
      if (lambda * (1 - transform) > eta) {
        low = eta;
      } else {
        high = eta;
      }
    }
    return high;
  }

  /** Times that requests hold their places: each service time with each extra time. */
  private void findWork(double slowdown, double extraNanos, ExtraTimes extras) {
    int values = Math.max(1, extras.size());
    works = values * serviceNanos.length;
    if (workNanos.length < works) {
      workNanos = new double[works];
      workWeight = new double[works];
    }
    for (int value = 0, w = 0; value < values; value++) {
      boolean none = extras.size() == 0;
      double nanos = none ? extraNanos : extraNanos + extras.nanos(value);
      double part = none ? 1 : extras.part(value);
      for (int i = 0; i < serviceNanos.length; i++, w++) {
        workNanos[w] = serviceNanos[i] * slowdown + nanos;
        workWeight[w] = serviceWeight[i] * part;
      }
    }
  }

  private double meanSlowdown(long window) {
    if (behaviour.coldFactor() == 1) {
      return behaviour.slowdown();
    }
    double sum = 0;
    for (Seat seat : seats.values()) {
      if (!seat.draining) {
        sum += behaviour.factor((double) (window - seat.joined) * windowMs);
      }
    }
    return sum / ready;
  }

  private void answered(
      LatencyHistogram latencies,
      double backlog,
      double waits,
      double waitMean,
      double arrivals,
      double ceiling) {
    double timeout = shape.timeoutNanos();
    for (int i = 0; i < works; i++) {
      double service = workNanos[i];
      count(latencies, backlog + service, workWeight[i] * (1 - waits), arrivals);
      double weight = workWeight[i] * waits;
      double lateFrom = shape.sloNanos() - service;
      double late = waitsBeyond(lateFrom, backlog, waitMean, ceiling);
      double timedOut = waitsBeyond(timeout - service, backlog, waitMean, ceiling);
      shares[Outcome.SERVED.index] += weight * (1 - late);
      shares[Outcome.LATE.index] += weight * (late - timedOut);
      shares[Outcome.TIMED_OUT.index] += weight * timedOut;
      // An exponential wait that has lasted until now lasts its mean longer.
      double lateMean = Math.max(lateFrom, backlog) + waitMean + service;
      lateSum += weight * (late - timedOut) * Math.min(timeout, lateMean);
      for (int j = 0; j < unitWait.length && weight > 0; j++) {
        double wait = Math.min(ceiling, backlog + unitWait[j] * waitMean);
        addLatency(latencies, Math.min(wait + service, timeout), weight * waitWeight[j] * arrivals);
      }
    }
  }

  /** P(a wait of the backlog and an exponential part, at most the ceiling, exceeds so much). */
  private static double waitsBeyond(double nanos, double backlog, double waitMean, double ceiling) {
    if (nanos < Math.min(backlog, ceiling)) {
      return 1;
    }
    return nanos >= ceiling ? 0 : StrictMath.exp((backlog - nanos) / waitMean);
  }

  private void belowTheCeiling(
      LatencyHistogram latencies, double ceiling, double rate, double started, double arrivals) {
    for (int i = 0; i < works; i++) {
      for (int j = 0; j < unitWait.length; j++) {
        double wait = Math.max(0, ceiling - unitWait[j] / rate);
        count(latencies, wait + workNanos[i], started * workWeight[i] * waitWeight[j], arrivals);
      }
    }
  }

  private void count(LatencyHistogram latencies, double nanos, double weight, double arrivals) {
    double timeout = shape.timeoutNanos();
    int outcome =
        nanos > timeout
            ? Outcome.TIMED_OUT.index
            : nanos > shape.sloNanos() ? Outcome.LATE.index : Outcome.SERVED.index;
    shares[outcome] += weight;
    lateSum += outcome == Outcome.LATE.index ? weight * nanos : 0;
    addLatency(latencies, Math.min(nanos, timeout), weight * arrivals);
  }

  private void addLatency(LatencyHistogram latencies, double nanos, double amount) {
    int bin = LatencyHistogram.bin((long) nanos);
    binCarry[bin] += amount;
    if (binCarry[bin] >= 1) {
      long n = (long) binCarry[bin];
      binCarry[bin] -= n;
      latencies.addToBin(bin, n);
    }
  }

  /** P(an arrival waits) of M/M/c at utilisation {@code rho}; the B recursion for c up to 4,096. */
  private static double erlangC(double servers, double rho) {
    int c = (int) Math.min(4_096, servers);
    double load = rho * c;
    double b = 1;
    for (int k = 1; k <= c; k++) {
      b = load * b / (k + load * b);
    }
    return b / (1 - rho * (1 - b));
  }

  @Override
  public double busyRatio(long number) {
    return seat(number).draining ? 0 : utilisation;
  }

  @Override
  public void crowd(long number, double factor) {
    if (!seat(number).draining) {
      crowding.add(factor);
    }
  }

  @Override
  public ReplicaLoad load(long number) {
    if (seat(number).draining) {
      return ReplicaLoad.NONE;
    }
    // Rounded each for itself, a whole fleet of half-busy replicas would have nothing in flight.
    inFlightCarry += inFlightPerReplica;
    queuedCarry += queuedPerReplica;
    long inFlight = whole(inFlightCarry);
    long queued = whole(queuedCarry);
    inFlightCarry -= inFlight;
    queuedCarry -= queued;
    return new ReplicaLoad(inFlight, queued, utilisation);
  }

  @Override
  public int ready() {
    return ready;
  }

  @Override
  public long simulatedRequests() {
    return 0;
  }
}
