package dev.highwater.kernel.sizing;

import java.util.Arrays;

/**
 * Fewest replicas that keep a service's latency promise at a load, and the load that a number of
 * replicas keeps it at.
 *
 * <p><b>Goals.</b> The fewest replicas with P(wait + service &gt; SLO latency) &lt;= 1 - quantile;
 * O(log n) per question, because 2,000 services ask each second.
 *
 * <p><b>Hard rules.</b> More load never needs fewer replicas; {@link #replicasFor} and {@link
 * #safeRate} are inverse: {@code safeRate(replicasFor(x)) >= x}.
 *
 * <p><b>Algorithm.</b> An arrival waits with Erlang's probability C and, given that it waits, for
 * an exponential time whose mean is that of the memoryless queue times (1 + scv) / 2. That tail is
 * convolved with the service-time law by a table of quantiles. With random balancing each replica
 * is such a queue of its own at an equal part of the load, so one safe rate per replica answers
 * everything. With pooled balancing all replicas are one queue and the safe load is tabulated over
 * the number of replicas, linearly interpolated between grid points 15 % apart.
 *
 * <p>When the service time alone breaks the promise, no number of replicas keeps it. Then, and when
 * it nearly does, waiting gets a tenth of the promise's budget on top of what the service time
 * uses: max(1 - q, floor + (1 - q) / 10) may be late. Where it makes most requests late, that says
 * ever less about waiting, and nothing where it makes all late; so it is never sized for less than
 * the median service time. Both are continuous in every parameter.
 *
 * <p><b>Source.</b> Erlang 1917; A. O. Allen, "Probability, Statistics and Queueing Theory" (1990),
 * the Allen-Cunneen approximation of M/G/c. Its error against a request-level simulation is below 2
 * % of the rate from four servers on and up to scv 1; the whole grid is in
 * scheduler/kernel/sizing.md.
 *
 * <p>Immutable.
 */
public final class Sizer {
  /** Most replicas of one service that are ever answered; more load is answered with this. */
  public static final int REPLICAS_MAX = 1_000_000;

  /** Part of the promise's budget that waiting keeps when the service time uses up all of it. */
  private static final double WAITING_BUDGET_MIN = 0.1;

  /** The latency sized for is exceeded by this part of service times at most. */
  private static final double FLOOR_MAX = 0.5;

  /** Replica counts that are tabulated one by one; above them the grid grows by 15 %. */
  private static final int GRID_EXACT = 16;

  private static final double GRID_RATIO = 1.15;

  /**
   * Largest pool that is tabulated; a larger one is taken in proportion, which is never too few
   * because pooling only helps, and at most 0.2 % too many.
   */
  private static final int SERVERS_TABULATED = 50_000;

  /** Steps of the two searches; the brackets end below 1e-6 and 0.5 % of the slack. */
  private static final int SAFE_STEPS = 40;

  private static final int OVERLOAD_STEPS = 11;

  private final ReplicaModel model;
  private final ServiceTimeTable table;

  /** The promised latency, and the one that is sized for, in units of the mean service time. */
  private final double promised;

  private final double limit;
  private final double floor;
  private final double allowed;

  /** Tabulated replica counts, ascending; {1} with random balancing. */
  private final int[] replicas;

  /** {@code safe[i]} is the load in busy servers that {@code replicas[i]} keep the promise at. */
  private final double[] safe;

  /** {@code overload[i]} is the load at which {@code replicas[i]} answer most requests in time. */
  private final double[] overload;

  public Sizer(ReplicaModel model) {
    this.model = model;
    table = new ServiceTimeTable(model.law(), model.scv());
    promised = model.sloLatencyMs() / model.serviceMs();
    floor = table.tail(promised);
    limit = Math.max(promised, table.exceededWith(FLOOR_MAX));
    double budget = 1 - model.sloQuantile();
    allowed = Math.max(budget, table.tail(limit) + WAITING_BUDGET_MIN * budget);
    replicas = model.pooled() ? grid(model.concurrency()) : new int[] {1};
    safe = new double[replicas.length];
    overload = new double[replicas.length];
    for (int i = 0; i < replicas.length; i++) {
      int servers = replicas[i] * model.concurrency();
      safe[i] = safeLoad(servers);
      overload[i] = overloadLoad(servers, safe[i]);
    }
  }

  public ReplicaModel model() {
    return model;
  }

  /** Share of requests that are late by their service time alone, however many replicas: 0..1. */
  public double violationFloor() {
    return floor;
  }

  /**
   * False when the service time alone breaks the promise, so that no number of replicas keeps it.
   */
  public boolean promiseReachable() {
    return floor <= 1 - model.sloQuantile();
  }

  /**
   * Fewest replicas that keep the promise at this load; 0 without load, never more than {@link
   * #REPLICAS_MAX}.
   *
   * @param ratePerSecond arrivals per second; not a number counts as none
   */
  public int replicasFor(double ratePerSecond) {
    if (!(ratePerSecond > 0)) {
      return 0;
    }
    double load = ratePerSecond * model.serviceMs() / 1_000;
    return (int) Math.min(REPLICAS_MAX, Math.max(1, Math.ceil(replicasAt(load) - 1e-9)));
  }

  /** Arrivals per second at which this many replicas just keep the promise. */
  public double safeRate(int replicaCount) {
    return loadOf(safe, replicaCount) * 1_000 / model.serviceMs();
  }

  /** {@link #safeRate} of one replica among this many. */
  public double safeRatePerReplica(int replicaCount) {
    return safeRate(Math.max(1, replicaCount)) / Math.max(1, replicaCount);
  }

  /**
   * Arrivals per second at which this many replicas answer the most requests in time. Beyond it
   * each further admitted request makes more than one other late, so admission stops here.
   */
  public double overloadRate(int replicaCount) {
    return loadOf(overload, replicaCount) * 1_000 / model.serviceMs();
  }

  /** Share of requests that end late at this load, once the queues have settled: 0..1. */
  public double violationRatio(double ratePerSecond, int replicaCount) {
    if (!(ratePerSecond > 0)) {
      return 0;
    }
    if (replicaCount <= 0) {
      return 1;
    }
    double load = ratePerSecond * model.serviceMs() / 1_000;
    return model.pooled()
        ? late(promised, replicaCount * model.concurrency(), load)
        : late(promised, model.concurrency(), load / replicaCount);
  }

  private double replicasAt(double load) {
    int last = replicas.length - 1;
    int above = Arrays.binarySearch(safe, load);
    above = above < 0 ? -above - 1 : above;
    if (above == 0) {
      return load / safe[0];
    }
    if (above > last) {
      return replicas[last] * load / safe[last];
    }
    double part = (load - safe[above - 1]) / (safe[above] - safe[above - 1]);
    double between = replicas[above - 1] + part * (replicas[above] - replicas[above - 1]);
    return model.pooled() ? between : load / safe[0];
  }

  private double loadOf(double[] loads, int replicaCount) {
    if (replicaCount <= 0) {
      return 0;
    }
    int last = replicas.length - 1;
    int at = Arrays.binarySearch(replicas, replicaCount);
    if (at >= 0) {
      return loads[at];
    }
    int above = -at - 1;
    if (above > last) {
      return loads[last] * replicaCount / replicas[last];
    }
    double part =
        (double) (replicaCount - replicas[above - 1]) / (replicas[above] - replicas[above - 1]);
    return loads[above - 1] + part * (loads[above] - loads[above - 1]);
  }

  private static int[] grid(int concurrency) {
    int[] counts = new int[256];
    int size = 0;
    for (double next = 1; size == 0 || next * concurrency <= SERVERS_TABULATED; size++) {
      counts[size] = (int) Math.ceil(next);
      next = size + 1 < GRID_EXACT ? next + 1 : Math.ceil(next * GRID_RATIO);
    }
    return Arrays.copyOf(counts, size);
  }

  /** P(wait + service &gt; limit) with this many servers in one queue at this load. */
  private double late(double limit, int servers, double load) {
    if (load >= servers) {
      return 1;
    }
    double decay = (servers - load) * 2 / (1 + model.scv());
    return table.exceeds(limit, ErlangC.waits(servers, load), decay);
  }

  /** Largest load with late() <= allowed, by regula falsi (Illinois) on its logarithm. */
  private double safeLoad(int servers) {
    double low = 0;
    double high = servers;
    double target = StrictMath.log(allowed);
    double atLow = Double.NaN;
    double atHigh = -target;
    for (int i = 0; i < SAFE_STEPS && high - low > 1e-6 * (servers - low); i++) {
      double next =
          i < 4 || Double.isNaN(atLow)
              ? (low + high) / 2
              : low + (high - low) * atLow / (atLow - atHigh);
      if (!(next > low && next < high)) {
        next = (low + high) / 2;
      }
      double late = late(limit, servers, next);
      double error = late > 0 ? StrictMath.log(late) - target : -50;
      if (error <= 0) {
        low = next;
        atLow = error;
        atHigh /= 2;
      } else {
        high = next;
        atHigh = error;
        atLow /= 2;
      }
      if (error == 0) {
        break;
      }
    }
    return low;
  }

  /** Load that maximises load x (1 - late), between the safe load and saturation. */
  private double overloadLoad(int servers, double safeLoad) {
    double low = safeLoad;
    double high = servers;
    for (int i = 0; i < OVERLOAD_STEPS; i++) {
      double left = low + (high - low) * 0.382;
      double right = low + (high - low) * 0.618;
      if (left * (1 - late(limit, servers, left)) < right * (1 - late(limit, servers, right))) {
        low = left;
      } else {
        high = right;
      }
    }
    return low;
  }
}
