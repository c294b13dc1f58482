package dev.highwater.agent;

import dev.highwater.model.AgentMessage;
import dev.highwater.model.Command;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Observation;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.model.json.ModelJson;
import dev.highwater.workload.Obedience;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.net.URI;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One participant's conversation with whichever member owns its cell: it joins, follows redirects,
 * passes on orders of its epoch, reports, and comes back after every failure until it is closed.
 *
 * <p>A session that has no member does nothing else: what was last ordered stays in force. Created
 * and touched on one Vert.x context; its callbacks arrive on that context too.
 */
final class AgentSession {
  private static final Logger LOG = LoggerFactory.getLogger(AgentSession.class);

  /** Redirects followed in a row; more mean that members disagree about the owner just now. */
  private static final int REDIRECTS_MAX = 3;

  private enum State {
    /** Between two attempts, or not started. */
    APART,
    CONNECTING,
    /** Hello was sent. */
    GREETED,
    OPEN,
    CLOSED
  }

  private final Vertx vertx;
  private final WebSocketClient client;
  private final SessionSettings settings;
  private final String name;
  private final Participant participant;
  private final Promise<Void> opened = Promise.promise();

  private State state = State.APART;
  private @Nullable WebSocket socket;
  private long attempt; // grows with each connection, so that callbacks of an old one are ignored
  private int nextMember;
  private int redirects;
  private long backoffMs;
  private long timer = -1;
  private boolean heard;
  private long epoch;
  private long reportIntervalMs = 1_000;
  private long passedInterval = Long.MIN_VALUE;

  AgentSession(
      Vertx vertx,
      WebSocketClient client,
      SessionSettings settings,
      String name,
      Participant participant) {
    this.vertx = vertx;
    this.client = client;
    this.settings = settings;
    this.name = name;
    this.participant = participant;
    this.backoffMs = settings.backoffMinMs();
  }

  /**
   * Begins to join.
   *
   * @return completes at the first welcome; fails at a refusal (other than "nobody decides for the
   *     cell yet"), or when closed before. The session goes on trying after a refusal, because a
   *     member may be replaced by one that agrees
   */
  Future<Void> start() {
    connect(settings.members().get(nextMember));
    return opened.future();
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  /**
   * Time has passed up to {@code atMs}: reports if that ended a report interval. All participants
   * of a cell are told the same times, so that their reports describe the same moment.
   */
  void passed(long atMs) {
    long interval = Math.floorDiv(atMs, reportIntervalMs);
    boolean ended = passedInterval != Long.MIN_VALUE && interval != passedInterval;
    passedInterval = interval;
    WebSocket ws = socket;
    // A full queue means a slow member: the next report says the same, as totals.
    if (!ended || state != State.OPEN || ws == null || ws.writeQueueFull()) {
      return;
    }
    Observation observation = participant.report(atMs);
    if (observation != null) {
      send(ws, new AgentMessage.Report(observation));
    }
  }

  /** Leaves for good. */
  Future<Void> close() {
    state = State.CLOSED;
    attempt++;
    vertx.cancelTimer(timer);
    opened.tryFail("closed before a member welcomed " + name);
    WebSocket ws = socket;
    socket = null;
    return ws == null ? Future.succeededFuture() : ws.close().otherwiseEmpty();
  }

  private void connect(URI member) {
    state = State.CONNECTING;
    long mine = ++attempt;
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost(member.getHost())
            .setPort(port(member))
            .setSsl("wss".equals(member.getScheme()))
            .setURI(member.getRawPath())
            .setTimeout(settings.answerTimeoutMs());
    client
        .connect(options)
        .onSuccess(
            ws -> {
              if (mine == attempt) {
                greet(ws, mine);
              } else {
                ws.close();
              }
            })
        .onFailure(
            failure -> {
              if (mine == attempt) {
                LOG.debug(
                    "agent={} member={} cannot connect: {}", name, member, failure.toString());
                retry();
              }
            });
  }

  private static int port(URI member) {
    if (member.getPort() > 0) {
      return member.getPort();
    }
    return "wss".equals(member.getScheme()) ? 443 : 80;
  }

  private void greet(WebSocket ws, long mine) {
    socket = ws;
    state = State.GREETED;
    heard = true;
    ws.textMessageHandler(
        text -> {
          if (mine == attempt) {
            heard = true;
            onMessage(ws, text);
          }
        });
    ws.pongHandler(
        pong -> {
          // Its web server answers pings also when it cannot say whether we may join.
          if (mine == attempt && state == State.OPEN) {
            heard = true;
          }
        });
    ws.exceptionHandler(failure -> LOG.debug("agent={} socket: {}", name, failure.toString()));
    ws.closeHandler(
        closed -> {
          if (mine == attempt) {
            retry();
          }
        });
    send(ws, participant.hello(epoch));
    watch(ws, mine);
  }

  /** Leaves a member that is silent for two halves of the timeout although it was asked. */
  private void watch(WebSocket ws, long mine) {
    timer =
        vertx.setTimer(
            Math.max(1, settings.answerTimeoutMs() / 2),
            id -> {
              if (mine != attempt) {
                return;
              }
              if (!heard) {
                LOG.info("agent={} the member does not answer, leaving it", name);
                leave(ws);
                retry();
                return;
              }
              heard = false;
              ws.writePing(Buffer.buffer("?"));
              watch(ws, mine);
            });
  }

  private void onMessage(WebSocket ws, String text) {
    SchedulerMessage message;
    try {
      message = ModelJson.read(text, SchedulerMessage.class);
    } catch (InvalidInputException e) {
      LOG.warn("agent={} the member said something unreadable: {}", name, e.getMessage());
      leave(ws);
      retry();
      return;
    }
    if (message instanceof SchedulerMessage.Welcome welcome) {
      onWelcome(ws, welcome);
    } else if (message instanceof SchedulerMessage.Redirect redirect) {
      onRedirect(ws, redirect);
    } else if (message instanceof SchedulerMessage.Refused refused) {
      onRefused(ws, refused);
    } else if (state != State.OPEN) {
      LOG.debug("agent={} an order before the welcome is ignored", name);
    } else if (message instanceof SchedulerMessage.Instruct instruct) {
      onOrder(instruct.command());
    } else if (message instanceof SchedulerMessage.Simulate simulate) {
      participant.simulate(simulate.commands());
    }
  }

  private void onRefused(WebSocket ws, SchedulerMessage.Refused refused) {
    leave(ws);
    if (refused.code() == ErrorCode.UNAVAILABLE) {
      LOG.debug("agent={} {}", name, refused.detail());
    } else {
      LOG.warn("agent={} refused code={} {}", name, refused.code(), refused.detail());
      opened.tryFail(new RefusedException(refused.code(), refused.detail()));
      backoffMs = settings.backoffMaxMs(); // nothing but a change at the member can help
    }
    retry();
  }

  private void onWelcome(WebSocket ws, SchedulerMessage.Welcome welcome) {
    if (welcome.epoch() < epoch) {
      LOG.info(
          "agent={} member={} epoch={} is behind epoch={}, leaving it",
          name,
          welcome.member(),
          welcome.epoch(),
          epoch);
      leave(ws);
      retry();
      return;
    }
    epoch = welcome.epoch();
    state = State.OPEN;
    redirects = 0;
    backoffMs = settings.backoffMinMs();
    if (welcome.reportIntervalMs() != reportIntervalMs) {
      reportIntervalMs = Math.max(1, welcome.reportIntervalMs());
      passedInterval = Long.MIN_VALUE;
    }
    LOG.debug("agent={} joined member={} epoch={}", name, welcome.member(), epoch);
    opened.tryComplete();
  }

  private void onRedirect(WebSocket ws, SchedulerMessage.Redirect redirect) {
    leave(ws);
    URI owner = null;
    try {
      // The same check as for a configured address.
      owner = SessionSettings.to(URI.create(redirect.url())).members().get(0);
    } catch (IllegalArgumentException e) {
      LOG.warn("agent={} redirected to an unusable address: {}", name, e.getMessage());
    }
    if (owner == null || ++redirects > REDIRECTS_MAX) {
      retry();
    } else {
      connect(owner);
    }
  }

  /** The simulated world fences by generation; only a session sees the epoch of a welcome. */
  private void onOrder(Command order) {
    boolean ofCell = !(order instanceof Command.RouteUsers); // routes have epochs of their own
    if (ofCell && order.epoch() < epoch) {
      LOG.info(
          "agent={} refused an order of epoch={}, the owner has epoch={}",
          name,
          order.epoch(),
          epoch);
      return;
    }
    Obedience obedience = participant.obey(order);
    if (obedience.obeyed()) {
      epoch = ofCell ? order.epoch() : epoch;
    } else {
      LOG.info("agent={} refused {}: {}", name, obedience.verdict(), obedience.detail());
    }
  }

  private void send(WebSocket ws, AgentMessage message) {
    ws.writeTextMessage(ModelJson.write(message));
  }

  private void leave(WebSocket ws) {
    attempt++;
    socket = null;
    ws.close();
  }

  private void retry() {
    attempt++;
    socket = null;
    state = State.APART;
    redirects = 0;
    nextMember = (nextMember + 1) % settings.members().size();
    vertx.cancelTimer(timer);
    long pauseMs = ThreadLocalRandom.current().nextLong(backoffMs / 2, backoffMs + 1);
    backoffMs = Math.min(settings.backoffMaxMs(), 2 * backoffMs);
    timer = vertx.setTimer(Math.max(1, pauseMs), id -> connect(settings.members().get(nextMember)));
  }
}
