package dev.highwater.server.session;

import dev.highwater.model.AgentMessage;
import dev.highwater.model.AgentMessage.Hello;
import dev.highwater.model.AgentMessage.Role;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.NodeDescriptor;
import dev.highwater.model.Observation;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.model.ServiceId;
import dev.highwater.model.json.ModelJson;
import dev.highwater.server.session.AgentSession.Agent;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.ServerWebSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scheduler's end of the agent protocol: takes Hello, answers Welcome, Redirect or Refused,
 * puts what agents say into the inbox of their cell, and carries messages to them. Every session
 * runs on the event loop of its connection; sending is thread-safe.
 */
public final class AgentSessions implements Handler<ServerWebSocket> {
  /** Where agents connect. */
  public static final String PATH = "/agent/v1";

  /** Largest message; the report of a node with {@code REPLICAS_PER_NODE_MAX} replicas fits. */
  public static final int MESSAGE_BYTES_MAX = 4 << 20;

  /** An agent reports so often. Protocol constant. */
  public static final long REPORT_INTERVAL_MS = 1_000;

  /** Without a report for so long a node counts as lost. Protocol constant. */
  public static final long LEASE_MS = 10_000;

  /** Chosen by us: an honest agent says Hello at once, even while ten thousand connect. */
  private static final long HELLO_WITHIN_MS = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(AgentSessions.class);

  private final Vertx vertx;
  private final SessionSettings settings;
  private final CellDirectory directory;
  private final Clock clock;
  private final Map<Agent, AgentSession> sessions = new ConcurrentHashMap<>();
  private volatile Supplier<@Nullable SchedulerMessage> doorGreeting = () -> null;

  /** Creates the endpoint; it does nothing until sockets are handed to it. */
  public AgentSessions(
      Vertx vertx, SessionSettings settings, CellDirectory directory, Clock clock) {
    this.vertx = vertx;
    this.settings = settings;
    this.directory = directory;
    this.clock = clock;
  }

  /**
   * What a front door is told after its welcome, because it need not wait for the next repetition.
   *
   * @param greeting gives null when there is nothing to say; must not block
   */
  public void greetDoors(Supplier<@Nullable SchedulerMessage> greeting) {
    doorGreeting = greeting;
  }

  @Override
  public void handle(ServerWebSocket socket) {
    if (sessions.size() >= settings.sessionsMax()) {
      refuse(
          socket,
          ErrorCode.TOO_LARGE,
          "this member has its " + settings.sessionsMax() + " sessions; add a member");
      return;
    }
    long timer =
        vertx.setTimer(
            HELLO_WITHIN_MS,
            id -> refuse(socket, ErrorCode.MISSING_FIELD, "no Hello came in time"));
    Conversation conversation = new Conversation(socket, timer);
    socket.textMessageHandler(conversation::onMessage);
    socket.binaryMessageHandler(
        bytes -> refuse(socket, ErrorCode.UNSUPPORTED, "messages are JSON text"));
    socket.exceptionHandler(e -> LOG.debug("agent connection broke: {}", e.toString()));
    socket.closeHandler(nothing -> conversation.onClose());
  }

  /** One socket; touched only on its event loop. */
  private final class Conversation {
    private final ServerWebSocket socket;
    private final long helloTimer;
    private @Nullable AgentSession session;

    Conversation(ServerWebSocket socket, long helloTimer) {
      this.socket = socket;
      this.helloTimer = helloTimer;
    }

    void onMessage(String text) {
      try {
        AgentMessage message = ModelJson.read(text, AgentMessage.class);
        if (message instanceof Hello hello) {
          onHello(hello);
        } else if (message instanceof AgentMessage.Report report) {
          onReport(report.observation());
        }
      } catch (InvalidInputException e) {
        refuse(socket, e.code(), e.getMessage());
      }
    }

    private void onHello(Hello hello) {
      vertx.cancelTimer(helloTimer);
      if (session != null) {
        refuse(socket, ErrorCode.INVALID_VALUE, "Hello was said before");
        return;
      }
      if (hello.protocolVersion() != AgentMessage.PROTOCOL_VERSION) {
        refuse(
            socket,
            ErrorCode.PROTOCOL_VERSION,
            "this member speaks version "
                + AgentMessage.PROTOCOL_VERSION
                + ", not "
                + hello.protocolVersion()
                + "; use an agent of the same release");
        return;
      }
      if (!tokenMatches(hello.token())) {
        refuse(socket, ErrorCode.UNAUTHENTICATED, "the agent token is wrong");
        return;
      }
      CellDirectory.OwnedCell cell = directory.owned(hello.cell());
      if (cell == null) {
        String address = directory.ownerAddress(hello.cell());
        if (address == null) {
          refuse(
              socket,
              ErrorCode.UNAVAILABLE,
              "nobody decides for cell " + hello.cell() + " yet; try again in a second");
        } else {
          AgentSession.refuse(socket, new SchedulerMessage.Redirect("ws://" + address + PATH));
        }
        return;
      }
      open(hello, cell);
    }

    private void open(Hello hello, CellDirectory.OwnedCell cell) {
      NodeDescriptor node = hello.node();
      if (hello.role() == Role.NODE
          && (node == null
              || !node.cell().equals(hello.cell())
              || !node.name().equals(hello.name()))) {
        refuse(socket, ErrorCode.INVALID_VALUE, "node must describe the node that says Hello");
        return;
      }
      AgentSession opened = new AgentSession(socket, hello, cell);
      session = opened;
      AgentSession before = sessions.put(opened.agent(), opened);
      if (before != null) {
        before.moved();
      }
      opened.send(
          ModelJson.write(
              new SchedulerMessage.Welcome(
                  AgentMessage.PROTOCOL_VERSION,
                  settings.member(),
                  cell.epoch(),
                  REPORT_INTERVAL_MS,
                  LEASE_MS)));
      SchedulerMessage greeting = hello.role() == Role.FRONT_DOOR ? doorGreeting.get() : null;
      if (greeting != null) {
        opened.send(ModelJson.write(greeting));
      }
      if (hello.role() == Role.NODE && node != null) {
        cell.inbox().add(new Observation.NodeConnected(clock.millis(), node, hello.replicas()));
      }
    }

    private void onReport(Observation observation) {
      AgentSession open = session;
      if (open == null) {
        refuse(socket, ErrorCode.MISSING_FIELD, "say Hello before the first report");
      } else if (!mayBeSaidBy(open.agent(), observation)) {
        refuse(
            socket, ErrorCode.INVALID_VALUE, "a session reports for its own agent and role only");
      } else {
        open.cell().inbox().add(observation);
      }
    }

    void onClose() {
      vertx.cancelTimer(helloTimer);
      AgentSession open = session;
      if (open != null && sessions.remove(open.agent(), open) && open.agent().role() == Role.NODE) {
        open.cell()
            .inbox()
            .add(new Observation.NodeDisconnected(clock.millis(), open.agent().name()));
      }
    }
  }

  private static boolean mayBeSaidBy(Agent sender, Observation observation) {
    if (observation instanceof Observation.NodeReport report) {
      return sender.role() == Role.NODE && report.node().equals(sender.name());
    }
    if (observation instanceof Observation.FrontDoorReport) {
      return sender.role() == Role.FRONT_DOOR;
    }
    return observation instanceof Observation.HostReport report
        && sender.role() == Role.HOST
        && report.host().equals(sender.name());
  }

  private boolean tokenMatches(String given) {
    return MessageDigest.isEqual(
        given.getBytes(StandardCharsets.UTF_8), settings.token().getBytes(StandardCharsets.UTF_8));
  }

  private void refuse(ServerWebSocket socket, ErrorCode code, @Nullable String detail) {
    LOG.warn("agent refused code={} remote={} detail={}", code, socket.remoteAddress(), detail);
    AgentSession.refuse(
        socket, new SchedulerMessage.Refused(code, Objects.requireNonNullElse(detail, "")));
  }

  /**
   * Sends a message to one agent, if it is connected here.
   *
   * @return whether it was handed to the connection
   */
  public boolean send(String cell, Role role, String name, SchedulerMessage message) {
    AgentSession session = sessions.get(new Agent(cell, role, name));
    return session != null && session.send(ModelJson.write(message));
  }

  /**
   * Sends a message to every agent of a role in a cell.
   *
   * @return to how many it was handed
   */
  public int sendToAll(String cell, Role role, SchedulerMessage message) {
    return sendTo(cell, session -> session.agent().role() == role, message);
  }

  /**
   * Sends a message to every front door of a cell that a service's own users come to.
   *
   * @return to how many it was handed
   */
  public int sendToDoorsOf(String cell, ServiceId service, SchedulerMessage message) {
    return sendTo(cell, session -> session.hasUsersOf(service), message);
  }

  private int sendTo(String cell, Predicate<AgentSession> whom, SchedulerMessage message) {
    String json = ModelJson.write(message);
    int sent = 0;
    for (AgentSession session : sessionsOf(cell)) {
      if (whom.test(session) && session.send(json)) {
        sent++;
      }
    }
    return sent;
  }

  /** Ends every session of a cell that was opened under {@code epoch} or before. */
  public void closeAll(String cell, long epoch) {
    for (AgentSession session : sessionsOf(cell)) {
      if (session.cell().epoch() <= epoch) {
        session.moved();
      }
    }
  }

  private List<AgentSession> sessionsOf(String cell) {
    return sessions.values().stream().filter(s -> s.agent().cell().equals(cell)).toList();
  }

  /** Sessions of a role open now. */
  public int count(Role role) {
    return (int) sessions.keySet().stream().filter(agent -> agent.role() == role).count();
  }
}
