package dev.highwater.server.session;

import dev.highwater.http.testing.SuiteExtension;
import dev.highwater.http.testing.SuiteRunner;
import dev.highwater.model.AgentMessage;
import dev.highwater.model.AgentMessage.Hello;
import dev.highwater.model.AgentMessage.Report;
import dev.highwater.model.AgentMessage.Role;
import dev.highwater.model.Command;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.Observation;
import dev.highwater.model.Resources;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.model.SchedulerMessage.Instruct;
import dev.highwater.model.SchedulerMessage.Redirect;
import dev.highwater.model.SchedulerMessage.Refused;
import dev.highwater.model.SchedulerMessage.Welcome;
import dev.highwater.model.json.ModelJson;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.ext.unit.Async;
import io.vertx.ext.unit.TestContext;
import io.vertx.ext.unit.TestSuite;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** The agent protocol, message by message, over a real socket. This member owns cell east. */
@ExtendWith(SuiteExtension.class)
class AgentSessionsTest {
  private static final String TOKEN = "secret";
  private static final long WAIT_S = 10;

  private final CellInbox inbox = new CellInbox();
  private AgentSessions sessions;
  private HttpServer server;
  private WebSocketClient client;

  /** Owns east, knows the owner of west, and no other cell. */
  private final class Directory implements CellDirectory {
    @Override
    public @Nullable OwnedCell owned(String cell) {
      return cell.equals("east") ? new OwnedCell(cell, 7, inbox) : null;
    }

    @Override
    public @Nullable String ownerAddress(String cell) {
      return cell.equals("west") ? "127.0.0.1:9999" : null;
    }
  }

  @BeforeEach
  void listen(Vertx vertx) throws Exception {
    sessions =
        new AgentSessions(
            vertx, new SessionSettings("member-1", TOKEN, 100), new Directory(), Clock.systemUTC());
    server =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setMaxWebSocketFrameSize(AgentSessions.MESSAGE_BYTES_MAX)
                    .setMaxWebSocketMessageSize(AgentSessions.MESSAGE_BYTES_MAX))
            .webSocketHandler(sessions)
            .listen(0, "127.0.0.1")
            .await(WAIT_S, TimeUnit.SECONDS);
    client = vertx.createWebSocketClient();
  }

  @AfterEach
  void close() throws Exception {
    server.close().await(WAIT_S, TimeUnit.SECONDS);
  }

  private Future<WebSocket> connect() {
    return client.connect(server.actualPort(), "127.0.0.1", AgentSessions.PATH);
  }

  private static Hello hello(Role role, String cell, String name) {
    NodeDescriptor node =
        role == Role.NODE
            ? new NodeDescriptor(
                cell,
                name,
                cell + "/small",
                "a",
                Resources.of(1_000, 1_024),
                new TreeMap<>(),
                List.of())
            : null;
    return new Hello(AgentMessage.PROTOCOL_VERSION, role, cell, name, TOKEN, 0, node, List.of());
  }

  private static void say(WebSocket socket, AgentMessage message) {
    socket.writeTextMessage(ModelJson.write(message));
  }

  /** Connects, says one thing, and looks at the first answer. */
  private void answer(
      TestContext context, AgentMessage said, BiConsumer<WebSocket, SchedulerMessage> check) {
    Async done = context.async();
    connect()
        .onComplete(
            context.asyncAssertSuccess(
                socket -> {
                  socket.textMessageHandler(
                      text -> {
                        if (!done.isCompleted()) {
                          context.verify(
                              nothing ->
                                  check.accept(
                                      socket, ModelJson.read(text, SchedulerMessage.class)));
                          done.complete();
                        }
                      });
                  say(socket, said);
                }));
  }

  private void refusal(TestContext context, AgentMessage said, ErrorCode code) {
    answer(
        context,
        said,
        (socket, message) -> {
          context.assertTrue(message instanceof Refused, "not refused: " + message);
          context.assertEquals(code, ((Refused) message).code());
          Async closed = context.async();
          socket.closeHandler(nothing -> closed.complete());
        });
  }

  private static Report report(String node) {
    return new Report(new Observation.NodeReport(1, node, 7, 1, 0, List.of()));
  }

  @TestFactory
  Stream<DynamicTest> greeting(SuiteRunner runner) throws Exception {
    return runner.run(
        TestSuite.create("greeting")
            .test(
                "a node of an owned cell is welcomed with the epoch",
                context ->
                    answer(
                        context,
                        hello(Role.NODE, "east", "n1"),
                        (socket, message) -> {
                          Welcome welcome = (Welcome) message;
                          context.assertEquals(7L, welcome.epoch());
                          context.assertEquals("member-1", welcome.member());
                          context.assertEquals(1_000L, welcome.reportIntervalMs());
                          context.assertEquals(10_000L, welcome.leaseMs());
                        }))
            .test(
                "a front door hears the routes with its welcome",
                context -> {
                  Instruct routes = new Instruct(new Command.RouteUsers(2, 3, List.of()));
                  sessions.greetDoors(() -> routes);
                  List<SchedulerMessage> said = new ArrayList<>();
                  Async done = context.async();
                  connect()
                      .onComplete(
                          context.asyncAssertSuccess(
                              socket -> {
                                socket.textMessageHandler(
                                    text -> {
                                      said.add(ModelJson.read(text, SchedulerMessage.class));
                                      if (said.size() == 2) {
                                        context.assertEquals(routes, said.get(1));
                                        done.complete();
                                      }
                                    });
                                say(socket, hello(Role.FRONT_DOOR, "east", "door"));
                              }));
                })
            .test(
                "another member's cell is a redirect",
                context ->
                    answer(
                        context,
                        hello(Role.HOST, "west", "h1"),
                        (socket, message) ->
                            context.assertEquals(
                                new Redirect("ws://127.0.0.1:9999/agent/v1"), message)))
            .test(
                "a cell without an owner is told as unavailable",
                context -> refusal(context, hello(Role.HOST, "north", "h1"), ErrorCode.UNAVAILABLE))
            .test(
                "another protocol version is refused",
                context ->
                    refusal(
                        context,
                        new Hello(99, Role.HOST, "east", "h1", TOKEN, 0, null, List.of()),
                        ErrorCode.PROTOCOL_VERSION))
            .test(
                "a wrong token is refused",
                context ->
                    refusal(
                        context,
                        new Hello(1, Role.HOST, "east", "h1", "wrong", 0, null, List.of()),
                        ErrorCode.UNAUTHENTICATED))
            .test(
                "a node that does not describe itself is refused",
                context ->
                    refusal(
                        context,
                        new Hello(1, Role.NODE, "east", "n1", TOKEN, 0, null, List.of()),
                        ErrorCode.INVALID_VALUE))
            .test(
                "a report before Hello is refused",
                context -> refusal(context, report("n1"), ErrorCode.MISSING_FIELD)));
  }

  @TestFactory
  Stream<DynamicTest> conversation(SuiteRunner runner) throws Exception {
    return runner.run(
        TestSuite.create("conversation")
            .test(
                "what a node says is in the inbox in order, and its end too",
                context -> {
                  Async done = context.async();
                  connect()
                      .onComplete(
                          context.asyncAssertSuccess(
                              socket -> {
                                say(socket, hello(Role.NODE, "east", "n1"));
                                say(socket, report("n1"));
                                until(
                                    runner.vertx(),
                                    () -> inbox.size() == 2,
                                    () -> {
                                      socket.close();
                                      until(
                                          runner.vertx(),
                                          () -> inbox.size() == 3,
                                          () -> {
                                            List<Observation> said = inbox.drain().observations();
                                            context.assertTrue(
                                                said.get(0) instanceof Observation.NodeConnected);
                                            context.assertTrue(
                                                said.get(1) instanceof Observation.NodeReport);
                                            context.assertTrue(
                                                said.get(2)
                                                    instanceof Observation.NodeDisconnected);
                                            done.complete();
                                          });
                                    });
                              }));
                })
            .test(
                "a node may not report for another",
                context -> {
                  Async refused = context.async();
                  connect()
                      .onComplete(
                          context.asyncAssertSuccess(
                              socket -> {
                                socket.textMessageHandler(
                                    text -> {
                                      if (ModelJson.read(text, SchedulerMessage.class)
                                          instanceof Refused) {
                                        refused.complete();
                                      }
                                    });
                                say(socket, hello(Role.NODE, "east", "n2"));
                                say(socket, report("n1"));
                              }));
                })
            .test(
                "malformed text is refused with its code",
                context -> {
                  Async refused = context.async();
                  connect()
                      .onComplete(
                          context.asyncAssertSuccess(
                              socket -> {
                                socket.textMessageHandler(
                                    text -> {
                                      Refused answer =
                                          (Refused) ModelJson.read(text, SchedulerMessage.class);
                                      context.assertEquals(ErrorCode.MALFORMED, answer.code());
                                      refused.complete();
                                    });
                                socket.writeTextMessage("{");
                              }));
                })
            .test(
                "a message beyond the bound closes the connection",
                context -> {
                  Async closed = context.async();
                  connect()
                      .onComplete(
                          context.asyncAssertSuccess(
                              socket -> {
                                socket.closeHandler(nothing -> closed.complete());
                                socket.exceptionHandler(e -> {});
                                socket.writeTextMessage(
                                    "x".repeat(AgentSessions.MESSAGE_BYTES_MAX + 1));
                              }));
                })
            .test(
                "the newer of two sessions of one agent stays",
                context -> {
                  Async closed = context.async();
                  connect()
                      .onComplete(
                          context.asyncAssertSuccess(
                              first -> {
                                first.closeHandler(nothing -> closed.complete());
                                first.textMessageHandler(
                                    welcome ->
                                        connect()
                                            .onComplete(
                                                context.asyncAssertSuccess(
                                                    second ->
                                                        say(
                                                            second,
                                                            hello(
                                                                Role.FRONT_DOOR,
                                                                "east",
                                                                "door")))));
                                say(first, hello(Role.FRONT_DOOR, "east", "door"));
                              }));
                })
            .test(
                "a command reaches the agent it is for",
                context ->
                    answer(
                        context,
                        hello(Role.HOST, "east", "h9"),
                        (socket, welcome) -> {
                          Command command = new Command.AdmitRates(7, 1, List.of());
                          SchedulerMessage.Instruct instruct =
                              new SchedulerMessage.Instruct(command);
                          Async heard = context.async();
                          socket.textMessageHandler(
                              text -> {
                                context.assertEquals(
                                    instruct, ModelJson.read(text, SchedulerMessage.class));
                                heard.complete();
                              });
                          context.assertTrue(sessions.send("east", Role.HOST, "h9", instruct));
                          context.assertFalse(sessions.send("east", Role.NODE, "h9", instruct));
                          context.assertEquals(1, sessions.count(Role.HOST));
                        }))
            .test(
                "when the epoch is over the agent is sent away",
                context ->
                    answer(
                        context,
                        hello(Role.NODE, "east", "n8"),
                        (socket, welcome) -> {
                          Async closed = context.async();
                          socket.closeHandler(nothing -> closed.complete());
                          sessions.closeAll("east", 6);
                          context.assertEquals(1, sessions.count(Role.NODE));
                          sessions.closeAll("east", 7);
                        })));
  }

  private static void until(Vertx vertx, BooleanSupplier condition, Runnable then) {
    if (condition.getAsBoolean()) {
      then.run();
    } else {
      vertx.setTimer(10, id -> until(vertx, condition, then));
    }
  }
}
