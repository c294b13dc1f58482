package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.sharing.Booking;
import dev.highwater.kernel.state.ServiceState;
import dev.highwater.model.BootTime;
import dev.highwater.model.Cell;
import dev.highwater.model.Criticality;
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
import java.util.Map;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: the promises of sharing, on random tenants whose replicas differ in size; every decision is
 * audited, so that no limit is broken on the way. The cell has 40 cores.
 */
class SharingPropertiesTest {
  private static final int CORES = 40;

  /** Replicas of {@link World} boot so long. */
  private static final int BOOT_SECONDS = 5;

  /** One failing seed again: {@code mvn test -Dsim.seed=<seed>}. */
  static LongStream seeds() {
    return seeds(25);
  }

  /** For what only few cases show: of the old stopping rules one case in 150 to 800. */
  static LongStream manySeeds() {
    return seeds(250);
  }

  private static LongStream seeds(int count) {
    Long pinned = Long.getLong("sim.seed");
    return pinned == null ? new SplittableRandom(20_261_125).longs(count) : LongStream.of(pinned);
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

    ServiceId other() {
      return new ServiceId(name, "other");
    }

    Tenant tenant() {
      Resources most = borrowing < 0 ? null : Resources.of(1_000L * borrowing, 1 << 20);
      Resources lends = lending < 0 ? null : Resources.of(1_000L * lending, 1 << 20);
      Quota quota = new Quota(World.CELL, Resources.of(1_000L * nominal, 1 << 20), most, lends);
      return new Tenant(name, "", weight, priority, cohort, List.of(quota), 0);
    }

    Party of(String other) {
      return new Party(name, nominal, borrowing, lending, other, priority, weight, size);
    }

    Party sized(int cores) {
      return new Party(name, nominal, borrowing, lending, cohort, priority, weight, cores);
    }

    Service wants(int replicas) {
      return service(name, Resources.of(1_000L * size, 1_024), replicas);
    }

    int cores(World world) {
      return world.serving(id()) * size;
    }

    /** Weighted cores of as many of its replicas as make room for one of the largest. */
    double step(int largest) {
      return (double) ((largest + size - 1) / size * size) / weight;
    }
  }

  private static Service service(String tenant, Resources each, int replicas) {
    return service(new ServiceId(tenant, "s"), each, replicas, Criticality.NORMAL);
  }

  private static Service service(
      ServiceId id, Resources each, int replicas, Criticality criticality) {
    Service plain = Service.named(id.tenant(), id.name());
    return new Service(
        plain.tenant(),
        plain.name(),
        plain.cells(),
        each,
        plain.capacity(),
        plain.slo(),
        new Scaling("fixed", 0, 1_000, replicas, 0, List.of(), List.of(), null, 0),
        plain.residency(),
        plain.placement(),
        criticality,
        0);
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
    return world(parties, 4);
  }

  private static World world(List<Party> parties, int nodeCores) {
    World world = new World(Cell.named(World.CELL), pool(nodeCores)).audited();
    parties.forEach(party -> world.apply(party.tenant()));
    return world;
  }

  private static NodePool pool(int nodeCores) {
    return new NodePool(
        World.CELL,
        "general",
        Resources.of(1_000L * nodeCores, 65_536L * nodeCores),
        List.of("a", "b"),
        new TreeMap<>(),
        List.of(),
        1,
        Purchase.RESERVED,
        BootTime.exactly(1_000),
        CORES / nodeCores,
        CORES / nodeCores,
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
  @MethodSource("manySeeds")
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

  /** Every tenant has two services, whose replicas differ in size; those of one go first. */
  @ParameterizedTest
  @MethodSource("manySeeds")
  void preemptionEndsAndLeavesNominalWhereATenantsReplicasDifferInSize(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Party> parties = parties(random, 3, true, 10);
    int[] otherSizes = new int[parties.size()];
    World world = world(parties, 10);
    for (int i = 0; i < 12; i++) {
      int t = random.nextInt(otherSizes.length);
      Party party = parties.get(t);
      if (random.nextBoolean()) {
        world.apply(party.wants(random.nextInt(50)));
      } else {
        otherSizes[t] = otherSizes[t] == 0 ? 1 + random.nextInt(10) : otherSizes[t];
        Resources each = Resources.of(1_000L * otherSizes[t], 1_024);
        world.apply(service(party.other(), each, random.nextInt(50), Criticality.SHEDDABLE));
      }
      for (int second = random.nextInt(12); second > 0; second--) {
        world.second();
        for (Party loser : losers(world, parties)) {
          int keeps = loser.size() * active(world, loser.id());
          keeps += otherSizes[parties.indexOf(loser)] * active(world, loser.other());
          assertThat(keeps)
              .as("sim.seed=%d: cores left to %s, of %s", seed, loser, parties)
              .isGreaterThanOrEqualTo(loser.nominal());
        }
      }
    }
    world.run(120);
    assertThat(stopsLately(world, 60)).as("sim.seed=%d %s", seed, parties).isZero();
  }

  /** Those from whom the last decision takes back. */
  private static List<Party> losers(World world, List<Party> parties) {
    SortedSet<String> names = new TreeSet<>();
    for (Fact fact : world.last.facts()) {
      if (fact instanceof Fact.ReplicasStopped stopped
          && (stopped.reason() == Fact.StopReason.RECLAIMED
              || stopped.reason() == Fact.StopReason.PREEMPTED)) {
        names.add(stopped.service().tenant());
      }
    }
    return parties.stream().filter(party -> names.contains(party.name())).toList();
  }

  private static int active(World world, ServiceId id) {
    ServiceState service = world.state.service(id);
    return service == null ? 0 : service.active();
  }

  /** Everybody in one of three cohorts and of the same size, so that every room fits everybody. */
  @ParameterizedTest
  @MethodSource("seeds")
  void whatIsTakenBackIsHadByThoseItWasTakenFor(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Party> parties = new ArrayList<>();
    for (Party party : parties(random, 3, true, 1)) {
      parties.add(party.of("cohort-" + random.nextInt(3)));
    }
    World world = world(parties);
    int[] wanted = new int[parties.size()];
    for (int i = 0; i < 12; i++) {
      int t = random.nextInt(wanted.length);
      int before = cores(world, parties);
      boolean grows = random.nextInt(4) > 0;
      wanted[t] = grows ? wanted[t] + random.nextInt(25) : random.nextInt(wanted[t] + 1);
      world.apply(parties.get(t).wants(wanted[t]));
      world.run(90);
      assertThat(stopsLately(world, 30)).as("sim.seed=%d %s", seed, parties).isZero();
      if (grows && cores(world, parties) < before) {
        assertThat(held(world, parties))
            .as("sim.seed=%d: what is idle is kept when %s wants %d", seed, parties, wanted[t])
            .isGreaterThanOrEqualTo(CORES);
      }
    }
    for (int t = 0; t < wanted.length; t++) {
      Party party = parties.get(t);
      world.apply(party.wants(100));
      world.run(90);
      assertThat(party.cores(world))
          .as("sim.seed=%d: cores of %s among %s", seed, party, parties)
          .isGreaterThanOrEqualTo(party.nominal());
    }
  }

  /** Cores in use and those that cohorts, or tenants within them, need not leave to others. */
  private static int held(World world, List<Party> parties) {
    Map<String, Integer> nominal = new TreeMap<>();
    Map<String, Integer> holds = new TreeMap<>();
    for (Party party : parties) {
      int unlent = party.lending() < 0 ? 0 : Math.max(0, party.nominal() - party.lending());
      nominal.merge(party.cohort(), party.nominal(), Integer::sum);
      holds.merge(party.cohort(), Math.max(party.cores(world), unlent), Integer::sum);
    }
    return nominal.keySet().stream()
        .mapToInt(
            cohort -> Math.max(nominal.getOrDefault(cohort, 0), holds.getOrDefault(cohort, 0)))
        .sum();
  }

  private static int cores(World world, List<Party> parties) {
    return parties.stream().mapToInt(party -> party.cores(world)).sum();
  }

  /**
   * Shares are weighted: what is borrowed over the weight. A step is the share of as many replicas
   * of a tenant as make room for the largest of anybody's: nobody has more than its step beyond the
   * exact share, and nobody lacks more than somebody's step, because whoever has less takes from
   * whoever keeps more than it has.
   *
   * <p>It cannot be one replica of one's own, by {@code
   * SharingTest.sharesOfReplicasOfTwoSizesMayBeFartherApartThanOne}.
   */
  @ParameterizedTest
  @MethodSource("manySeeds")
  void sharesAreWithinOneStepOfTheExactOnes(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Party> parties = parties(random, 1, false, 2);
    int largest = parties.stream().mapToInt(Party::size).max().orElseThrow();
    assertNearExact(seed, random, world(parties), parties, party -> party.step(largest));
  }

  /**
   * The largest share that the largest replica may be is its part of the cell over the smallest
   * weight. Sizes up to three in one node, so that no room is out of reach; of 1,500 cases of sizes
   * up to four, eight and twelve one, two and seven are beyond it, by 1.42 times at most.
   */
  @ParameterizedTest
  @MethodSource("manySeeds")
  void sharesAreWithinTheLargestReplicasShareOfTheExactOnes(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Party> parties = parties(random, 1, false, 3);
    int largest = parties.stream().mapToInt(Party::size).max().orElseThrow();
    int lightest = parties.stream().mapToInt(Party::weight).min().orElseThrow();
    double share = (double) largest / lightest;
    assertNearExact(seed, random, world(parties, CORES), parties, party -> share);
  }

  /** A step is one replica where all are of one size. */
  @ParameterizedTest
  @MethodSource("manySeeds")
  void sharesAreWithinOneReplicaOfTheExactOnesWhereReplicasAreOfOneSize(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int size = 1 << random.nextInt(3);
    List<Party> parties =
        parties(random, 1, false, 1).stream().map(party -> party.sized(size)).toList();
    World world = world(parties);
    assertNearExact(seed, random, world, parties, party -> (double) size / party.weight());
  }

  /**
   * Lets parties want something, one after another, and looks at what they have when nothing moves.
   *
   * @param step weighted cores that a party may have beyond its exact share; the largest of all is
   *     what each may lack
   */
  private static void assertNearExact(
      long seed,
      SplittableRandom random,
      World world,
      List<Party> parties,
      ToDoubleFunction<Party> step) {
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
    double most = parties.stream().mapToDouble(step).max().orElseThrow();
    double[] exact = exact(parties, wanted);
    for (int t = 0; t < wanted.length; t++) {
      Party party = parties.get(t);
      assertThat((double) party.cores(world))
          .as("sim.seed=%d: cores of %s that wants %d, of %s", seed, party, wanted[t], parties)
          .isBetween(
              exact[t] - party.weight() * most - 1e-9,
              exact[t] + party.weight() * step.applyAsDouble(party) + 1e-9);
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

  /** Cores and GiB of the one node of {@link #dominantSharesAreWithinOneStepOfTheExactOnes}. */
  private static final List<Integer> ONE_NODE = List.of(64, 256);

  /** A tenant whose replicas need as many cores and GiB. */
  private record TwoKinds(
      String name, List<Integer> nominal, int weight, List<Integer> each, int wanted) {
    /** Weighted share of the node that replicas hold above nominal in the kind where it is most. */
    double share(double replicas) {
      double most = 0;
      for (int k = 0; k < each.size(); k++) {
        most = Math.max(most, (replicas * each.get(k) - nominal.get(k)) / ONE_NODE.get(k));
      }
      return most / weight;
    }

    /** Replicas that hold this weighted share above nominal, of those that are wanted. */
    double replicas(double share) {
      double most = wanted;
      for (int k = 0; k < each.size(); k++) {
        most = Math.min(most, (nominal.get(k) + share * weight * ONE_NODE.get(k)) / each.get(k));
      }
      return most;
    }

    /** The share of as many of these replicas as make room for the largest of anybody's. */
    double step(List<TwoKinds> parties) {
      double displaced = 1;
      for (TwoKinds other : parties) {
        for (int k = 0; k < each.size(); k++) {
          displaced = Math.max(displaced, Math.ceil(1.0 * other.each.get(k) / each.get(k)));
        }
      }
      double cores = (double) each.get(0) / ONE_NODE.get(0);
      double memory = (double) each.get(1) / ONE_NODE.get(1);
      return displaced * Math.max(cores, memory) / weight;
    }
  }

  /**
   * Everybody wants most of a node; some are bound by its cores and some by its memory, so that one
   * replica of these makes room for several of those.
   */
  @ParameterizedTest
  @MethodSource("manySeeds")
  void dominantSharesAreWithinOneStepOfTheExactOnes(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<TwoKinds> parties = new ArrayList<>();
    for (int t = 0; t < 2 + random.nextInt(3); t++) {
      boolean cores = random.nextBoolean();
      List<Integer> each = cores ? List.of(2, 2) : List.of(1, 8);
      List<Integer> nominal = List.of(random.nextInt(8), 4 * random.nextInt(8));
      parties.add(new TwoKinds("t" + t, nominal, 1 + random.nextInt(3), each, 40));
    }
    NodePool one =
        new NodePool(
            World.CELL,
            "general",
            Resources.of(1_000L * ONE_NODE.get(0), 1_024L * ONE_NODE.get(1)),
            List.of("a"),
            new TreeMap<>(),
            List.of(),
            1,
            Purchase.RESERVED,
            BootTime.exactly(1_000),
            1,
            1,
            0,
            10_000);
    World world = new World(Cell.named(World.CELL), one).audited();
    for (TwoKinds party : parties) {
      Resources nominal =
          Resources.of(1_000L * party.nominal.get(0), 1_024L * party.nominal.get(1));
      Quota quota = new Quota(World.CELL, nominal, null, null);
      world.apply(new Tenant(party.name, "", party.weight, 100, "default", List.of(quota), 0));
      world.apply(
          service(
              party.name,
              Resources.of(1_000L * party.each.get(0), 1_024L * party.each.get(1)),
              party.wanted));
      world.run(20 + random.nextInt(20));
    }
    world.run(150);
    assertThat(stopsLately(world, 60)).as("sim.seed=%d", seed).isZero();
    double level = exactLevel(parties);
    for (TwoKinds party : parties) {
      double replicas = world.serving(new ServiceId(party.name, "s"));
      double exact = party.replicas(level);
      assertThat(Math.abs(party.share(replicas) - party.share(exact)))
          .as(
              "sim.seed=%d: share of %s with %.0f replicas, exactly %.2f, of %s",
              seed, party.name, replicas, exact, parties)
          .isLessThanOrEqualTo(party.step(parties) + 1e-9);
    }
  }

  /** The largest common share at which cores and memory suffice, by bisection. */
  private static double exactLevel(List<TwoKinds> parties) {
    double low = 0;
    double high = 10;
    for (int i = 0; i < 100; i++) {
      double level = (low + high) / 2;
      double cores = 0;
      double memory = 0;
      for (TwoKinds party : parties) {
        cores += party.replicas(level) * party.each.get(0);
        memory += party.replicas(level) * party.each.get(1);
      }
      if (cores > ONE_NODE.get(0) || memory > ONE_NODE.get(1)) {
        high = level;
      } else {
        low = level;
      }
    }
    return low;
  }
}
