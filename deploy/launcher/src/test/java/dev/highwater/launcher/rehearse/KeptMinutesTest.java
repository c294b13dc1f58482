package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.highwater.http.HttpApi;
import dev.highwater.http.HttpSettings;
import dev.highwater.http.testing.FakeControlPlane;
import dev.highwater.launcher.Main;
import dev.highwater.model.Cell;
import dev.highwater.model.CellMinute;
import dev.highwater.model.CellMinute.Changes;
import dev.highwater.model.CellMinute.Count;
import dev.highwater.model.CellMinute.Growth;
import dev.highwater.model.CellMinute.Latencies;
import dev.highwater.model.CellMinute.PoolMinute;
import dev.highwater.model.CellMinute.ServiceMinute;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Tenant;
import dev.highwater.model.WishSource;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Goal: what two cells kept is told as one night, and where nobody kept anything that is said.
 *
 * <p>Method: four minutes of the east, of which the third was lost with its owner, and four of the
 * west are served by the real API.
 */
class KeptMinutesTest {
  private static final long START_MS = Instant.parse("2026-11-11T00:00:00Z").toEpochMilli();
  private static final ServiceId WEB = new ServiceId("shop", "web");

  @TempDir Path folder;
  private Vertx vertx;
  private String url;

  @BeforeEach
  void serve() throws Exception {
    vertx = Vertx.vertx();
    FakeControlPlane world =
        new FakeControlPlane()
            .with(
                Cell.named("east"),
                Cell.named("west"),
                NodePool.named("east", "p"),
                NodePool.named("west", "p"),
                Tenant.named("shop"),
                Service.named("shop", "web"),
                new PeakEvent(
                    "sale",
                    START_MS + 60_000,
                    10_000,
                    80_000,
                    10_000,
                    List.of(new PeakEvent.EventLoad(WEB, 200))));
    for (int minute = 0; minute < 4; minute++) {
      if (minute != 2) {
        world.keep(minute("east", minute, 200, 2));
      }
      world.keep(minute("west", minute, 100, 1));
    }
    HttpApi api = new HttpApi(world, HttpSettings.DEFAULT.withPort(0));
    vertx.deployVerticle(api).await(20, TimeUnit.SECONDS);
    url = "http://127.0.0.1:" + api.port();
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
  }

  /** Each second so many users, of whom each hundredth comes off badly, on so many nodes. */
  private static CellMinute minute(String cell, int minute, long users, long nodes) {
    long all = (minute + 1) * 60L * users;
    SortedMap<String, Double> events = new TreeMap<>();
    events.put("sale", 0.01);
    return new CellMinute(
        cell,
        minute < 2 ? 1 : 2,
        START_MS + minute * 60_000L,
        60,
        1,
        List.of(
            new ServiceMinute(
                WEB,
                List.of(
                    new Growth(Count.FIRST_ATTEMPTS, all, List.of(users)),
                    new Growth(Count.ATTEMPTS, all, List.of(users)),
                    new Growth(Count.SERVED, all, List.of(users)),
                    new Growth(Count.VIOLATIONS, all / 100, List.of(users / 100))),
                List.of(4L),
                List.of(3L),
                List.of(4L),
                List.of(),
                List.of(),
                new TreeMap<>(),
                users / 300.0,
                0.5,
                minute == 1 ? List.of(new Changes(WishSource.CALENDAR, 1)) : List.of(),
                0,
                0,
                0,
                new Latencies(1_400, List.of(60 * users)))),
        List.of(
            new PoolMinute(
                cell + "/p", List.of(nodes), List.of(), List.of(nodes), new TreeMap<>())),
        events,
        0,
        0,
        List.of());
  }

  private record Ran(int exit, String out, String err) {}

  private static Ran run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    int exit = command.execute(arguments);
    return new Ran(exit, out.toString(), err.toString());
  }

  private Ran report(String... more) {
    String[] arguments = new String[2 + more.length];
    arguments[0] = "report";
    arguments[1] = "--from-live=" + url;
    System.arraycopy(more, 0, arguments, 2, more.length);
    return run(arguments);
  }

  @Test
  void theNightIsTold() throws Exception {
    Path page = folder.resolve("night.html");
    Ran ran = report("--event", "sale", "--html", page.toString());

    assertThat(ran.err()).isEmpty();
    assertThat(ran.exit()).isZero();
    assertThat(ran.out())
        .isEqualTo(
            """
            what happened from 2026-11-11T00:00:00Z under slo

              seconds                                                 180
              requests                                             54,000
              violations                                              540
              sloViolationRatio                                      0.01
              sloViolationMinutes                                       0
              p50Ms                                                 128.5
              p99Ms                                                   129
              p999Ms                                                  129
              refused                                                   0
              replicaHours                                            0.4
              nodeHours                                              0.15
              nodesPeak                                                 3
              cost                                                   0.15
              adaptations                                               2
              auditViolations                                           0
              cost of shop                                              3
              cost of sale                                           0.06
              shop/web requests                                    54,000
              shop/web offeredPeakPerSecond                           300
              shop/web sloViolationRatio                             0.01
              shop/web p99Ms                                          129
              shop/web targetPeak                                       8
              shop/web replicasPeak                                     8
              shop/web replicaHours                                   0.4
              shop/web cost                                             3
              shop/web ready when sale began                            6

            Kept by the minute: latencies are those of whole minutes, decisions were audited \
            when they were made and are not made again, and how well forecasts did is not \
            known; a recording tells all that.
            Cell east: nobody kept 2026-11-11T00:02:00Z to 2026-11-11T00:03:00Z. Users are \
            counted by what its front door said afterwards; replicas and nodes as they were \
            before, for five minutes at most.
            """);
    assertThat(Files.readString(page))
        .contains("told from the minutes that the cluster keeps")
        .contains("Cell east: nobody kept 2026-11-11T00:02:00Z to 2026-11-11T00:03:00Z")
        .doesNotContain("Decision log");
  }

  @Test
  void oneCellIsToldAlone() throws Exception {
    Ran ran =
        report(
            "--cell",
            "west",
            "--since",
            "2026-11-11T00:00:30Z",
            "--until",
            "2026-11-11T00:03:00Z",
            "--json",
            "-");

    assertThat(ran.exit()).as(ran.err()).isZero();
    JsonNode told = new ObjectMapper().readTree(ran.out());
    assertThat(told.path("durationSeconds").asLong()).isEqualTo(150);
    assertThat(told.path("gaps")).isEmpty();
    JsonNode slo = told.path("policies").path("slo");
    assertThat(slo.path("requests").asLong()).isEqualTo(150 * 100);
    assertThat(slo.path("nodesPeak").asInt()).isEqualTo(1);
    assertThat(slo.path("costByTenant").path("shop").asDouble()).isEqualTo(0.25 + 0.5 + 0.5);
  }

  @Test
  void whatIsNotThereIsRefused() {
    assertThat(report("--cell", "north").err()).contains("--cell must be a cell that is declared");
    assertThat(report("--event", "no-such").err()).contains("no event no-such was declared");
    assertThat(
            report(
                    "--event",
                    "no-such",
                    "--since",
                    "2026-11-11T00:00:00Z",
                    "--until",
                    "2026-11-11T00:03:00Z")
                .err())
        .contains("no event no-such was declared");
    Ran late = report("--since", "2026-11-12T00:00:00Z");
    assertThat(late.exit()).isEqualTo(2);
    assertThat(late.err()).contains("must hold a minute that the cluster kept").hasLineCount(1);
    assertThat(report("night.jsonl").err()).contains("name a RECORDING or give --from-live");
    assertThat(run("report").err()).contains("name a RECORDING or give --from-live");
    assertThat(run("report", "x", "--cell", "east").err()).contains("--cell belongs to");
    Ran nobody = run("report", "--from-live", "http://127.0.0.1:9");
    assertThat(nobody.exit()).isEqualTo(2);
    assertThat(nobody.err()).contains("127.0.0.1:9").hasLineCount(1);
  }
}
