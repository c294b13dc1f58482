package dev.highwater.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.kernel.audit.Auditor;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Balancing;
import dev.highwater.model.BootTime;
import dev.highwater.model.Capacity;
import dev.highwater.model.Cell;
import dev.highwater.model.Criticality;
import dev.highwater.model.Decision;
import dev.highwater.model.Digest;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.MetricTarget;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.PlacementRule;
import dev.highwater.model.Purchase;
import dev.highwater.model.Quota;
import dev.highwater.model.ReplicaState;
import dev.highwater.model.Residency;
import dev.highwater.model.Resources;
import dev.highwater.model.Scaling;
import dev.highwater.model.ScalingBehavior;
import dev.highwater.model.ScheduleFloor;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.ServiceTimeLaw;
import dev.highwater.model.Slo;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: no input, however senseless, throws, breaks a rule or changes the state outside of facts;
 * method: specs from all over their limits and reports from all over their types, drawn by seed,
 * under the auditor.
 */
class HostileInputTest {
  private static final int INPUTS = 60;

  /** One failing seed again: {@code mvn test -Dsim.seed=<seed>}. */
  static LongStream seeds() {
    Long pinned = Long.getLong("sim.seed");
    return pinned == null ? new SplittableRandom(20_161_111).longs(60) : LongStream.of(pinned);
  }

  private final List<Fact> journal = new ArrayList<>();

  @ParameterizedTest
  @MethodSource("seeds")
  void nothingThrowsAndNoRuleBreaks(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Kernel kernel = new Kernel();
    CellState state = new CellState(World.CELL);
    Auditor auditor = new Auditor(World.CELL);
    take(state, auditor, new Fact.EpochBegun(1, "test"));
    long nowMs = 1_000_000;
    for (int i = 1; i <= INPUTS; i++) {
      nowMs = time(random, nowMs);
      if (random.nextInt(25) == 0) {
        take(state, auditor, new Fact.EpochBegun(state.epoch() + 1, "test"));
      }
      List<SpecChange> changes = new ArrayList<>();
      for (int n = i < 10 ? 4 : random.nextInt(3); n > 0; n--) {
        changes.add(change(random));
      }
      List<Observation> said = new ArrayList<>();
      for (int n = random.nextInt(12); n > 0; n--) {
        said.add(observation(random, state, nowMs));
      }
      Input input = new Input(World.CELL, state.epoch(), i, nowMs, changes, said);
      String at = "sim.seed=%d input=%d".formatted(seed, i);
      Decision decision;
      try {
        kernel.observe(state, input);
        decision = kernel.decide(state, input);
        assertThat(hash(kernel.decide(state, input)))
            .as("%s: deciding changes nothing", at)
            .isEqualTo(hash(decision));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(at + ": " + e, e);
      }
      assertThat(auditor.check(decision)).as("%s: %s", at, decision).isEmpty();
      for (Fact fact : decision.facts()) {
        journal.add(fact);
        state.evolve(fact);
      }
    }
    CellState rebuilt = new CellState(World.CELL);
    journal.forEach(rebuilt::evolve);
    for (int slot = 0; slot < state.table().slots(); slot++) {
      assertThat(rebuilt.table().cpuFree(slot))
          .as("sim.seed=%d", seed)
          .isEqualTo(state.table().cpuFree(slot));
    }
  }

  private void take(CellState state, Auditor auditor, Fact fact) {
    journal.add(fact);
    state.evolve(fact);
    auditor.replay(fact);
  }

  private static String hash(Decision decision) {
    return new Digest().addDecision(decision).hex();
  }

  private static long time(SplittableRandom random, long nowMs) {
    return switch (random.nextInt(20)) {
      case 0 -> nowMs - random.nextInt(100_000);
      case 1 -> nowMs;
      case 2 -> nowMs + random.nextInt(40_000_000);
      case 3 -> random.nextInt(200) == 0 ? Long.MAX_VALUE / 8 : nowMs + 1;
      default -> nowMs + 1 + random.nextInt(2_000);
    };
  }

  /** Any count, most of them small. */
  private static long count(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0 -> -random.nextInt(10);
      case 1 -> Long.MAX_VALUE;
      case 2 -> Long.MIN_VALUE;
      case 3 -> random.nextLong();
      default -> random.nextInt(5_000);
    };
  }

  /** Any of a range, its ends more often than by chance. */
  private static long within(SplittableRandom random, long min, long max) {
    return switch (random.nextInt(6)) {
      case 0 -> min;
      case 1 -> max;
      default -> min + (long) ((max - min) * StrictMath.pow(random.nextDouble(), 12));
    };
  }

  private static double ratio(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0 -> Double.NaN;
      case 1 -> Double.POSITIVE_INFINITY;
      case 2 -> -random.nextDouble();
      case 3 -> Double.MAX_VALUE;
      default -> random.nextDouble();
    };
  }

  // Specs.

  private static ServiceId id(SplittableRandom random) {
    int number = random.nextInt(6);
    return new ServiceId("t" + number % 3, "s" + number);
  }

  private static SpecChange change(SplittableRandom random) {
    if (random.nextInt(40) == 0) {
      SpecKind any = one(random, List.of(SpecKind.values()));
      return new SpecChange(any, one(random, List.of("nonsense", "", "/", "a/b/c")), 1, 1, null);
    }
    Spec spec = spec(random);
    String key = random.nextInt(30) == 0 ? "t0/other" : spec.key();
    SpecKind kind = random.nextInt(30) == 0 ? SpecKind.TENANT : SpecKind.of(spec);
    boolean removed = random.nextInt(10) == 0 && key.equals(spec.key());
    return new SpecChange(kind, key, 1, 1, removed && kind == SpecKind.of(spec) ? null : spec);
  }

  private static Spec spec(SplittableRandom random) {
    return switch (random.nextInt(6)) {
      case 0 -> Cell.named(random.nextInt(10) == 0 ? "elsewhere" : World.CELL);
      case 1 -> pool(random);
      case 2 -> tenant(random);
      case 3 ->
          new PeakEvent(
              "e" + random.nextInt(3),
              random.nextInt(4) == 0
                  ? within(random, 0, Long.MAX_VALUE / 4)
                  : 1_000_000 + random.nextInt(400_000),
              within(random, 0, 400L * 24 * 3_600_000),
              within(random, 0, 400L * 24 * 3_600_000),
              within(random, 0, 400L * 24 * 3_600_000),
              List.of(
                  new PeakEvent.EventLoad(id(random), within(random, 0, 1_000_000_000)),
                  new PeakEvent.EventLoad(new ServiceId("nobody", "here"), 5)));
      default -> service(random);
    };
  }

  private static Resources resources(SplittableRandom random, boolean mayBeHuge) {
    long max = mayBeHuge && random.nextInt(3) == 0 ? Resources.MAX : 64_000;
    return new Resources(
        within(random, 0, max),
        within(random, 0, max),
        List.of(0L, 0L, 0L, 250L, 999L, 1_000L, 4_000L).get(random.nextInt(7)));
  }

  private static NodePool pool(SplittableRandom random) {
    int max = (int) within(random, 0, 100_000);
    return new NodePool(
        World.CELL,
        "p" + random.nextInt(3),
        resources(random, true),
        zones(random),
        new TreeMap<>(),
        random.nextInt(4) == 0 ? List.of("dedicated") : List.of(),
        within(random, 0, 1_000_000_000),
        List.of(Purchase.values()).get(random.nextInt(3)),
        BootTime.exactly(within(random, 0, 3_600_000)),
        (int) within(random, 0, max),
        max,
        (int) within(random, 0, 100_000),
        within(random, 0, 400L * 24 * 3_600_000));
  }

  /** A few that pools share, none, or as many of its own as a pool may have. */
  private static List<String> zones(SplittableRandom random) {
    if (random.nextInt(12) > 0) {
      return List.of("a", "b", "c").subList(0, random.nextInt(4));
    }
    int first = random.nextInt(1_000);
    return IntStream.range(first, first + 100).mapToObj(zone -> "z" + zone).toList();
  }

  private static Tenant tenant(SplittableRandom random) {
    return new Tenant(
        "t" + random.nextInt(3),
        "",
        random.nextInt(4) == 0 ? 1e-3 : Math.min(1e6, 1e6 * random.nextDouble() + 1),
        random.nextInt(1_001),
        random.nextBoolean() ? "default" : "other",
        List.of(
            new Quota(
                World.CELL,
                resources(random, true),
                random.nextBoolean() ? resources(random, true) : null,
                random.nextBoolean() ? resources(random, true) : null)),
        random.nextBoolean() ? 0 : within(random, 0, 1_000_000_000_000L));
  }

  private static Service service(SplittableRandom random) {
    ServiceId id = id(random);
    int max = (int) within(random, 1, random.nextInt(20) == 0 ? 100_000 : 300);
    return new Service(
        id.tenant(),
        id.name(),
        random.nextInt(10) == 0 ? List.of("elsewhere") : List.of(),
        resources(random, random.nextInt(3) == 0),
        capacity(random.nextInt(3)),
        random.nextInt(8) == 0 ? new Slo(0.001, 0.99999) : new Slo(200, 0.95),
        scaling(random, max),
        random.nextInt(8) == 0 ? new Residency(List.of("abroad"), false) : Residency.ANYWHERE,
        new PlacementRule(
            new TreeMap<>(),
            random.nextBoolean() ? List.of("dedicated") : List.of(),
            random.nextInt(3) * 0.5,
            random.nextInt(4),
            List.of(id(random), new ServiceId("nobody", "here"))),
        List.of(Criticality.values()).get(random.nextInt(3)),
        within(random, 0, 1_000_000_000));
  }

  private static Scaling scaling(SplittableRandom random, int max) {
    return new Scaling(
        one(
            random,
            List.of(
                "fixed",
                "slo",
                "slo",
                "hpa",
                "hpa:1@600s",
                "hpa:70@30s",
                "knative",
                "cron",
                "predictive-hourly",
                "static-peak",
                "nonsense")),
        (int) within(random, 0, max),
        max,
        (int) within(random, 0, 1_000),
        within(random, 0, 400L * 24 * 3_600_000),
        random.nextInt(3) == 0
            ? List.of(
                new ScheduleFloor("UTC", "0 * * * *", "30 * * * *", (int) within(random, 0, 1_000)))
            : List.of(),
        random.nextBoolean() ? List.of(metric(random), metric(random)) : List.of(),
        random.nextInt(3) == 0
            ? new ManualOverride(
                one(random, List.of(ManualOverride.Kind.values())),
                (int) within(random, 0, 1_000),
                1_000_000 + random.nextInt(400_000),
                "x",
                "y")
            : null,
        random.nextInt(4),
        random.nextBoolean() ? new ScalingBehavior(rules(random), rules(random)) : null);
  }

  private static MetricTarget metric(SplittableRandom random) {
    return new MetricTarget(
        one(random, List.of(MetricTarget.Metric.values())), one(random, List.of(1e-6, 0.5, 1.0)));
  }

  private static ScalingBehavior.@Nullable ScalingRules rules(SplittableRandom random) {
    if (random.nextInt(4) == 0) {
      return null;
    }
    List<ScalingBehavior.HpaPolicy> policies = new ArrayList<>();
    for (int n = random.nextInt(3); n > 0; n--) {
      policies.add(
          new ScalingBehavior.HpaPolicy(
              one(random, List.of(ScalingBehavior.PolicyType.values())),
              (int) within(random, 1, 1_000),
              1 + (int) within(random, 0, 1_799)));
    }
    return new ScalingBehavior.ScalingRules(
        random.nextBoolean() ? null : (long) random.nextInt(3_601),
        random.nextBoolean() ? null : one(random, List.of(ScalingBehavior.SelectPolicy.values())),
        policies,
        random.nextBoolean() ? null : random.nextDouble());
  }

  private static <T> T one(SplittableRandom random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** One of three: sizing tables of many would take most of the time. */
  private static Capacity capacity(int number) {
    return new Capacity(
        List.of(8, 1, 64).get(number),
        List.of(40.0, 0.001, 3_600_000.0).get(number),
        List.of(0.25, 0.0, 100.0).get(number),
        List.of(ServiceTimeLaw.values()).get(number % ServiceTimeLaw.values().length),
        List.of(1_000, 0, 1_000_000).get(number),
        List.of(2_000L, 1L, 3_600_000L).get(number),
        number == 1 ? Balancing.POOLED : Balancing.RANDOM,
        BootTime.exactly(List.of(5_000L, 0L, 3_600_000L).get(number)),
        List.of(0.0, 1e9, 0.5).get(number),
        List.of(1, 1_000, 3).get(number));
  }

  // Reports.

  private static String node(SplittableRandom random) {
    return "n" + random.nextInt(12);
  }

  private static Observation observation(SplittableRandom random, CellState state, long nowMs) {
    long atMs = random.nextInt(8) == 0 ? random.nextLong() : nowMs;
    return switch (random.nextInt(9)) {
      case 8 ->
          new Observation.UserShares(
              atMs,
              random.nextInt(3) == 0 ? random.nextLong() : 1,
              random.nextLong(),
              List.of(share(random), share(random)));
      case 0 -> new Observation.NodeConnected(atMs, descriptor(random), replicas(random, null));
      case 1 -> new Observation.NodeDisconnected(atMs, node(random));
      case 2 ->
          new Observation.HostReport(
              atMs,
              "host",
              List.of(
                  new Observation.PoolReport(
                      World.CELL + "/p" + random.nextInt(4),
                      random.nextLong(),
                      (int) count(random),
                      (int) count(random))));
      case 3, 4 ->
          new Observation.FrontDoorReport(
              atMs, random.nextInt(3), List.of(traffic(random), traffic(random)));
      default -> {
        String name = node(random);
        yield new Observation.NodeReport(
            atMs,
            name,
            random.nextInt(3) == 0 ? random.nextLong() : state.epoch(),
            random.nextInt(3) == 0 ? random.nextLong() : state.factCount(),
            random.nextInt(10) == 0 ? random.nextLong() : 0,
            replicas(random, state.node(name) == null ? null : state));
      }
    };
  }

  private static Observation.UserShare share(SplittableRandom random) {
    double perSecond = random.nextBoolean() ? ratio(random) : 1e6 * random.nextDouble();
    return new Observation.UserShare(id(random), ratio(random), perSecond);
  }

  private static NodeDescriptor descriptor(SplittableRandom random) {
    return new NodeDescriptor(
        random.nextInt(12) == 0 ? "elsewhere" : World.CELL,
        node(random),
        World.CELL + "/p" + random.nextInt(4),
        List.of("a", "b", "c").get(random.nextInt(3)),
        random.nextInt(3) == 0
            ? resources(random, true)
            : new Resources(8_000, 32_768, random.nextInt(2) * 2_000L),
        new TreeMap<>(),
        random.nextInt(6) == 0 ? List.of("dedicated") : List.of());
  }

  private static List<Observation.ReplicaReport> replicas(
      SplittableRandom random, @Nullable CellState state) {
    List<Observation.ReplicaReport> reports = new ArrayList<>();
    for (int n = random.nextInt(5); n > 0; n--) {
      ServiceId service = id(random);
      var known = state == null ? null : state.service(service);
      long ordinal =
          known == null || known.size() == 0 || random.nextInt(4) == 0
              ? count(random)
              : known.ordinal(random.nextInt(known.size()));
      reports.add(
          new Observation.ReplicaReport(
              service,
              ordinal,
              List.of(ReplicaState.values()).get(random.nextInt(ReplicaState.values().length)),
              count(random),
              count(random),
              ratio(random)));
    }
    return reports;
  }

  private static Observation.ServiceTraffic traffic(SplittableRandom random) {
    return new Observation.ServiceTraffic(
        id(random),
        count(random),
        count(random),
        count(random),
        random.nextInt(9),
        random.nextInt(9),
        count(random),
        random.nextInt(9),
        random.nextInt(9),
        random.nextInt(9),
        random.nextInt(9),
        random.nextInt(9),
        null);
  }
}
