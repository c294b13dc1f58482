package dev.highwater.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.http.testing.FakeControlPlane;
import dev.highwater.http.testing.SampleNight;
import dev.highwater.http.testing.SuiteExtension;
import dev.highwater.http.testing.SuiteRunner;
import dev.highwater.model.Cell;
import dev.highwater.model.CellMinute;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.Tenant;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.unit.TestContext;
import io.vertx.ext.unit.TestSuite;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Goal: every route keeps its contract, and every mistake is refused with code, field and remedy.
 */
@ExtendWith(SuiteExtension.class)
class HttpApiTest {
  private FakeControlPlane world = new FakeControlPlane();
  private HttpApi api = new HttpApi(world, HttpSettings.DEFAULT);
  private Vertx vertx;
  private WebClient client;

  HttpApiTest(Vertx vertx) {
    this.vertx = vertx;
    this.client = WebClient.create(vertx);
  }

  @TestFactory
  Stream<DynamicTest> specs(SuiteRunner runner) throws Exception {
    return runner.run(
        suite("specs")
            .test(
                "a tenant needs a name only",
                on(
                    HttpMethod.POST,
                    "/v1/tenants",
                    "{\"name\":\"x\"}",
                    answer -> {
                      assertThat(answer.statusCode()).isEqualTo(201);
                      assertThat(answer.getHeader("ETag")).isEqualTo("\"1\"");
                      assertThat(answer.getHeader("Location")).isEqualTo("/v1/tenants/x");
                      JsonObject spec = answer.bodyAsJsonObject().getJsonObject("spec");
                      assertThat(spec.getString("kind")).isEqualTo("tenant");
                      assertThat(spec.getInteger("priority")).isEqualTo(100);
                    }))
            .test(
                "every other kind has defaults too",
                context ->
                    pass(
                        context,
                        send(HttpMethod.POST, "/v1/tenants", "{\"name\":\"t\"}")
                            .compose(
                                done ->
                                    send(
                                        HttpMethod.POST,
                                        "/v1/services",
                                        "{\"tenant\":\"t\",\"name\":\"s\"}"))
                            .map(that(a -> assertThat(a.statusCode()).isEqualTo(201)))
                            .compose(done -> send(HttpMethod.POST, "/v1/cells", "{\"name\":\"c\"}"))
                            .compose(
                                done ->
                                    send(
                                        HttpMethod.POST,
                                        "/v1/pools",
                                        "{\"cell\":\"c\",\"name\":\"p\"}"))
                            .map(that(a -> assertThat(a.statusCode()).isEqualTo(201)))
                            .compose(
                                done ->
                                    send(
                                        HttpMethod.PUT,
                                        "/v1/events/e",
                                        "{\"name\":\"e\",\"startMs\":5,\"loads\":[{\"service\":\"t/s\",\"peakPerSecond\":10}]}"))
                            .map(that(a -> assertThat(a.statusCode()).isEqualTo(201)))))
            .test(
                "a name that JSON would read as something else is still a name",
                context ->
                    pass(
                        context,
                        send(HttpMethod.POST, "/v1/tenants", "{\"name\":\"123\"}")
                            .compose(done -> send(HttpMethod.GET, "/v1/tenants/123", null))
                            .map(
                                that(
                                    answer ->
                                        assertThat(answer.bodyAsJsonObject().getString("key"))
                                            .isEqualTo("123")))))
            .test(
                "what is there cannot be created",
                given(
                    () -> world.with(Tenant.named("x")),
                    HttpMethod.POST,
                    "/v1/tenants",
                    "{\"name\":\"x\"}",
                    problem(409, "already-exists", "name")))
            .test(
                "a change takes the version it was read at",
                context -> {
                  world.with(Tenant.named("x"));
                  pass(
                      context,
                      putIfMatch("/v1/tenants/x", "{\"name\":\"x\",\"weight\":2}", "\"1\"")
                          .map(
                              that(
                                  answer -> {
                                    assertThat(answer.statusCode()).isEqualTo(200);
                                    assertThat(answer.getHeader("ETag")).isEqualTo("\"2\"");
                                  }))
                          .compose(
                              done ->
                                  putIfMatch(
                                      "/v1/tenants/x", "{\"name\":\"x\",\"weight\":3}", "\"1\""))
                          .map(that(problem(412, "version-conflict", "resourceVersion"))));
                })
            .test(
                "a version that is none is refused",
                context -> {
                  world.with(Tenant.named("x"));
                  pass(
                      context,
                      putIfMatch("/v1/tenants/x", "{\"name\":\"x\"}", "1")
                          .map(that(problem(400, "invalid-value", "If-Match"))));
                })
            .test(
                "a path and its body name the same",
                on(
                    HttpMethod.PUT,
                    "/v1/tenants/y",
                    "{\"name\":\"x\"}",
                    problem(400, "invalid-value", "name")))
            .test(
                "a bundle is declared as a whole, and a dry run declares nothing",
                context -> {
                  String bundle =
                      "{\"items\":[{\"spec\":{\"kind\":\"tenant\",\"name\":\"x\"}},"
                          + "{\"spec\":{\"kind\":\"service\",\"tenant\":\"x\",\"name\":\"s\"},"
                          + "\"resourceVersion\":0}],\"dryRun\":true}";
                  pass(
                      context,
                      send(HttpMethod.POST, "/v1/bundle", bundle)
                          .map(
                              that(
                                  answer ->
                                      assertThat(
                                              answer
                                                  .bodyAsJsonObject()
                                                  .getJsonArray("items")
                                                  .getJsonObject(1)
                                                  .getString("action"))
                                          .isEqualTo("create")))
                          .compose(done -> send(HttpMethod.GET, "/v1/tenants/x", null))
                          .map(that(problem(404, "not-found", "name")))
                          .compose(
                              done ->
                                  send(
                                      HttpMethod.POST,
                                      "/v1/bundle",
                                      bundle.replace(
                                          "\"name\":\"s\"}", "\"name\":\"s\",\"cels\":[]}")))
                          .map(that(problem(400, "unknown-field", "items[1].spec.cels"))));
                })
            .test(
                "a bundle without items is refused",
                on(
                    HttpMethod.POST,
                    "/v1/bundle",
                    "{\"items\":[]}",
                    problem(400, "missing-field", "items")))
            .test(
                "what was read can be put back",
                context -> {
                  world.with(Tenant.named("t"), Service.named("t", "s"));
                  pass(
                      context,
                      send(HttpMethod.GET, "/v1/services/t/s", null)
                          .compose(
                              read ->
                                  send(
                                      HttpMethod.PUT,
                                      "/v1/services/t/s",
                                      read.bodyAsJsonObject().getJsonObject("spec").encode()))
                          .map(
                              that(
                                  answer ->
                                      assertThat(answer.getHeader("ETag")).isEqualTo("\"2\""))));
                })
            .test(
                "a list goes on where its page ended",
                context -> {
                  world.with(Tenant.named("a"), Tenant.named("b"), Tenant.named("c"));
                  pass(
                      context,
                      send(HttpMethod.GET, "/v1/tenants?limit=2", null)
                          .compose(
                              first -> {
                                assertThat(keys(first)).containsExactly("a", "b");
                                String next = first.bodyAsJsonObject().getString("next");
                                return send(
                                    HttpMethod.GET, "/v1/tenants?limit=2&after=" + next, null);
                              })
                          .map(
                              that(
                                  second -> {
                                    assertThat(keys(second)).containsExactly("c");
                                    assertThat(second.bodyAsJsonObject().containsKey("next"))
                                        .isFalse();
                                  })));
                })
            .test(
                "services are listed per tenant",
                context -> {
                  world.with(
                      Tenant.named("a"),
                      Tenant.named("ab"),
                      Service.named("a", "s"),
                      Service.named("ab", "s"));
                  pass(
                      context,
                      send(HttpMethod.GET, "/v1/services?tenant=a", null)
                          .map(that(answer -> assertThat(keys(answer)).containsExactly("a/s"))));
                })
            .test(
                "what is removed is gone",
                context -> {
                  world.with(Tenant.named("x"));
                  pass(
                      context,
                      send(HttpMethod.DELETE, "/v1/tenants/x", null)
                          .map(that(answer -> assertThat(answer.statusCode()).isEqualTo(200)))
                          .compose(done -> send(HttpMethod.GET, "/v1/tenants/x", null))
                          .map(that(problem(404, "not-found", "name"))));
                })
            .test(
                "what is used stays",
                given(
                    () -> world.with(Tenant.named("t"), Service.named("t", "s")),
                    HttpMethod.DELETE,
                    "/v1/tenants/t",
                    null,
                    problem(409, "in-use", "name")))
            .test(
                "a reference must resolve",
                on(
                    HttpMethod.POST,
                    "/v1/services",
                    "{\"tenant\":\"nobody\",\"name\":\"s\"}",
                    problem(422, "unresolved-reference", "tenant"))));
  }

  @TestFactory
  Stream<DynamicTest> mistakes(SuiteRunner runner) throws Exception {
    String deep =
        "{\"name\":\"x\",\"quotas\":[{\"cell\":\"c\",\"nominal\":{\"cpuMilli\":1,\"memoryMib\":1,\"cores\":2}}]}";
    return runner.run(
        suite("mistakes")
            .test(
                "an unknown field is named with its path",
                on(
                    HttpMethod.POST,
                    "/v1/tenants",
                    deep,
                    problem(400, "unknown-field", "quotas[0].nominal.cores")))
            .test(
                "a near miss is told",
                on(
                    HttpMethod.POST,
                    "/v1/tenants",
                    "{\"name\":\"x\",\"wieght\":2}",
                    answer -> {
                      problem(400, "unknown-field", "wieght").accept(answer);
                      assertThat(answer.bodyAsJsonObject().getString("remedy")).contains("weight");
                    }))
            .test(
                "a missing field is named",
                on(HttpMethod.POST, "/v1/tenants", "{}", problem(400, "missing-field", "name")))
            .test(
                "a value out of range is told with its range",
                on(
                    HttpMethod.POST,
                    "/v1/tenants",
                    "{\"name\":\"x\",\"priority\":5000}",
                    answer -> {
                      problem(400, "invalid-value", "priority").accept(answer);
                      assertThat(answer.bodyAsJsonObject().getString("value")).isEqualTo("5000");
                      assertThat(answer.bodyAsJsonObject().getString("remedy"))
                          .isEqualTo("must be 0 to 1000");
                    }))
            .test(
                "a value of the wrong type is refused",
                on(
                    HttpMethod.POST,
                    "/v1/tenants",
                    "{\"name\":\"x\",\"weight\":\"heavy\"}",
                    problem(400, "invalid-value", "weight")))
            .test(
                "a rule over two fields holds",
                on(
                    HttpMethod.POST,
                    "/v1/services",
                    "{\"tenant\":\"t\",\"name\":\"s\",\"scaling\":{\"replicasMin\":9,\"replicasMax\":3}}",
                    problem(400, "invalid-value", "scaling.replicasMin")))
            .test(
                "text that is no JSON is refused",
                on(HttpMethod.POST, "/v1/tenants", "{nope", problem(400, "malformed", null)))
            .test(
                "an empty body is refused",
                on(HttpMethod.POST, "/v1/tenants", "", problem(400, "missing-field", null)))
            .test(
                "another media type is refused",
                context ->
                    pass(
                        context,
                        request(HttpMethod.POST, "/v1/tenants")
                            .putHeader("Content-Type", "text/plain")
                            .sendBuffer(Buffer.buffer("{\"name\":\"x\"}"))
                            .map(that(problem(415, "unsupported", "Content-Type")))))
            .test(
                "a large body is refused",
                on(
                    HttpMethod.POST,
                    "/v1/tenants",
                    "{\"name\":\"" + "x".repeat(4 << 20) + "\"}",
                    problem(413, "too-large", null)))
            .test(
                "a page is bounded",
                on(
                    HttpMethod.GET,
                    "/v1/tenants?limit=1001",
                    null,
                    problem(400, "invalid-value", "limit")))
            .test(
                "an unknown parameter is refused",
                on(
                    HttpMethod.GET,
                    "/v1/tenants?limits=3",
                    null,
                    problem(400, "unknown-field", "limits")))
            .test(
                "an odd name in a path is refused",
                on(
                    HttpMethod.GET,
                    "/v1/tenants/..%2f..%2fetc",
                    null,
                    problem(400, "invalid-value", "tenant")))
            .test(
                "an unknown path is told",
                on(HttpMethod.GET, "/v1/nothing", null, problem(404, "not-found", null)))
            .test(
                "a method that is not there is told",
                on(HttpMethod.PATCH, "/v1/tenants", "{}", problem(405, "unsupported", null)))
            .test(
                "a control plane that does not answer is 503",
                given(
                    () ->
                        world.breakWith(
                            new UnavailableException("the store does not answer", "try again")),
                    HttpMethod.POST,
                    "/v1/tenants",
                    "{\"name\":\"x\"}",
                    answer -> {
                      problem(503, "unavailable", null).accept(answer);
                      assertThat(answer.getHeader("Retry-After")).isEqualTo("1");
                    }))
            .test(
                "a defect tells nothing of its inside",
                given(
                    () -> world.breakWith(new IllegalStateException("secret")),
                    HttpMethod.GET,
                    "/v1/tenants",
                    null,
                    answer -> {
                      problem(500, "internal", null).accept(answer);
                      assertThat(answer.bodyAsString()).doesNotContain("secret");
                    }))
            .test(
                "a refusal of any code has its status",
                given(
                    () ->
                        world.breakWith(
                            new InvalidInputException(
                                ErrorCode.FORBIDDEN, "", null, "not allowed")),
                    HttpMethod.GET,
                    "/v1/cells",
                    null,
                    problem(403, "forbidden", null))));
  }

  @TestFactory
  Stream<DynamicTest> strangers(SuiteRunner runner) throws Exception {
    return runner.run(
        suite("strangers")
            .test(
                "a foreign Host is refused on every path",
                context ->
                    pass(
                        context,
                        withHeader("/", "Host", "evil.example:" + api.port())
                            .map(that(problem(403, "forbidden-origin", "Host")))
                            .compose(
                                done ->
                                    withHeader(
                                        "/v1/tenants", "Host", "127.0.0.1:" + (api.port() - 1)))
                            .map(that(problem(403, "forbidden-origin", "Host")))))
            .test(
                "localhost is ours",
                context ->
                    pass(
                        context,
                        withHeader("/v1/tenants", "Host", "LocalHost:" + api.port())
                            .map(that(answer -> assertThat(answer.statusCode()).isEqualTo(200)))))
            .test(
                "a foreign Origin is refused",
                context ->
                    pass(
                        context,
                        withHeader("/v1/tenants", "Origin", "https://evil.example")
                            .map(that(problem(403, "forbidden-origin", "Origin")))
                            .compose(done -> withHeader("/v1/tenants", "Origin", "null"))
                            .map(that(problem(403, "forbidden-origin", "Origin")))))
            .test(
                "our own Origin passes",
                context ->
                    pass(
                        context,
                        withHeader("/v1/tenants", "Origin", "http://localhost:" + api.port())
                            .map(
                                that(
                                    answer -> {
                                      assertThat(answer.statusCode()).isEqualTo(200);
                                      assertThat(answer.getHeader("X-Content-Type-Options"))
                                          .isEqualTo("nosniff");
                                    })))));
  }

  private io.vertx.core.Handler<TestContext> unknownCell(Runnable given, String path) {
    return given(
        given,
        HttpMethod.GET,
        path + "?cell=nope",
        null,
        answer -> {
          problem(404, "not-found", "cell").accept(answer);
          assertThat(answer.bodyAsJsonObject().getString("detail"))
              .isEqualTo("cell must be one of east: nope");
        });
  }

  private io.vertx.core.Handler<TestContext> unknownService(Runnable given, String path) {
    return given(
        given,
        HttpMethod.GET,
        path + "?service=shop/nope",
        null,
        answer -> {
          problem(404, "not-found", "service").accept(answer);
          assertThat(answer.bodyAsJsonObject().getString("detail"))
              .isEqualTo("service must name a declared service: shop/nope");
        });
  }

  private static List<CellMinute> minutes(int count) {
    List<CellMinute> minutes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      minutes.add(
          new CellMinute(
              "east",
              1,
              i * 60_000L,
              60,
              1,
              List.of(),
              List.of(),
              new TreeMap<>(),
              0,
              0,
              List.of()));
    }
    return minutes;
  }

  @TestFactory
  Stream<DynamicTest> readModels(SuiteRunner runner) throws Exception {
    SampleNight night = new SampleNight(1_000_000_000_000L);
    Runnable evening =
        () -> {
          night.specs().forEach(world::with);
          for (int second = 400; second < 430; second++) {
            world.publish(night.snapshot(second));
            world.publish(night.decision(second));
          }
        };
    return runner.run(
        suite("read models")
            .test(
                "snapshots are as published",
                given(
                    evening,
                    HttpMethod.GET,
                    "/v1/snapshots",
                    null,
                    answer -> {
                      JsonArray items = answer.bodyAsJsonObject().getJsonArray("items");
                      assertThat(items).hasSize(1);
                      assertThat(items.getJsonObject(0).getLong("nowMs"))
                          .isEqualTo(night.snapshot(429).nowMs());
                    }))
            .test(
                "snapshots of a cell that nobody decides yet are none",
                given(
                    () -> {
                      evening.run();
                      world.with(Cell.named("west"));
                    },
                    HttpMethod.GET,
                    "/v1/snapshots?cell=west",
                    null,
                    answer ->
                        assertThat(answer.bodyAsJsonObject().getJsonArray("items")).isEmpty()))
            .test("history of an unknown cell", unknownCell(evening, "/v1/history"))
            .test("snapshots of an unknown cell", unknownCell(evening, "/v1/snapshots"))
            .test("nodes of an unknown cell", unknownCell(evening, "/v1/nodes"))
            .test("decisions of an unknown cell", unknownCell(evening, "/v1/decisions"))
            .test("a stream of an unknown cell", unknownCell(evening, "/v1/stream"))
            .test("routes of an unknown service", unknownService(evening, "/v1/routes"))
            .test("decisions on an unknown service", unknownService(evening, "/v1/decisions"))
            .test("minutes of an unknown cell", unknownCell(evening, "/v1/minutes"))
            .test(
                "minutes of a cell that kept none are none, and none follow",
                given(
                    evening,
                    HttpMethod.GET,
                    "/v1/minutes?cell=east",
                    null,
                    answer -> {
                      assertThat(answer.bodyAsJsonObject().getJsonArray("items")).isEmpty();
                      assertThat(answer.bodyAsJsonObject().containsKey("next")).isFalse();
                    }))
            .test(
                "minutes come in pages, oldest first",
                given(
                    () -> {
                      evening.run();
                      minutes(5).forEach(world::keep);
                    },
                    HttpMethod.GET,
                    "/v1/minutes?cell=east&since=60000&until=240000&limit=2",
                    null,
                    answer -> {
                      JsonArray items = answer.bodyAsJsonObject().getJsonArray("items");
                      assertThat(items).hasSize(2);
                      assertThat(items.getJsonObject(0).getLong("startMs")).isEqualTo(60_000);
                      assertThat(answer.bodyAsJsonObject().getLong("next")).isEqualTo(120_001);
                    }))
            .test(
                "minutes until before since are refused",
                given(
                    evening,
                    HttpMethod.GET,
                    "/v1/minutes?cell=east&since=60000&until=60000",
                    null,
                    problem(400, "invalid-value", "until")))
            .test(
                "minutes since no time are refused",
                given(
                    evening,
                    HttpMethod.GET,
                    "/v1/minutes?cell=east&since=noon",
                    null,
                    problem(400, "invalid-value", "since")))
            .test(
                "more minutes than fit into an answer are refused",
                given(
                    evening,
                    HttpMethod.GET,
                    "/v1/minutes?cell=east&limit=61",
                    null,
                    problem(400, "invalid-value", "limit")))
            .test(
                "nodes come in pages and by state",
                context -> {
                  evening.run();
                  int all = night.snapshot(429).nodes().size();
                  pass(
                      context,
                      send(HttpMethod.GET, "/v1/nodes?limit=3", null)
                          .compose(
                              first -> {
                                assertThat(first.bodyAsJsonObject().getJsonArray("items"))
                                    .hasSize(3);
                                return send(
                                    HttpMethod.GET,
                                    "/v1/nodes?after=" + first.bodyAsJsonObject().getString("next"),
                                    null);
                              })
                          .map(
                              that(
                                  rest ->
                                      assertThat(rest.bodyAsJsonObject().getJsonArray("items"))
                                          .hasSize(all - 3)))
                          .compose(done -> send(HttpMethod.GET, "/v1/nodes?state=draining", null))
                          .map(
                              that(
                                  none ->
                                      assertThat(none.bodyAsJsonObject().getJsonArray("items"))
                                          .isEmpty())));
                })
            .test(
                "decisions come newest first",
                given(
                    evening,
                    HttpMethod.GET,
                    "/v1/decisions?limit=5",
                    null,
                    answer -> {
                      JsonArray items = answer.bodyAsJsonObject().getJsonArray("items");
                      assertThat(items).hasSize(5);
                      assertThat(items.getJsonObject(0).getInteger("sequence")).isEqualTo(429);
                      assertThat(items.getJsonObject(4).getInteger("sequence")).isEqualTo(425);
                    }))
            .test(
                "decisions of one service hold nothing of others",
                given(
                    evening,
                    HttpMethod.GET,
                    "/v1/decisions?service=shop/order",
                    null,
                    answer -> {
                      assertThat(answer.bodyAsJsonObject().getJsonArray("items")).isNotEmpty();
                      assertThat(answer.bodyAsString())
                          .contains("shop/order")
                          .doesNotContain("rail/query")
                          .doesNotContain("pool-explained");
                    }))
            .test(
                "an explanation names winner and losers",
                given(
                    evening,
                    HttpMethod.GET,
                    "/v1/services/shop/order/explanation",
                    null,
                    answer -> {
                      JsonObject first =
                          answer.bodyAsJsonObject().getJsonArray("items").getJsonObject(0);
                      JsonObject explanation = first.getJsonObject("explanation");
                      assertThat(explanation.getString("winner")).isEqualTo("calendar");
                      assertThat(explanation.getJsonArray("wishes")).hasSize(3);
                    }))
            .test(
                "an explanation of the past is that of the past",
                context -> {
                  evening.run();
                  long at = night.snapshot(409).nowMs();
                  pass(
                      context,
                      send(HttpMethod.GET, "/v1/services/rail/order/explanation?at=" + at, null)
                          .map(
                              that(
                                  answer ->
                                      assertThat(answer.bodyAsJsonObject().getJsonArray("items"))
                                          .allSatisfy(
                                              item ->
                                                  assertThat(((JsonObject) item).getLong("nowMs"))
                                                      .isLessThanOrEqualTo(at)))));
                })
            .test(
                "history holds a point per second",
                given(
                    evening,
                    HttpMethod.GET,
                    "/v1/history?cell=east&seconds=10",
                    null,
                    answer -> {
                      JsonObject body = answer.bodyAsJsonObject();
                      assertThat(body.getJsonArray("atMs")).hasSize(10);
                      JsonObject series = body.getJsonArray("services").getJsonObject(0);
                      assertThat(series.getString("service")).isEqualTo("rail/order");
                      assertThat(series.getJsonArray("target")).hasSize(10);
                    }))
            .test(
                "a surge is relayed",
                given(
                    evening,
                    HttpMethod.POST,
                    "/v1/simulation/surges",
                    "{\"service\":\"shop/order\",\"factor\":4,\"holdMs\":30000}",
                    answer -> {
                      assertThat(answer.statusCode()).isEqualTo(202);
                      assertThat(world.simulated())
                          .containsExactly(
                              new SimulationCommand.Surge(
                                  new ServiceId("shop", "order"), 4, 0, 30_000, 0));
                    }))
            .test(
                "a node is killed",
                given(
                    evening,
                    HttpMethod.POST,
                    "/v1/simulation/faults",
                    "{\"cell\":\"east\",\"target\":\"standard-1\"}",
                    answer -> {
                      assertThat(answer.statusCode()).isEqualTo(202);
                      assertThat(world.simulated()).hasSize(1);
                    }))
            .test(
                "a node that is not there cannot be killed",
                given(
                    evening,
                    HttpMethod.POST,
                    "/v1/simulation/faults",
                    "{\"cell\":\"east\",\"target\":\"standard-999\"}",
                    problem(404, "not-found", "target"))));
  }

  @TestFactory
  Stream<DynamicTest> operation(SuiteRunner runner) throws Exception {
    return runner.run(
        suite("operation")
            .test(
                "the process lives",
                on(
                    HttpMethod.GET,
                    "/health/live",
                    null,
                    answer -> assertThat(answer.statusCode()).isEqualTo(200)))
            .test(
                "readiness names its checks",
                given(
                    () -> world.breakWith(new UnavailableException("down", "wait")),
                    HttpMethod.GET,
                    "/health/ready",
                    null,
                    answer -> {
                      assertThat(answer.statusCode()).isEqualTo(503);
                      assertThat(answer.bodyAsString()).contains("store");
                    }))
            .test(
                "metrics are plain text",
                on(
                    HttpMethod.GET,
                    "/metrics",
                    null,
                    answer -> {
                      assertThat(answer.getHeader("Content-Type")).startsWith("text/plain");
                      assertThat(answer.bodyAsString()).contains("fake_specs 1.0");
                    }))
            .test(
                "the contract is published whole",
                on(
                    HttpMethod.GET,
                    "/openapi.yaml",
                    null,
                    answer ->
                        assertThat(answer.bodyAsString())
                            .startsWith("openapi: 3.1.0")
                            .contains("application/problem+json")))
            .test(
                "the console is served with its libraries",
                context ->
                    pass(
                        context,
                        send(HttpMethod.GET, "/", null)
                            .map(
                                that(
                                    page -> {
                                      assertThat(page.bodyAsString()).contains("<title>Highwater");
                                      assertThat(page.getHeader("Content-Security-Policy"))
                                          .contains("default-src 'self'");
                                    }))
                            .compose(
                                done -> send(HttpMethod.GET, "/console/uplot/uPlot.esm.js", null))
                            .map(that(script -> assertThat(script.statusCode()).isEqualTo(200)))))
            .test(
                "files outside the console are not served",
                on(
                    HttpMethod.GET,
                    "/console/..%2fopenapi.yaml",
                    null,
                    answer -> assertThat(answer.statusCode()).isEqualTo(404))));
  }

  /** Starts a fresh world and API before each case, and stops it after. */
  private TestSuite suite(String name) {
    return TestSuite.create(name)
        .beforeEach(
            context -> {
              world = new FakeControlPlane();
              api = new HttpApi(world, HttpSettings.DEFAULT.withPort(0));
              vertx.deployVerticle(api).onComplete(context.asyncAssertSuccess());
            })
        .afterEach(
            context ->
                vertx
                    .undeploy(api.deploymentID())
                    .map(that(done -> context.assertEquals(0, world.listeners())))
                    .onComplete(context.asyncAssertSuccess()));
  }

  private io.vertx.core.Handler<TestContext> on(
      HttpMethod method, String path, @Nullable String body, Consumer<HttpResponse<Buffer>> check) {
    return given(() -> {}, method, path, body, check);
  }

  private io.vertx.core.Handler<TestContext> given(
      Runnable before,
      HttpMethod method,
      String path,
      @Nullable String body,
      Consumer<HttpResponse<Buffer>> check) {
    return context -> {
      before.run();
      pass(context, send(method, path, body).map(that(check)));
    };
  }

  private Future<HttpResponse<Buffer>> send(HttpMethod method, String path, @Nullable String body) {
    HttpRequest<Buffer> request = request(method, path);
    return body == null
        ? request.send()
        : request.putHeader("Content-Type", "application/json").sendBuffer(Buffer.buffer(body));
  }

  private Future<HttpResponse<Buffer>> putIfMatch(String path, String body, String version) {
    return request(HttpMethod.PUT, path)
        .putHeader("Content-Type", "application/json")
        .putHeader("If-Match", version)
        .sendBuffer(Buffer.buffer(body));
  }

  private Future<HttpResponse<Buffer>> withHeader(String path, String name, String value) {
    return request(HttpMethod.GET, path).putHeader(name, value).send();
  }

  private HttpRequest<Buffer> request(HttpMethod method, String path) {
    return client.requestAbs(method, "http://127.0.0.1:" + api.port() + path);
  }

  private static <T> void pass(TestContext context, Future<T> work) {
    work.onComplete(context.asyncAssertSuccess());
  }

  /** Checks within the chain: what the check throws fails the future, and so the case. */
  private static <T> Function<T, T> that(Consumer<T> check) {
    return value -> {
      check.accept(value);
      return value;
    };
  }

  private static Consumer<HttpResponse<Buffer>> problem(
      int status, String code, @Nullable String field) {
    return answer -> {
      assertThat(answer.statusCode()).as(answer.bodyAsString()).isEqualTo(status);
      assertThat(answer.getHeader("Content-Type")).isEqualTo("application/problem+json");
      JsonObject body = answer.bodyAsJsonObject();
      assertThat(body.getString("code")).isEqualTo(code);
      assertThat(body.getString("type")).isEqualTo("urn:highwater:problem:" + code);
      assertThat(body.getInteger("status")).isEqualTo(status);
      assertThat(body.getString("detail")).isNotBlank();
      if (field != null) {
        assertThat(body.getString("field")).isEqualTo(field);
        assertThat(body.getString("remedy")).isNotBlank();
      }
    };
  }

  private static java.util.List<Object> keys(HttpResponse<Buffer> page) {
    return page.bodyAsJsonObject().getJsonArray("items").stream()
        .map(item -> (Object) ((JsonObject) item).getString("key"))
        .toList();
  }
}
