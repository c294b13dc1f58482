package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Cell;
import dev.highwater.model.Criticality;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.Purchase;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.Tenant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: who comes late gets what is theirs, who borrows shares evenly, and nobody takes in turns.
 * The cell has 40 cores and cannot grow.
 */
class SharingTest {
  /** Of the nodes of a pool that only those use who ask for it. */
  private static final Map<String, String> OWN = Map.of("kind", "own");

  private static final int CORES = 40;

  private static NodePool full() {
    return general().bought(Purchase.RESERVED, 1).nodes(CORES / 4, CORES / 4).build();
  }

  /** Nodes of four cores and 64 GiB. */
  private static PoolBuilder general() {
    return PoolBuilder.pool("general")
        .shape(Resources.of(4_000, 65_536))
        .zones("a", "b")
        .bootMs(1_000);
  }

  private static Tenant tenant(String name, int nominalCores, int priority, double weight) {
    List<Quota> quotas = List.of(World.nominalCores(nominalCores));
    return new Tenant(name, "", weight, priority, "default", quotas, 0);
  }

  private static Service service(String tenant, int replicas) {
    return of(tenant, replicas).build();
  }

  private static ServiceBuilder of(String tenant, int replicas) {
    return ServiceBuilder.service(tenant, "s").fixed(replicas);
  }

  private static World world(Spec... specs) {
    return new World(specs).audited();
  }

  private static int serving(World world, String tenant) {
    return world.serving(new ServiceId(tenant, "s"));
  }

  private static long takenLately(World world, int seconds) {
    return world.decisions.stream()
        .skip(world.decisions.size() - seconds)
        .flatMap(d -> d.facts().stream())
        .filter(f -> f instanceof Fact.ReplicasStopped)
        .count();
  }

  /**
   * What quota allows can be reckoned from what is said: what still fits into the smaller of both
   * bounds is what was granted and not placed.
   */
  @ParameterizedTest
  @CsvSource({"2, 30", "20, 10", "8, 12"})
  void theBoundsOfQuotaAreSaid(int borrowingCores, int unlentCores) {
    Quota own =
        new Quota(
            World.CELL,
            Resources.of(4_000, 1 << 20),
            Resources.of(1_000L * borrowingCores, 1 << 20),
            null);
    Quota keeps =
        new Quota(
            World.CELL,
            Resources.of(1_000L * unlentCores, 1 << 10),
            null,
            Resources.of(0, 1 << 10));
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            World.tenant("shop", own),
            World.tenant("owner", keeps),
            service("shop", 39));
    world.run(30);

    int bound = Math.min(4 + borrowingCores, CORES - unlentCores);
    assertThat(serving(world, "shop")).isEqualTo(bound);
    List<Explanation.ServiceExplained> limited =
        world.decisions.stream()
            .flatMap(decision -> decision.explanations().stream())
            .filter(Explanation.ServiceExplained.class::isInstance)
            .map(Explanation.ServiceExplained.class::cast)
            .toList();
    assertThat(limited).hasSizeGreaterThan(2);
    for (Explanation.ServiceExplained each : limited) {
      Explanation.SharingView sharing = Objects.requireNonNull(each.sharing());
      assertThat(sharing.mostAllowed())
          .isEqualTo(Resources.of(1_000L * (4 + borrowingCores), 2 << 20));
      assertThat(sharing.leftByOthers().cpuMilli()).isEqualTo(1_000L * (CORES - unlentCores));
      assertThat(1_000L * bound - sharing.usedByTenant().cpuMilli())
          .as("%s", each)
          .isEqualTo(
              1_000L * (sharing.granted() - Objects.requireNonNull(each.placement()).placed()));
    }
  }

  @Test
  void aCellThatIsPromisedTwiceSaysSo() {
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            tenant("one", CORES, 100, 1),
            tenant("two", CORES, 100, 1),
            service("one", 100),
            service("two", 100));
    world.run(30);

    assertThat(serving(world, "one")).isEqualTo(CORES / 2);
    assertThat(
            world.decisions.stream()
                .flatMap(decision -> decision.explanations().stream())
                .filter(Explanation.ServiceExplained.class::isInstance)
                .map(each -> ((Explanation.ServiceExplained) each).sharing()))
        .isNotEmpty()
        .allSatisfy(
            sharing ->
                assertThat(Objects.requireNonNull(sharing).because())
                    .endsWith(
                        "; of nominal quota counts 50 % of cpu, 31 % of memory, because the cell is"
                            + " promised more than it can have"));
  }

  @Test
  void noNodesAreOrderedForWhatQuotaRefuses() {
    Quota six =
        new Quota(World.CELL, Resources.of(4_000, 1 << 20), Resources.of(2_000, 1 << 20), null);
    World world =
        world(
            Cell.named(World.CELL),
            general().build(),
            World.tenant("shop", six),
            service("shop", 39));
    world.run(5);

    assertThat(world.pools.values())
        .as("two nodes of four cores bear six replicas of one")
        .allSatisfy(target -> assertThat(target.nodes()).isEqualTo(2));
  }

  @Test
  void nominalIsTakenBackFromBorrowers() {
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            tenant("early", 10, 500, 1),
            tenant("late", 20, 100, 1),
            service("early", 100));
    world.run(40);
    assertThat(serving(world, "early")).isEqualTo(CORES);
    world.apply(service("late", 100));
    world.run(60);
    assertThat(serving(world, "late"))
        .as("nominal, against higher priority that borrows")
        .isEqualTo(20);
    assertThat(serving(world, "early")).isEqualTo(20);
    assertThat(takenLately(world, 40)).as("replicas taken after it settled").isZero();
  }

  @Test
  void higherPriorityBorrowsFirst() {
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            tenant("batch", 4, 10, 1),
            tenant("prime", 4, 500, 1),
            service("batch", 100));
    world.run(40);
    world.apply(service("prime", 30));
    world.run(60);
    assertThat(serving(world, "prime")).isEqualTo(30);
    assertThat(serving(world, "batch")).as("batch is squeezed").isEqualTo(10);
    world.apply(service("prime", 5));
    world.run(60);
    assertThat(serving(world, "batch")).as("batch is paid back").isEqualTo(35);
    assertThat(takenLately(world, 40)).isZero();
  }

  @Test
  void equalBorrowersShareByWeight() {
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            tenant("one", 0, 100, 1),
            tenant("three", 0, 100, 3),
            service("one", 100));
    world.run(40);
    world.apply(service("three", 100));
    world.run(100);
    assertThat(serving(world, "one")).isBetween(9, 11);
    assertThat(serving(world, "three")).isBetween(29, 31);
    assertThat(takenLately(world, 40)).isZero();
  }

  @Test
  void borrowedRoomIsTakenBackBeforeADeclaredEvent() {
    Tenant late = tenant("late", 30, 100, 1);
    Service sale =
        of("late", 1)
            .scaling(new Scaling("slo", 1, 1_000, 1, 10_000, List.of(), List.of(), null, 0))
            .criticality(Criticality.CRITICAL)
            .build();
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            tenant("batch", 0, 100, 1),
            late,
            sale,
            service("batch", 100));
    world.rates.put(sale.id(), 100.0);
    world.run(40);
    assertThat(serving(world, "batch")).isGreaterThan(30);
    long start = world.nowMs + 60_000;
    world.apply(
        new PeakEvent(
            "sale", start, 0, 60_000, 0, List.of(new PeakEvent.EventLoad(sale.id(), 3_000))));
    world.run(59);
    int needed = serving(world, "late");
    assertThat(needed)
        .as("replicas that serve one second before the event")
        .isGreaterThanOrEqualTo(15);
    assertThat(world.state.service(sale.id()))
        .satisfies(state -> assertThat(state.target()).isEqualTo(needed));
    assertThat(serving(world, "batch")).isLessThanOrEqualTo(CORES - needed);
  }

  @Test
  void lendingLimitKeepsWhatIsNotLent() {
    Tenant owner =
        World.tenant(
            "owner",
            new Quota(
                World.CELL, Resources.of(20_000, 1 << 20), null, Resources.of(5_000, 1 << 20)));
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            owner,
            tenant("guest", 0, 900, 1),
            service("guest", 100));
    world.run(60);
    assertThat(serving(world, "guest")).as("40 cores less 15 that are not lent").isEqualTo(25);
  }

  @Test
  void otherCohortsLendNothing() {
    Tenant owner = of("closed", "owner", 20);
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            owner,
            tenant("guest", 0, 900, 1),
            service("guest", 100));
    world.run(60);
    assertThat(serving(world, "guest")).isEqualTo(20);
  }

  private static Tenant of(String cohort, String name, int nominalCores) {
    List<Quota> quotas = List.of(World.nominalCores(nominalCores));
    return new Tenant(name, "", 1, 100, cohort, quotas, 0);
  }

  @Test
  void whatIsBorrowedWithinACohortIsHeldOnceAgainstAnother() {
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            of("y", "owner", 30),
            of("y", "guest", 0),
            of("x", "other", 0),
            service("guest", 100));
    world.run(60);
    assertThat(serving(world, "guest")).isEqualTo(CORES);
    world.apply(service("other", 5));
    world.run(60);
    assertThat(serving(world, "other")).isEqualTo(5);
    assertThat(serving(world, "guest")).isEqualTo(CORES - 5);
    world.apply(service("other", 20));
    world.run(60);
    assertThat(serving(world, "other")).as("40 cores less 30 of the other cohort").isEqualTo(10);
    assertThat(serving(world, "guest")).isEqualTo(30);
    world.apply(service("owner", 30));
    world.run(60);
    assertThat(serving(world, "owner")).isEqualTo(30);
    assertThat(takenLately(world, 20)).isZero();
  }

  @Test
  void whatIsNominallyACohortsIsTakenBackFromThatCohort() {
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            of("y", "owner", 30),
            of("y", "guest", 0),
            of("x", "late", 10),
            of("x", "early", 0),
            service("early", 10),
            service("guest", 100));
    world.run(60);
    assertThat(serving(world, "guest")).isEqualTo(30);
    world.apply(service("late", 10));
    world.run(60);
    assertThat(serving(world, "late")).isEqualTo(10);
    assertThat(serving(world, "early")).as("lived on what is late's").isZero();
    assertThat(serving(world, "guest")).as("lives on what is owner's").isEqualTo(30);
  }

  @Test
  void nobodyLosesToWhomQuotaRefusesTheRoom() {
    Tenant keeps =
        World.tenant(
            "keeps",
            new Quota(World.CELL, Resources.of(10_000, 1 << 20), null, Resources.of(0, 1 << 20)));
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            keeps,
            tenant("prime", 0, 500, 1),
            tenant("guest", 0, 100, 1),
            service("guest", 100));
    world.run(60);
    assertThat(serving(world, "guest")).as("10 cores are kept").isEqualTo(30);
    world.apply(of("prime", 2).cpuMilli(3_000).build());
    world.run(90);
    assertThat(serving(world, "prime")).isEqualTo(2);
    assertThat(serving(world, "guest")).as("what is free is not prime's").isEqualTo(24);
  }

  private static Service second(int replicas, Criticality criticality) {
    return ServiceBuilder.service("shop", "second")
        .fixed(replicas)
        .criticality(criticality)
        .build();
  }

  /** Goal: whether room or quota is short, a tenant's services of a kind have like parts of it. */
  @ParameterizedTest
  @CsvSource({"20, 30, 30, 10", "20, 15, 30, 7", "20, 6, 30, 4", "40, 60, 60, 20"})
  void servicesOfOneTenantShareItsQuotaByWhatTheyWant(
      int nominal, int first, int second, int expected) {
    Quota all =
        new Quota(World.CELL, Resources.of(1_000L * nominal, 1 << 20), Resources.NONE, null);
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            World.tenant("shop", all),
            service("shop", first),
            second(second, service("shop", 1).criticality()));
    world.run(60);
    assertThat(serving(world, "shop")).isBetween(expected - 1, expected + 1);
    assertThat(serving(world, "shop") + world.serving(new ServiceId("shop", "second")))
        .isEqualTo(nominal);
  }

  @Test
  void theMoreCriticalOfATenantsServicesComesFirst() {
    Quota all = new Quota(World.CELL, Resources.of(20_000, 1 << 20), Resources.NONE, null);
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            World.tenant("shop", all),
            service("shop", 30),
            second(15, Criticality.CRITICAL));
    world.run(60);
    assertThat(world.serving(new ServiceId("shop", "second"))).isEqualTo(15);
    assertThat(serving(world, "shop")).isEqualTo(5);
  }

  @Test
  void budgetCapsWhatIsBorrowedAndSaysSo() {
    Tenant thrifty = new Tenant("early", "", 1, 100, "default", List.of(World.nominalCores(10)), 2);
    World world = world(Cell.named(World.CELL), full(), thrifty, service("early", 100));
    world.run(60);
    assertThat(serving(world, "early"))
        .as("10 nominal, and 8 quarters of a node for 2 an hour")
        .isEqualTo(18);
    Explanation.ServiceExplained explained =
        (Explanation.ServiceExplained) world.last.explanations().get(0);
    assertThat(explained.costPerHour()).isEqualTo(4.5);
    assertThat(explained.placement())
        .satisfies(view -> assertThat(view.refusals()).containsKey("budget"));
  }

  @Test
  void aBudgetPaysWhatIsBorrowedOfACellThatIsPromisedTwice() {
    Quota all = World.nominalCores(CORES);
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            new Tenant("early", "", 1, 100, "default", List.of(all), 2),
            tenant("late", CORES, 100, 1),
            service("early", 100));
    world.run(60);
    assertThat(serving(world, "early"))
        .as("of 40 nominal 20 count, and 8 quarters of a node for 2 an hour")
        .isEqualTo(28);
  }

  static LongStream seeds() {
    Long pinned = Long.getLong("sim.seed");
    return pinned == null ? new SplittableRandom(20_261_112).longs(20) : LongStream.of(pinned);
  }

  /**
   * Goal: whatever came first, the shares end within one replica of the exact weighted max-min
   * shares, and then nothing moves.
   */
  @ParameterizedTest
  @MethodSource("seeds")
  void sharesSettleAtTheExactSolution(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int n = 2 + random.nextInt(3);
    int[] nominal = new int[n];
    int[] weight = new int[n];
    int[] wanted = new int[n];
    World world = world(Cell.named(World.CELL), full());
    int left = CORES;
    for (int t = 0; t < n; t++) {
      nominal[t] = random.nextInt(left / 2 + 1);
      left -= nominal[t];
      weight[t] = 1 + random.nextInt(3);
      wanted[t] = random.nextInt(40);
      world.apply(tenant("t" + t, nominal[t], 100, weight[t]));
    }
    for (int t = 0; t < n; t++) {
      world.apply(service("t" + t, wanted[t]));
      world.run(20 + random.nextInt(20));
    }
    world.run(150);
    double[] exact = exact(nominal, weight, wanted);
    for (int t = 0; t < n; t++) {
      assertThat((double) serving(world, "t" + t))
          .as(
              "sim.seed=%d tenant %d nominal %d weight %d wanted %d",
              seed, t, nominal[t], weight[t], wanted[t])
          .isBetween(exact[t] - n, exact[t] + n);
    }
    assertThat(takenLately(world, 60)).as("sim.seed=%d", seed).isZero();
  }

  /**
   * Everybody's nominal first, the rest by weight until each wish is met (bisection over the common
   * level).
   */
  private static double[] exact(int[] nominal, int[] weight, int[] wanted) {
    double low = 0;
    double high = 1_000;
    double[] share = new double[nominal.length];
    for (int i = 0; i < 100; i++) {
      double level = (low + high) / 2;
      double sum = 0;
      for (int t = 0; t < share.length; t++) {
        share[t] = Math.min(wanted[t], nominal[t] + weight[t] * level);
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

  /** A service that may only run on the one node of a pool of its own. */
  private static Service tied(String tenant, int cores, int replicas) {
    return tied(tenant, "s", cores, replicas, Criticality.CRITICAL);
  }

  private static Service tied(
      String tenant, String name, int cores, int replicas, Criticality criticality) {
    return ServiceBuilder.service(tenant, name)
        .fixed(replicas)
        .cpuMilli(1_000L * cores)
        .placement(new PlacementRule(new TreeMap<>(OWN), List.of(), 1, 0, List.of()))
        .criticality(criticality)
        .build();
  }

  private static NodePool own(int cores) {
    return PoolBuilder.pool("own")
        .shape(Resources.of(1_000L * cores, 65_536))
        .labels(OWN)
        .bought(Purchase.RESERVED, 1)
        .bootMs(1_000)
        .nodes(1, 1)
        .build();
  }

  /**
   * The first needs what is free on the node and the room of the last there: that one must not move
   * back into what is free before its own is gone, or it would be stopped for ever. Elsewhere is
   * room enough, so nothing is scarce.
   */
  @Test
  void whoGivesWayDoesNotMoveInToWhatIsKeptForTheFirst() {
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            own(4),
            tenant("first", 0, 200, 1),
            tenant("last", 0, 1, 1));
    world.apply(tied("first", 2, 1));
    world.apply(tied("last", 1, 1));
    world.run(20);
    assertThat(serving(world, "last")).isEqualTo(1);
    world.apply(tied("first", 2, 2));
    world.run(20);
    assertThat(serving(world, "first")).isEqualTo(2);
    assertThat(serving(world, "last")).isZero();
  }

  /**
   * One large replica and ten small ones fill a node. Who needs all of it would leave their tenant
   * nothing, though nine cores are nominally its own: so nobody stops for it.
   */
  @Test
  void whatATenantWouldLoseIsCountedByTheSizeOfEachReplica() {
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            own(20),
            tenant("late", 20, 1, 1),
            tenant("loser", 9, 1, 1));
    world.apply(tied("loser", "large", 10, 1, Criticality.SHEDDABLE));
    world.apply(tied("loser", "small", 1, 10, Criticality.CRITICAL));
    world.run(20);
    world.apply(tied("late", 20, 1));
    world.run(60);
    assertThat(takenLately(world, 60)).isZero();
    assertThat(world.serving(new ServiceId("loser", "large"))).isEqualTo(1);
    assertThat(world.serving(new ServiceId("loser", "small"))).isEqualTo(10);
    assertThat(serving(world, "late")).isZero();
  }

  /**
   * The first, of one core, keeps more than one replica beyond its exact share. Of four cores that
   * were 0.8 and 3.2: the second's next replica would take both cores of the first, which then had
   * less, took that replica back and filled both cores again, without end. Of 19 it were 1.7 and
   * 17.3, but two replicas of the second need 20, and nine cores are not left idle for that: no
   * scheduler that uses all it can comes within one replica.
   */
  @ParameterizedTest
  @CsvSource({"4, 4, 2, 2", "19, 10, 10, 9"})
  void sharesOfReplicasOfTwoSizesMayBeFartherApartThanOne(
      int cores, int weight, int size, int firstKeeps) {
    World world =
        world(
            Cell.named(World.CELL),
            own(cores),
            tenant("first", 0, 1, 1),
            tenant("second", 0, 1, weight));
    world.apply(tied("first", 1, cores));
    world.run(20);
    world.apply(tied("second", size, 2));
    world.run(60);
    assertThat(serving(world, "first")).isEqualTo(firstKeeps);
    assertThat(serving(world, "second")).isEqualTo(1);
    assertThat(takenLately(world, 30)).isZero();
  }

  private static Service onDevices(String tenant, long gpuMilli, int replicas) {
    return of(tenant, replicas).resources(new Resources(100, 128, gpuMilli)).build();
  }

  /** A node of eight devices, five of them nominally a keeper's and three of who comes late. */
  private static World devices() {
    NodePool devices =
        PoolBuilder.pool("devices")
            .shape(new Resources(64_000, 65_536, 8_000))
            .bought(Purchase.RESERVED, 1)
            .bootMs(1_000)
            .nodes(1, 1)
            .build();
    World world = world(Cell.named(World.CELL), devices);
    world.apply(ownsDevices("keeper", 5));
    world.apply(ownsDevices("late", 3));
    world.apply(tenant("batch", 0, 100, 1));
    return world;
  }

  private static Tenant ownsDevices(String name, int devices) {
    Resources nominal = new Resources(8_000L * devices, 8_192L * devices, 1_000L * devices);
    Quota quota = new Quota(World.CELL, nominal, null, null);
    return World.tenant(name, quota);
  }

  @Test
  void partsOfDevicesAreNotTakenBackWhereNoWholeOneComesOfThem() {
    World world = devices();
    world.apply(onDevices("keeper", 600, 8));
    world.run(20);
    world.apply(onDevices("batch", 400, 8));
    world.run(20);
    world.apply(onDevices("late", 1_000, 3));
    world.run(60);
    assertThat(serving(world, "keeper")).isEqualTo(8);
    assertThat(serving(world, "batch")).isEqualTo(8);
    assertThat(serving(world, "late")).isZero();
    assertThat(takenLately(world, 60)).isZero();
  }

  /** The newest, who would go first, are beside a keeper. */
  @Test
  void onlyWhoIsOnADeviceThatBecomesFreeGivesWay() {
    World world = devices();
    world.apply(onDevices("batch", 400, 3));
    world.run(20);
    world.apply(onDevices("keeper", 600, 5));
    world.run(20);
    world.apply(onDevices("batch", 400, 7));
    world.run(20);
    world.apply(onDevices("late", 1_000, 3));
    world.run(60);
    assertThat(serving(world, "late")).isEqualTo(3);
    assertThat(serving(world, "keeper")).isEqualTo(5);
    assertThat(serving(world, "batch")).as("one device was free of keepers").isEqualTo(5);
  }

  /**
   * Half of the cell is lent to nobody, and of the rest one holds two cores on each node. Who comes
   * late needs four on one node: two more than leave there, and the quota of two elsewhere.
   */
  @Test
  void quotaIsTakenBackWhereverItIsUsed() {
    Quota keeps =
        new Quota(World.CELL, Resources.of(20_000, 1 << 10), null, Resources.of(0, 1 << 10));
    World world =
        world(
            Cell.named(World.CELL),
            full(),
            World.tenant("keeper", keeps),
            tenant("spread", 0, 100, 1),
            tenant("late", 0, 100, 1));
    world.apply(sized("spread", 1_000, 2, 20));
    world.run(30);
    assertThat(serving(world, "spread")).isEqualTo(20);
    world.apply(sized("late", 4_000, 0, 5));
    world.run(90);
    assertThat(serving(world, "late")).as("replicas of four cores").isEqualTo(2);
    assertThat(serving(world, "spread")).isEqualTo(12);
    assertThat(takenLately(world, 60)).isZero();
  }

  private static Service sized(String tenant, long cpuMilli, int onNodeMax, int replicas) {
    return of(tenant, replicas).resources(Resources.of(cpuMilli, 128)).spread(1, onNodeMax).build();
  }
}
