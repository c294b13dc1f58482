package dev.highwater.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.highwater.model.Balancing;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceTimeLaw;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: {@code sampled} and {@code fluid} give what {@code request} gives, within tolerances that
 * are stated here and in the room's README; and no fleet loses or doubles an attempt.
 */
class FidelityTest {

  private static final long WINDOW_MS = 200;

  private static Service service(
      int concurrency,
      double scv,
      int queueMax,
      long timeoutMs,
      double sloMs,
      Balancing balancing) {
    return ServiceBuilder.service("shop", "order")
        .places(concurrency, queueMax)
        .law(ServiceTimeLaw.LOGNORMAL, scv)
        .timeoutMs(timeoutMs)
        .balancing(balancing)
        .bootMs(0)
        .sloMs(sloMs)
        .build();
  }

  private record Run(OutcomeTally tally, long offered, double utilisation) {
    Run plus(Run other) {
      OutcomeTally both = new OutcomeTally(1);
      both.addAll(tally);
      both.addAll(other.tally);
      return new Run(both, offered + other.offered, utilisation);
    }

    double share(Outcome outcome) {
      return tally.count(outcome) / (double) offered;
    }

    double quantile(double q) {
      return tally.latencies().quantileNanos(q);
    }
  }

  private static Run run(
      Fidelity fidelity, Service service, int replicas, double rho, int seconds, long seed) {
    Fleet fleet =
        Fleet.of(fidelity, service, TrafficSpec.ReplicaBehaviour.AS_DECLARED, seed, WINDOW_MS, 1);
    List<Long> seats = new ArrayList<>();
    for (int i = 0; i < replicas; i++) {
      seats.add(fleet.join(i, 0));
    }
    double perWindow = rho * replicas * service.capacity().concurrency() / 40.0 * WINDOW_MS;
    RandomStream random = new RandomStream(RandomStream.seed(seed, 99));
    OutcomeTally warm = new OutcomeTally(1);
    OutcomeTally tally = new OutcomeTally(1);
    long offered = 0;
    int windows = (int) (seconds * 1_000L / WINDOW_MS);
    int warmUp = 100;
    for (int w = 0; w < windows + warmUp; w++) {
      int[] counts = {(int) random.nextPoisson(perWindow)};
      fleet.serve(w, counts, w < warmUp ? warm : tally);
      if (w == warmUp - 1) {
        fleet.load(seats.get(0));
      }
      offered += w < warmUp ? 0 : counts[0];
    }
    return new Run(tally, offered, fleet.load(seats.get(0)).utilisationRatio());
  }

  @ParameterizedTest
  @CsvSource({
    "8,0.25,1000,2000,0.5", "8,0.25,1000,2000,0.8", "8,0.25,1000,2000,0.9", "1,0.25,1000,2000,0.5",
    "1,1,1000,2000,0.8", "8,1,1000,2000,0.85", "8,0.25,20,2000,1.3", "8,0.25,1000,2000,1.3",
    "1,1,5,2000,1.2", "8,1,1000,500,1.5", "64,0.25,1000,2000,0.9", "8,4,1000,2000,0.7"
  })
  void sampledAndFluidAgreeWithRequest(
      int concurrency, double scv, int queueMax, long timeoutMs, double rho) {
    Service service = service(concurrency, scv, queueMax, timeoutMs, 250, Balancing.RANDOM);
    int replicas = 96;
    Run exact = run(Fidelity.REQUEST, service, replicas, rho, 480 / concurrency + 30, 1);
    Run sampled = run(Fidelity.SAMPLED, service, replicas, rho, 5_120 / concurrency + 160, 2);
    Run fluid = run(Fidelity.FLUID, service, replicas, rho, 60, 3);
    String at =
        "c=%d scv=%s queue=%d timeout=%d rho=%s"
            .formatted(concurrency, scv, queueMax, timeoutMs, rho);
    agree(at + " sampled", sampled, exact, 0.02, 0.04, 0.01);
    // A queue of a few places is nothing but chance, which rates do not have.
    if (queueMax >= 2 * concurrency && queueMax > 5) {
      agree(at + " fluid", fluid, exact, 0.10, 0.10, 0.03);
    }
  }

  /**
   * Where 99.999 % are promised, what is late is decided far out in both tails. Rates count the
   * chance of arrivals twice, once in the window's rate, so they never count too few.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0.9, 0.92, 0.94, 0.96})
  void fluidForetellsRareLateness(double rho) {
    Service service =
        ServiceBuilder.like(service(8, 0.25, 1_000, 2_000, 400, Balancing.RANDOM))
            .slo(400, 0.99999)
            .build();
    Run exact = run(Fidelity.REQUEST, service, 96, rho, 1_200, 1);
    Run fluid = run(Fidelity.FLUID, service, 96, rho, 1_200, 2);
    assertThat(fluid.share(Outcome.LATE) / exact.share(Outcome.LATE))
        .as("rho=%s: %s late of %s", rho, exact.share(Outcome.LATE), exact.offered)
        .isBetween(1.0, 4.0);
  }

  /** Orders of ten trains of 100/s each, served from empty queues; {@code same} want one train. */
  private static Run skewed(
      Fidelity fidelity, Service service, int replicas, double perSecond, double same, long seed) {
    Fleet fleet =
        Fleet.of(fidelity, service, TrafficSpec.ReplicaBehaviour.AS_DECLARED, seed, WINDOW_MS, 1);
    long seat = 0;
    for (int i = 0; i < replicas; i++) {
      seat = fleet.join(i, 0);
    }
    ShardGate gate = new ShardGate(service.capacity().serialShards(), same, 0);
    RandomStream random = new RandomStream(77);
    OutcomeTally tally = new OutcomeTally(1);
    long offered = 0;
    for (int w = 0; w < 600; w++) {
      // What comes is the same in all runs, since a shard near its rate is nothing but its chance.
      int arrivals = (int) random.nextPoisson(perSecond * WINDOW_MS / 1_000);
      long[] needed = gate.divide(arrivals, random);
      int[] shards = new int[needed.length];
      for (int s = 0; s < shards.length; s++) {
        shards[s] = (int) needed[s];
      }
      fleet.serve(w, new int[] {arrivals}, shards, 0, tally);
      offered += arrivals;
    }
    return new Run(tally, offered, fleet.load(seat).utilisationRatio());
  }

  @ParameterizedTest
  @CsvSource({"96,600,0.08,false", "160,600,0.085,false", "30,600,0.3,true"})
  void allFidelitiesAgreeOnAHotShard(
      int replicas, double perSecond, double same, boolean holdsAllPlaces) {
    for (Balancing balancing : Balancing.values()) {
      Service service = serial(service(8, 0.25, 1_000, 2_000, 250, balancing), 1_000, 10);
      String at = "%d replicas same=%s %s".formatted(replicas, same, balancing);
      Run exact = skewed(Fidelity.REQUEST, service, replicas, perSecond, same, 1);
      // Few queues stand for all, and a request that waits for its turn holds one long.
      Run sampled = skewed(Fidelity.SAMPLED, service, replicas, perSecond, same, 2);
      for (int seed = 11; seed < 18; seed++) {
        sampled = sampled.plus(skewed(Fidelity.SAMPLED, service, replicas, perSecond, same, seed));
      }
      Run fluid = skewed(Fidelity.FLUID, service, replicas, perSecond, same, 3);
      agree(at + " sampled", sampled, exact, 0.02, 0.04, 0.01);
      // Some replicas have a free place while others have none, which rates do not tell apart.
      boolean uneven = holdsAllPlaces && balancing == Balancing.RANDOM;
      agree(at + " fluid", fluid, exact, 0.10, 0.10, uneven ? 0.10 : 0.03);
    }
  }

  private static Service serial(Service base, double perSecond, int shards) {
    return ServiceBuilder.like(base).serial(perSecond, shards).build();
  }

  private static void agree(String what, Run run, Run exact, double p50, double p99, double share) {
    assertThat(run.quantile(0.5) / exact.quantile(0.5)).as(what + " p50").isCloseTo(1, within(p50));
    assertThat(run.quantile(0.99) / exact.quantile(0.99))
        .as(what + " p99")
        .isCloseTo(1, within(p99));
    for (Outcome outcome : Outcome.ALL) {
      assertThat(run.share(outcome))
          .as(what + " " + outcome)
          .isCloseTo(exact.share(outcome), within(share));
    }
  }

  @Test
  void aPooledFleetIsOneQueueOfAllItsPlaces() {
    Service pooled = service(8, 1, 1_000, 2_000, 250, Balancing.POOLED);
    for (double rho : new double[] {0.7, 0.95, 1.3}) {
      Run fleet = run(Fidelity.REQUEST, pooled, 8, rho, 600, 4);
      Service single = service(64, 1, 8_000, 2_000, 250, Balancing.RANDOM);
      Run queue = run(Fidelity.REQUEST, single, 1, rho, 600, 5);
      agree("rho=" + rho, fleet, queue, 0.01, 0.02, 0.01);
    }
  }

  @Test
  void aFluidPooledFleetAgreesWithTheQueue() {
    Service pooled = service(8, 0.25, 1_000, 2_000, 250, Balancing.POOLED);
    for (double rho : new double[] {0.7, 0.9, 1.3}) {
      Run exact = run(Fidelity.REQUEST, pooled, 8, rho, 300, 6);
      Run fluid = run(Fidelity.FLUID, pooled, 8, rho, 60, 7);
      agree("rho=" + rho, fluid, exact, 0.10, 0.10, 0.03);
    }
  }

  @Test
  void aWaitingRequestIsServedByAReplicaThatComesLater() {
    Service pooled = service(1, 0, 1_000, 60_000, 250, Balancing.POOLED);
    Fleet fleet =
        Fleet.of(
            Fidelity.REQUEST, pooled, TrafficSpec.ReplicaBehaviour.AS_DECLARED, 1, WINDOW_MS, 1);
    OutcomeTally tally = new OutcomeTally(1);
    fleet.join(0, 0);
    fleet.serve(0, new int[] {100}, tally);
    // 40 ms each: 5 a window by one replica, 50 by ten.
    fleet.serve(1, new int[] {0}, tally);
    assertThat(tally.total()).isBetween(8L, 10L);
    for (int i = 1; i < 10; i++) {
      fleet.join(i, 2);
    }
    fleet.serve(2, new int[] {0}, tally);
    assertThat(tally.total()).isBetween(45L, 61L);
  }

  @ParameterizedTest
  @EnumSource(Fidelity.class)
  void moreReplicasDoNotSpeedASerialStepUp(Fidelity fidelity) {
    for (Balancing balancing : Balancing.values()) {
      for (int replicas : new int[] {20, 80}) {
        Service serial = serial(service(8, 0.25, 1_000, 2_000, 250, balancing), 1_000, 1);
        // 3,000/s come; the places alone would do 4,000/s or 16,000/s, the step does 1,000/s.
        Run run = run(fidelity, serial, replicas, 3_000 * 0.04 / (8 * replicas), 60, 3);
        double worked = run.offered * (run.share(Outcome.SERVED) + run.share(Outcome.LATE)) / 60;
        assertThat(worked).as("%s %s %d replicas", fidelity, balancing, replicas).isLessThan(1_080);
        // Below its rate the step is not felt.
        Run calm = run(fidelity, serial, replicas, 900 * 0.04 / (8 * replicas), 60, 4);
        assertThat(calm.share(Outcome.SERVED)).isGreaterThan(0.99);
        assertThat(calm.quantile(0.5)).isLessThan(50e6);
      }
    }
  }

  /** Every kind of fleet under coming, going and dying replicas. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void noFleetLosesOrDoublesAnAttempt(long seed) {
    for (Balancing balancing : Balancing.values()) {
      for (Fidelity fidelity : Fidelity.values()) {
        churn(fidelity, null, balancing, seed);
        for (Fidelity close : Fidelity.values()) {
          churn(fidelity, new TrafficSpec.CloseUp(30_000, 40_000, close), balancing, seed);
        }
      }
    }
  }

  private static void churn(
      Fidelity fidelity, TrafficSpec.@Nullable CloseUp closeUp, Balancing balancing, long seed) {
    String what = "%s %s %s seed=%d".formatted(fidelity, closeUp, balancing, seed);
    RandomStream random = new RandomStream(seed);
    Service service =
        service(
            1 + random.nextInt(8),
            0.5,
            random.nextInt(200),
            200 + random.nextInt(3_000),
            100,
            balancing);
    TrafficSpec.ReplicaBehaviour behaviour = new TrafficSpec.ReplicaBehaviour(1, 3, 4_000, 1, 0.5);
    Function<Fidelity, Fleet> fleets = f -> Fleet.of(f, service, behaviour, seed, WINDOW_MS, 4);
    Fleet fleet =
        closeUp == null
            ? fleets.apply(fidelity)
            : new CloseUpFleet(fidelity, closeUp, WINDOW_MS, 4, fleets);
    OutcomeTally tally = new OutcomeTally(4);
    long[] offered = new long[4];
    List<Long> seats = new ArrayList<>();
    List<Long> draining = new ArrayList<>();
    long ordinal = 0;
    int window = 0;
    for (; window < 600; window++) {
      if (random.nextInt(10) == 0) {
        for (int i = random.nextInt(60); i > 0; i--) {
          seats.add(fleet.join(ordinal++, window));
        }
      }
      if (random.nextInt(10) == 0) {
        for (int i = random.nextInt(40); i > 0 && !seats.isEmpty(); i--) {
          long seat = seats.remove(random.nextInt(seats.size()));
          if (random.nextInt(3) == 0) {
            fleet.leave(seat, tally);
          } else {
            fleet.drain(seat);
            draining.add(seat);
          }
        }
      }
      draining.removeIf(
          seat -> {
            boolean done = fleet.drained(seat);
            if (done) {
              fleet.leave(seat, tally);
            }
            return done;
          });
      assertThat(fleet.ready()).as(what).isEqualTo(seats.size());
      int[] counts = {random.nextInt(1_500), random.nextInt(40), 0, random.nextInt(3)};
      for (int c = 0; c < 4; c++) {
        offered[c] += counts[c];
      }
      fleet.serve(window, counts, tally);
      for (long seat : seats) {
        assertThat(fleet.load(seat).utilisationRatio()).as(what).isBetween(0.0, 1.0);
      }
      for (int c = 0; c < 4; c++) {
        assertThat(ended(tally, c)).as(what).isLessThanOrEqualTo(offered[c]);
      }
    }
    for (int i = 0; i < 100; i++) {
      fleet.serve(window++, new int[4], tally);
    }
    for (long seat : draining) {
      assertThat(fleet.drained(seat)).as(what).isTrue();
    }
    for (int c = 0; c < 4; c++) {
      // Rates carry fractions of an attempt, at most one per fleet and outcome.
      long fluids = fidelity == Fidelity.FLUID ? 1 : 0;
      fluids += closeUp != null && closeUp.fidelity() == Fidelity.FLUID ? 1 : 0;
      long rounding = fluids * Outcome.COUNT;
      assertThat(ended(tally, c)).as(what).isBetween(offered[c] - rounding, offered[c]);
    }
  }

  /** Inside the close-up each attempt is drawn, outside none, and the latencies agree. */
  @Test
  void everyAttemptOfACloseUpIsSimulatedAsItself() {
    Service service = service(8, 0.25, 1_000, 10_000, 250, Balancing.RANDOM);
    CloseUpFleet fleet =
        new CloseUpFleet(
            Fidelity.FLUID,
            new TrafficSpec.CloseUp(20_000, 20_000, Fidelity.REQUEST),
            WINDOW_MS,
            1,
            f -> Fleet.of(f, service, TrafficSpec.ReplicaBehaviour.AS_DECLARED, 3, WINDOW_MS, 1));
    for (int i = 0; i < 40; i++) {
      fleet.join(i, 0);
    }
    OutcomeTally[] thirds = {new OutcomeTally(1), new OutcomeTally(1), new OutcomeTally(1)};
    long[] simulated = new long[3];
    for (int third = 0; third < 3; third++) {
      for (int i = 0; i < 100; i++) {
        fleet.serve(100 * third + i, new int[] {1_200}, thirds[third]);
      }
      simulated[third] = fleet.simulatedRequests();
      assertThat(fleet.ready()).isEqualTo(40);
    }
    assertThat(simulated).containsExactly(0, 120_000, 120_000);
    double p99 = thirds[1].latencies().quantileNanos(0.99);
    for (OutcomeTally third : thirds) {
      assertThat(third.latencies().quantileNanos(0.99)).isCloseTo(p99, withinPercentage(10));
    }
  }

  private static long ended(OutcomeTally tally, int requestClass) {
    long sum = 0;
    for (Outcome outcome : Outcome.ALL) {
      sum += tally.count(requestClass, outcome);
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource(Fidelity.class)
  void scaleOutEndsAnOverloadAndADrainLosesNothing(Fidelity fidelity) {
    Service service = service(8, 0.25, 1_000, 10_000, 250, Balancing.RANDOM);
    Fleet fleet =
        Fleet.of(fidelity, service, TrafficSpec.ReplicaBehaviour.AS_DECLARED, 5, WINDOW_MS, 1);
    List<Long> seats = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      seats.add(fleet.join(i, 0));
    }
    // 40 replicas do 8,000/s; 10,000/s come for 10 s, then 80 replicas serve them.
    OutcomeTally overload = new OutcomeTally(1);
    OutcomeTally between = new OutcomeTally(1);
    OutcomeTally after = new OutcomeTally(1);
    int window = 0;
    for (; window < 50; window++) {
      fleet.serve(window, new int[] {2_000}, overload);
    }
    for (int i = 40; i < 80; i++) {
      seats.add(fleet.join(i, window));
    }
    for (; window < 100; window++) {
      fleet.serve(window, new int[] {2_000}, between);
    }
    for (; window < 200; window++) {
      fleet.serve(window, new int[] {2_000}, after);
    }
    assertThat(overload.latencies().quantileNanos(0.9)).as("overload").isGreaterThan(1e9);
    assertThat(after.latencies().quantileNanos(0.99)).as("after").isLessThan(0.2e9);
    assertThat(after.count(Outcome.SERVED) / 200_000.0).isCloseTo(1, within(0.01));
    assertThat(between.total()).as("the backlog is worked off too").isGreaterThan(100_000);
    for (long seat : seats) {
      fleet.drain(seat);
    }
    for (int i = 0; i < 60; i++, window++) {
      fleet.serve(window, new int[1], after);
    }
    for (long seat : seats) {
      assertThat(fleet.drained(seat)).isTrue();
      fleet.leave(seat, after);
    }
    assertThat(after.count(Outcome.FAILED)).isZero();
  }
}
