package dev.highwater.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.http.ControlPlane;
import dev.highwater.http.DecisionQuery;
import dev.highwater.http.HttpSettings;
import dev.highwater.http.Precondition;
import dev.highwater.model.AgentMessage;
import dev.highwater.model.AgentMessage.Role;
import dev.highwater.model.Cell;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Command;
import dev.highwater.model.Cordon;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.NodePool;
import dev.highwater.model.Observation;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.DatedExplanation;
import dev.highwater.server.testing.OwnedCells;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One whole member on the loopback address, driven through its API port and its agent socket. */
class MemberTest {
  private static final long WAIT_S = 15;

  private Vertx agents;
  private WebSocketClient client;
  private Member member;

  @BeforeEach
  void start(@TempDir Path directory) throws Exception {
    agents = Vertx.vertx();
    client = agents.createWebSocketClient();
    member =
        Member.start(
            MemberSettings.loopback(
                "test-" + System.nanoTime(), HttpSettings.DEFAULT.withPort(0), directory));
  }

  @AfterEach
  void close() throws Exception {
    agents.close().await(WAIT_S, TimeUnit.SECONDS);
    member.close();
  }

  @Test
  void declaredServiceIsPlacedOnANodeThatJoins() throws Exception {
    declare();
    BlockingQueue<SchedulerMessage> host = join(Role.HOST, "host-1", null);
    assertThat(await(host, SchedulerMessage.Welcome.class).epoch()).isPositive();
    NodePool pool = NodePool.named("east", "small");
    NodeDescriptor node =
        new NodeDescriptor(
            "east", "n-1", pool.key(), "a", pool.shape(), new TreeMap<>(), List.of());

    BlockingQueue<SchedulerMessage> said = join(Role.NODE, "n-1", node);

    Command command = await(said, SchedulerMessage.Instruct.class).command();
    assertThat(command).isInstanceOf(Command.RunReplicas.class);
    assertThat(((Command.RunReplicas) command).replicas())
        .isNotEmpty()
        .allMatch(order -> order.service().equals(new ServiceId("shop", "web")));
    assertThat(
            member
                .controlPlane()
                .decisions(new DecisionQuery(null, new ServiceId("shop", "web"), null, 10))
                .await(WAIT_S, TimeUnit.SECONDS))
        .isNotEmpty();
    CellSnapshot snapshot =
        member.controlPlane().snapshots().await(WAIT_S, TimeUnit.SECONDS).get(0);
    assertThat(snapshot.nodes()).extracting(CellSnapshot.NodeStatus::node).containsExactly("n-1");
    assertThat(snapshot.auditViolationsTotal()).isZero();
    assertThat(member.controlPlane().readiness().await(WAIT_S, TimeUnit.SECONDS).ready()).isTrue();
    Cordon cordon = new Cordon("east", "n-1", false, "disk", "kim");
    member.controlPlane().put(cordon, Precondition.ABSENT).await(WAIT_S, TimeUnit.SECONDS);
    Cordon other = Cordon.of("east", "n-2");
    assertThatThrownBy(
            () ->
                member.controlPlane().put(other, Precondition.NONE).await(WAIT_S, TimeUnit.SECONDS))
        .hasMessage("node must name a node of cell east: n-2");
    assertThat(awaitCordon()).isEqualTo(cordon);
    assertThat(member.controlPlane().metrics().await(WAIT_S, TimeUnit.SECONDS))
        .contains("tenant=\"shop\"")
        .contains("vertx_http_server_active_ws_connections");
  }

  @Test
  void explanationOfAnEarlierTimeSurvivesEveryMember(@TempDir Path folder) throws Exception {
    ServiceId web = new ServiceId("shop", "web");
    DatedExplanation then;
    try (Member first = Member.start(settings(folder))) {
      declare(first);
      then = explained(first, web, null);
    }
    try (Member second = Member.start(settings(folder))) {
      assertThat(explained(second, web, then.nowMs())).isEqualTo(then);
      assertThat(
              second.controlPlane().explain(web, then.nowMs() - 1).await(WAIT_S, TimeUnit.SECONDS))
          .as("before anything was decided")
          .isEmpty();
    }
  }

  private static MemberSettings settings(Path folder) {
    return MemberSettings.loopback(
        "test-" + System.nanoTime(), HttpSettings.DEFAULT.withPort(0), folder);
  }

  /** Waits until the API shows a node as cordoned. */
  private Cordon awaitCordon() throws Exception {
    for (int attempt = 0; attempt < 300; attempt++) {
      for (CellSnapshot cell : member.controlPlane().snapshots().await(WAIT_S, TimeUnit.SECONDS)) {
        for (CellSnapshot.NodeStatus node : cell.nodes()) {
          if (node.cordon() != null && node.state() == CellSnapshot.NodeState.CORDONED) {
            return node.cordon();
          }
        }
      }
      agents.timer(100, TimeUnit.MILLISECONDS).await(WAIT_S, TimeUnit.SECONDS);
    }
    throw new AssertionError("never cordoned");
  }

  /** Waits until there is an explanation. */
  private DatedExplanation explained(Member of, ServiceId service, @Nullable Long atMs)
      throws Exception {
    for (int attempt = 0; attempt < 300; attempt++) {
      List<DatedExplanation> found =
          of.controlPlane().explain(service, atMs).await(WAIT_S, TimeUnit.SECONDS);
      if (!found.isEmpty()) {
        return found.get(0);
      }
      agents.timer(100, TimeUnit.MILLISECONDS).await(WAIT_S, TimeUnit.SECONDS);
    }
    throw new AssertionError("never explained");
  }

  @Test
  void deletedCellIsNoLongerShownNorBroken() throws Exception {
    ControlPlane api = member.controlPlane();
    api.put(Cell.named("west"), Precondition.ABSENT).await(WAIT_S, TimeUnit.SECONDS);
    awaitCells("west");
    assertThatThrownBy(() -> api.simulate(crash("west")).await(WAIT_S, TimeUnit.SECONDS))
        .hasMessage("target must name a node that is in cell west: n-9");

    api.delete(SpecKind.CELL, "west", Precondition.NONE).await(WAIT_S, TimeUnit.SECONDS);

    awaitCells();
    assertThatThrownBy(() -> api.simulate(crash("west")).await(WAIT_S, TimeUnit.SECONDS))
        .hasMessage("cell must name an existing cell: west");
  }

  @Test
  void surgeOnAServiceThatIsOnlyCalledIsRefused() throws Exception {
    declare();
    ServiceId called = new ServiceId("shop", "called");
    ControlPlane api = member.controlPlane();
    api.put(Service.named("shop", "called"), Precondition.ABSENT).await(WAIT_S, TimeUnit.SECONDS);
    BlockingQueue<SchedulerMessage> door = join(Role.FRONT_DOOR, "door", null);
    await(door, SchedulerMessage.Welcome.class);
    OwnedCells.await(member);

    assertThatThrownBy(() -> api.simulate(surge(called)).await(WAIT_S, TimeUnit.SECONDS))
        .hasMessage(
            "service must have users of its own at a front door that is connected; calls of other"
                + " services are none: shop/called");
    api.simulate(surge(new ServiceId("shop", "web"))).await(WAIT_S, TimeUnit.SECONDS);
    assertThat(await(door, SchedulerMessage.Simulate.class).commands()).hasSize(1);
  }

  private static SimulationCommand surge(ServiceId service) {
    return new SimulationCommand.Surge(service, 2, 1_000, 1_000, 1_000);
  }

  private static SimulationCommand crash(String cell) {
    return new SimulationCommand.Fault(SimulationCommand.FaultKind.NODE_CRASH, cell, "n-9", 0);
  }

  /** Waits until the API shows exactly these cells. */
  private void awaitCells(String... names) throws Exception {
    List<String> shown = List.of();
    for (int attempt = 0; attempt < 300; attempt++) {
      shown =
          member.controlPlane().snapshots().await(WAIT_S, TimeUnit.SECONDS).stream()
              .map(CellSnapshot::cell)
              .toList();
      if (shown.equals(List.of(names))) {
        return;
      }
      agents.timer(100, TimeUnit.MILLISECONDS).await(WAIT_S, TimeUnit.SECONDS);
    }
    assertThat(shown).containsExactly(names);
  }

  private void declare() throws Exception {
    declare(member);
  }

  private static void declare(Member member) throws Exception {
    Cell cell = Cell.named("east");
    for (Spec spec :
        List.of(
            cell,
            NodePool.named("east", "small"),
            Tenant.named("shop"),
            Service.named("shop", "web"))) {
      member.controlPlane().put(spec, Precondition.ABSENT).await(WAIT_S, TimeUnit.SECONDS);
    }
  }

  private BlockingQueue<SchedulerMessage> join(
      Role role, String name, @Nullable NodeDescriptor node) throws Exception {
    AgentMessage.Hello hello =
        new AgentMessage.Hello(
            AgentMessage.PROTOCOL_VERSION,
            role,
            "east",
            name,
            "",
            0,
            node,
            List.of(),
            role == Role.FRONT_DOOR ? List.of(new ServiceId("shop", "web")) : List.of());
    for (int attempt = 0; attempt < 100; attempt++) {
      BlockingQueue<SchedulerMessage> said = new LinkedBlockingQueue<>();
      WebSocket socket =
          client
              .connect(member.httpPort(), "127.0.0.1", "/agent/v1")
              .await(WAIT_S, TimeUnit.SECONDS);
      socket.textMessageHandler(text -> said.add(ModelJson.read(text, SchedulerMessage.class)));
      socket.writeTextMessage(ModelJson.write(hello));
      SchedulerMessage first = said.poll(WAIT_S, TimeUnit.SECONDS);
      if (first instanceof SchedulerMessage.Welcome && node == null) {
        said.add(first);
        return said;
      }
      if (first instanceof SchedulerMessage.Welcome && node != null) {
        agents.setPeriodic(
            100,
            id ->
                socket.writeTextMessage(
                    ModelJson.write(
                        new AgentMessage.Report(
                            new Observation.NodeReport(
                                System.currentTimeMillis(), name, 0, 0, 0, List.of())))));
        return said;
      }
      // Nobody owns the cell yet: the member closes, and an agent comes again.
      socket.close().await(WAIT_S, TimeUnit.SECONDS);
      agents.timer(100, TimeUnit.MILLISECONDS).await(WAIT_S, TimeUnit.SECONDS);
    }
    throw new AssertionError("never welcomed");
  }

  private static <M extends SchedulerMessage> M await(
      BlockingQueue<SchedulerMessage> said, Class<M> type) throws InterruptedException {
    SchedulerMessage message = said.poll(WAIT_S, TimeUnit.SECONDS);
    while (message != null && !type.isInstance(message)) {
      message = said.poll(WAIT_S, TimeUnit.SECONDS);
    }
    assertThat(message).isInstanceOf(type);
    return type.cast(message);
  }
}
