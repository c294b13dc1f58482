package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.agent.Agent;
import dev.highwater.agent.AgentSettings;
import dev.highwater.agent.SessionSettings;
import dev.highwater.client.HighwaterClient;
import dev.highwater.client.ProblemException;
import dev.highwater.client.StreamReader;
import dev.highwater.client.UnreachableException;
import dev.highwater.launcher.rehearse.ScenarioFiles;
import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.CellRouted;
import dev.highwater.model.Fact;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.SimulationCommand.FaultKind;
import dev.highwater.model.Spec;
import dev.highwater.model.Tenant;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.DatedRoute;
import dev.highwater.rehearsal.Worlds;
import dev.highwater.server.store.CellEpoch;
import dev.highwater.server.store.JournalRecord;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreLocation;
import dev.highwater.server.testing.MemberProcess;
import dev.highwater.workload.SimulatedCell;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: the member that decides the routes may be lost like any other: the next one goes on from
 * the journal, no position is acknowledged twice, and the users of a cell that is lost afterwards
 * still move. Method: three members, each a process of its own, two cells with real agents; the
 * owner of the routes is killed, or held and let go on, by a signal.
 */
class RouteOwnerLossTest {
  private static final ServiceId SITE = new ServiceId("web", "site");
  private static final long WAIT_S = 120;
  private static final int LOG_LINES = 60;

  private final Vertx vertx = Vertx.vertx();
  private final List<MemberProcess> members = new ArrayList<>();
  private final List<Agent> agents = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    vertx.close().await(WAIT_S, TimeUnit.SECONDS);
    members.forEach(MemberProcess::close);
  }

  @Test
  void killedRouteOwnerIsFollowedByAnother(@TempDir Path directory) throws Exception {
    try (Store store = Store.open(StoreLocation.directory(directory))) {
      start(directory);
      CellEpoch owned = routesWithTheirShares(store);
      MemberProcess owner = member(owned.owner());
      HighwaterClient client = survivor(owner);
      List<Decision> told = listen(client);

      owner.kill();
      long tookMs = untilDecided(store, owned, client);
      System.out.println("routes: the next decision came " + tookMs + " ms after the kill");

      goesOn(client, store, owned);
      lostCellsUsersMove(client);
      nothingTwice(store, told);
    }
  }

  @Test
  void heldRouteOwnerResignsWhenItComesBack(@TempDir Path directory) throws Exception {
    try (Store store = Store.open(StoreLocation.directory(directory))) {
      start(directory);
      CellEpoch owned = routesWithTheirShares(store);
      MemberProcess owner = member(owned.owner());
      HighwaterClient client = survivor(owner);
      List<Decision> told = listen(client);

      owner.hold();
      long tookMs = untilDecided(store, owned, client);
      System.out.println("routes: the next decision came " + tookMs + " ms after the owner hung");
      goesOn(client, store, owned);
      // So that the one that comes back has something to append.
      client.put(Tenant.named("late"), OptionalLong.empty());
      client.put(Cell.named("north"), OptionalLong.empty());

      owner.release();
      await("it resigns", () -> owner.log().contains("cell resigned cell=routes"));
      for (String line : owner.log().split("\n")) {
        if (line.contains("cell resigned cell=routes")) {
          System.out.println(line);
          assertThat(line)
              .contains("epoch=" + owned.epoch() + " ")
              .contains("another member took the cell over");
        }
      }
      lostCellsUsersMove(client);
      nothingTwice(store, told);

      HighwaterClient back = client(owner);
      await(
          "the one that came back is a member like the others",
          () -> back.readiness().toString().contains("3 members seen"));
      members.stream().filter(each -> !each.equals(owner)).forEach(MemberProcess::kill);
      await(
          "it decides everything when it is the last",
          () -> store.epochs().list().stream().allMatch(row -> row.owner().equals(owner.id())));
    }
  }

  private void start(Path directory) throws Exception {
    List<Integer> ports = MemberProcess.freePorts(3);
    for (int port : ports) {
      members.add(MemberProcess.start(directory, port, ports));
    }
    Path scenario =
        Path.of(
            URI.create(
                Objects.requireNonNull(RouteOwnerLossTest.class.getResource("/two-cells.yaml"))
                    .toString()));
    ScenarioFiles.Loaded loaded = ScenarioFiles.read(scenario);
    for (Spec spec : loaded.scenario().specs(0)) {
      client(members.get(0)).create(spec);
    }
    URI[] addresses =
        members.stream()
            .map(member -> URI.create("ws://127.0.0.1:" + member.httpPort() + "/agent/v1"))
            .toArray(URI[]::new);
    for (SimulatedCell.Setup world :
        Worlds.of(loaded.scenario(), loaded.scenario().services(), loaded.traces(), 0)) {
      agents.add(
          Agent.start(
                  vertx,
                  new AgentSettings(SessionSettings.to(addresses), "test", world, List.of()),
                  Agent.Watcher.NONE)
              .await(WAIT_S, TimeUnit.SECONDS));
    }
    long comeMs = (System.currentTimeMillis() + 3_000) / 1_000 * 1_000;
    for (Agent agent : agents) {
      agent.usersComeAt(comeMs).await(WAIT_S, TimeUnit.SECONDS);
    }
  }

  private static HighwaterClient client(MemberProcess member) {
    return new HighwaterClient(URI.create("http://127.0.0.1:" + member.httpPort()));
  }

  private MemberProcess member(String id) {
    return members.stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
  }

  private HighwaterClient survivor(MemberProcess owner) {
    return client(members.stream().filter(each -> each != owner).findFirst().orElseThrow());
  }

  /** Waits until each cell has its half of the users, which they were journaled for. */
  private CellEpoch routesWithTheirShares(Store store) throws Exception {
    HighwaterClient client = client(members.get(0));
    await("half in each cell", () -> share(client, "west") > 0.4 && share(client, "east") > 0.4);
    await("served in each", () -> served(client, "west") > 100 && served(client, "east") > 100);
    return routes(store);
  }

  private static CellEpoch routes(Store store) throws Exception {
    return store.epochs().list().stream()
        .filter(row -> row.cell().equals(Cell.ROUTES))
        .findFirst()
        .orElseThrow();
  }

  /** The last parts of the site's users that were journaled until an epoch ended. */
  private static SortedMap<String, Double> shares(Store store, long epoch) throws Exception {
    SortedMap<String, Double> shares = new TreeMap<>();
    for (JournalRecord record : store.journal().readAfter(Cell.ROUTES, 0, 100_000)) {
      for (Fact fact : ModelJson.read(record.facts(), Decision.class).facts()) {
        if (record.epoch() <= epoch
            && fact instanceof Fact.UsersRouted routed
            && routed.service().equals(SITE)) {
          shares.clear();
          routed.cells().forEach(cell -> shares.put(cell.cell(), cell.ratio()));
        }
      }
    }
    return shares;
  }

  /**
   * Milliseconds until another owner's first decision about the routes is told. Who looks at
   * another member meanwhile sees the past, and does not wait for the lost one.
   */
  private long untilDecided(Store store, CellEpoch before, HighwaterClient client)
      throws Exception {
    long fromNanos = System.nanoTime();
    AtomicLong longestNanos = new AtomicLong();
    await(
        "another epoch's record",
        () -> {
          long askedNanos = System.nanoTime();
          assertThat(client.snapshots()).hasSizeGreaterThanOrEqualTo(2);
          assertThat(client.routes()).isNotEmpty();
          longestNanos.accumulateAndGet(System.nanoTime() - askedNanos, Math::max);
          CellEpoch row = routes(store);
          List<JournalRecord> newest =
              store.journal().readBefore(Cell.ROUTES, "", Long.MAX_VALUE, Long.MAX_VALUE, 1);
          return row.epoch() > before.epoch() && newest.get(0).epoch() == row.epoch();
        });
    assertThat(routes(store).owner()).isNotEqualTo(before.owner());
    System.out.println(
        "routes: meanwhile snapshots and routes were read within "
            + TimeUnit.NANOSECONDS.toMillis(longestNanos.get())
            + " ms");
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - fromNanos);
  }

  /** The new owner's first word about the site begins with the parts that were journaled. */
  private void goesOn(HighwaterClient client, Store store, CellEpoch before) throws Exception {
    await(
        "the new owner explains the routes",
        () -> route(client).epoch() > before.epoch() && reachable(client));
    // It may have moved users since: then that move stands in the journal, with what was before it.
    List<CellRouted> first = route(client).route().cells();
    for (JournalRecord record :
        store.journal().readBefore(Cell.ROUTES, "", Long.MAX_VALUE, Long.MAX_VALUE, 1_000)) {
      for (Explanation why : ModelJson.read(record.reasons(), Decision.class).explanations()) {
        if (record.epoch() > before.epoch()
            && why instanceof Explanation.ServiceRouted routed
            && routed.service().equals(SITE)) {
          first = routed.cells(); // the last of them is the oldest
        }
      }
    }
    SortedMap<String, Double> shown = new TreeMap<>();
    for (CellRouted cell : first) {
      shown.put(cell.cell(), cell.shareBefore());
    }
    assertThat(shown).isEqualTo(shares(store, before.epoch()));
    await("all are served", () -> served(client, "east") + served(client, "west") > 270);
  }

  private static boolean reachable(HighwaterClient client) {
    return client.readiness().ready();
  }

  private void lostCellsUsersMove(HighwaterClient client) throws Exception {
    await(
        "the cell is lost",
        () -> {
          try {
            client.simulate(
                new SimulationCommand.Fault(FaultKind.CELL_LOSS, "west", "west", 60_000));
            return true;
          } catch (ProblemException e) {
            return false; // its agents are on their way to its new owner
          }
        });
    await("nobody is sent to the lost cell", () -> share(client, "west") == 0);
    await("all are served in the other", () -> served(client, "east") > 270);
  }

  /** What was told was acknowledged before: it stands in the journal, and once. */
  private static void nothingTwice(Store store, List<Decision> told) throws Exception {
    List<JournalRecord> journal = store.journal().readAfter(Cell.ROUTES, 0, 100_000);
    List<String> decided = new ArrayList<>();
    long epoch = 0;
    for (int i = 0; i < journal.size(); i++) {
      assertThat(journal.get(i).position()).isEqualTo(i + 1);
      assertThat(journal.get(i).epoch()).as("position " + (i + 1)).isGreaterThanOrEqualTo(epoch);
      epoch = journal.get(i).epoch();
      decided.add(name(ModelJson.read(journal.get(i).facts(), Decision.class)));
    }
    List<String> heard = told.stream().map(RouteOwnerLossTest::name).distinct().toList();
    assertThat(heard).isNotEmpty().isSubsetOf(decided);
    assertThat(decided).doesNotHaveDuplicates();
  }

  private static String name(Decision decision) {
    return decision.epoch() + "/" + decision.sequence() + " " + decision.facts();
  }

  /** Decisions about the routes that change something, as a member tells them from now on. */
  private List<Decision> listen(HighwaterClient client) {
    List<Decision> told = new CopyOnWriteArrayList<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                client.stream(
                    new StreamReader() {
                      @Override
                      public void onSnapshot(CellSnapshot snapshot) {
                        // Decisions are what counts here.
                      }

                      @Override
                      public void onDecision(Decision decision) {
                        if (decision.cell().equals(Cell.ROUTES) && !decision.facts().isEmpty()) {
                          told.add(decision);
                        }
                      }

                      @Override
                      public void onCellGone(String cell) {
                        // No cell goes here.
                      }

                      @Override
                      public void onGap() {
                        // What was missed is not compared.
                      }

                      @Override
                      public boolean wantsMore() {
                        return true;
                      }
                    });
              } catch (UnreachableException e) {
                // The test is over.
              }
            },
            "listener");
    reader.setDaemon(true);
    reader.start();
    return told;
  }

  private static DatedRoute route(HighwaterClient client) {
    return client.routes().stream()
        .filter(each -> each.route().service().equals(SITE))
        .findFirst()
        .orElseThrow();
  }

  private static double share(HighwaterClient client, String cell) {
    for (DatedRoute route : client.routes()) {
      for (CellRouted part : route.route().cells()) {
        if (route.route().service().equals(SITE) && part.cell().equals(cell)) {
          return part.share();
        }
      }
    }
    return -1;
  }

  private static double served(HighwaterClient client, String cell) {
    for (CellSnapshot snapshot : client.snapshots()) {
      for (CellSnapshot.ServiceStatus status : snapshot.services()) {
        if (snapshot.cell().equals(cell) && status.service().equals(SITE)) {
          return status.servedPerSecond();
        }
      }
    }
    return 0;
  }

  private void await(String what, Callable<Boolean> holds) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
    while (!holds.call()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + WAIT_S + " s: " + what + logs());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  /** The ends of what the members logged: their folder is deleted with the test. */
  private String logs() throws IOException {
    StringBuilder logs = new StringBuilder();
    for (MemberProcess member : members) {
      List<String> lines = member.log().lines().toList();
      logs.append("\n-- ").append(member.id()).append('\n');
      lines.stream()
          .skip(Math.max(0, lines.size() - LOG_LINES))
          .forEach(line -> logs.append(line).append('\n'));
    }
    return logs.toString();
  }
}
