package dev.highwater.agent;

import dev.highwater.model.AgentMessage;
import dev.highwater.model.Command;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.Observation;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.workload.Obedience;
import dev.highwater.workload.SimulatedCell;
import dev.highwater.workload.SimulatedNode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets one simulated cell live in real time, and speaks for its host, its front door and each of
 * its nodes over a WebSocket of its own.
 *
 * <p>Why one verticle: front door and nodes exchange thousands of requests per window, which are
 * plain calls here; what crosses a process border is the control plane alone. Deployed on a worker
 * context, because a window at a peak may take longer than an event loop may be held: Vert.x runs
 * its tasks one after the other, so nothing here needs a lock.
 *
 * <p>A late process serves every window that it missed, one per task, so that orders come in
 * between and no user is skipped.
 */
final class CellVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(CellVerticle.class);

  /** A frame holds the largest order: ten thousand replicas and their services. */
  private static final int MESSAGE_BYTES_MAX = 4 << 20;

  /** Where a cell's agent takes calls from other cells. */
  private static final String CALLS = "highwater.agent.calls.";

  private static final String STOCKS = "highwater.agent.stocks";

  private static final String SERVICE = "service";
  private static final String LEFT = "left";
  private static final String COUNT = "count";

  private final AgentSettings settings;
  private final Agent.Watcher watcher;
  private final LongSupplier clockMs;
  private final SimulatedCell cell;
  private final SortedMap<String, AgentSession> nodes = new TreeMap<>();
  private Context ownContext;
  private WebSocketClient client;
  private AgentSession host;
  private AgentSession door;
  private long usersComeAtMs = Long.MAX_VALUE;
  private boolean usersCame;
  private int timelineNext;
  private boolean stopped;

  /**
   * @param clockMs epoch milliseconds that never go back
   */
  @SuppressWarnings("NullAway.Init") // start() sets what needs the verticle's context
  CellVerticle(AgentSettings settings, Agent.Watcher watcher, LongSupplier clockMs) {
    this.settings = settings;
    this.watcher = watcher;
    this.clockMs = clockMs;
    this.cell = new SimulatedCell(settings.world());
    cell.bootAtOnce(true); // what stands before the users come has stood there for long
  }

  @Override
  public Future<?> start() {
    ownContext = context;
    client =
        vertx.createWebSocketClient(
            new WebSocketClientOptions()
                .setMaxConnections(Integer.MAX_VALUE)
                .setMaxFrameSize(MESSAGE_BYTES_MAX)
                .setMaxMessageSize(MESSAGE_BYTES_MAX)
                .setTcpNoDelay(true));
    vertx
        .eventBus()
        .<JsonObject>localConsumer(CALLS + cell.cell().name(), message -> onCalls(message.body()));
    vertx
        .eventBus()
        .<JsonObject>localConsumer(
            STOCKS,
            message ->
                cell.door()
                    .tellStock(
                        ServiceId.parse(message.body().getString(SERVICE)),
                        message.body().getDouble(LEFT)));
    host = session(settings.host(), new Host());
    door = session(settings.host(), new Door());
    pass();
    return Future.all(host.start(), door.start());
  }

  @Override
  public Future<?> stop() {
    stopped = true;
    List<Future<Void>> closing = new ArrayList<>();
    closing.add(host.close());
    closing.add(door.close());
    nodes.values().forEach(node -> closing.add(node.close()));
    return Future.join(closing).transform(closed -> client.close());
  }

  private AgentSession session(String name, Participant participant) {
    return new AgentSession(vertx, client, settings.session(), name, participant);
  }

  /** Runs on the verticle's context what others ask of it; they hear of it on their own. */
  <T> Future<T> ask(Supplier<T> question) {
    Context asker = vertx.getOrCreateContext();
    Promise<T> answer = Promise.promise();
    ownContext.runOnContext(
        v -> {
          Future<T> found = Future.future(promise -> promise.complete(question.get()));
          asker.runOnContext(w -> found.onComplete(answer));
        });
    return answer.future();
  }

  SimulatedCell cell() {
    return cell;
  }

  void usersComeAt(long epochMs) {
    usersComeAtMs = epochMs;
    cell.bootAtOnce(false);
  }

  /** One window at most, then the next when it is due. */
  private void pass() {
    if (stopped) {
      return;
    }
    long nowMs = clockMs.getAsLong();
    if (!usersCame && nowMs >= usersComeAtMs) {
      cell.begin(usersComeAtMs);
      usersCame = true;
      happened();
    }
    if (!usersCame) {
      cell.prepare(nowMs);
      happened();
      passIn(Math.min(settings.world().windowMs(), usersComeAtMs - nowMs));
      return;
    }
    long windowEndMs = cell.nowMs() + settings.world().windowMs();
    if (windowEndMs <= nowMs) {
      cell.step();
      handCallsOver();
      tellStocks();
      happened();
      windowEndMs += settings.world().windowMs();
    }
    passIn(windowEndMs - clockMs.getAsLong());
  }

  /**
   * First attempts that belong to other cells go to their agents in this process, by the routes.
   * Cells whose agents run elsewhere cannot be reached from here: their calls are lost.
   */
  private void handCallsOver() {
    cell.door()
        .takeOutgoing()
        .forEach(
            (to, calls) ->
                calls.forEach(
                    (service, n) -> {
                      if (to.isEmpty()) {
                        LOG.debug("{} calls of {} have no route yet", n, service);
                      } else {
                        vertx
                            .eventBus()
                            .send(
                                CALLS + to,
                                new JsonObject().put(SERVICE, service.toString()).put(COUNT, n));
                      }
                    }));
  }

  /** Whoever looks in another cell of this process for what is sold here is told what is left. */
  private void tellStocks() {
    cell.door()
        .stocks()
        .forEach(
            (service, left) ->
                vertx
                    .eventBus()
                    .publish(
                        STOCKS, new JsonObject().put(SERVICE, service.toString()).put(LEFT, left)));
  }

  private void onCalls(JsonObject calls) {
    ServiceId service = ServiceId.parse(calls.getString(SERVICE));
    if (cell.door().serves(service)) {
      cell.door().arrive(service, calls.getLong(COUNT));
    }
  }

  private void passIn(long ms) {
    if (ms > 0) {
      vertx.setTimer(ms, id -> pass());
    } else {
      context.runOnContext(v -> pass());
    }
  }

  /** After time has passed in the cell: what is to be done to it, who came and went, reports. */
  private void happened() {
    long nowMs = cell.nowMs();
    List<AgentSettings.Timed> timeline = settings.timeline();
    while (usersCame
        && timelineNext < timeline.size()
        && timeline.get(timelineNext).atMs() <= nowMs - usersComeAtMs) {
      simulate(timeline.get(timelineNext++).command());
    }
    meetNodes();
    nodes.values().forEach(node -> node.passed(nowMs));
    host.passed(nowMs);
    // Before the users nothing was offered, which is not the same as an offer of 0.
    if (usersCame) {
      door.passed(nowMs); // the last, because the owner decides when it has come
    }
  }

  private void meetNodes() {
    for (NodeDescriptor descriptor : cell.takeJoined()) {
      AgentSession node = session(descriptor.name(), new Node(descriptor));
      nodes.put(descriptor.name(), node);
      // A member that refuses is told by the session; it goes on trying.
      node.start();
    }
    for (String name : cell.takeGone()) {
      AgentSession node = nodes.remove(name);
      if (node != null) {
        node.close();
      }
    }
  }

  private void simulate(SimulationCommand command) {
    if (command instanceof SimulationCommand.Fault fault
        && !fault.cell().equals(cell.cell().name())) {
      return; // a timeline tells all cells
    }
    boolean hit = cell.simulate(command);
    LOG.info("simulate {} hit={}", command, hit);
    watcher.simulated(cell.nowMs(), command, hit);
    meetNodes();
  }

  private AgentMessage.Hello hello(
      AgentMessage.Role role,
      String name,
      long epoch,
      @Nullable NodeDescriptor node,
      List<Observation.ReplicaReport> replicas,
      List<ServiceId> users) {
    return new AgentMessage.Hello(
        AgentMessage.PROTOCOL_VERSION,
        role,
        cell.cell().name(),
        name,
        settings.session().token(),
        epoch,
        node,
        replicas,
        users);
  }

  /** Whom an order is for; any other is refused. */
  private static Obedience misled(Command command) {
    return new Obedience(
        Obedience.Verdict.UNREACHABLE,
        command.getClass().getSimpleName() + " is for somebody else");
  }

  /** Speaks for the machine that boots nodes; hears of faults. */
  private final class Host implements Participant {
    @Override
    public AgentMessage.Hello hello(long epoch) {
      return CellVerticle.this.hello(
          AgentMessage.Role.HOST, settings.host(), epoch, null, List.of(), List.of());
    }

    @Override
    public Obedience obey(Command command) {
      if (!(command instanceof Command.NodeTarget)) {
        return misled(command);
      }
      Obedience obedience = cell.obey(command);
      meetNodes();
      return obedience;
    }

    @Override
    public void simulate(List<SimulationCommand> commands) {
      for (SimulationCommand command : commands) {
        if (command instanceof SimulationCommand.Fault) {
          CellVerticle.this.simulate(command);
        }
      }
    }

    @Override
    public @Nullable Observation report(long atMs) {
      return cell.dark() ? null : cell.hostReport(settings.host());
    }
  }

  /** Speaks for the users' way in; hears of surges. */
  private final class Door implements Participant {
    @Override
    public AgentMessage.Hello hello(long epoch) {
      return CellVerticle.this.hello(
          AgentMessage.Role.FRONT_DOOR, settings.host(), epoch, null, List.of(), cell.withUsers());
    }

    @Override
    public Obedience obey(Command command) {
      return command instanceof Command.AdmitRates || command instanceof Command.RouteUsers
          ? cell.obey(command)
          : misled(command);
    }

    @Override
    public void simulate(List<SimulationCommand> commands) {
      for (SimulationCommand command : commands) {
        if (command instanceof SimulationCommand.Surge) {
          CellVerticle.this.simulate(command);
        }
      }
    }

    @Override
    public @Nullable Observation report(long atMs) {
      return cell.dark() ? null : cell.frontDoorReport();
    }
  }

  /** Speaks for one node. */
  private final class Node implements Participant {
    private final NodeDescriptor descriptor;

    Node(NodeDescriptor descriptor) {
      this.descriptor = descriptor;
    }

    @Override
    public AgentMessage.Hello hello(long epoch) {
      SimulatedNode node = cell.node(descriptor.name());
      return CellVerticle.this.hello(
          AgentMessage.Role.NODE,
          descriptor.name(),
          epoch,
          descriptor,
          node == null ? List.of() : node.replicaReports(),
          List.of());
    }

    @Override
    public Obedience obey(Command command) {
      return command instanceof Command.RunReplicas run && run.node().equals(descriptor.name())
          ? cell.obey(command)
          : misled(command);
    }

    @Override
    public void simulate(List<SimulationCommand> commands) {
      // Faults are the host's business, so that one that is relayed to many happens once.
    }

    @Override
    public Observation.@Nullable NodeReport report(long atMs) {
      return cell.nodeReport(descriptor.name());
    }
  }
}
