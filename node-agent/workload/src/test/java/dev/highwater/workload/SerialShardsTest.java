package dev.highwater.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.model.Service;
import dev.highwater.model.ServiceTimeLaw;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: a hot shard of a serial step does to users what it does in a separately written event
 * simulation, in which each request takes its own turn: it sells at its rate however many replicas
 * there are, and others are late only when it has taken the places.
 */
class SerialShardsTest {
  private static final long WINDOW_MS = 200;
  private static final int SECONDS = 30;
  private static final int RUNS = 8;
  private static final int SHARDS = 10;
  private static final double SHARD_PER_SECOND = 100;

  private static Service orders(long timeoutMs) {
    return ServiceBuilder.service("rail", "order")
        .law(ServiceTimeLaw.EXPONENTIAL, 1)
        .timeoutMs(timeoutMs)
        .bootMs(0)
        .serial(SHARDS * SHARD_PER_SECOND, SHARDS)
        .sloMs(250)
        .build();
  }

  /** Outcomes of what came in the first {@link #SECONDS}: served in time, late, timed out. */
  private record Ends(long offered, long served, long late, long timedOut) {
    double share(long of) {
      return of / (double) offered;
    }

    Ends plus(Ends o) {
      return new Ends(offered + o.offered, served + o.served, late + o.late, timedOut + o.timedOut);
    }
  }

  private static Ends fleet(
      Fidelity fidelity,
      long timeoutMs,
      int replicas,
      double perSecond,
      double same,
      int seconds,
      long seed) {
    Fleet fleet =
        Fleet.of(
            fidelity,
            orders(timeoutMs),
            TrafficSpec.ReplicaBehaviour.AS_DECLARED,
            seed,
            WINDOW_MS,
            1);
    for (int i = 0; i < replicas; i++) {
      fleet.join(i, 0);
    }
    ShardGate gate = new ShardGate(SHARDS, same, 0);
    RandomStream random = new RandomStream(RandomStream.seed(seed, 2));
    OutcomeTally tally = new OutcomeTally(1);
    long offered = 0;
    for (int w = 0; w < seconds * 5; w++) {
      int n = w < SECONDS * 5 ? (int) random.nextPoisson(perSecond / 5) : 0;
      long[] needed = gate.divide(n, random);
      int[] shards = new int[SHARDS];
      for (int s = 0; s < SHARDS; s++) {
        shards[s] = (int) needed[s];
      }
      fleet.serve(w, new int[] {n}, shards, 0, tally);
      offered += n;
    }
    return new Ends(
        offered,
        tally.count(Outcome.SERVED),
        tally.count(Outcome.LATE),
        tally.count(Outcome.TIMED_OUT));
  }

  /** One request of the event simulation. */
  private static final class Request {
    final double arrival;
    final int shard;
    final int replica;

    Request(double arrival, int shard, int replica) {
      this.arrival = arrival;
      this.shard = shard;
      this.replica = replica;
    }
  }

  /** A request whose service is done and that asks for its turn, or that has had it. */
  private record Event(double at, Request request, boolean turn) {}

  /** The same by events: places, a line at each replica, a turn at each shard after the service. */
  private static final class World {
    final RandomStream random;
    final double timeout;
    final int[] free;
    final List<Deque<Request>> lines = new ArrayList<>();
    final double[] shardFree = new double[SHARDS];
    final PriorityQueue<Event> events =
        new PriorityQueue<>((a, b) -> Double.compare(a.at(), b.at()));
    long offered;
    long served;
    long late;
    long timedOut;

    World(int replicas, double timeoutSeconds, long seed) {
      random = new RandomStream(RandomStream.seed(seed, 3));
      timeout = timeoutSeconds;
      free = new int[replicas];
      for (int i = 0; i < replicas; i++) {
        free[i] = 8;
        lines.add(new ArrayDeque<>());
      }
    }

    Ends run(double perSecond, double same) {
      double now = 0;
      while (true) {
        now += random.nextExponential() / perSecond;
        if (now > SECONDS) {
          break;
        }
        until(now);
        int shard = random.nextDouble() < same ? 0 : random.nextInt(SHARDS);
        Request request = new Request(now, shard, random.nextInt(free.length));
        offered++;
        lines.get(request.replica).add(request);
        startAt(request.replica, now);
      }
      until(1e9);
      return new Ends(offered, served, late, timedOut);
    }

    void until(double end) {
      while (!events.isEmpty() && events.peek().at() <= end) {
        Event event = events.remove();
        Request request = event.request();
        if (event.turn()) {
          double turn = Math.max(event.at(), shardFree[request.shard]);
          shardFree[request.shard] = turn + 1 / SHARD_PER_SECOND;
          events.add(new Event(turn, request, false));
        } else {
          tell(event.at() - request.arrival);
          free[request.replica]++;
          startAt(request.replica, event.at());
        }
      }
    }

    void startAt(int replica, double now) {
      Deque<Request> line = lines.get(replica);
      while (!line.isEmpty() && (free[replica] > 0 || now - line.peek().arrival > timeout)) {
        Request request = line.remove();
        if (now - request.arrival > timeout) {
          timedOut++;
        } else {
          free[replica]--;
          events.add(new Event(now + 0.04 * random.nextExponential(), request, true));
        }
      }
    }

    void tell(double sojourn) {
      if (sojourn > timeout) {
        timedOut++;
      } else if (sojourn > 0.25) {
        late++;
      } else {
        served++;
      }
    }
  }

  /** Sum of some runs: few queues stand for all under {@code sampled}. */
  private static Ends runs(
      Fidelity fidelity, long timeoutMs, int replicas, double perSecond, double same, int seconds) {
    Ends sum = new Ends(0, 0, 0, 0);
    for (int seed = 1; seed <= RUNS; seed++) {
      sum = sum.plus(fleet(fidelity, timeoutMs, replicas, perSecond, same, seconds, seed));
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource({
    // Places to spare, a hot shard that fills them up, one that has filled them, and none.
    "2000,600,0.1,200",
    "2000,600,0.4,500",
    "5000,600,0.2,60",
    "2000,600,0.4,20",
    "5000,900,0,60"
  })
  void outcomesAreThoseOfAnEventSimulation(
      long timeoutMs, double perSecond, double same, int replicas) {
    Ends exact = new Ends(0, 0, 0, 0);
    for (int seed = 1; seed <= RUNS; seed++) {
      exact = exact.plus(new World(replicas, timeoutMs / 1_000.0, seed).run(perSecond, same));
    }
    for (Fidelity fidelity : Fidelity.values()) {
      String at = "%s same=%s %d replicas".formatted(fidelity, same, replicas);
      Ends ends = runs(fidelity, timeoutMs, replicas, perSecond, same, 2 * SECONDS);
      // Rates do not tell replicas with a free place from those that have none.
      boolean rates = fidelity == Fidelity.FLUID;
      double tolerance = rates ? 0.16 : 0.02;
      assertThat(ends.share(ends.served))
          .as("%s served", at)
          .isCloseTo(exact.share(exact.served), within(rates ? 0.03 : 0.02));
      assertThat(ends.share(ends.late))
          .as("%s late", at)
          .isCloseTo(exact.share(exact.late), within(tolerance));
      assertThat(ends.share(ends.timedOut))
          .as("%s timed out", at)
          .isCloseTo(exact.share(exact.timedOut), within(tolerance));
    }
  }

  @ParameterizedTest
  @EnumSource(Fidelity.class)
  void aHotShardSellsAtItsRateAndTheOthersAtTheirDemand(Fidelity fidelity) {
    // 240/s want the hot shard and 36/s each; it bears 100/s, so 100 + 9 x 36 are answered.
    for (int replicas : new int[] {2_000, 4_000}) {
      Ends ends = fleet(fidelity, 60_000, replicas, 600, 0.4, SECONDS, 1);
      double perSecond = (ends.served + ends.late) / (double) SECONDS;
      assertThat(perSecond).as("%s %d replicas", fidelity, replicas).isCloseTo(424, within(15.0));
    }
    Ends all = fleet(fidelity, 60_000, 4_000, 2_500, 0, SECONDS, 1);
    assertThat((all.served + all.late) / (double) SECONDS)
        .as("%s, every shard hot", fidelity)
        .isBetween(0.9 * SHARDS * SHARD_PER_SECOND, 1.01 * SHARDS * SHARD_PER_SECOND);
  }
}
