package dev.highwater.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: the recursion is the queue it claims to be: exact results of M/M/c and M/G/1, an
 * independent event simulation with limits and timeouts, and no attempt lost or doubled.
 */
class ReplicaQueueTest {

  private static final long MS = 1_000_000;
  private static final long WINDOW = 200 * MS;

  private record Run(OutcomeTally tally, long offered, double utilisation) {
    double share(Outcome outcome) {
      return tally.count(outcome) / (double) offered;
    }
  }

  private static Run run(QueueShape shape, double perSecond, int windows, long seed) {
    ReplicaQueue queue = new ReplicaQueue(shape);
    ArrivalBatch batch = new ArrivalBatch();
    OutcomeTally tally = new OutcomeTally(1);
    RandomStream random = new RandomStream(seed);
    long offered = 0;
    double busy = 0;
    int[] counts = new int[1];
    for (int w = 0; w < windows; w++) {
      counts[0] = (int) random.nextPoisson(perSecond * shape.windowNanos() / 1e9);
      offered += counts[0];
      queue.serve(w, counts, RandomStream.seed(seed, 1, w), 1, batch, tally);
      busy += queue.utilisationRatio();
    }
    return new Run(tally, offered, busy / windows);
  }

  /** P(an arrival waits) in M/M/c with offered load {@code a} (Erlang C by the B recursion). */
  private static double erlangC(int c, double a) {
    double b = 1;
    for (int k = 1; k <= c; k++) {
      b = a * b / (k + a * b);
    }
    return b / (1 - a / c * (1 - b));
  }

  @ParameterizedTest
  @CsvSource({"1,0.5", "1,0.8", "2,0.7", "8,0.8", "8,0.9", "64,0.9"})
  void agreesWithTheExactSojournOfAnMmcQueueWithinOnePerCent(int c, double rho) {
    double mean = 20 * MS;
    QueueShape shape =
        new QueueShape(
            c, 1 << 20, 3_600_000 * MS, 100 * MS, WINDOW, ServiceTimes.exponential(mean));
    double perSecond = rho * c / (mean / 1e9);
    int windows = (int) (9_000_000 / (perSecond * WINDOW / 1e9));
    Run run = run(shape, perSecond, windows, 11 + c);
    double waits = erlangC(c, rho * c);
    double exactMean = mean + waits * mean / (c * (1 - rho));
    assertThat(run.tally.latencies().meanNanos() / exactMean).isCloseTo(1, within(0.01));
    assertThat(run.utilisation).isCloseTo(rho, within(0.01));
    for (double q : new double[] {0.5, 0.9, 0.99}) {
      double exact = mmcSojournQuantile(q, c, rho, mean, waits);
      assertThat(run.tally.latencies().quantileNanos(q) / exact)
          .as("c=%s rho=%s q=%s", c, rho, q)
          .isCloseTo(1, within(0.01));
    }
  }

  private static double mmcSojournQuantile(double q, int c, double rho, double mean, double waits) {
    double low = 0;
    double high = 1_000 * mean;
    double theta = c * (1 - rho);
    for (int i = 0; i < 200; i++) {
      double t = (low + high) / 2 / mean;
      // P(T > t) = (1 - C) e^-t + C * P(Exp(theta) + Exp(1) > t)
      double both =
          Math.abs(theta - 1) < 1e-9
              ? (1 + t) * Math.exp(-t)
              : (theta * Math.exp(-t) - Math.exp(-theta * t)) / (theta - 1);
      double tail = (1 - waits) * Math.exp(-t) + waits * both;
      if (tail > 1 - q) {
        low = t * mean;
      } else {
        high = t * mean;
      }
    }
    return low;
  }

  @ParameterizedTest
  @CsvSource({"0,0.8", "0.25,0.5", "0.25,0.85", "1,0.7", "4,0.6"})
  void agreesWithPollaczekKhinchineWithinOnePerCent(double scv, double rho) {
    double mean = 10 * MS;
    QueueShape shape =
        new QueueShape(
            1, 1 << 20, 3_600_000 * MS, 100 * MS, WINDOW, ServiceTimes.lognormal(mean, scv));
    Run run = run(shape, rho / (mean / 1e9), (int) (500_000 * (1 + scv)), 5);
    double exact = mean + mean * rho * (1 + scv) / 2 / (1 - rho);
    assertThat(run.tally.latencies().meanNanos() / exact).isCloseTo(1, within(0.01));
  }

  @ParameterizedTest
  @CsvSource({
    "1,3,200,0.9",
    "1,0,200,0.7",
    "2,5,120,1.3",
    "8,16,150,0.95",
    "8,1000,150,1.4",
    "8,4,2000,1.2"
  })
  void agreesWithAnEventSimulationWithLimitAndTimeout(int c, int limit, int timeoutMs, double rho) {
    double mean = 40 * MS;
    QueueShape shape =
        new QueueShape(
            c, limit, timeoutMs * MS, 80 * MS, WINDOW, ServiceTimes.lognormal(mean, 0.25));
    double perSecond = rho * c / (mean / 1e9);
    Run run = run(shape, perSecond, (int) (4_000_000 / (perSecond * WINDOW / 1e9)), 17);
    double[] shares = eventSimulation(shape, perSecond, 3_000_000, 23);
    for (Outcome outcome : Outcome.ALL) {
      assertThat(run.share(outcome))
          .as("%s c=%d limit=%d timeout=%d rho=%s", outcome, c, limit, timeoutMs, rho)
          .isCloseTo(shares[outcome.index], within(0.005));
    }
  }

  /**
   * The textbook way, slow and plain: an ordered list of departures and a queue of waiting ones.
   */
  private static double[] eventSimulation(QueueShape shape, double perSecond, int n, long seed) {
    RandomStream random = new RandomStream(seed);
    PriorityQueue<Double> departures = new PriorityQueue<>();
    ArrayDeque<Double> waiting = new ArrayDeque<>();
    double[] counts = new double[Outcome.COUNT];
    double[] times = new double[1 << 14];
    for (int i = 0; i < times.length; i++) {
      times[i] = shape.serviceTimes().quantile((i + 0.5) / times.length);
    }
    double now = 0;
    for (int i = 0; i < n; i++) {
      now += random.nextExponential() * 1e9 / perSecond;
      while (!departures.isEmpty() && departures.peek() <= now) {
        double free = departures.poll();
        boolean started = false;
        while (!waiting.isEmpty() && !started) {
          double arrival = waiting.poll();
          started = free - arrival <= shape.timeoutNanos();
          if (started) {
            departures.add(free + start(shape, arrival, free, random, times, counts));
          } else {
            counts[Outcome.TIMED_OUT.index]++;
          }
        }
      }
      while (!waiting.isEmpty() && now - waiting.peek() > shape.timeoutNanos()) {
        waiting.poll();
        counts[Outcome.TIMED_OUT.index]++;
      }
      if (departures.size() < shape.servers()) {
        departures.add(now + start(shape, now, now, random, times, counts));
      } else if (waiting.size() < shape.queueLimit()) {
        waiting.add(now);
      } else {
        counts[Outcome.REJECTED.index]++;
      }
    }
    for (int i = 0; i < counts.length; i++) {
      counts[i] /= n;
    }
    return counts;
  }

  private static double start(
      QueueShape shape,
      double arrival,
      double start,
      RandomStream random,
      double[] times,
      double[] counts) {
    double time = times[random.nextInt(times.length)];
    double sojourn = start + time - arrival;
    Outcome outcome =
        sojourn > shape.timeoutNanos()
            ? Outcome.TIMED_OUT
            : sojourn > shape.sloNanos() ? Outcome.LATE : Outcome.SERVED;
    counts[outcome.index]++;
    return time;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyAttemptEndsExactlyOnceAlsoThroughOverloadGapsAndCrash(long seed) {
    RandomStream random = new RandomStream(seed);
    QueueShape shape =
        new QueueShape(
            1 + random.nextInt(9),
            random.nextInt(40),
            (50 + random.nextInt(3_000)) * MS,
            100 * MS,
            WINDOW,
            ServiceTimes.lognormal(40 * MS, 1));
    ReplicaQueue queue = new ReplicaQueue(shape);
    ArrivalBatch batch = new ArrivalBatch();
    OutcomeTally tally = new OutcomeTally(3);
    long[] offered = new long[3];
    long window = 0;
    for (int i = 0; i < 3_000; i++) {
      window += random.nextInt(50) == 0 ? 1 + random.nextInt(40) : 1;
      int[] counts = {random.nextInt(80), random.nextInt(10), random.nextInt(3)};
      for (int c = 0; c < 3; c++) {
        offered[c] += counts[c];
      }
      queue.serve(window, counts, RandomStream.seed(seed, window), 1, batch, tally);
      assertThat(tally.total() + queue.outstanding())
          .as("seed=%d window=%d", seed, window)
          .isEqualTo(offered[0] + offered[1] + offered[2]);
      assertThat(queue.queued()).isBetween(0, shape.queueLimit());
      assertThat(queue.inService()).isBetween(0, shape.servers());
      assertThat(queue.utilisationRatio()).isBetween(0.0, 1.0);
      if (random.nextInt(100) == 0) {
        queue.crash(tally);
        assertThat(queue.outstanding()).isZero();
      }
    }
    while (!queue.empty()) {
      queue.idle(++window, tally);
    }
    for (int c = 0; c < 3; c++) {
      long ended = 0;
      for (Outcome outcome : Outcome.ALL) {
        ended += tally.count(c, outcome);
      }
      assertThat(ended).as("seed=%d class %d", seed, c).isEqualTo(offered[c]);
    }
    assertThat(tally.count(Outcome.FAILED)).as("seed=%d", seed).isPositive();
    assertThat(tally.latencies().total())
        .isEqualTo(
            tally.count(Outcome.SERVED)
                + tally.count(Outcome.LATE)
                + tally.count(Outcome.TIMED_OUT));
  }

  @Test
  void outcomesAreToldInTheWindowInWhichTheyHappen() {
    QueueShape shape =
        new QueueShape(
            1, 10, 10_000 * MS, 1_000 * MS, WINDOW, ServiceTimes.deterministic(500 * MS));
    ReplicaQueue queue = new ReplicaQueue(shape);
    ArrivalBatch batch = new ArrivalBatch();
    OutcomeTally tally = new OutcomeTally(1);
    queue.serve(0, new int[] {2}, 1, 1, batch, tally);
    assertThat(queue.inService()).isEqualTo(1);
    assertThat(queue.queued()).isEqualTo(1);
    assertThat(queue.utilisationRatio()).isPositive();
    queue.idle(1, tally);
    assertThat(tally.total()).as("nothing is done within 400 ms").isZero();
    assertThat(queue.utilisationRatio()).isEqualTo(1);
    queue.idle(2, tally);
    queue.idle(3, tally);
    assertThat(tally.count(Outcome.SERVED)).isEqualTo(1);
    for (int w = 4; !queue.empty(); w++) {
      queue.idle(w, tally);
    }
    assertThat(tally.total()).isEqualTo(2);
    assertThatThrownBy(() -> queue.idle(0, tally)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theLengthOfAWindowDoesNotChangeTheQueue() {
    double perSecond = 180;
    ServiceTimes times = ServiceTimes.lognormal(40 * MS, 0.25);
    Run fine =
        run(new QueueShape(8, 100, 2_000 * MS, 250 * MS, 50 * MS, times), perSecond, 800_000, 3);
    Run coarse =
        run(new QueueShape(8, 100, 2_000 * MS, 250 * MS, 10_000 * MS, times), perSecond, 4_000, 4);
    for (double q : new double[] {0.5, 0.99}) {
      assertThat(coarse.tally.latencies().quantileNanos(q))
          .isCloseTo(
              fine.tally.latencies().quantileNanos(q),
              within(0.025 * fine.tally.latencies().quantileNanos(q)));
    }
  }

  @Test
  void longRunsSurviveTheMovingOrigin() {
    QueueShape shape =
        new QueueShape(
            8, 100, 2_000 * MS, 250 * MS, 60_000 * MS, ServiceTimes.lognormal(40 * MS, 0.25));
    Run early = run(shape, 150, 60, 9);
    ReplicaQueue queue = new ReplicaQueue(shape);
    OutcomeTally late = new OutcomeTally(1);
    ArrivalBatch batch = new ArrivalBatch();
    RandomStream random = new RandomStream(9);
    long offset = 60L * 24 * 365;
    for (int w = 0; w < 60; w++) {
      int[] counts = {(int) random.nextPoisson(150 * 60.0)};
      queue.serve(offset + w, counts, RandomStream.seed(9, 1, w), 1, batch, late);
    }
    assertThat(late.latencies().quantileNanos(0.99) / early.tally.latencies().quantileNanos(0.99))
        .isCloseTo(1, within(1e-3));
    assertThat(late.total()).isEqualTo(early.tally.total());
  }
}
