package dev.highwater.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.http.testing.FakeControlPlane;
import dev.highwater.http.testing.SampleNight;
import dev.highwater.http.testing.SuiteExtension;
import dev.highwater.http.testing.SuiteRunner;
import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.unit.TestSuite;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Goal: a stream begins with what is, goes on with what happens, and is bounded. */
@ExtendWith(SuiteExtension.class)
class StreamTest {
  private static final SampleNight NIGHT = new SampleNight(1_000_000_000_000L);

  private final Vertx vertx;
  private final HttpClient client;
  private FakeControlPlane world = new FakeControlPlane();
  private HttpApi api = new HttpApi(world, HttpSettings.DEFAULT);

  StreamTest(Vertx vertx) {
    this.vertx = vertx;
    this.client = vertx.createHttpClient();
  }

  @TestFactory
  Stream<DynamicTest> streams(SuiteRunner runner) throws Exception {
    return runner.run(
        TestSuite.create("streams")
            .beforeEach(
                context -> {
                  world = new FakeControlPlane();
                  api = new HttpApi(world, new HttpSettings("127.0.0.1", 0, List.of(), 1 << 20, 2));
                  vertx.deployVerticle(api).onComplete(context.asyncAssertSuccess());
                })
            .afterEach(
                context ->
                    vertx.undeploy(api.deploymentID()).onComplete(context.asyncAssertSuccess()))
            .test(
                "a stream begins with the last snapshot and goes on with what happens",
                context -> {
                  world.publish(NIGHT.snapshot(420));
                  open("/v1/stream")
                      .compose(
                          response -> {
                            assertThat(response.getHeader("Content-Type"))
                                .isEqualTo("text/event-stream");
                            Future<String> read =
                                until(response, text -> text.contains("event: decision"));
                            vertx.setTimer(50, id -> world.publish(NIGHT.decision(421)));
                            return read;
                          })
                      .map(
                          text -> {
                            assertThat(text).startsWith("retry: 1000\n\nevent: snapshot\ndata: {");
                            JsonObject decision = data(text, "decision");
                            assertThat(decision.getInteger("sequence")).isEqualTo(421);
                            assertThat(decision.getJsonArray("commands")).isEmpty();
                            return text;
                          })
                      .onComplete(context.asyncAssertSuccess());
                })
            .test(
                "a stream of one cell tells nothing of others",
                context -> {
                  world.with(Cell.named("west"));
                  open("/v1/stream?cell=west")
                      .compose(
                          response -> {
                            Future<String> read =
                                until(response, text -> text.contains("event: snapshot"));
                            vertx.setTimer(
                                50,
                                id -> {
                                  world.publish(NIGHT.snapshot(1));
                                  world.publish(named("west", NIGHT.snapshot(2)));
                                });
                            return read;
                          })
                      .map(
                          text -> {
                            assertThat(data(text, "snapshot").getString("cell")).isEqualTo("west");
                            return text;
                          })
                      .onComplete(context.asyncAssertSuccess());
                })
            .test(
                "a slow reader misses snapshots, gets the last one, and is told of decisions missed",
                context -> {
                  int last = 900;
                  open("/v1/stream")
                      .compose(
                          response -> {
                            response.pause();
                            for (int second = 0; second <= last; second++) {
                              world.publish(NIGHT.snapshot(second));
                              world.publish(NIGHT.decision(second));
                            }
                            String end = "\"nowMs\":" + NIGHT.snapshot(last).nowMs();
                            Future<String> read = until(response, text -> text.contains(end));
                            vertx.setTimer(500, id -> response.resume());
                            return read;
                          })
                      .map(
                          text -> {
                            int snapshots = text.split("event: snapshot", -1).length - 1;
                            assertThat(snapshots).isLessThan(last);
                            assertThat(data(text, "gap").getInteger("decisionsMissed"))
                                .isPositive();
                            return text;
                          })
                      .onComplete(context.asyncAssertSuccess());
                })
            .test(
                "a deleted cell is told to be gone, and a later stream does not begin with it",
                context -> {
                  world.publish(NIGHT.snapshot(1));
                  world.publish(named("west", NIGHT.snapshot(2)));
                  open("/v1/stream")
                      .compose(
                          response -> {
                            Future<String> read =
                                until(response, text -> text.contains("event: gone"));
                            vertx.setTimer(50, id -> world.gone("west"));
                            return read;
                          })
                      .map(
                          text -> {
                            assertThat(data(text, "gone").getString("cell")).isEqualTo("west");
                            return text;
                          })
                      .compose(text -> open("/v1/stream"))
                      .compose(
                          response -> {
                            Future<String> read =
                                until(response, text -> text.contains("event: decision"));
                            vertx.setTimer(50, id -> world.publish(NIGHT.decision(421)));
                            return read;
                          })
                      .map(
                          text -> {
                            assertThat(text)
                                .contains("event: snapshot")
                                .doesNotContain("\"cell\":\"west\"");
                            return text;
                          })
                      .onComplete(context.asyncAssertSuccess());
                })
            .test(
                "streams are counted, and refused beyond the limit",
                context ->
                    open("/v1/stream")
                        .compose(first -> open("/v1/stream"))
                        .compose(second -> refusedFor("/v1/stream"))
                        .onComplete(context.asyncAssertSuccess()))
            .test(
                "so is a stream of a cell that is declared and not decided yet",
                context -> {
                  world.with(Cell.named("west"));
                  open("/v1/stream?cell=west")
                      .compose(first -> open("/v1/stream"))
                      .compose(second -> refusedFor("/v1/stream?cell=west"))
                      .onComplete(context.asyncAssertSuccess());
                }));
  }

  private Future<Void> refusedFor(String path) {
    return open(path)
        .compose(
            third -> {
              assertThat(third.statusCode()).isEqualTo(503);
              return third.body();
            })
        .map(
            body -> {
              assertThat(body.toJsonObject().getString("code")).isEqualTo("unavailable");
              return body;
            })
        .mapEmpty();
  }

  private Future<HttpClientResponse> open(String path) {
    return client
        .request(HttpMethod.GET, api.port(), "127.0.0.1", path)
        .compose(request -> request.send());
  }

  private static Future<String> until(HttpClientResponse response, Predicate<String> enough) {
    Promise<String> found = Promise.promise();
    StringBuilder text = new StringBuilder();
    response.handler(
        buffer -> {
          text.append(buffer);
          if (buffer.toString().endsWith("\n\n") && enough.test(text.toString())) {
            found.tryComplete(text.toString());
          }
        });
    response.exceptionHandler(found::tryFail);
    return found.future();
  }

  static CellSnapshot named(String cell, CellSnapshot like) {
    return new CellSnapshot(
        cell,
        like.epoch(),
        like.owner(),
        like.nowMs(),
        like.position(),
        like.ticksTotal(),
        like.auditViolationsTotal(),
        like.services(),
        like.nodes(),
        like.pools(),
        like.events(),
        like.costPerHour(),
        like.costTotal(),
        like.nodeHoursTotal(),
        like.costSinceMs());
  }

  private static JsonObject data(String text, String event) {
    String from = text.substring(text.indexOf("event: " + event + "\ndata: "));
    return new JsonObject(from.substring(from.indexOf('{'), from.indexOf("\n\n")));
  }
}
