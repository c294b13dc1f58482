package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.highwater.kernel.audit.Auditor;
import dev.highwater.kernel.sharing.Booking;
import dev.highwater.model.BootTime;
import dev.highwater.model.Cell;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.Purchase;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Tenant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: the promises of sharing, on random tenants whose replicas differ in size; every decision is
 * audited, so that no limit is broken on the way. The cell has 40 cores on ten nodes.
 */
class SharingPropertiesTest {
  private static final int CORES = 40;

  /** Replicas of {@link World} boot so long. */
  private static final int BOOT_SECONDS = 5;

  /** One failing seed again: {@code mvn test -Dsim.seed=<seed>}. */
  static LongStream seeds() {
    Long pinned = Long.getLong("sim.seed");
    return pinned == null ? new SplittableRandom(20_261_125).longs(25) : LongStream.of(pinned);
  }

  /**
   * A tenant with one service.
   *
   * @param borrowing in cores; negative for no limit
   * @param lending in cores; negative for no limit
   * @param size of a replica, in cores
   */
  private record Party(
      String name,
      int nominal,
      int borrowing,
      int lending,
      String cohort,
      int priority,
      int weight,
      int size) {
    ServiceId id() {
      return new ServiceId(name, "s");
    }

    Tenant tenant() {
      Resources most = borrowing < 0 ? null : Resources.of(1_000L * borrowing, 1 << 20);
      Resources lends = lending < 0 ? null : Resources.of(1_000L * lending, 1 << 20);
      Quota quota = new Quota(World.CELL, Resources.of(1_000L * nominal, 1 << 20), most, lends);
      return new Tenant(name, "", weight, priority, cohort, List.of(quota), 0);
    }

    Service wants(int replicas) {
      Service plain = Service.named(name, "s");
      return new Service(
          name,
          "s",
          plain.cells(),
          Resources.of(1_000L * size, 1_024),
          plain.capacity(),
          plain.slo(),
          new Scaling("fixed", 0, 1_000, replicas, 0, List.of(), List.of(), null, 0),
          plain.residency(),
          plain.placement(),
          plain.criticality(),
          0);
    }

    int cores(World world) {
      return world.serving(id()) * size;
    }
  }

  private static List<Party> parties(
      SplittableRandom random, int priorities, boolean limited, int sizeMax) {
    List<Party> parties = new ArrayList<>();
    int left = CORES;
    int n = 2 + random.nextInt(4);
    for (int t = 0; t < n; t++) {
      int nominal = random.nextInt(left / 2 + 1);
      left -= nominal;
      parties.add(
          new Party(
              "t" + t,
              nominal,
              limited && random.nextBoolean() ? random.nextInt(20) : -1,
              limited && random.nextBoolean() ? random.nextInt(nominal + 1) : -1,
              limited && random.nextInt(4) == 0 ? "other" : "default",
              100 * (1 + random.nextInt(priorities)),
              1 + random.nextInt(3),
              1 + random.nextInt(sizeMax)));
    }
    return parties;
  }

  private static World world(List<Party> parties) {
    World world = new World(Cell.named(World.CELL), pool());
    Auditor auditor = new Auditor(World.CELL);
    auditor.replay(new Fact.EpochBegun(1, "test"));
    world.onDecision = decision -> assertThat(auditor.check(decision)).isEmpty();
    parties.forEach(party -> world.apply(party.tenant()));
    return world;
  }

  private static NodePool pool() {
    return new NodePool(
        World.CELL,
        "general",
        Resources.of(4_000, 65_536),
        List.of("a", "b"),
        new TreeMap<>(),
        List.of(),
        1,
        Purchase.RESERVED,
        BootTime.exactly(1_000),
        CORES / 4,
        CORES / 4,
        0,
        10_000);
  }

  private static long stopsLately(World world, int seconds) {
    return world.decisions.stream()
        .skip(world.decisions.size() - seconds)
        .flatMap(decision -> decision.facts().stream())
        .filter(fact -> fact instanceof Fact.ReplicasStopped)
        .count();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void nominalIsObtainedWithinTheReclaimTimeWhoeverBorrowsIt(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Party> others = parties(random, 5, true, 2);
    int nominal = CORES - others.stream().mapToInt(Party::nominal).sum() - 2 * others.size();
    Party owner = new Party("owner", Math.max(1, nominal), 0, -1, "default", 1, 1, 1);
    List<Party> all = new ArrayList<>(others);
    all.add(owner);
    World world = world(all);
    others.forEach(party -> world.apply(party.wants(100)));
    world.run(60);
    world.apply(owner.wants(owner.nominal()));
    int seconds = 0;
    while (owner.cores(world) < owner.nominal() && seconds < 100) {
      world.second();
      seconds++;
    }
    assertThat(seconds)
        .as("sim.seed=%d: seconds until %s has its own, beside %s", seed, owner, others)
        .isLessThanOrEqualTo((int) (Booking.RECLAIM_MS / 1_000) + BOOT_SECONDS + 1);
    world.run(60);
    assertThat(owner.cores(world)).as("sim.seed=%d: and keeps it", seed).isEqualTo(owner.nominal());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void preemptionEndsWhenWishesStandStill(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Party> parties = parties(random, 3, true, 4);
    World world = world(parties);
    for (int i = 0; i < 12; i++) {
      world.apply(parties.get(random.nextInt(parties.size())).wants(random.nextInt(50)));
      world.run(random.nextInt(12));
    }
    world.run(120);
    assertThat(stopsLately(world, 60)).as("sim.seed=%d %s", seed, parties).isZero();
  }

  /** Shares are weighted: what is borrowed over the weight, and so is the largest replica's. */
  @ParameterizedTest
  @MethodSource("seeds")
  void sharesAreWithinTheLargestReplicasShareOfTheExactOnes(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Party> parties = parties(random, 1, false, 2);
    World world = world(parties);
    int[] wanted = new int[parties.size()];
    for (int t = 0; t < wanted.length; t++) {
      Party party = parties.get(t);
      int replicas = random.nextInt(40);
      wanted[t] = replicas * party.size();
      world.apply(party.wants(replicas));
      world.run(20 + random.nextInt(20));
    }
    world.run(150);
    assertThat(stopsLately(world, 60)).as("sim.seed=%d", seed).isZero();
    double largest =
        parties.stream()
            .mapToDouble(each -> (double) each.size() / each.weight())
            .max()
            .orElseThrow();
    double[] exact = exact(parties, wanted);
    for (int t = 0; t < wanted.length; t++) {
      Party party = parties.get(t);
      assertThat((double) party.cores(world))
          .as("sim.seed=%d: cores of %s that wants %d, of %s", seed, party, wanted[t], parties)
          .isCloseTo(exact[t], within(party.weight() * largest + 1e-9));
    }
  }

  /**
   * Everybody's nominal first, the rest by weight until each wish is met (bisection over the common
   * level).
   */
  private static double[] exact(List<Party> parties, int[] wanted) {
    double low = 0;
    double high = 1_000;
    double[] share = new double[wanted.length];
    for (int i = 0; i < 100; i++) {
      double level = (low + high) / 2;
      double sum = 0;
      for (int t = 0; t < share.length; t++) {
        Party party = parties.get(t);
        share[t] = Math.min(wanted[t], party.nominal() + party.weight() * level);
        sum += share[t];
      }
      if (sum > CORES) {
        high = level;
      } else {
        low = level;
      }
    }
    return share;
  }
}
