package dev.highwater.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.http.HttpSettings;
import dev.highwater.http.Precondition;
import dev.highwater.model.AgentMessage;
import dev.highwater.model.AgentMessage.Role;
import dev.highwater.model.Cell;
import dev.highwater.model.Command;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.Spec;
import dev.highwater.model.Tenant;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.DatedRoute;
import dev.highwater.server.Member;
import dev.highwater.server.MemberSettings;
import dev.highwater.server.cluster.ClusterSettings;
import dev.highwater.server.store.Retention;
import dev.highwater.server.store.StoreLocation;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: two members that share the cells agree on one set of routes, whoever decides it, and every
 * front door hears it from the owner of its own cell.
 */
class RoutesTest {
  private static final ServiceId WEB = new ServiceId("shop", "web");
  private static final long WAIT_S = 60;

  private final Vertx agents = Vertx.vertx();
  private final WebSocketClient client = agents.createWebSocketClient();
  private final List<Member> members = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    agents.close().await(WAIT_S, TimeUnit.SECONDS);
    members.forEach(Member::close);
  }

  /** A front door that reports so many users in all, from its first route on its part of them. */
  private final class Door {
    final String cell;
    final BlockingQueue<Command.RouteUsers> routes = new LinkedBlockingQueue<>();
    private volatile boolean dumb;

    Door(String cell) {
      this.cell = cell;
    }

    void join(Member any) throws Exception {
      AgentMessage.Hello hello =
          new AgentMessage.Hello(
              AgentMessage.PROTOCOL_VERSION, Role.FRONT_DOOR, cell, "door", "", 0, null, List.of());
      int port = any.httpPort();
      for (int attempt = 0; attempt < 300; attempt++) {
        BlockingQueue<SchedulerMessage> said = new LinkedBlockingQueue<>();
        WebSocket socket =
            client.connect(port, "127.0.0.1", "/agent/v1").await(WAIT_S, TimeUnit.SECONDS);
        socket.textMessageHandler(text -> said.add(ModelJson.read(text, SchedulerMessage.class)));
        socket.writeTextMessage(ModelJson.write(hello));
        SchedulerMessage first = said.poll(WAIT_S, TimeUnit.SECONDS);
        if (first instanceof SchedulerMessage.Welcome) {
          speak(socket, said);
          return;
        }
        if (first instanceof SchedulerMessage.Redirect redirect) {
          port = URI.create(redirect.url()).getPort();
        } else {
          agents.timer(100, TimeUnit.MILLISECONDS).await(WAIT_S, TimeUnit.SECONDS);
        }
        socket.close().await(WAIT_S, TimeUnit.SECONDS);
      }
      throw new AssertionError("never welcomed");
    }

    private void speak(WebSocket socket, BlockingQueue<SchedulerMessage> said) {
      long startedAtMs = System.currentTimeMillis();
      agents.setPeriodic(
          200,
          id -> {
            for (SchedulerMessage m = said.poll(); m != null; m = said.poll()) {
              if (m instanceof SchedulerMessage.Instruct i
                  && i.command() instanceof Command.RouteUsers route) {
                routes.add(route);
              }
            }
            long nowMs = System.currentTimeMillis();
            long users = (nowMs - startedAtMs) / 20;
            if (!dumb) {
              socket.writeTextMessage(
                  ModelJson.write(
                      new AgentMessage.Report(
                          new Observation.FrontDoorReport(
                              nowMs,
                              startedAtMs,
                              List.of(
                                  new Observation.ServiceTraffic(
                                      WEB, users, users, users, 0, 0, 0, 0, 0, 0, 0, 0, null))))));
            }
          });
    }

    /** The next route in which the service's part of a cell is so. */
    Command.RouteUsers await(String of, double from, double to) throws InterruptedException {
      Command.RouteUsers route = routes.poll(WAIT_S, TimeUnit.SECONDS);
      while (route != null) {
        double part = parts(route).getOrDefault(of, 0.0);
        if (part >= from && part <= to) {
          return route;
        }
        route = routes.poll(WAIT_S, TimeUnit.SECONDS);
      }
      throw new AssertionError("no route gives " + of + " " + from + " to " + to);
    }
  }

  private static Map<String, Double> parts(Command.RouteUsers route) {
    Map<String, Double> parts = new TreeMap<>();
    for (Command.ServiceRoute service : route.routes()) {
      if (service.service().equals(WEB)) {
        service.cells().forEach(cell -> parts.put(cell.cell(), cell.ratio()));
      }
    }
    return parts;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void frontDoorsOfBothMembersHearTheSameRoutes(@TempDir Path directory) throws Exception {
    int port = freePort();
    int other = freePort();
    for (int own : new int[] {port, other}) {
      members.add(
          Member.start(
              new MemberSettings(
                  new ClusterSettings(
                      "routes-" + port,
                      "127.0.0.1",
                      own,
                      List.of("127.0.0.1:" + port, "127.0.0.1:" + other),
                      ClusterSettings.SILENT_SECONDS_DEFAULT),
                  HttpSettings.DEFAULT.withPort(0),
                  StoreLocation.directory(directory),
                  "",
                  100,
                  null,
                  Retention.DEFAULT)));
    }
    List<String> cells = cellsOfBoth();
    List<Spec> specs = new ArrayList<>();
    for (String cell : cells) {
      specs.add(Cell.named(cell));
      specs.add(NodePool.named(cell, "std"));
    }
    specs.add(Tenant.named("shop"));
    specs.add(Service.named("shop", "web"));
    for (Spec spec : specs) {
      members.get(0).controlPlane().put(spec, Precondition.ABSENT).await(WAIT_S, TimeUnit.SECONDS);
    }
    Door first = new Door(cells.get(0));
    Door second = new Door(cells.get(1));
    first.join(members.get(0));
    second.join(members.get(0));
    Command.RouteUsers route = first.await(second.cell, 0.4, 0.6);
    assertThat(second.await(second.cell, 0.4, 0.6).epoch()).isEqualTo(route.epoch());
    assertThat(owner(cells.get(0))).isNotEqualTo(owner(cells.get(1)));

    second.dumb = true;

    Command.RouteUsers moved = first.await(second.cell, 0, 0);
    assertThat(parts(moved)).containsEntry(first.cell, 1.0);
    assertThat(moved.epoch()).isEqualTo(route.epoch());
    assertThat(moved.generation()).isGreaterThan(route.generation());
    for (Member member : members) {
      List<DatedRoute> shown = member.controlPlane().routes().await(WAIT_S, TimeUnit.SECONDS);
      assertThat(shown).as("any member shows them").hasSize(1);
      assertThat(shown.get(0).route().service()).isEqualTo(WEB);
    }
  }

  /** Two names, the first of which each other member would take. */
  private List<String> cellsOfBoth() {
    List<String> ids = members.stream().map(Member::id).toList();
    List<String> names = new ArrayList<>();
    for (String id : ids) {
      for (int i = 0; ; i++) {
        String name = "cell-" + i;
        if (Rendezvous.rank(name, id, ids) == 0) {
          names.add(name);
          break;
        }
      }
    }
    return names;
  }

  private String owner(String cell) {
    return members.stream()
        .filter(member -> member.ownership().owned(cell) != null)
        .map(Member::id)
        .findFirst()
        .orElse("nobody");
  }
}
