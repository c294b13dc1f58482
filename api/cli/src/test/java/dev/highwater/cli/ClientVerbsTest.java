package dev.highwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.http.HttpApi;
import dev.highwater.http.HttpSettings;
import dev.highwater.http.UnavailableException;
import dev.highwater.http.testing.FakeControlPlane;
import dev.highwater.http.testing.SampleNight;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Cordon;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.NodePool;
import dev.highwater.model.Ownership;
import dev.highwater.model.Purchase;
import dev.highwater.model.Scaling;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.SimulationCommand.Fault;
import dev.highwater.model.SimulationCommand.FaultKind;
import dev.highwater.model.SpecChange;
import dev.highwater.model.WishSource;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.DecisionList;
import dev.highwater.model.view.EventReadiness;
import dev.highwater.model.view.EventReadinessList;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.Plan.CellPlan;
import dev.highwater.model.view.PlanSpan;
import dev.highwater.model.view.RouteList;
import dev.highwater.model.view.SpecPage;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Goal: each verb does what it says over the real HTTP API, and a mistake is one line and a code.
 */
class ClientVerbsTest {
  private static final int NOW_S = 450;

  private final SampleNight night = new SampleNight(1_795_478_400_000L);
  @TempDir private Path folder;
  private static Vertx vertx;
  private FakeControlPlane world;
  private HttpApi api;
  private String server;

  /** What a command printed and returned. */
  private record Ran(int code, String out, String err) {}

  /** Stands for the launcher. */
  @Command(name = "highwater")
  private static final class Root {}

  @BeforeAll
  static void startVertx() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stopVertx() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
  }

  @BeforeEach
  void start() throws Exception {
    world = new FakeControlPlane();
    night.specs().forEach(world::with);
    for (int second = 400; second <= NOW_S; second++) {
      world.publish(night.snapshot(second));
      world.publish(night.decision(second));
    }
    api = new HttpApi(world, HttpSettings.DEFAULT.withPort(0));
    vertx.deployVerticle(api).await(20, TimeUnit.SECONDS);
    server = "http://127.0.0.1:" + api.port();
  }

  @AfterEach
  void stop() throws Exception {
    vertx.undeploy(api.deploymentID()).await(20, TimeUnit.SECONDS);
  }

  @Test
  void statusIsOneScreen() {
    Ran ran = run("status");

    assertThat(ran.code()).isZero();
    assertThat(ran.out())
        .contains("ready")
        .contains("owner member-1, epoch 3")
        .containsPattern("/h, cost \\d+\\.\\d\\d since 00:00:00")
        .contains("flash-sale 30s ago (holding)")
        .contains("ticket-release in 39m30s (ahead)")
        .contains("shop/order")
        .contains("flash-sale peaks at 6500/s");
    assertThat(ran.out().lines()).hasSizeLessThan(40).allMatch(line -> line.length() <= 120);
  }

  @Test
  void servicesAreATableWithNameFirst() {
    Ran ran = run("get", "services");

    assertThat(ran.code()).isZero();
    assertThat(ran.out().lines().findFirst())
        .hasValueSatisfying(title -> assertThat(title).startsWith("NAME").endsWith("HELD"));
    assertThat(ran.out().lines()).hasSize(6).allMatch(line -> line.length() <= 90);
    assertThat(ran.out()).contains("rail/query").contains("calendar");
  }

  @Test
  void wideTablesHaveMoreColumns() {
    assertThat(run("get", "services", "-o", "wide").out()).contains("FORECAST").contains("ADMITS");
    assertThat(run("get", "nodes", "-o", "wide").out()).contains("MEMORY");
  }

  @Test
  void nodesComeAsPeopleCount() {
    List<String> names =
        run("get", "nodes").out().lines().skip(1).map(line -> line.split(" ")[0]).toList();

    assertThat(names).hasSizeGreaterThan(11);
    assertThat(names.subList(0, 3))
        .containsExactly("east/standard-0", "east/standard-1", "east/standard-2");
    assertThat(names).endsWith("east/standard-" + (names.size() - 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tenants", "cells", "pools", "events", "nodes", "decisions"})
  void everyTypeIsListed(String type) {
    Ran ran = run("get", type);

    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).startsWith("NAME");
    assertThat(ran.out().lines().count()).isGreaterThan(1);
    assertThat(ran.err()).isEmpty();
  }

  @Test
  void jsonIsWhatTheModelReads() {
    SpecPage tenants = ModelJson.read(run("get", "tenants", "-o", "json").out(), SpecPage.class);
    DecisionList decisions =
        ModelJson.read(
            run("get", "decisions", "-o", "json", "--limit", "3").out(), DecisionList.class);

    assertThat(tenants.items()).extracting(each -> each.key()).containsExactly("rail", "shop");
    assertThat(decisions.items()).hasSize(3);
  }

  @Test
  void decisionsAreFilteredAndDated() {
    Ran ran = run("get", "decisions", "--service", "shop/order", "--at", "1s");

    assertThat(ran.out().lines().skip(1))
        .isNotEmpty()
        .allMatch(line -> line.contains("shop/order"));
    assertThat(ran.out()).doesNotContain("3.450");
    assertThat(ran.out().lines().findFirst())
        .hasValueSatisfying(title -> assertThat(title).endsWith("AGE"));
  }

  @Test
  void whatATickOnlySaysAgainIsLeftOut() {
    world.publish(night.decision(NOW_S));
    world.publish(night.decision(NOW_S));

    assertThat(run("get", "decisions").out().lines().filter(line -> line.startsWith("3.450")))
        .hasSize(1);
  }

  /** A tick in which a pool was looked at; {@code news} says whether other nodes are named. */
  private Decision look(int second, boolean news, Explanation.MovesView moves) {
    Decision plain = night.decision(second);
    String pool = "east/standard";
    return new Decision(
        plain.cell(),
        plain.epoch(),
        plain.sequence(),
        plain.nowMs(),
        news ? List.of(new Fact.MovesProposed(pool, moves.nodes())) : List.of(),
        List.of(),
        List.of(
            new Explanation.PoolExplained(
                pool, 18, 18, 16, 0, 0, 0, 2, "replicas there are", moves)));
  }

  private static Explanation.MovesView moves(List<String> nodes, boolean carriedOut) {
    return new Explanation.MovesView(
        nodes,
        new TreeMap<>(Map.of("shop/cart", 4, "shop/order", 1)),
        nodes.isEmpty() ? 0 : 0.0125,
        3.0 * nodes.size(),
        carriedOut,
        nodes.isEmpty() ? "no room elsewhere for shop/cart" : "the boots cost more than is saved");
  }

  @Test
  void movesAreProposedWithWhatTheyCostAndSaveAndOnlyWhenTheyAreNews() {
    List<String> two = List.of("standard-3", "standard-4");
    List<Decision> looks =
        List.of(
            look(460, true, moves(two, false)),
            look(475, false, moves(two, false)),
            look(490, false, moves(two, false)),
            look(790, true, moves(List.of(), false)),
            look(805, true, moves(List.of("standard-7"), true)));
    looks.forEach(world::publish);

    String could = "could save 6.00/h for 0.0125: 5 replicas leave 2 nodes";
    String rows = run("get", "decisions", "--limit", "3").out();
    assertThat(rows.lines().skip(1))
        .as(rows)
        .hasSize(3)
        .allMatch(row -> row.contains("pool east/standard  18 -> 18"));
    assertThat(rows)
        .containsSubsequence(
            "saves 3.00/h for 0.0125: 5 replicas leave 1 node",
            "no node can be emptied any more: no room elsewhere for shop/cart",
            could)
        .containsOnlyOnce("could save");
    assertThat(run("describe", "pool", "east/standard").out()).containsOnlyOnce(could);
    assertThat(
            ModelJson.read(
                    run("get", "decisions", "-o", "json", "--limit", "5").out(), DecisionList.class)
                .items())
        .extracting(Decision::explanations)
        .containsExactly(
            looks.get(4).explanations(),
            looks.get(3).explanations(),
            List.of(),
            List.of(),
            looks.get(0).explanations());
  }

  @Test
  void watchTellsOfMovesWhenTheyAreNews() {
    Explanation.MovesView moves = moves(List.of("standard-3"), false);
    List<Decision> looks = List.of(look(460, true, moves), look(475, false, moves));
    long timer = vertx.setPeriodic(50, id -> looks.forEach(world::publish));

    Ran ran = run("watch", "--for", "1s");
    vertx.cancelTimer(timer);

    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out().lines().distinct())
        .singleElement()
        .asString()
        .endsWith(
            "pool east/standard 18->18 nodes, could save 3.00/h for 0.0125: 5 replicas leave"
                + " 1 node; not done, the boots cost more than is saved decision=3.460");
  }

  @Test
  void explainTellsWinnerLosersAndRefusals() {
    Ran ran = run("explain", "shop/order");

    assertThat(ran.code()).isZero();
    assertThat(ran.out())
        .contains("shop/order in east")
        .containsPattern("calendar +\\d+ +wins +flash-sale peaks at 6500/s")
        .containsPattern("reactive +\\d+ +6 below")
        .contains(
            "3 pending: cpu refused 9 nodes, quota refused 2 replicas, zone-skew refused 1 node")
        .contains(
            "3 wanted, 1 granted: quota allows 1 of 3 (nominal 40 cpu 160Gi, used 44 cpu"
                + " 88Gi, borrowed 4 cpu 0Gi; at most 44 cpu 320Gi by its limit, 51 cpu"
                + " 160Gi by what others use or do not lend)")
        .contains("/h");
  }

  @Test
  void explainOfAnEarlierTimeIsThatOfThen() {
    String time = Words.clock(night.snapshot(420).nowMs());

    Ran ran = run("explain", "rail/order", "--at", time);

    assertThat(ran.out()).contains("decision 3.420");
  }

  @Test
  void describeShowsSpecAndWhatBelongsToIt() {
    Ran service = run("describe", "service", "shop/order");
    Ran tenant = run("describe", "tenant", "rail");
    Ran node = run("describe", "node", "standard-1");

    assertThat(service.out())
        .contains("version 1")
        .contains("replicasMax: 1000")
        .contains("wins")
        .doesNotContain("rail/");
    assertThat(tenant.out()).contains("cohort").contains("rail/payment").doesNotContain("shop/");
    assertThat(node.out()).contains("east/standard-1");
    assertThat(run("describe", "event", "flash-sale").out()).contains("6500/s");
    assertThat(run("describe", "pool", "east/standard").out()).contains("east/standard-0");
    assertThat(run("describe", "cell", "east").out()).contains("east/standard");
  }

  @Test
  void applyDeclaresChangesAndLeavesAlone() throws IOException {
    Path file = folder.resolve("night.yaml");
    Files.writeString(
        file,
        """
        services:
          - {tenant: game, name: lobby, scaling: {replicasMin: 3}}
        tenants:
          - name: game
        """);

    assertThat(run("apply", "-f", file.toString(), "--dry-run").out().lines())
        .containsExactly("tenant/game would be declared", "service/game/lobby would be declared");
    assertThat(run("get", "tenants").out()).doesNotContain("game");
    assertThat(run("apply", "-f", file.toString()).out().lines())
        .containsExactly("tenant/game declared", "service/game/lobby declared");
    assertThat(run("apply", "-f", file.toString()).out().lines())
        .containsExactly("tenant/game unchanged", "service/game/lobby unchanged");

    Files.writeString(file, Files.readString(file).replace("replicasMin: 3", "replicasMin: 4"));
    assertThat(run("apply", "-f", file.toString()).out().lines())
        .containsExactly("tenant/game unchanged", "service/game/lobby changed to version 2");

    hold("pause game/lobby --until 00:37:30 --by kim --reason", "calm");
    assertThat(run("apply", "-f", file.toString(), "--dry-run").out().lines().toList().get(1))
        .as("a file ends an operator's word only aloud")
        .isEqualTo(
            "service/game/lobby would change to version 4, resumed, was paused by kim until"
                + " 2026-11-24T00:37:30Z: calm");
    Plan plan = ModelJson.read(run("plan", "-f", file.toString(), "-o", "json").out(), Plan.class);
    assertThat(run("plan", "-f", file.toString()).out().lines())
        .as("a plan says it as a dry run does")
        .startsWith(
            "tenant/game is like that already",
            "service/game/lobby would change, " + plan.specs().get(1).operator());
    assertThat(plan.specs().get(1).operator())
        .isEqualTo("resumed, was paused by kim until 2026-11-24T00:37:30Z: calm");
  }

  @Test
  void anOperatorsWordIsSaidChangedAndTakenBack() {
    String until = "2026-11-24T00:37:30Z";
    String paused = "paused by kim until " + until + ": deploying 4.2";
    assertThat(NOW_S).as("seconds after midnight of the night").isEqualTo(450);

    assertThat(hold("pause shop/order --for 30m --by kim --reason", "deploying 4.2").out())
        .isEqualTo("service/shop/order " + paused + "\n");
    assertThat(hold("override shop/order --max 9 --until 00:37:30 --by lee --reason", "calm").out())
        .isEqualTo(
            "service/shop/order at most 9 by lee until " + until + ": calm (was " + paused + ")\n");
    SpecChange pinned =
        ModelJson.read(
            hold("override shop/order --replicas 7 --for 1h -o json --by kim --reason", "x").out(),
            SpecChange.class);
    assertThat(pinned.resourceVersion()).isEqualTo(4);
    ManualOverride pin =
        new ManualOverride(
            ManualOverride.Kind.PIN, 7, night.snapshot(NOW_S).nowMs() + 3_600_000, "x", "kim");
    assertThat(pinned.spec())
        .isEqualTo(Service.named("shop", "order").withScaling(Scaling.DEFAULT.withOverride(pin)));

    assertThat(hold("override rail/order --max 0 --for 1h --by kim --reason", "x").out())
        .endsWith(": x, but its bounds hold: 1 to 1000\n");

    assertThat(run("resume", "shop/order").out())
        .startsWith("service/shop/order resumes (was pinned to 7 by kim until ");
    assertThat(run("resume", "shop/order").out())
        .isEqualTo("service/shop/order is not held, unchanged\n");
    assertThat(run("describe", "service", "shop/order").out()).contains("version 5");
  }

  @Test
  void whoHoldsAServiceUntilWhenAndWhyIsShown() {
    long nowMs = night.snapshot(NOW_S).nowMs();
    ManualOverride word =
        new ManualOverride(ManualOverride.Kind.PIN, 7, nowMs + 90_000, "load test", "kim");
    world.publish(SampleNight.held(night.snapshot(NOW_S), "shop/order", word));
    world.publish(SampleNight.held(night.decision(NOW_S + 6), word));
    String held = "pinned to 7 by kim until 2026-11-24T00:09:00Z: load test";

    assertThat(run("status").out()).contains("  held    shop/order " + held + " (1m30s left)");
    assertThat(run("get", "services").out()).containsPattern("shop/order .* pinned to 7, 1m30s\n");
    Decision decision = night.decision(NOW_S + 6);
    String service =
        ((Explanation.ServiceExplained) decision.explanations().get(0)).service().toString();
    assertThat(run("explain", service).out()).contains("  operator   " + held);
    assertThat(run("get", "decisions", "--limit", "1").out()).contains("manual", "pinned to 7 by");
  }

  @ParameterizedTest
  @CsvSource({
    "pause shop/none --for 1m, shop/none, 1",
    "pause order --for 1m, tenant/service, 2",
    "pause shop/order, --for or --until, 2",
    "pause shop/order --for 1m --until 00:30, --for or --until, 2",
    "pause shop/order --for 31d, within 30 days, 2",
    "pause shop/order --for 0s, in the future, 2",
    "pause shop/order --until 2020-01-01T00:00:00Z, in the future, 2",
    "override shop/order --for 1m, --replicas, 2",
    "override shop/order --for 1m --min 2 --max 3, mutually exclusive, 2",
    "override shop/order --for 1m --max -1, --max, 2",
    "override shop/order --for 1m --replicas 1000001, --replicas, 2",
  })
  void aWordThatCannotHoldIsRefusedAndNothingChanges(String words, String names, int code) {
    Ran ran = hold(words + " --reason", "why");

    assertThat(ran.code()).as(ran.err()).isEqualTo(code);
    assertThat(ran.err().lines()).singleElement().asString().contains(names);
    assertThat(run("describe", "service", "shop/order").out()).contains("version 1");
    assertThat(run("pause", "shop/order", "--for", "1m").err()).contains("--reason");
  }

  @Test
  void aWordWithoutAReasonIsRefused() {
    for (String words :
        List.of(
            "pause shop/order --for 1m",
            "override shop/order --for 1m --min 2",
            "cordon east/standard-3")) {
      for (String reason : List.of("", " ")) {
        Ran ran = hold(words + " --reason", reason);
        assertThat(ran.code()).as(words).isEqualTo(2);
        assertThat(ran.err()).isEqualTo("highwater: --reason must say why: nothing\n");
      }
    }
    assertThat(run("describe", "service", "shop/order").out()).contains("version 1");
  }

  @Test
  void aNodeIsCordonedDrainedAndGivenItsWorkBack() {
    assertThat(hold("cordon standard-1 --by kim --reason", "disk errors").out())
        .isEqualTo("node/east/standard-1 cordoned by kim: disk errors\n");
    assertThat(hold("cordon standard-1 --by kim --reason", "disk errors").out())
        .isEqualTo("node/east/standard-1 cordoned by kim: disk errors, unchanged\n");
    assertThat(hold("drain east/standard-1 --by lee --reason", "fan").out())
        .isEqualTo("node/east/standard-1 drained by lee: fan (was cordoned by kim: disk errors)\n");
    assertThat(hold("cordon standard-1 --by kim --reason", "late").out())
        .as("a drain goes on")
        .isEqualTo("node/east/standard-1 drained by lee: fan, unchanged\n");
    assertThat(run("get", "cordons").out().lines().toList())
        .satisfiesExactly(
            head -> assertThat(head).matches("NAME +NODE +REPLICAS +CORDON"),
            row -> assertThat(row).matches("east/standard-1 +ready +\\d+ +drained by lee: fan"));
    SpecChange removed =
        ModelJson.read(run("uncordon", "standard-1", "-o", "json").out(), SpecChange.class);
    assertThat(removed.resourceVersion()).isEqualTo(3);
    assertThat(run("uncordon", "standard-1").out())
        .isEqualTo("node/east/standard-1 is not cordoned, unchanged\n");
    assertThat(run("uncordon", "standard-1", "-o", "json").out()).isEqualTo("null\n");

    assertThat(hold("cordon nowhere --reason", "x").err()).contains("is in no cell: nowhere");
    assertThat(hold("drain nowhere --reason", "x").code()).isEqualTo(1);
    assertThat(run("cordon", "standard-1").err()).contains("--reason");
    assertThat(hold("drain standard-1 --reason", "x".repeat(501)).err()).contains("--reason");
    assertThat(run("get", "cordons").out()).isEqualTo("No node is cordoned.\n");
  }

  @Test
  void aDrainIsWaitedForUntilTheNodeIsGivenBack() {
    Ran back = leaving("standard-1", Fact.NodeLossReason.RELEASED);
    assertThat(back.code()).as(back.err()).isZero();
    assertThat(back.out().lines())
        .containsExactly(
            "node/east/standard-1 drained by kim: fan", "node/east/standard-1 given back");

    Ran lost = leaving("standard-2", Fact.NodeLossReason.LEASE_EXPIRED);
    assertThat(lost.code()).isEqualTo(1);
    assertThat(lost.err()).contains("was lost before it was given back");

    Ran untold = leaving("standard-3", null);
    assertThat(untold.code()).as(untold.err()).isZero();
    assertThat(untold.out()).endsWith("node/east/standard-3 is gone\n");

    long beganNs = System.nanoTime();
    Ran still = hold("drain standard-2 --wait 300ms --reason", "fan");
    assertThat(still.code()).isEqualTo(1);
    assertThat(still.err()).containsPattern("is still there after 300ms with \\d+ replicas");
    assertThat(Duration.ofNanos(System.nanoTime() - beganNs))
        .as("the next heartbeat of a silent stream is 15 s away")
        .isLessThan(Duration.ofSeconds(10));
  }

  /** Drains a node that leaves while that is waited for, as a tick tells it. */
  private Ran leaving(String node, Fact.@Nullable NodeLossReason reason) {
    CellSnapshot full = night.snapshot(NOW_S);
    world.publish(full);
    long ticks =
        vertx.setPeriodic(
            200,
            id -> {
              if (reason != null) {
                List<Fact> facts = List.of(new Fact.NodeLost(node, reason, List.of()));
                world.publish(
                    new Decision("east", 3, 1, full.nowMs(), facts, List.of(), List.of()));
              }
              world.publish(SampleNight.without(full, node));
            });
    Ran ran = hold("drain " + node + " --by kim --wait 20s --reason", "fan");
    vertx.cancelTimer(ticks);
    world.publish(full);
    return ran;
  }

  @Test
  void statusStaysOneScreenHoweverManyWordsOperatorsSay() {
    CellSnapshot cell = night.snapshot(NOW_S);
    for (CellSnapshot.NodeStatus node : cell.nodes()) {
      cell = SampleNight.cordoned(cell, new Cordon("east", node.node(), false, "fan", "kim"));
    }
    world.publish(cell);
    int more = cell.nodes().size() - 5;

    assertThat(run("status").out().lines().filter(line -> line.startsWith("  node    ")))
        .hasSize(6)
        .endsWith("  node    and " + more + " more, `highwater get cordons` has all");
  }

  @Test
  void whoClosedANodeAndWhyIsShown() {
    world.publish(
        SampleNight.cordoned(
            night.snapshot(NOW_S), new Cordon("east", "standard-1", true, "fan", "kim")));

    assertThat(run("get", "nodes").out())
        .containsPattern("east/standard-1 .* draining .* drained by kim: fan\n");
    assertThat(run("describe", "node", "standard-1").out()).contains("drained by kim: fan");
    assertThat(run("status").out()).contains("  node    standard-1 drained by kim: fan\n");
  }

  /** Runs words, of which the last has spaces. */
  private Ran hold(String words, String last) {
    List<String> all = new ArrayList<>(List.of(words.split(" ")));
    all.add(last);
    return run(all.toArray(new String[0]));
  }

  @Test
  void planTellsWhatWouldBeWithoutDoingIt() throws IOException {
    Path file = folder.resolve("night.yaml");
    Files.writeString(file, "tenants: [{name: game}]\nservices: [{tenant: game, name: lobby}]");
    ServiceId lobby = new ServiceId("game", "lobby");
    world.foresee(
        cellPlan(
            new Fact.TargetSet(lobby, 12, WishSource.CALENDAR),
            new Fact.PoolTargetSet("east/standard", 9)),
        readiness(true));

    Ran ran = run("plan", "-f", file.toString());

    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("tenant/game would be declared", "service/game/lobby would be declared")
        .contains("game/lobby -> 12 replicas", "pool east/standard -> 9 nodes")
        .contains("nodes would cost 9.00/h instead of 4.00/h")
        .contains("GO: event flash-sale in east");
    assertThat(run("get", "tenants").out()).doesNotContain("game");
    assertThat(ModelJson.read(run("plan", "-f", file.toString(), "-o", "json").out(), Plan.class))
        .satisfies(plan -> assertThat(plan.cells()).hasSize(1));
  }

  @Test
  void planTellsWhatARemovalWouldDoOverTime() {
    ServiceId batch = new ServiceId("shop", "batch");
    PlanSpan span =
        new PlanSpan(
            600_000,
            List.of(
                new PlanSpan.ServiceSpan(
                    new ServiceId("shop", "order"),
                    4,
                    12,
                    9,
                    8,
                    8,
                    3,
                    1,
                    new TreeMap<>(Map.of("cpu", 5)),
                    List.of(new PlanSpan.Moment(20_000, 12, "calendar: declared events ask"))),
                new PlanSpan.ServiceSpan(batch, 5, 5, 3, 3, 0, 2, 0, new TreeMap<>(), List.of())),
            List.of(
                new PlanSpan.PoolSpan(
                    "east/standard",
                    2,
                    4,
                    4,
                    4,
                    List.of(new PlanSpan.Moment(1_000, 4, "nodes for what waits")))),
            List.of(new EventReadiness.Reclaimed(batch, 2)),
            1.5,
            1.25);
    world.foresee(
        new CellPlan("east", 3, 1, List.of(), List.of(), List.of(), 4, 4, span), readiness(true));

    Ran ran = run("plan", "--delete", "service/shop/order", "--for", "10m");

    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("service/shop/order would be removed")
        .contains("within 10m")
        .contains("shop/order 4 -> 9 replicas, 8 ready, at most 12; places 8, stops 3")
        .contains("1 wait: cpu refused 5 nodes")
        .contains("after 20s: 12, calendar: declared events ask")
        .contains("pool east/standard 2 -> 4 nodes, 4 ready")
        .contains("2 replicas are taken back from shop/batch")
        .contains("nodes cost 1.50 instead of 1.25");
    assertThat(
            ModelJson.read(
                    run("plan", "--delete", "service/shop/order", "--for", "10m", "-o", "json")
                        .out(),
                    Plan.class)
                .cells()
                .get(0)
                .span())
        .isEqualTo(span);
    assertThat(run("plan").err()).contains("-f FILE, --delete TYPE/NAME, or both");
    assertThat(run("plan", "--delete", "shop/order").err()).contains("service/TENANT/SERVICE");
    assertThat(run("plan", "--delete", "service/shop/none").err()).contains("must exist");
  }

  @Test
  void whatABoundSetAndWhatQuotaRefusesIsToldAsSuch() throws IOException {
    Path file = folder.resolve("night.yaml");
    Files.writeString(file, "tenants: [{name: shop}]");
    ServiceId order = new ServiceId("shop", "order");
    Explanation bounded = bounded(order, 0);
    world.foresee(
        new CellPlan(
            "east",
            3,
            1,
            List.of(new Fact.TargetSet(order, 10, WishSource.BOUNDS)),
            List.of(bounded),
            List.of(),
            4,
            4,
            null),
        readiness(true));
    Decision plain = night.decision(NOW_S);
    world.publish(
        new Decision(
            plain.cell(),
            plain.epoch(),
            plain.sequence() + 1,
            plain.nowMs(),
            plain.facts(),
            List.of(),
            List.of(bounded)));

    assertThat(run("plan", "-f", file.toString()).out())
        .contains(
            "won by bounds (replicasMin 10 instead of 1), 4 would wait: quota refused 4 replicas");
    assertThat(run("get", "decisions", "--limit", "1").out())
        .contains("replicasMin 10 instead of 1; 4 pending: quota refused 4 replicas");
    assertThat(run("explain", "shop/order").out())
        .containsPattern("reactive +1 +highest")
        .contains("replicasMin: 1 -> 10");
  }

  /** That the least number of replicas set the target of ten, and quota refuses four. */
  private Explanation bounded(ServiceId service, int targetBefore) {
    Explanation.ServiceExplained like =
        (Explanation.ServiceExplained) night.decision(NOW_S).explanations().get(0);
    return new Explanation.ServiceExplained(
        service,
        "slo",
        like.load(),
        List.of(new Explanation.Wish(WishSource.REACTIVE, 1, 0, "load now is 0.0/s")),
        WishSource.BOUNDS,
        List.of(new Explanation.Clamp("replicasMin", 1, 10)),
        targetBefore,
        10,
        0,
        null,
        new Explanation.PlacementView(10, 6, 4, new TreeMap<>(Map.of("quota", 4)), new TreeMap<>()),
        null,
        0,
        null);
  }

  @Test
  void aSpecThatTheServerRefusesIsNamed() throws IOException {
    Path file = folder.resolve("night.yaml");
    Files.writeString(file, "tenants: [{name: game}]\npools: [{cell: nowhere, name: p}]");

    Ran ran = run("apply", "-f", file.toString());

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err())
        .isEqualTo(
            "highwater: items[0].spec.cell does not exist, declare it first, in pool/nowhere/p:"
                + " nowhere\n");
    assertThat(run("get", "tenants").out()).as("all or nothing").doesNotContain("game");
  }

  @Test
  void decisionsWithoutARowDoNotUseTheLimitUp() {
    ServiceId order = new ServiceId("shop", "order");
    Decision plain = night.decision(NOW_S);
    for (int i = 1; i <= 3; i++) {
      world.publish(
          new Decision(
              plain.cell(),
              plain.epoch(),
              plain.sequence() + i,
              plain.nowMs(),
              List.of(new Fact.AdmissionRateSet(order, 100 + i, Double.NaN)),
              List.of(),
              List.of(bounded(order, 10))));
    }
    assertThat(run("get", "decisions", "--service", "shop/order", "--limit", "2").out().lines())
        .hasSize(3);
  }

  /** Under load a cell decides an admission rate every second, and for minutes no target. */
  @Test
  void rowsAreFoundBehindManyDecisionsWithoutOne() {
    String status = run("status").out();
    String before = run("get", "decisions", "--limit", "3").out();
    assertThat(before.lines()).hasSize(4);
    Decision plain = night.decision(NOW_S);
    for (int i = 1; i <= 1_500; i++) {
      world.publish(
          new Decision(
              plain.cell(),
              plain.epoch(),
              plain.sequence() + i,
              plain.nowMs() + i / 2,
              List.of(
                  new Fact.AdmissionRateSet(new ServiceId("shop", "order"), 100 + i, Double.NaN)),
              List.of(),
              List.of()));
    }
    assertThat(run("get", "decisions", "--limit", "3").out()).isEqualTo(before);
    assertThat(run("status").out()).isEqualTo(status);
    assertThat(
            ModelJson.read(
                    run("get", "decisions", "--limit", "3", "-o", "json").out(), DecisionList.class)
                .items())
        .extracting(Decision::sequence)
        .as("every decision counts as JSON")
        .containsExactly(
            plain.sequence() + 1_500, plain.sequence() + 1_499, plain.sequence() + 1_498);
  }

  @Test
  void planThatWouldBeRefusedFails() throws IOException {
    Path file = folder.resolve("night.yaml");
    Files.writeString(file, "tenants: [{name: game}]");
    world.foresee(
        cellPlan(new Fact.InputRefused(ErrorCode.INVALID_VALUE, "SERVICE a/b", "is larger")),
        readiness(true));

    Ran ran = run("plan", "-f", file.toString());

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).contains("REFUSED SERVICE a/b: is larger");
  }

  private static CellPlan cellPlan(Fact... facts) {
    return new CellPlan(
        "east", 3, 1, List.of(facts), List.of(), List.of(readiness(true)), 4, 9, null);
  }

  private static EventReadiness readiness(boolean go) {
    return readiness(go, 1_000_000);
  }

  private static EventReadiness readiness(boolean go, long nowMs) {
    return new EventReadiness(
        "flash-sale",
        "east",
        Ownership.PRIVATE,
        go,
        nowMs,
        1_300_000,
        1_279_000,
        0.5,
        go ? 0 : 0.25,
        0.02,
        7,
        List.of(
            new EventReadiness.ServiceReadiness(
                new ServiceId("shop", "order"),
                6_500,
                40,
                10,
                60,
                12,
                8,
                go ? 10 : 2,
                List.of(new EventReadiness.Reclaimed(new ServiceId("batch", "work"), 5)),
                go ? 40 : 32,
                go ? 6_500 : 5_200,
                1_300_000,
                0,
                1_279_000,
                go ? 0 : 0.2,
                0.02,
                7,
                go ? "" : "quota allows 32")),
        List.of(),
        null);
  }

  @Test
  void readinessOfAnEventThatBeganTellsWhatIsThereNow() {
    world.foresee(cellPlan(), readiness(false, 1_330_000));
    assertThat(run("event", "readiness", "flash-sale").out())
        .contains("NO-GO: event flash-sale in east, started 30s ago")
        .contains("6500/s need 40; 10 now (12 on nodes there are")
        .doesNotContain("ready at the start");
  }

  @Test
  void readinessOfAnEventThatIsOverSaysSinceWhen() throws IOException {
    EventReadiness over =
        EventReadiness.over(
            "flash-sale", "east", Ownership.PRIVATE, 1_795_478_400_000L, 0, 1_795_478_370_000L);
    CellPlan plan = new CellPlan("east", 3, 1, List.of(), List.of(), List.of(over), 4, 4, null);
    world.foresee(plan, over);
    String line =
        "NO-GO: event flash-sale in east is over since 2026-11-23 23:59:30 UTC, 30s ago\n";

    Ran ran = run("event", "readiness", "flash-sale");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEqualTo(line);
    Path file = folder.resolve("night.yaml");
    Files.writeString(file, "tenants: [{name: game}]");
    Ran planned = run("plan", "-f", file.toString());
    assertThat(planned.code()).as("old files may be applied").isZero();
    assertThat(planned.out()).endsWith("  " + line);
  }

  @Test
  void readinessSaysGoOrNoGoWithEveryPart() {
    world.foresee(cellPlan(), readiness(true));
    Ran go = run("event", "readiness", "flash-sale");
    world.foresee(cellPlan(), readiness(false));
    Ran noGo = run("event", "readiness", "flash-sale");

    assertThat(go.code()).as(go.err()).isZero();
    assertThat(go.out())
        .contains("GO: event flash-sale in east, starts in 5m")
        .contains("6500/s need 40; 40 ready at the start")
        .contains("reclaimed from 5 of batch/work")
        .contains("in 4m39s, 21s before the start")
        .contains("0.00 % of the declared load is not covered")
        .contains("late with at most 2.00 %");
    assertThat(noGo.code()).isEqualTo(1);
    assertThat(noGo.out()).contains("NO-GO: event flash-sale", "SHORT: quota allows 32", "25.00 %");
    assertThat(run("event", "readiness", "nothing").code()).isEqualTo(1);
    assertThat(
            ModelJson.read(
                run("event", "readiness", "flash-sale", "-o", "json").out(),
                EventReadinessList.class))
        .satisfies(list -> assertThat(list.go()).isFalse());
  }

  private static EventReadiness in(
      String cell, List<EventReadiness.ServiceReadiness> services, List<ServiceId> elsewhere) {
    EventReadiness east = readiness(true);
    return new EventReadiness(
        east.event(),
        cell,
        Ownership.PUBLIC,
        true,
        east.nowMs(),
        east.startMs(),
        services.isEmpty() ? east.startMs() : east.lastMomentMs(),
        east.capacityAheadRatio(),
        0,
        east.lateProbability(),
        east.costPerHour(),
        services,
        elsewhere,
        null);
  }

  @Test
  void whatOneCellLacksIsShownToBurstToAnother() {
    EventReadiness east = readiness(false);
    EventReadiness.ServiceReadiness order = readiness(true).services().get(0);
    EventReadiness.ServiceReadiness spares = order.withSpare(8_000, 1_269_000, 3);
    world.foresee(cellPlan(), east, in("west", List.of(spares), List.of()));
    Ran go = run("event", "readiness", "flash-sale");
    assertThat(go.code()).as(go.out()).isZero();
    assertThat(go.out())
        .contains("GO: event flash-sale in east", "GO: event flash-sale in west")
        .contains(
            "SHORT: quota allows 32; 1300/s of it burst to west, to be ordered there by "
                + Words.clock(1_269_000)
                + " UTC")
        .contains("in 4m29s, 31s before the start", "in 4m39s, 21s before the start")
        .contains("cost 7.00/h, those for bursts elsewhere 2.60/h")
        .contains("25.00 % of the declared load is not covered here but elsewhere")
        .doesNotContain("NO-GO");

    world.foresee(
        cellPlan(), east, in("west", List.of(order.withSpare(7_000, 1_300_000, 1)), List.of()));
    Ran noGo = run("event", "readiness", "flash-sale");
    assertThat(noGo.code()).isEqualTo(1);
    assertThat(noGo.out())
        .contains("NO-GO: event flash-sale in east", "500/s of it burst to west\n")
        .contains("25.00 % of the declared load is not covered; ");
  }

  @Test
  void planOfAnEventShowsTheBurstToo() {
    EventReadiness.ServiceReadiness order = readiness(true).services().get(0);
    EventReadiness west = in("west", List.of(order.withSpare(8_000, 1_300_000, 1)), List.of());
    StringWriter out = new StringWriter();
    Plan plan = new Plan(List.of(), List.of(withEvent(readiness(false)), withEvent(west)));
    PlanText.print(plan, new PrintWriter(out, true));
    assertThat(out.toString())
        .contains("  GO: event flash-sale in east", "  GO: event flash-sale in west")
        .contains("1300/s of it burst to west")
        .doesNotContain("NO-GO");
  }

  private static CellPlan withEvent(EventReadiness event) {
    return new CellPlan(event.cell(), 3, 1, List.of(), List.of(), List.of(event), 4, 4, null);
  }

  @Test
  void cellsAnswerOnlyForWhatMayRunInThem() {
    List<EventReadiness.ServiceReadiness> own = readiness(true).services();
    ServiceId order = own.get(0).service();
    ServiceId payment = new ServiceId("shop", "payment");
    world.foresee(cellPlan(), in("east", own, List.of()), in("west", own, List.of(payment, order)));
    Ran nowhere = run("event", "readiness", "flash-sale");
    assertThat(nowhere.code()).isEqualTo(1);
    assertThat(nowhere.out())
        .contains("GO: event flash-sale in east", "GO: event flash-sale in west")
        .contains("elsewhere     shop/payment")
        .contains("NO-GO: no cell may run shop/payment of event flash-sale")
        .doesNotContain("SHORT");

    world.foresee(cellPlan(), in("east", own, List.of()), in("west", own, List.of(order)));
    Ran go = run("event", "readiness", "flash-sale");
    assertThat(go.code()).as(go.out()).isZero();
    assertThat(go.out()).doesNotContain("NO-GO");
    assertThat(
            ModelJson.read(
                    run("event", "readiness", "flash-sale", "-o", "json").out(),
                    EventReadinessList.class)
                .items()
                .get(1)
                .elsewhere())
        .containsExactly(order);

    world.foresee(
        new CellPlan(
            "west",
            3,
            1,
            List.of(),
            List.of(),
            List.of(in("west", List.of(), List.of(order))),
            4,
            4,
            null));
    assertThat(run("plan", "--delete", "service/shop/order").out())
        .contains("event flash-sale: none of its services may run here");
  }

  @Test
  void mistakeInAFileNamesItsPathAndChangesNothing() throws IOException {
    Path file = folder.resolve("night.yaml");
    Files.writeString(
        file,
        "tenants: [{name: game}]\nservices: [{tenant: game, name: a, scaling: {replicaMin: 3}}]");

    Ran absent = run("apply", "-f", file + ".none");
    assertThat(absent.code()).isEqualTo(2);
    assertThat(absent.err()).contains("file does not exist, name another").hasLineCount(1);
    Ran ran = run("apply", "-f", file.toString());

    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err().lines())
        .singleElement()
        .asString()
        .contains("services[0].scaling.replicaMin")
        .contains("did you mean replicasMin?");
    assertThat(run("get", "tenants").out()).doesNotContain("game");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"tenant: [{name: x}]", "traffic: 3", "- a", "tenants: {name: x}", "a: [b", ""})
  void filesOfAnotherShapeAreRefusedInOneLine(String text) throws IOException {
    Path file = folder.resolve("odd.yaml");
    Files.writeString(file, text);

    Ran ran = run("apply", "-f", file.toString());

    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err().lines()).hasSize(1);
  }

  @Test
  void eventIsDeclaredChangedAndCancelled() {
    assertThat(
            run(
                    "event",
                    "declare",
                    "sale",
                    "--in",
                    "10m",
                    "--load",
                    "shop/order=6500",
                    "--rise",
                    "20s")
                .out())
        .startsWith("event/sale declared, starts at ")
        .contains("in 10m");
    assertThat(run("event", "declare", "sale", "--in", "5m", "--load", "shop/order=7000").out())
        .startsWith("event/sale changed");
    assertThat(run("get", "events").out()).contains("shop/order 7000/s").contains("in 5m");
    assertThat(run("event", "cancel", "sale", "--yes").out()).isEqualTo("event/sale cancelled\n");
    assertThat(run("event", "cancel", "sale", "--yes").code()).isEqualTo(1);
  }

  @Test
  void destroyingNeedsAWordOfConsent() {
    Ran ran = run("delete", "event", "flash-sale");

    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).contains("--yes");
    assertThat(run("get", "events").out()).contains("flash-sale");
    assertThat(run("delete", "event", "flash-sale", "--yes", "--if-version", "9").code())
        .isEqualTo(1);
    assertThat(run("delete", "event", "flash-sale", "--yes", "--if-version", "1").code()).isZero();
  }

  @Test
  void routesSayWhereUsersGoAndWhy() {
    assertThat(run("get", "routes").out().lines().toList())
        .satisfiesExactly(
            head -> assertThat(head).startsWith("SERVICE").contains("USERS", "AHEAD", "WHY"),
            own -> assertThat(own).startsWith("rail/query").contains("80%", "private-first"),
            rented -> assertThat(rented).startsWith("rail/query").contains("20%", "burst"));
    assertThat(ModelJson.read(run("get", "routes", "-o", "json").out(), RouteList.class).items())
        .hasSize(1);
  }

  @Test
  void surgeAndFaultReachTheSimulation() {
    assertThat(run("surge", "shop/order", "--factor", "4", "--hold", "30s").out())
        .isEqualTo("shop/order surges to 4 times its load for 30s\n");
    assertThat(run("fault", "kill-node", "standard-2", "--yes").out())
        .isEqualTo("node east/standard-2 killed\n");

    assertThat(world.simulated())
        .containsExactly(
            new SimulationCommand.Surge(new ServiceId("shop", "order"), 4, 2_000, 30_000, 5_000),
            new SimulationCommand.Fault(
                SimulationCommand.FaultKind.NODE_CRASH, "east", "standard-2", 0));
    assertThat(run("fault", "lose-cell", "east", "--for", "1m", "--yes").out())
        .isEqualTo("cell east lost for 1m\n");
    assertThat(world.simulated())
        .contains(
            new SimulationCommand.Fault(
                SimulationCommand.FaultKind.CELL_LOSS, "east", "east", 60_000));
    assertThat(run("fault", "kill-node", "nowhere", "--yes").err()).contains("is in no cell");
  }

  @Test
  void everyFaultThatIsNotOnlyRehearsedHasAVerb() {
    world.with(spotPool());
    List<String> told =
        List.of(
            run("fault", "kill-node", "standard-2", "--yes").out(),
            run("fault", "kill-zone", "east/a", "--yes").out(),
            run("fault", "lose-cell", "east", "--yes").out(),
            run("fault", "silence", "east/standard-1", "--for", "30s", "--yes").out(),
            run("fault", "slow-boots", "east", "--for", "2m", "--yes").out(),
            run("fault", "spot-loss", "east/standard", "--count", "1", "--yes").out());

    assertThat(told)
        .containsExactly(
            "node east/standard-2 killed\n",
            "zone east/a killed\n",
            "cell east lost for good\n",
            "node east/standard-1 silent for 30s\n",
            "cell east boots slowly for 2m\n",
            "node east/standard-0 is taken back in 2m\n");
    assertThat(world.simulated())
        .containsExactly(
            new Fault(FaultKind.NODE_CRASH, "east", "standard-2", 0),
            new Fault(FaultKind.ZONE_CRASH, "east", "a", 0),
            new Fault(FaultKind.CELL_LOSS, "east", "east", 0),
            new Fault(FaultKind.AGENT_SILENT, "east", "standard-1", 30_000),
            new Fault(FaultKind.SLOW_BOOTS, "east", "east", 120_000),
            new Fault(FaultKind.SPOT_LOSS, "east", "standard-0", 120_000));
    assertThat(world.simulated())
        .extracting(each -> ((Fault) each).fault())
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(FaultKind.values()).filter(kind -> !kind.rehearsedOnly()).toList());
  }

  @Test
  void spotLossTakesAllNodesOfASpotPoolThoseThatDrainLast() {
    world.with(spotPool());
    CellSnapshot later = night.snapshot(NOW_S + 100);
    world.publish(later);
    List<String> order = new ArrayList<>();
    later.nodes().stream().filter(node -> !drains(node)).forEach(node -> order.add(node.node()));
    assertThat(order).as("the night has nodes that drain").hasSizeLessThan(later.nodes().size());
    later.nodes().stream().filter(node -> drains(node)).forEach(node -> order.add(node.node()));

    Ran ran = run("fault", "spot-loss", "east/standard", "--notice", "30s", "--yes");

    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(world.simulated())
        .containsExactlyElementsOf(
            order.stream()
                .map(node -> new Fault(FaultKind.SPOT_LOSS, "east", node, 30_000))
                .toList());
    assertThat(ran.out().lines()).hasSameSizeAs(order);
  }

  @ParameterizedTest
  @CsvSource({
    "spot-loss east/standard --count 0, --count, 2",
    "spot-loss east/standard --count 61, --count, 1",
    "spot-loss east/standard --notice 0s, --notice, 2",
    "spot-loss east/nothing, east/nothing, 1",
    "spot-loss standard, CELL/POOL, 2",
    "kill-zone a, CELL/ZONE, 2",
    "kill-zone east/z, no node or zone, 1",
    "silence nowhere, is in no cell, 1",
    "silence a/b/c, CELL/NODE, 2",
    "slow-boots nowhere, nowhere, 1",
    "slow-boots east --for ever, --for, 2",
  })
  void aFaultOfWhatIsNotThereIsRefusedAndNothingBreaks(String words, String names, int code) {
    world.with(spotPool());

    Ran ran = run(("fault " + words + " --yes").split(" "));

    assertThat(ran.code()).isEqualTo(code);
    assertThat(ran.err().lines()).singleElement().asString().contains(names);
    assertThat(world.simulated()).isEmpty();
  }

  @Test
  void onlySpotNodesAreTakenBackAndEachFaultNeedsConsent() {
    assertThat(run("fault", "spot-loss", "east/standard", "--yes").err())
        .contains("must have purchase: spot");
    world.with(spotPool());
    for (String words :
        List.of(
            "kill-zone east/a",
            "silence standard-1",
            "slow-boots east",
            "spot-loss east/standard")) {
      Ran ran = run(("fault " + words).split(" "));
      assertThat(ran.code()).as(words).isEqualTo(2);
      assertThat(ran.err()).as(words).contains("--yes");
    }
    assertThat(run("fault").err()).contains("kill-node, kill-zone, lose-cell, silence, slow-boots");
    assertThat(world.simulated()).isEmpty();
  }

  private static boolean drains(CellSnapshot.NodeStatus node) {
    return node.state() == CellSnapshot.NodeState.DRAINING;
  }

  /** The night's pool, bought as spot. */
  private static NodePool spotPool() {
    NodePool pool = NodePool.named(SampleNight.CELL, "standard");
    return new NodePool(
        pool.cell(),
        pool.name(),
        pool.shape(),
        pool.zones(),
        pool.labels(),
        pool.taints(),
        pool.pricePerHour(),
        Purchase.SPOT,
        pool.boot(),
        pool.nodesMin(),
        pool.nodesMax(),
        pool.nodesWarm(),
        pool.scaleInDelayMs());
  }

  @Test
  void watchPrintsOneLinePerChange() {
    for (int second = NOW_S + 1; second < NOW_S + 40; second++) {
      int later = second;
      vertx.setTimer(300 + 20L * (second - NOW_S), id -> world.publish(night.decision(later)));
      vertx.setTimer(310 + 20L * (second - NOW_S), id -> world.publish(night.snapshot(later)));
    }

    Ran ran = run("watch", "--for", "1s");

    assertThat(ran.code()).isZero();
    assertThat(ran.out().lines())
        .isNotEmpty()
        .anyMatch(
            line ->
                line.matches(
                    "\\d\\d:\\d\\d:\\d\\d \\S+/\\S+ \\d+->\\d+ load \\S+/s, reason=\\S+ decision=3\\.\\d+"));
  }

  /** A decision with one explanation of each type that there is. */
  private Decision decisionOfEveryType() {
    Decision plain = night.decision(460);
    List<Explanation> explanations = new ArrayList<>(plain.explanations());
    explanations.add(SampleNight.route().route());
    assertThat(explanations)
        .extracting(each -> (Object) each.getClass())
        .as("a new type of explanation needs a sample here and a line in watch")
        .containsExactlyInAnyOrder((Object[]) Explanation.class.getPermittedSubclasses());
    return new Decision(
        plain.cell(),
        plain.epoch(),
        plain.sequence(),
        plain.nowMs(),
        plain.facts(),
        List.of(),
        explanations);
  }

  @Test
  void everyTypeOfExplanationIsALineOfWatchAndARowOfDecisions() {
    Decision decision = decisionOfEveryType();
    long timer = vertx.setPeriodic(50, id -> world.publish(decision));

    Ran ran = run("watch", "--for", "1s");
    vertx.cancelTimer(timer);

    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out().lines().distinct())
        .satisfiesExactlyInAnyOrder(
            service ->
                assertThat(service).matches("\\S+ \\S+/\\S+ \\d+->\\d+ load .* decision=3\\.460"),
            pool ->
                assertThat(pool)
                    .endsWith(
                        "pool east/standard 14->18 nodes, replicas wait for room; ordered ahead of event flash-sale"
                            + " decision=3.460"),
            route ->
                assertThat(route)
                    .endsWith("rail/query users east 80%, rented 20% load 1250/s decision=3.460"));
    assertThat(run("get", "decisions").out())
        .contains("pool east/standard", "14 -> 18", "users of rail/query", "east 80%, rented 20%");
  }

  @Test
  void refusalIsOneLineOnStandardError() {
    Ran ran = run("explain", "shop/nothing");

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().lines()).singleElement().asString().contains("shop/nothing");
  }

  @Test
  void serverThatFailsSaysSo() {
    world.breakWith(new UnavailableException("the store does not answer", "try again"));

    assertThat(run("get", "tenants").err())
        .isEqualTo("highwater: the store does not answer; try again\n");
  }

  @Test
  void serverThatIsNotThereIsOneLineWithAWayOut() {
    server = "http://127.0.0.1:1";

    Ran ran = run("status");

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err().lines()).singleElement().asString().contains("highwater dev", "--server");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "get",
        "get things",
        "get tenants -o yaml",
        "get decisions --limit 0",
        "explain",
        "event",
        "event declare x --load a/b=1",
        "describe gadget x",
        "surge a/b --factor many",
        "status --server nonsense"
      })
  void wrongUsageIsOneLineAndCodeTwo(String command) {
    Ran ran = run(command.split(" "));

    assertThat(ran.code()).as(ran.err()).isEqualTo(2);
    assertThat(ran.err().lines())
        .singleElement()
        .asString()
        .startsWith("highwater: ")
        .contains("--help");
  }

  @ParameterizedTest
  @CsvSource({
    "explain order, tenant/service",
    "explain shop/order --at yesterday, --at",
    "get decisions --service order, tenant/service",
    "get decisions --at 5x, --at",
    "describe service order, tenant/service",
    "watch --for 3, --for",
    "plan --delete service/shop/order --for 2h, --for",
    "delete service order --yes, tenant/service",
    "plan --delete service/order, tenant/service",
    "event declare sale --in 5 --load shop/order=1, --in",
    "event declare sale --in 5m --load shop/order=many, --load",
    "event declare sale --in 5m --load shop/order=-1, --load",
    "event declare Sale! --in 5m --load shop/order=1, name",
    "delete pool standard --yes, cell/pool",
    "describe tenant shop/x, tenant",
    "event declare sale --in 5m --hold 2 --load shop/order=1, --hold",
    "event declare sale --at 2020-01-01T00:00:00Z --load shop/order=1, it is over",
    "event declare sale --at 5m --load shop/order=1, --in takes a span",
    "surge order, tenant/service",
    "surge shop/order --hold 5, --hold",
    "surge shop/order --factor -1, --factor",
  })
  void wrongValueSeenBeforeAnythingIsSentIsCodeTwo(String command, String names) {
    Ran ran = run(command.split(" "));

    assertThat(ran.code()).as(ran.err()).isEqualTo(2);
    assertThat(ran.err().lines()).singleElement().asString().contains(names);
    assertThat(world.simulated()).isEmpty();
  }

  @Test
  void helpNamesAllThatAVerbTakes() {
    assertThat(run("plan", "--help").out()).contains("cordon/CELL/NODE");
    assertThat(run("get", "--help").out().lines().limit(3)).anyMatch(l -> l.contains("routes"));
  }

  @Test
  void serverMayBeNamedBeforeTheVerb() {
    assertThat(run("--server", server, "get", "cells").out()).contains("east");
    assertThat(run("--server", "http://127.0.0.1:1", "get", "cells", "--server", server).out())
        .contains("east");
    assertThat(run("--server", "http://127.0.0.1:1", "get", "cells").code()).isEqualTo(1);
  }

  @Test
  void helpLeadsWithWhatItDoesAndShowsExamples() {
    assertThat(run("event", "declare", "--help").out())
        .contains("Declare a peak event")
        .contains("highwater event declare flash-sale");
  }

  private Ran run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine root = new CommandLine(new Root());
    ClientVerbs.addTo(root);
    root.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    boolean addressed = String.join(" ", arguments).contains("--server");
    boolean asks = String.join(" ", arguments).contains("--help");
    boolean group = arguments.length == 1 && List.of("event", "fault").contains(arguments[0]);
    String[] full = arguments;
    if (!addressed && !asks && !group) {
      full = java.util.Arrays.copyOf(arguments, arguments.length + 2);
      full[arguments.length] = "--server";
      full[arguments.length + 1] = server;
    }
    int code = root.execute(full);
    return new Ran(code, out.toString(), err.toString());
  }
}
