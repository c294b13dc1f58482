package dev.highwater.agent;

import dev.highwater.model.AgentMessage;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.model.json.ModelJson;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A scheduler member that says exactly what a test tells it to. Touched on one context. */
final class FakeMember {
  /** One agent's connection. */
  record Guest(ServerWebSocket socket, AgentMessage.Hello hello) {
    void say(SchedulerMessage message) {
      socket.writeTextMessage(ModelJson.write(message));
    }
  }

  final List<Guest> guests = new ArrayList<>();
  private final Deque<AgentMessage.Report> reports = new ArrayDeque<>();
  private final Deque<Promise<Guest>> awaitedGuests = new ArrayDeque<>();
  private final Deque<Promise<AgentMessage.Report>> awaitedReports = new ArrayDeque<>();
  private final Deque<Guest> newGuests = new ArrayDeque<>();
  private final HttpServer server;
  private final Function<AgentMessage.Hello, @Nullable SchedulerMessage> answer;

  private FakeMember(
      HttpServer server, Function<AgentMessage.Hello, @Nullable SchedulerMessage> answer) {
    this.server = server;
    this.answer = answer;
  }

  /** Listens on a free port, or on {@code port} if that is not 0. */
  static Future<FakeMember> listen(
      Vertx vertx, int port, Function<AgentMessage.Hello, @Nullable SchedulerMessage> answer) {
    HttpServer server =
        vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(port));
    FakeMember member = new FakeMember(server, answer);
    return server.webSocketHandler(member::onConnection).listen().map(member);
  }

  static SchedulerMessage.Welcome welcome(long epoch) {
    return new SchedulerMessage.Welcome(
        AgentMessage.PROTOCOL_VERSION, "fake", epoch, 1_000, 10_000);
  }

  int port() {
    return server.actualPort();
  }

  URI address() {
    return URI.create("ws://127.0.0.1:" + port() + "/agent/v1");
  }

  /** The next connection that has said hello and has not been asked for before. */
  Future<Guest> guest() {
    Promise<Guest> promise = Promise.promise();
    awaitedGuests.add(promise);
    settle(newGuests, awaitedGuests);
    return promise.future();
  }

  /** The next report that has not been asked for before. */
  Future<AgentMessage.Report> report() {
    Promise<AgentMessage.Report> promise = Promise.promise();
    awaitedReports.add(promise);
    settle(reports, awaitedReports);
    return promise.future();
  }

  Future<Void> close() {
    return server.close();
  }

  private void onConnection(ServerWebSocket socket) {
    socket.textMessageHandler(
        text -> {
          AgentMessage message = ModelJson.read(text, AgentMessage.class);
          if (message instanceof AgentMessage.Hello hello) {
            Guest guest = new Guest(socket, hello);
            guests.add(guest);
            newGuests.add(guest);
            SchedulerMessage reply = answer.apply(hello);
            if (reply != null) {
              guest.say(reply);
            }
            settle(newGuests, awaitedGuests);
          } else if (message instanceof AgentMessage.Report report) {
            reports.add(report);
            settle(reports, awaitedReports);
          }
        });
  }

  private static <T> void settle(Deque<T> values, Deque<Promise<T>> awaited) {
    while (!values.isEmpty() && !awaited.isEmpty()) {
      awaited.remove().complete(values.remove());
    }
  }
}
